// Sixteen administrators at once, each a process of its own: customers of the same ten new domains are made, and the
// organizations that these found are merged and taken apart under the others' hands. Nothing is doubled or left behind, and
// whoever was too late is told by name what was in the way.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../dist/config.js";
import { openDatabase } from "../../dist/database/open.js";
import { type DeskFolder, deskFolder } from "../cli/desk-folder.ts";
import { databaseEnv } from "../servers/test-database.ts";
import { broken, type State, stateOf } from "./desk-state.ts";

interface Ended {
  args: string[];
  code: number;
  stderr: string;
}

const processes = 16;
const domains = 10;
const script = fileURLToPath(new URL("./command-lines.mjs", import.meta.url));
const domainOf = (at: number): string => `d${at % domains}.example`;
const addressOf = (one: number, at: number): string => `p${one}@${domainOf(at)}`;

/** Each begins elsewhere and goes through all ten; what it merges it has made sure to exist. */
function linesOf(one: number): string[][] {
  const order = Array.from({ length: domains }, (_, at) => (one * 3 + at * 7) % domains);
  return order.flatMap((at, step) => {
    const add = ["customer", "add", addressOf(one, at)];
    const before = order[step - 1];
    if (before === undefined || step % 2 === 0) return [add];
    const merge = ["org", "merge", domainOf(at), domainOf(before)];
    const split = ["org", "split", domainOf(at), "--domain", domainOf(at), "--name", `Team ${one} ${step}`];
    return step % 4 === 3 ? [add, merge, split] : [add, merge];
  });
}

/** A guard against hanging, no measure: on two idle cores it is a matter of seconds. */
const endsWithinMs = 400_000;

const running = new Set<ChildProcess>();
let desk: DeskFolder;
let ended: Ended[];
let state: State;

beforeAll(async () => {
  desk = await deskFolder();
  expect(await desk.run(["status"])).toMatchObject({ code: 0 });
  const children = Array.from({ length: processes }, (_, one) => start(linesOf(one)));
  await Promise.all(children.map(({ ready }) => ready));
  for (const { child } of children) child.stdin?.write("go\n");
  ended = (await Promise.all(children.map(({ lines }) => lines))).flat();
  const { database: url } = loadConfig({ path: desk.path, env: databaseEnv(desk.path), folder: desk.path });
  const database = await openDatabase({ url, migrate: false, now: () => Date.now() });
  state = await stateOf(database.read);
  await database.close();
}, endsWithinMs);
afterAll(() => {
  for (const child of running) child.kill();
  desk.remove();
});

function start(list: readonly string[][]): { child: ChildProcess; ready: Promise<void>; lines: Promise<Ended[]> } {
  const { MAILDESK_AGENT: _agent, MAILDESK_CONFIG: _config, ...inherited } = process.env;
  const child = spawn(process.execPath, [script, JSON.stringify(list)], {
    cwd: desk.path,
    env: { ...inherited, ...databaseEnv(desk.path) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const told: Ended[] = [];
  const reading = createInterface({ input: child.stdout });
  const ready = new Promise<void>((resolve) =>
    reading.on("line", (line) => {
      if (line === "ready") resolve();
      else told.push(JSON.parse(line));
    }),
  );
  const lines = once(child, "close").then(([code]) => {
    expect(code).toBe(0);
    return told;
  });
  return { child, ready, lines };
}

describe("sixteen processes at once", () => {
  it("end every command, or refuse it by name", () => {
    expect(ended).toHaveLength(Array.from({ length: processes }, (_, one) => linesOf(one)).flat().length);
    const failed = ended.filter(({ code }) => code !== 0);
    const named = /^maildesk: (?:\S+ is part of .+ already|.+ \(org_\w+\)|There is an organization named .+)/;
    expect(failed.filter(({ code, stderr }) => code !== 1 || !named.test(stderr))).toEqual([]);
    const by = (verb: string) => ended.filter(({ args, code }) => args.slice(0, 2).join(" ") === verb && code === 0);
    console.log(
      `${ended.length} commands of ${processes} processes: ${by("customer add").length} customers, ${by("org merge").length} merges, ${by("org split").length} splits done; ${failed.length} refused by name`,
    );
  });

  it("make every customer once, in an organization that lives", () => {
    const addresses = state.customerAddress.map(({ id }) => id).sort();
    const wanted = Array.from({ length: processes }, (_, one) =>
      Array.from({ length: domains }, (_, at) => addressOf(one, at)),
    );
    expect(addresses).toEqual(wanted.flat().sort());
    expect(state.customer.filter(({ organizationId }) => organizationId === null)).toEqual([]);
    expect(broken(state)).toEqual([]);
  });

  it("leave each of the ten domains with one owner, and every customer with the owner of their domain", () => {
    expect(state.organizationDomain.map(({ id }) => id)).toEqual(
      Array.from({ length: domains }, (_, at) => domainOf(at)),
    );
    const owners = new Map(state.organizationDomain.map((row) => [row.id, row.organizationId]));
    const homes = new Map(state.customer.map((row) => [row.id, row.organizationId]));
    const strays = state.customerAddress.filter(
      ({ id, ownerId }) => homes.get(String(ownerId)) !== owners.get(id.slice(id.indexOf("@") + 1)),
    );
    expect(strays).toEqual([]);
  });
});
