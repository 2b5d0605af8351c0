// `maildesk team`, tickets that are assigned to one, and an agent who leaves tickets behind (AGT-1, AGT-3, TIC-1).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await done("agent", "add", "bob@desk.example", "--name", "Bob");
  await done("agent", "add", "eve@desk.example");
  for (const number of [1, 2, 3])
    await desk.run(["ingest", "-"], { input: mailOf({ id: `${number}@acme.example`, subject: `Printer ${number}` }) });
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const refused = (code: number, ...args: string[]) => refusedIn(desk, code, ...args);
const assignees = async () =>
  (await desk.json<{ number: number; assignee: string | null }[]>("ticket", "list", "--state", "all"))
    .map(({ number, assignee }) => [number, assignee])
    .toReversed();

describe("a team", () => {
  it("has a name of its own, and agents", async () => {
    expect((await done("team", "add", "Billing")).stdout).toMatch(/^Team +Billing\nId +tea_\w+\nAgents +none\n/);
    expect(await refused(1, "team", "add", "BILLING")).toMatch(/^There is a team named Billing already \(tea_\w+\)\./);
    expect(await refused(65, "team", "add", "none")).toContain("that is how tickets are assigned to nobody");
    await done("team", "member", "add", "billing", "Bob", "eve@desk.example");
    expect(await desk.json("team", "show", "Billing")).toMatchObject({
      name: "Billing",
      openTickets: 0,
      members: [
        { email: "bob@desk.example", name: "Bob", state: "active" },
        { email: "eve@desk.example", state: "active" },
      ],
    });
    expect(await desk.json("agent", "show", "Bob")).toMatchObject({ teams: ["Billing"] });
    expect(await refused(64, "team", "show", "Biling")).toContain(
      'There is no team "Biling" (did you mean "Billing"?).',
    );
  });

  it("takes tickets as an agent does, and is named where they are shown", async () => {
    await done("ticket", "assign", "1", "2", "billing");
    await done("ticket", "set", "3", "assignee=Bob");
    expect(await assignees()).toEqual([
      [1, "Billing"],
      [2, "Billing"],
      [3, "bob@desk.example"],
    ]);
    expect(await desk.json("ticket", "list", "--assignee", "Billing")).toMatchObject([{ number: 2 }, { number: 1 }]);
    expect(await desk.json("ticket", "list", "--unassigned")).toEqual([]);
    expect((await done("ticket", "show", "1")).stdout).toMatch(/^Assignee +Billing$/m);
    expect(await desk.json("team", "list")).toMatchObject([{ name: "Billing", members: 2, openTickets: 2 }]);
    expect(await desk.json("agent", "list")).toMatchObject([{ openTickets: 1 }, { openTickets: 0 }]);
    expect(await refused(64, "ticket", "assign", "1", "Billling")).toMatch(
      /^There is no agent or team "Billling" \(did you mean "Billing"\?\)\./,
    );
  });

  it("is renamed, shown by whatever names it, and written in the log", async () => {
    await done("team", "set", "Billing", "name=Orders");
    const { id } = await desk.json<{ id: string }>("show", "orders");
    expect(await desk.json("show", id)).toMatchObject({ name: "Orders" });
    const whats = (await desk.json<{ what: string }[]>("log", "list", "--about", "Orders")).map(({ what }) => what);
    expect(whats).toEqual(expect.arrayContaining(["team set Billing name=Orders", "team add Billing"]));
    await done("undo");
    expect(await assignees()).toContainEqual([1, "Billing"]);
  });

  it("is not removed while it has tickets, unless they are nobody's then; an undo brings all back", async () => {
    await done("ticket", "close", "2");
    expect(await refused(1, "team", "remove", "Billing")).toMatch(
      /^2 tickets \(1 closed\) are assigned to the team Billing\.\n {2}Assign them .* or add --force/,
    );
    expect((await done("team", "remove", "Billing", "--force")).stdout).toMatch(
      /^Removed the team Billing; 2 tickets are nobody's now\./,
    );
    expect(await assignees()).toEqual([
      [1, null],
      [2, null],
      [3, "bob@desk.example"],
    ]);
    await done("undo");
    expect(await desk.json("team", "show", "Billing")).toMatchObject({ members: [{}, {}], openTickets: 1 });
    expect(await assignees()).toContainEqual([2, "Billing"]);
  });

  it("does not come back where its name is taken, nor do tickets where it is gone", async () => {
    const commit = async (what: string) =>
      (await desk.json<{ id: string; what: string }[]>("log", "list")).find((row) => row.what === what)?.id ?? "";
    await done("ticket", "assign", "1", "2", "none");
    await done("team", "remove", "Billing");
    const removed = await commit("team remove Billing");
    expect(await refused(1, "undo", await commit("ticket assign 1 2 none"))).toMatch(
      /ticket \(?.*would belong to \w+ tea_\w+ again, which is no more, by cmt_\w+ \(team remove Billing, operator\)/,
    );
    await done("team", "add", "Billing");
    expect(await refused(1, "undo", removed)).toMatch(
      /the name Billing belongs to team tea_\w+ now, by cmt_\w+ \(team add Billing, operator\)/,
    );
    await done("undo");
    await done("undo", removed);
    expect(await desk.json("team", "show", "Billing")).toMatchObject({ members: [{}, {}] });
  });
});

describe("an agent who is deactivated", () => {
  it("is told what is still theirs, and how to move it", async () => {
    expect((await done("agent", "deactivate", "Bob")).stderr).toMatch(
      /^1 open ticket is still theirs .*maildesk agent deactivate bob@desk\.example --reassign-to AGENT-OR-TEAM$/m,
    );
    expect((await done("team", "show", "Billing")).stdout).toMatch(/Bob <bob@desk\.example> \(deactivated\)$/m);
    expect(await refused(64, "ticket", "assign", "1", "Bob")).toMatch(/^The agent bob@desk\.example is deactivated\./);
    expect(await refused(64, "agent", "deactivate", "eve@desk.example", "--reassign-to", "Bob")).toContain(
      "is deactivated",
    );
    await done("undo");
  });

  it("gives them to an agent or a team in the same commit, and takes them back with it", async () => {
    const shown = await done("agent", "deactivate", "Bob", "--reassign-to", "Billing", "--dry-run");
    expect(shown.stdout).toBe("bob@desk.example is deactivated.\n  1 ticket of theirs: Billing's then.\n");
    await done("agent", "deactivate", "Bob", "--reassign-to", "Billing");
    expect(await assignees()).toContainEqual([3, "Billing"]);
    await done("undo");
    expect(await assignees()).toContainEqual([3, "bob@desk.example"]);
    expect(await desk.json("agent", "show", "Bob")).toMatchObject({ state: "active", openTickets: 1 });
    await done("agent", "deactivate", "Bob", "--reassign-to", "eve@desk.example");
    await done("ticket", "assign", "3", "none");
    const [, left] = await desk.json<{ id: string }[]>("log", "list", "--limit", "2");
    expect(await refused(1, "undo", left?.id ?? "")).toMatch(
      /ticket tic_\w+ changed since \(assigneeId\), by cmt_\w+ \(ticket assign 3 none, operator\)/,
    );
  });
});
