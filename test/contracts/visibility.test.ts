// One question, asked in three ways, has one answer: whether a customer can see a ticket, which tickets a customer sees, and who sees
// a ticket (VIS-3); through moves, merges, projects that close and tickets that are taken from sight.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandDesk, commandDesk } from "./commands-in-process.ts";

const people = ["ann@acme.example", "bob@acme.example", "gus@globex.example", "eve@solo.example", "zoe@solo.example"];
let desk: CommandDesk;
beforeAll(async () => {
  desk = await commandDesk("sight");
  await run("org", "add", "Acme", "--domain", "acme.example");
  await run("org", "add", "Globex", "--domain", "globex.example");
  for (const address of people.slice(0, 3)) await run("customer", "add", address);
  for (const address of people.slice(3)) await run("customer", "add", address, "--org", "none");
  await run("project", "add", "Office");
  await run("project", "share", "Office", "Globex", "eve@solo.example");
  for (const [from, subject] of [
    ["ann@acme.example", "Of Acme"],
    ["gus@globex.example", "Of Globex"],
    ["zoe@solo.example", "Of nobody"],
  ] as const)
    await run("ticket", "new", "--from", from, "--subject", subject, "--text", "x");
  await run("ticket", "set", "1", "project=Office");
});
afterAll(() => desk.close());

async function run(...args: string[]): Promise<string> {
  const said = await desk.run(...args, "--yes");
  expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
  return said.stdout;
}

/** `ann 1` for each ticket that each person sees; the three ways must agree. */
async function seen(): Promise<string[]> {
  const pairs: string[] = [];
  for (const number of [1, 2, 3]) {
    const { viewers, everybody } = JSON.parse(await run("ticket", "viewers", String(number), "--json"));
    const names: string[] = viewers.map(({ email }: { email: string }) => email);
    for (const address of people) {
      const { sees } = JSON.parse(await run("customer", "can-see", address, String(number), "--json"));
      const listed: { number: number }[] = JSON.parse(await run("customer", "tickets", address, "--json"));
      expect(
        listed.some((one) => one.number === number),
        `${address} ${number}`,
      ).toBe(sees);
      if (!everybody) expect(names.includes(address), `viewers ${address} ${number}`).toBe(sees);
      if (sees) pairs.push(`${address.split("@")[0]} ${number}`);
    }
  }
  return pairs;
}

describe("what customers see", () => {
  it.each<[string, string[][], string[]]>([
    ["by default: what is theirs, and of projects that they follow", [], ["ann 1", "gus 1", "eve 1", "gus 2", "zoe 3"]],
    [
      "with the organization's",
      [["settings", "set", "visibility.scope=own,organization"]],
      ["ann 1", "bob 1", "gus 2", "zoe 3"],
    ],
    [
      "where one organization has its own",
      [["org", "set", "Acme", "visibility=own,organization"]],
      ["ann 1", "bob 1", "gus 1", "eve 1", "gus 2", "zoe 3"],
    ],
    ["of a ticket that is not published", [["ticket", "unpublish", "1"]], ["ann 1", "gus 2", "zoe 3"]],
    ["of a project that is closed", [["project", "close", "Office"]], ["ann 1", "gus 2", "zoe 3"]],
    ["after a move", [["customer", "move", "gus@globex.example", "Acme"]], ["ann 1", "eve 1", "gus 2", "zoe 3"]],
    ["after a merge", [["org", "merge", "Acme", "Globex"]], ["ann 1", "bob 1", "gus 1", "eve 1", "gus 2", "zoe 3"]],
    [
      "all of it",
      [["settings", "set", "visibility.scope=all"]],
      people.flatMap((one) => [1, 2, 3].map((n) => `${one.split("@")[0]} ${n}`)),
    ],
    ["nothing", [["settings", "set", "visibility.scope=none"]], []],
  ])("%s", async (_, commands, expected) => {
    for (const command of commands) await run(...command);
    expect((await seen()).sort()).toEqual([...expected].sort());
    for (const _command of commands) await run("undo");
  });

  it("is refused where it is no scope", async () => {
    for (const args of [
      ["settings", "set", "visibility.scope=everything"],
      ["org", "set", "Acme", "visibility=none,own"],
    ])
      expect(await desk.run(...args)).toMatchObject({
        code: 65,
        stderr: expect.stringMatching(/own, organization, projects, all|none stands alone/),
      });
  });
});
