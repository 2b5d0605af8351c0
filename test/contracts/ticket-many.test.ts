// The flags by which tickets are found, on the list and on every verb that acts on several (TIC-3): what they find, in which
// order, and that verbs show it, ask, and are one undo.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandDesk, commandDesk } from "./commands-in-process.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let desk: CommandDesk;
beforeAll(async () => {
  desk = await commandDesk("ticket-many");
  await done("customer", "add", "fay@acme.example");
  // 1: asked 5 days ago, answered 4 days ago. 2: asked 3 days ago, and again since. 3: answered, then asked an hour ago.
  // 4: ours, never answered by them. 5: closed, with the last word theirs.
  for (const [at, from] of ["ann@acme.example", "bob@else.example", "ann@acme.example"].entries())
    await done("ticket", "new", "--from", from, "--subject", `Printer ${at + 1}`, "--text", "It burns.");
  await done("ticket", "new", "--for", "eve@else.example", "--subject", "Offer", "--text", "Would you like one?");
  await done("ticket", "new", "--from", "ann@acme.example", "--subject", "Old", "--text", "Thanks, all is well.");
  await done("ticket", "reply", "1", "--text", "Water helps.");
  await done("ticket", "reply", "3", "--text", "Which one?");
  await done("ticket", "note", "2", "--text", "Nobody answered yet.");
  await done("ticket", "close", "5");
  await done("ticket", "set", "2", "priority=4");
  await done("ticket", "set", "4", "priority=2");
  await done("ticket", "follower", "add", "1", "fay@acme.example");
  await age();
});
afterAll(() => desk.close());

/** Times as if all this had taken days. */
async function age(): Promise<void> {
  const now = Date.now();
  await desk.app.database.write(async (tx) => {
    const asked = [5, 3, 2, 6, 9];
    for (const [at, days] of asked.entries()) {
      const ticket = await tx
        .selectFrom("ticket")
        .select("id")
        .where("number", "=", at + 1)
        .executeTakeFirstOrThrow();
      const conversations = tx.selectFrom("conversation").select("id").where("ticketId", "=", ticket.id);
      const created = now - days * dayMs;
      await tx
        .updateTable("ticket")
        .set({ createdAt: created, updatedAt: created + at * hourMs })
        .where("id", "=", ticket.id)
        .execute();
      const messages = await tx
        .selectFrom("message")
        .select("id")
        .where("conversationId", "in", conversations)
        .orderBy("id")
        .execute();
      for (const [place, { id }] of messages.entries())
        await tx
          .updateTable("message")
          .set({ createdAt: created + place * dayMs })
          .where("id", "=", id)
          .execute();
    }
  });
  const third = await desk.app.lists.ticketByNumber(3);
  const [conversation] = third?.conversations ?? [];
  const [first] = await desk.app.lists.ticketMessages({ conversations: third?.conversations ?? [] });
  if (conversation === undefined || first === undefined) throw new Error("no message on #3");
  const { visibility: _visibility, attachments: _attachments, version: _version, ...row } = first;
  const { newMessage } = await import("../../dist/desk/conversation.js");
  const { commitOf } = await import("./ticket-in-desk.ts");
  const { ids, clock } = desk.app;
  const again = newMessage({ ...row, id: ids.next("msg"), text: "The blue one.", createdAt: now - hourMs });
  await desk.app.desk.commit(commitOf({ ids, clock } as never, { changes: [again] }));
}

const done = async (...args: string[]) => {
  const said = await desk.run(...args, "--yes");
  expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
  return said;
};
const refused = async (code: number, ...args: string[]) => {
  const said = await desk.run(...args);
  expect(said.code, said.stdout).toBe(code);
  return said.stderr;
};
const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await done(...args, "--json")).stdout) as T;
interface Ticket {
  number: number;
  state: string;
  priority: number;
  tags: string[];
  waitingSince: string | null;
}
const tickets = (...flags: string[]) => json<Ticket[]>("ticket", "list", ...flags);
const numbers = async (...flags: string[]) => (await tickets(...flags)).map(({ number }) => number);

