// Statuses of tickets that administrators define, and tags that agents put on them (TIC-1, TIC-2): named, renamed, merged, taken
// away, and all of it taken back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandDesk, commandDesk } from "./commands-in-process.ts";

let desk: CommandDesk;
beforeAll(async () => {
  desk = await commandDesk("statuses");
  for (const [at, from] of ["ann@acme.example", "bob@acme.example", "eve@else.example"].entries())
    await done("ticket", "new", "--from", from, "--subject", `Ticket ${at + 1}`, "--text", "Help.");
});
afterAll(() => desk.close());

const done = async (...args: string[]) => {
  const said = await desk.run(...args, "--yes");
  expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
  return said;
};
const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await done(...args, "--json")).stdout) as T;
const refused = async (code: number, ...args: string[]) => {
  const said = await desk.run(...args, "--yes");
  expect(said.code, said.stdout).toBe(code);
  return said.stderr;
};
interface Ticket {
  number: number;
  status: string;
  state: string;
  tags: string[];
}
const shown = (number: number) => json<Ticket>("ticket", "show", String(number));
const listed = async (...flags: string[]) =>
  (await json<Ticket[]>("ticket", "list", ...flags)).map(({ number }) => number);
const names = async () => (await json<{ name: string }[]>("ticket-status", "list")).map(({ name }) => name);
const undo = () => done("undo");

describe("a status", () => {
  it("is one of four at first", async () => {
    expect(await json("ticket-status", "list")).toMatchObject([
      { id: "new", name: "new", state: "open", builtIn: true, tickets: 3 },
      { id: "open", name: "open", state: "open", builtIn: true, tickets: 0 },
      { id: "waiting", name: "waiting", state: "waiting" },
      { id: "closed", name: "closed", state: "closed" },
    ]);
  });

  it("comes where it is put, is set, found, and counted", async () => {
    await done("ticket-status", "add", "On hold", "--state", "waiting", "--colour", "#C0392B");
    await done("ticket-status", "add", "In work", "--state", "open");
    await done("ticket-status", "add", "Looked at", "--state", "open", "--after", "new");
    expect(await names()).toEqual(["new", "open", "Looked at", "In work", "waiting", "On hold", "closed"]);
    await done("ticket-status", "set", "Looked at", "--after", "in WORK");
    expect(await names()).toEqual(["new", "open", "In work", "Looked at", "waiting", "On hold", "closed"]);
    await undo();
    expect(await names()).toEqual(["new", "open", "Looked at", "In work", "waiting", "On hold", "closed"]);
    expect((await desk.run("ticket", "set", "1", "status=on hold", "--dry-run")).stdout).toBe(
      "#1 would have status=on hold (Ticket 1)\n",
    );
    await done("ticket", "set", "1", "2", "status=on hold");
    expect(await shown(1)).toMatchObject({ status: "On hold", state: "waiting" });
    expect(await listed("--status", "On hold")).toEqual([2, 1]);
    expect(await listed("--state", "waiting")).toEqual([2, 1]);
    expect(await json("ticket-status", "show", "On hold")).toMatchObject({
      tickets: 2,
      colour: "#c0392b",
      builtIn: false,
    });
  });

  it("is renamed on all its tickets at once, a built-in one too, whose word still does", async () => {
    await done("ticket-status", "set", "On hold", "name=Paused");
    await done("ticket-status", "set", "waiting", "name=With the customer");
    expect(await shown(2)).toMatchObject({ status: "Paused" });
    await done("ticket", "set", "3", "status=waiting");
    expect(await shown(3)).toMatchObject({ status: "With the customer", state: "waiting" });
    await undo();
    await undo();
    expect(await names()).toContain("waiting");
  });

  it("stays where a mail or an answer finds the state right, and is the built-in one where it does not", async () => {
    await done("ticket", "set", "3", "status=In work");
    await done("ticket", "reply", "3", "--text", "We look at it.");
    expect(await shown(3)).toMatchObject({ status: "waiting", state: "waiting" });
    await done("ticket", "set", "3", "status=Paused");
    await done("ticket", "reply", "3", "--text", "Still.");
    expect(await shown(3)).toMatchObject({ status: "Paused", state: "waiting" });
    await done("ticket", "close", "3");
    expect(await shown(3)).toMatchObject({ status: "closed" });
    await done("ticket", "reopen", "3");
    expect(await shown(3)).toMatchObject({ status: "open" });
  });

  it("is not taken from its tickets unless they get another, and comes back with them", async () => {
    expect(await refused(1, "ticket-status", "remove", "Paused")).toContain("2 tickets are Paused.");
    expect((await desk.run("ticket-status", "remove", "Paused", "--into", "closed", "--dry-run")).code).toBe(0);
    expect(await shown(1)).toMatchObject({ status: "Paused" });
    await done("ticket-status", "remove", "Paused", "--into", "closed");
    expect(await shown(1)).toMatchObject({ status: "closed", state: "closed" });
    expect(await refused(65, "ticket", "set", "1", "status=Paused")).toContain('"Paused" is no status');
    await undo();
    expect(await shown(1)).toMatchObject({ status: "Paused", state: "waiting" });
    await done("ticket-status", "remove", "Paused", "--into", "waiting");
    expect(await shown(2)).toMatchObject({ status: "waiting", state: "waiting" });
  });

  it.each<[number, string[], string]>([
    [64, ["remove", "open"], "open is built in"],
    [64, ["set", "open", "--after", "In work"], "open is built in and stays the first of its state."],
    [1, ["add", "IN WORK", "--state", "closed"], "There is a status In work already."],
    [1, ["set", "In work", "name=closed"], "There is a status closed already."],
    [65, ["add", " ", "--state", "open"], "A status needs a name"],
    [65, ["add", "Blue", "--state", "open", "--colour", "blue"], '"blue" is no colour.'],
    [64, ["add", "Late", "--state", "closed", "--after", "open"], "open is open: another status can only follow"],
    [65, ["show", "In wrok"], '"In wrok" is no status (did you mean "In work"?)'],
    [64, ["set", "In work"], "There is nothing to set"],
    [64, ["set", "In work", "state=closed"], 'There is no "state" to set'],
    [64, ["add", "Late", "--state", "late"], "Allowed choices are open, waiting, closed"],
  ])("refuses with %d: %j", async (code, args, sentence) => {
    expect(await refused(code, "ticket-status", ...args)).toContain(sentence);
  });

  it("is an administrator's to define", async () => {
    await done("agent", "add", "ina@desk.example");
    expect(await refused(64, "ticket-status", "add", "Mine", "--state", "open", "--as", "ina@desk.example")).toContain(
      "administer",
    );
  });
});

