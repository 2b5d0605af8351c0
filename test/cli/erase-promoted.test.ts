// `maildesk customer erase` of somebody who became an agent (CUS-6, CUS-7): what they were as a customer goes, by the id that
// they had then, and the agent stays as they are.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
let id = "";
let before: unknown;
const done = async (...args: string[]) => {
  const said = await desk.run([...args, "--yes"]);
  expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
  return said.stdout;
};
let mails = 0;
const mail = (from: string, subject: string, text: string) =>
  desk.run(["ingest", "-"], { input: mailOf({ from, subject, text, id: `${++mails}@host.example` }) });
/** Words of their time as a customer, each in another place. */
const words = ["okapi", "numbat", "axolotl", "dugong", "margay", "ocelot@old.example", "caracal"];
/** All rows as text, with what mails hold. */
async function dumped(): Promise<string> {
  const { stdout } = await desk.run(["dump"]);
  const lines = stdout.split("\n").filter((line) => line.startsWith('{"table"'));
  return lines
    .map((line) => {
      const { row } = JSON.parse(line) as { row: Record<string, unknown> };
      const raw = typeof row.raw === "string" ? Buffer.from(row.raw, "base64").toString("latin1") : "";
      return `${line} ${raw}`;
    })
    .join("\n")
    .toLowerCase();
}

beforeAll(async () => {
  desk = await deskFolder();
  await done("field", "add", "hobby", "--on", "customer");
  await mail("Ann Lee <ann@acme.example>", "About an okapi", "My numbat is ill.");
  await done("customer", "set", "ann@acme.example", "notes=axolotl", "field:hobby=dugong");
  await done("customer", "address", "add", "ann@acme.example", "ocelot@old.example");
  await done("customer", "address", "remove", "ann@acme.example", "ocelot@old.example");
  await done("deliver");
  await done("customer", "block", "ann@acme.example");
  await mail("Ann Lee <ann@acme.example>", "Held, with a margay", "And a caracal.");
  await done("customer", "unblock", "ann@acme.example");
  ({ id } = await desk.json<{ id: string }>("customer", "show", "ann@acme.example"));
  await done("customer", "promote", "ann@acme.example", "--name", "Ann Lee");
  await done("ticket", "new", "--from", "bob@else.example", "--subject", "Another", "--text", "Of Bob.");
  await done("ticket", "reply", "2", "--text", "Said by the agent.", "--as", "ann@acme.example");
  await mail("Ann Lee <ann@acme.example>", "From the other side", "A quokka, as an agent.");
  before = await desk.json("agent", "show", "ann@acme.example");
});
afterAll(() => desk.remove());

it("is refused by what names the agent, with how to reach the customer", async () => {
  expect(await desk.run(["customer", "erase", "ann@acme.example", "--yes"])).toMatchObject({
    code: 64,
    stderr: `maildesk: ann@acme.example is the agent Ann Lee now, and no customer.\n  To erase what they were as a customer, and leave the agent as they are: maildesk customer erase ${id}\n`,
  });
  await done("agent", "add", "tom@desk.example");
  expect(await desk.run(["customer", "erase", "tom@desk.example", "--yes"])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining("is the agent tom@desk.example, and no customer."),
  });
});

it("says first that the agent stays", async () => {
  const all = await dumped();
  for (const word of words) expect(all).toContain(word);
  const shown = await done("customer", "erase", id, "--dry-run");
  expect(shown).toMatch(
    /^Erases for good what Ann Lee was as a customer \(cus_\w+\):\n {2}1 address, 1 message, 1 title of tickets, 2 mails from them, 1 outgoing mail, 1 field,/,
  );
  expect(shown).toMatch(/\n {2}They are the agent ann@acme\.example \(agt_\w+\) and stay one: name, addresses and /);
  expect(await dumped()).toBe(all);
});

it("takes every word of then out of every table, and nothing of the agent's", async () => {
  expect(await done("customer", "erase", id)).toBe(`Erased ${id}; ann@acme.example is an agent as before.\n`);
  const all = await dumped();
  expect(words.filter((word) => all.includes(word))).toEqual([]);
  expect(all).toContain("quokka");
  expect(await desk.json("agent", "show", "ann@acme.example")).toEqual(before);
  expect(await desk.json("agent", "show", id)).toEqual(before);
  expect(await desk.json("ticket", "show", "1")).toMatchObject({ subject: "(erased)", requesters: [] });
  expect(await desk.json("ticket", "show", "2")).toMatchObject({
    messages: expect.arrayContaining([expect.objectContaining({ text: "Said by the agent." })]),
  });
  await mail("Ann Lee <ann@acme.example>", "Still an agent", "As before.");
  expect(await desk.json("email", "list", "--reason", "agent-ticket")).toHaveLength(2);
});

it("may be done again, and can't be taken back", async () => {
  expect(await desk.json("customer", "erase", id, "--yes")).toMatchObject({ id, erased: true, messages: 1, fields: 0 });
  expect(await desk.run(["undo", "--yes"])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining(`can't be taken back: customer erase ${id}.`),
  });
});