const finding: [string[], number[]][] = [
  [[], [4, 3, 2, 1]],
  [["--unanswered"], [3, 2]],
  [
    ["--unanswered", "--state", "all"],
    [3, 2],
  ],
  [["--waiting-since", ">2d"], [2]],
  [["--waiting-since", "<2h"], [3]],
  [["--waiting-since", ">1h", "--org", "else.example"], [2]],
  [
    ["--created", ">4d"],
    [4, 1],
  ],
  [
    ["--created", "<4d"],
    [3, 2],
  ],
  [
    ["--created", ">4d", "--state", "all"],
    [5, 4, 1],
  ],
  [["--created", "4d", "--state", "closed"], []],
  [["--updated", "<2d"], [3]],
  [["--created", "2000-01-01..2000-12-31"], []],
  [["--created", "2000-01-01..", "--state", "closed"], [5]],
  [["--follower", "fay@acme.example"], [1]],
  [
    ["--requester", "ann@acme.example"],
    [3, 1],
  ],
  [
    ["--text", "burn"],
    [3, 2, 1],
  ],
  [["--text", "blue"], [3]],
  [["--text", '"which one"'], [3]],
  [
    ["--text", "print -blue"],
    [3, 2, 1],
  ],
  [
    ["--sort", "created"],
    [3, 2, 1, 4],
  ],
  [
    ["--sort", "created", "--reverse"],
    [4, 1, 2, 3],
  ],
  [
    ["--sort", "updated", "--state", "all"],
    [3, 2, 1, 4, 5],
  ],
  [
    ["--sort", "priority"],
    [2, 4, 3, 1],
  ],
  [["--sort", "priority", "--limit", "1"], [2]],
  [
    ["--sort", "number", "--reverse"],
    [1, 2, 3, 4],
  ],
  [
    ["--sort", "waiting"],
    [2, 3],
  ],
  [
    ["--sort", "waiting", "--reverse"],
    [3, 2],
  ],
  [
    ["--sort", "number", "--reverse", "--org", "acme.example"],
    [1, 3],
  ],
];

describe("the flags of ticket list", () => {
  it.each(finding)("%j", async (flags, expected) => {
    expect(await numbers(...flags)).toEqual(expected);
  });

  it("tell since when somebody waits", async () => {
    const [third, second] = await tickets("--unanswered");
    expect(Date.now() - Date.parse(third?.waitingSince ?? "")).toBeLessThan(2 * hourMs);
    expect(Date.now() - Date.parse(second?.waitingSince ?? "")).toBeGreaterThan(2 * dayMs);
    expect((await tickets("--sort", "number", "--reverse"))[0]?.waitingSince).toBeNull();
  });

  it("wait no more once they were answered, and again once that was taken back", async () => {
    await done("ticket", "reply", "2", "--text", "We come.");
    expect(await numbers("--unanswered")).toEqual([3]);
    await done("undo");
    expect(await numbers("--unanswered")).toEqual([3, 2]);
  });

  it.each<[string[], string]>([
    [["--created", "yesterday"], '"yesterday" is no time for --created.'],
    [["--waiting-since", "3"], '"3" is no time for --waiting-since.'],
    [["--unanswered", "--state", "closed"], "On a closed ticket nobody waits for an answer."],
    [["--assignee", "x", "--unassigned"], "--assignee and --unassigned exclude each other."],
    [["--follower", "fax@acme.example"], 'There is no customer "fax@acme.example" (did you mean'],
    [["--sort", "age"], "Allowed choices are number, created, updated, priority, waiting"],
    [["--text", "-x"], "Say also a word that must be there."],
  ])("refuse %j, on a list and on a verb alike", async (flags, sentence) => {
    expect(await refused(64, "ticket", "list", ...flags)).toContain(sentence);
    if (!flags.includes("--sort")) expect(await refused(64, "ticket", "close", ...flags)).toContain(sentence);
  });

  it("are kept by a view", async () => {
    await done("view", "add", "late", "--", "ticket", "list", "--waiting-since", ">2d", "--sort", "waiting");
    expect(await json("view", "show", "late")).toMatchObject([{ number: 2 }]);
  });
});