describe("a tag", () => {
  it("is made with its first ticket, and found by any case", async () => {
    expect((await desk.run("ticket", "tag", "add", "1", "Urgent", "--dry-run")).stdout).toContain('"Urgent"');
    expect(await json("tag", "list")).toEqual([]);
    await done("ticket", "tag", "add", "1", "2", "Urgent", "needs a part");
    await done("ticket", "tag", "add", "3", "URGENT");
    expect(await shown(1)).toMatchObject({ tags: ["needs a part", "Urgent"] });
    expect(await listed("--tag", "urgent")).toEqual([3, 2, 1]);
    expect(await listed("--tag", "urgent", "--tag", "needs a part")).toEqual([2, 1]);
    expect(await json("tag", "list")).toMatchObject([
      { name: "needs a part", tickets: 2 },
      { name: "Urgent", tickets: 3 },
    ]);
    expect((await done("ticket", "show", "1")).stdout).toMatch(/Tags +needs a part, Urgent/);
    await undo();
    await undo();
    expect(await json("tag", "list")).toEqual([]);
    expect(await shown(1)).toMatchObject({ tags: [] });
  });

  it("is put on and taken off beside other values", async () => {
    await done("ticket", "set", "1", "2", "tag+=Urgent,later", "priority=3");
    expect(await shown(2)).toMatchObject({ tags: ["later", "Urgent"], priority: 3 });
    await done("ticket", "set", "2", "tag-=later");
    expect(await shown(2)).toMatchObject({ tags: ["Urgent"] });
    await done("ticket", "set", "2", "tags=soon");
    expect(await shown(2)).toMatchObject({ tags: ["soon"] });
    await done("ticket", "set", "2", "tags=");
    expect(await shown(2)).toMatchObject({ tags: [] });
    for (const _ of [1, 2, 3]) await undo();
    expect(await shown(2)).toMatchObject({ tags: ["later", "Urgent"] });
  });

  it("is renamed, merged and removed on all at once, and comes back", async () => {
    await done("tag", "set", "urgent", "name=very urgent", "colour=#c0392b");
    expect(await shown(1)).toMatchObject({ tags: ["later", "very urgent"] });
    await done("ticket", "tag", "add", "3", "very urgent");
    await done("tag", "merge", "very urgent", "later");
    expect(await listed("--tag", "later")).toEqual([3, 2, 1]);
    expect(await json("tag", "list")).toMatchObject([{ name: "later", tickets: 3 }]);
    await undo();
    expect(await shown(1)).toMatchObject({ tags: ["later", "very urgent"] });
    expect(await shown(3)).toMatchObject({ tags: ["very urgent"] });
    expect(await refused(1, "tag", "remove", "later")).toContain("2 tickets have the tag later.");
    await done("tag", "remove", "later", "--force");
    expect(await shown(2)).toMatchObject({ tags: ["very urgent"] });
    await undo();
    expect(await shown(2)).toMatchObject({ tags: ["later", "very urgent"] });
  });

  it.each<[number, string[], string]>([
    [64, ["ticket", "tag", "add", "1"], "Name the tickets, then the tags"],
    [64, ["ticket", "tag", "add", "urgent"], "Name the tickets by number, or say by flags which."],
    [64, ["ticket", "tag", "remove", "1", "latr"], 'There is no tag "latr" (did you mean "later"?).'],
    [64, ["ticket", "list", "--tag", "latr"], 'There is no tag "latr" (did you mean "later"?).'],
    [65, ["tag", "add", "12"], `"12" can't be a tag`],
    [65, ["tag", "add", "a,b"], `"a,b" can't be a tag`],
    [1, ["tag", "add", "LATER"], "There is a tag later already."],
    [1, ["tag", "set", "later", "name=Very Urgent"], "To make one of both: maildesk tag merge FROM"],
    [64, ["tag", "merge", "later", "Later"], "later can't be merged into itself."],
  ])("refuses with %d: %j", async (code, args, sentence) => {
    expect(await refused(code, ...args)).toContain(sentence);
  });
});
