// What --json prints, compared with where it is documented (OPS-10): fixtures/cli/json.md has one block a command, each field
// with what it holds. A field that is missing, new or of another kind fails here: documents and command change together.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

type Shape = string | [Shape] | { [field: string]: Shape };

const document = readFileSync(fileURLToPath(new URL("../../fixtures/cli/json.md", import.meta.url)), "utf8");
/** `## org list`, then a block in YAML. */
const shapes = [...document.matchAll(/^## (.+)\n[^#]*?```yaml\n([\s\S]*?)```/gm)].map(
  ([, command = "", block = ""]): [string, Shape] => [command, parse(block) as Shape],
);

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  const run = async (...args: string[]) => {
    const said = await desk.run([...args, "--yes"]);
    if (said.code !== 0) throw new Error(`${args.join(" ")}: ${said.stderr}`);
  };
  await run("agent", "add", "ina@desk.example", "--name", "Ina");
  await run("field", "add", "plan", "--on", "customer");
  await run("type", "add", "VIP", "--on", "customer");
  await run("view", "add", "mine", "--", "ticket", "list");
  for (const [at, from] of ["Ann <ann@acme.com>", "Ann <ann@acme.de>"].entries())
    await desk.run(["ingest", "-"], { input: mailOf({ from, id: `${at}@acme.com` }) });
  await run("org", "domain", "add", "acme.com", "acme.fr");
  await run("customer", "set", "ann@acme.com", "field:plan=Gold", "type=VIP");
  await run("customer", "move", "ann@acme.de", "acme.com");
  await run("ticket", "assign", "1", "ina@desk.example");
  await run("ticket", "tag", "add", "1", "urgent");
  await run("ticket", "reply", "1", "--as", "ina@desk.example", "--text", "Hello.");
  await run("conversation", "new", "--org", "acme.com", "--subject", "Works", "--text", "It rests.");
  await run("conversation", "new", "--customer", "ann@acme.com", "--subject", "Hello", "--text", "Hello.");
  await run("project", "add", "Office");
  await run("project", "share", "Office", "acme.com", "ann@acme.com");
  await run("deliver");
  await run("ticket", "set", "1", "project=Office");
});
afterAll(() => desk.remove());

describe("what --json prints", () => {
  it("is documented for every list", () => {
    expect(shapes.map(([command]) => command)).toEqual(
      expect.arrayContaining([
        "org list",
        "org show acme.com",
        "customer list",
        "customer show ann@acme.com",
        "customer trace ann@acme.com",
        "customer duplicates",
        "ticket list",
        "search printer",
        "ticket show 1",
        "conversation list",
        "project list",
        "customer can-see ann@acme.com 1",
        "ticket viewers 1",
        "project followers Office",
        "email list",
        "outbox list",
        "agent list",
        "field list",
        "type list",
        "ticket-status list",
        "tag list",
        "view list",
        "template list",
        "template preview reply",
        "log list",
        "status",
      ]),
    );
  });

  it.each(shapes)("%s", async (command, shape) => {
    expect(mismatches(await desk.json(...command.split(" ")), shape, command)).toEqual([]);
  });
});

/** What is not as documented, by path. */
function mismatches(value: unknown, shape: Shape, path: string): string[] {
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, at) => mismatches(item, shape[0], `${path}[${at}]`));
  }
  if (typeof shape === "string") {
    const kinds = shape.split("|").map((kind) => kind.trim());
    return kinds.some((kind) => isOf(value, kind)) ? [] : [`${path} is ${JSON.stringify(value)}, not ${shape}`];
  }
  if (typeof value !== "object" || value === null) return [`${path} is ${JSON.stringify(value)}, no object`];
  const known = Object.entries(shape);
  return [
    ...Object.keys(value).flatMap((field) => (field in shape ? [] : [`${path}.${field} is not documented`])),
    ...known.flatMap(([field, of]) => mismatches((value as Record<string, unknown>)[field], of, `${path}.${field}`)),
  ];
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function isOf(value: unknown, kind: string): boolean {
  if (kind === "null") return value === null;
  if (kind === "time") return typeof value === "string" && time.test(value);
  if (kind === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (kind === "[]") return Array.isArray(value);
  if (["string", "number", "boolean"].includes(kind)) return typeof value === kind;
  return value === kind; // one word of several
}