const state = async () =>
  JSON.stringify((await tickets("--state", "all")).map(({ waitingSince: _, ...row }) => ({ ...row, updatedAt: "" })));
const commits = async () => (await json<unknown[]>("log", "list")).length;

describe("a verb by flags", () => {
  it.each<[string[], string, string, (row: Ticket) => boolean]>([
    [
      ["close", "--org", "acme.example"],
      "#1 would be closed (Printer 1)",
      "#1, #3 closed.",
      ({ state }) => state === "closed",
    ],
    [
      ["set", "--org", "acme.example", "priority=5"],
      "#1 would have priority=5 (Printer 1)",
      "#1, #3 changed.",
      ({ priority }) => priority === 5,
    ],
    [
      ["set", "--org", "acme.example", "tag+=hot"],
      "#1 would have tag+=hot (Printer 1)",
      "#1, #3 changed.",
      ({ tags }) => tags.includes("hot"),
    ],
    [
      ["tag", "add", "--org", "acme.example", "hot"],
      "#1 would get hot (Printer 1)",
      "#1, #3 changed.",
      ({ tags }) => tags.includes("hot"),
    ],
    [
      ["assign", "--org", "acme.example", "Billing"],
      "#1 would be assigned to Billing (Printer 1)",
      "#1, #3 changed.",
      () => true,
    ],
  ])("%j shows which it would be, asks, is one commit and one undo", async (words, preview, end, isSo) => {
    if (words[0] === "assign") await done("team", "add", "Billing");
    const before = await state();
    const shown = await desk.run("ticket", ...words, "--dry-run");
    expect(shown.stdout.split("\n")[0]).toBe(preview);
    expect(await refused(64, "ticket", ...words)).toContain("no terminal to ask on");
    expect(await state()).toBe(before);
    const logged = await commits();
    expect((await done("ticket", ...words)).stderr).toContain(end);
    expect(await commits()).toBe(logged + 1);
    const rows = await tickets("--state", "all", "--org", "acme.example");
    expect(rows.filter(({ number }) => number !== 5).every(isSo)).toBe(true);
    await done("ticket", ...words);
    await done("undo");
    expect(await state()).toBe(before);
  });

  it("opens what is closed, unless the flags say otherwise", async () => {
    const rows = await json<Ticket[]>("ticket", "reopen", "--requester", "ann@acme.example");
    expect(rows).toMatchObject([{ number: 5, state: "open" }]);
    await done("undo");
    expect((await done("ticket", "reopen", "--state", "open")).stderr).toContain("Nothing was changed.");
  });

  it("closes with a last answer to each", async () => {
    expect((await done("ticket", "close", "--org", "acme.example", "--reply", "Solved.")).stderr).toContain(
      "closed, and the last answer sent.",
    );
    expect(await numbers("--org", "acme.example")).toEqual([]);
    await done("undo");
    expect(await numbers("--org", "acme.example")).toEqual([3, 1]);
  });

  it.each<[string[], string]>([
    [["close"], "Name the tickets by number, or say by flags which."],
    [["close", "1", "--org", "acme.example"], "Name tickets by number, or say by flags which: not both."],
    [["set", "priority=5"], "Name the tickets first"],
    [["set", "--org", "acme.example"], "Missing required argument"],
    [["set", "1", "--org", "acme.example", "priority=5"], "not both"],
    [["assign", "Billing"], "Name the tickets, then an agent or a team"],
    [["tag", "add", "--org", "acme.example"], "Missing required argument"],
  ])("refuses %j", async (words, sentence) => {
    expect(await refused(64, "ticket", ...words)).toContain(sentence);
  });

  it("leaves alone what the flags do not find", async () => {
    expect((await done("ticket", "close", "--priority", "1")).stderr).toBe("Nothing was changed.\n");
  });
});
