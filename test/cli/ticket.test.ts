// `maildesk ticket` as people and scripts use it: the real program in a folder of its own.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

interface Ticket {
  number: number;
  subject: string;
  status: string;
  requesters: string[];
  messages: number;
}
interface Shown extends Omit<Ticket, "messages"> {
  messages: Record<string, unknown>[];
  followers: string[];
  mergedFrom: number | null;
}

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../fixtures/cli/${name}`, import.meta.url)), "utf8");
const timeless = (text: string) => text.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, "YYYY-MM-DD hh:mm");

/** What left to customers. */
function sentMails(desk: DeskFolder): string[] {
  const folder = join(desk.path, "data/sent/new");
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .filter((mail) => !/^Delivered-To: .*@desk\.example/m.test(mail));
}

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["agent", "add", "joe@desk.example", "--name", "Joe Example"]);
  desk.file("in/1.eml", mailOf({}));
  desk.file(
    "in/2.eml",
    mailOf({ from: "Bob <bob@other.example>", subject: "Ärger mit der Rechnung", id: "2@other.example" }),
  );
  desk.file("in/3.eml", mailOf({ from: "bob@other.example", subject: "Thanks", id: "3@other.example" }));
  for (const file of ["1", "2", "3"]) await desk.run(["ingest", `in/${file}.eml`]);
});
afterAll(() => desk.remove());

describe("ticket list", () => {
  it("prints the documented fields for machines", async () => {
    const [ticket] = await desk.json<Ticket[]>("ticket", "list", "--requester", "ann@acme.example");
    expect(ticket).toMatchObject({
      number: 1,
      subject: "The printer is on fire",
      status: "new",
      state: "open",
      priority: 0,
      type: "",
      requesters: ["ann@acme.example"],
      organization: "acme.example",
      project: null,
      assignee: null,
      messages: 1,
      createdAt: "2026-11-02T10:00:00.000Z",
      updatedAt: "2026-11-02T10:00:00.000Z",
    });
  });

  it("says on stderr how many there are beyond the limit", async () => {
    const said = await desk.run(["ticket", "list", "--limit", "2", "--ids"]);
    expect(said.stdout).toBe("3\n2\n");
    expect(said.stderr).toBe("2 of 3\n");
  });

  it.each([
    [["--text", "ÄRGER"], [2]],
    [
      ["--org", "other.example"],
      [3, 2],
    ],
    [["--org", "none"], []],
    [
      ["--unassigned", "--status", "new"],
      [3, 2, 1],
    ],
    [["--priority", "5"], []],
  ])("filters by %j", async (flags, numbers) => {
    const found = await desk.json<Ticket[]>("ticket", "list", "--state", "all", ...flags);
    expect(found.map((ticket) => ticket.number)).toEqual(numbers);
  });

  it("refuses a name that nobody has, instead of an empty list", async () => {
    const said = await desk.run(["ticket", "list", "--requester", "nan@acme.example"]);
    expect(said.code).toBe(64);
    expect(said.stderr).toContain('There is no customer "nan@acme.example"');
  });
});

describe("a public answer", () => {
  it("is not sent where nobody can be asked, though its audience is shown", async () => {
    const said = await desk.run(["ticket", "reply", "2", "--text", "Hello"]);
    expect(said.code).toBe(64);
    expect(said.stderr).toContain("Audience of #2: 1 person\n  Bob <bob@other.example>  (requester of the ticket)\n");
    expect((await desk.json<Shown>("ticket", "show", "2")).messages).toHaveLength(1);
  });

  it("stops at the audience with --dry-run, which needs no words", async () => {
    expect(await desk.json("ticket", "reply", "2", "--dry-run")).toMatchObject({
      dryRun: true,
      recipients: 1,
      audience: [{ email: "bob@other.example", hears: true }],
    });
    expect((await desk.json<Shown>("ticket", "show", "2")).messages).toHaveLength(1);
  });

  it("leaves with its file, in the agent's name, and lets the ticket wait", async () => {
    desk.file("plan.txt", "Step one\n");
    const said = await desk.run(
      ["ticket", "reply", "1", "-", "--attach", "plan.txt", "--as", "joe@desk.example", "--yes"],
      { input: "It is mended.\n" },
    );
    expect(said.code).toBe(0);
    await desk.run(["deliver"]);
    const [mail = ""] = sentMails(desk).filter((text) => text.includes("To: Ann Example <ann@acme.example>"));
    expect(mail).toContain("Joe Example");
    expect(mail).toContain("It is mended.");
    expect(mail).toContain(Buffer.from("Step one\n").toString("base64"));
    const shown = await desk.json<Shown>("ticket", "show", "1");
    expect(shown.status).toBe("waiting");
    expect(shown.messages[1]).toMatchObject({
      direction: "out",
      visibility: "public",
      from: "joe@desk.example",
      to: ["ann@acme.example"],
      newText: "It is mended.",
      flagged: false,
      attachments: [{ filename: "plan.txt", contentType: "text/plain", size: 9 }],
    });
  });

  it("is signed by the desk's name where the operator writes it", async () => {
    await desk.run(["ticket", "reply", "3", "--text", "You are welcome.", "--yes"]);
    expect((await desk.json<Shown>("ticket", "show", "3")).messages[1]).toMatchObject({
      author: "desk",
      from: "support@desk.example",
    });
  });

  it("is refused to an agent who may not answer, and to a name that is no agent", async () => {
    await desk.run(["agent", "add", "eve@desk.example", "--no-may-answer"]);
    const refused = await desk.run(["ticket", "reply", "1", "--text", "x", "--yes", "--as", "eve@desk.example"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("may not answer in public")]);
    const nobody = await desk.run(["ticket", "reply", "1", "--text", "x", "--yes"], {
      env: { MAILDESK_AGENT: "nobody@desk.example" },
    });
    expect([nobody.code, nobody.stderr]).toEqual([64, expect.stringContaining("nobody@desk.example")]);
  });

  it.each([
    [["reply", "1", "--text", " ", "--yes"], "nothing in the message"],
    [["reply", "1", "--text", "a", "--file", "b", "--yes"], "once"],
    [["reply", "1", "--text", "a", "--attach", "gone.pdf", "--yes"], "There is no file gone.pdf"],
    [["reply", "77", "--text", "a", "--yes"], "no ticket #77"],
    [["reply", "one", "--text", "a", "--yes"], "no ticket number"],
  ])("does nothing where it is called wrongly: %j", async (args, sentence) => {
    const said = await desk.run(["ticket", ...args]);
    expect(said.code).toBeGreaterThanOrEqual(64);
    expect(said.stderr).toContain(sentence);
  });
});

describe("an internal note", () => {
  it("stands on the ticket and never leaves", async () => {
    const before = sentMails(desk).length;
    await desk.run(["ticket", "note", "2", "--text", "They never pay."]);
    await desk.run(["deliver"]);
    expect((await desk.json<Shown>("ticket", "show", "2")).messages.at(-1)).toMatchObject({
      visibility: "internal",
      text: "They never pay.",
    });
    expect(
      sentMails(desk)
        .slice(before)
        .some((mail) => mail.includes("never pay")),
    ).toBe(false);
  });
});

describe("ticket show", () => {
  it("reads as a page of at most 100 columns", async () => {
    await desk.run([
      "ticket",
      "note",
      "1",
      "--text",
      `${"A long line of words. ".repeat(12)}\n    indented`,
      "--as",
      "joe@desk.example",
    ]);
    const said = await desk.run(["ticket", "show", "1"], { env: { TZ: "UTC" } });
    expect(timeless(said.stdout)).toBe(fixture("ticket-show.txt"));
    expect(Math.max(...said.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe("verbs on several tickets", () => {
  it("set values in one step, which one undo takes back", async () => {
    const changed = await desk.json<Ticket[]>("ticket", "set", "2", "3", "prio=4", "type=invoice");
    expect(changed).toMatchObject([
      { number: 2, priority: 4, type: "invoice" },
      { number: 3, priority: 4 },
    ]);
    await desk.run(["undo", "--yes"]);
    expect(await desk.json("ticket", "list", "--state", "all", "--priority", "4")).toEqual([]);
  });

  it("show with --dry-run what they would change, and change nothing", async () => {
    const said = await desk.run(["ticket", "set", "2", "priority=5", "--dry-run"]);
    expect(said.stdout).toContain("priority 0 -> 5");
    expect(await desk.json<Ticket[]>("ticket", "list", "--state", "all", "--priority", "5")).toEqual([]);
  });

  it("close and reopen, and say what was so already", async () => {
    expect((await desk.run(["ticket", "close", "2", "3"])).stderr).toBe("#2, #3 closed.\n");
    const again = await desk.run(["ticket", "close", "1", "2"]);
    expect(again.stderr).toBe("#2 closed already.\n#1 closed.\n");
    expect((await desk.run(["ticket", "reopen", "1", "2", "3"])).stderr).toBe("#1, #2, #3 open again.\n");
  });

  it("close with a last answer, and the ticket stays closed", async () => {
    await desk.run(["ticket", "close", "3", "--reply", "Goodbye.", "--yes"]);
    expect(await desk.json("ticket", "show", "3")).toMatchObject({ status: "closed" });
  });

  it("assign by name, and take away with none", async () => {
    await desk.run(["ticket", "assign", "1", "2", "Joe Example"]);
    expect(
      (await desk.json<Ticket[]>("ticket", "list", "--assignee", "joe@desk.example")).map((ticket) => ticket.number),
    ).toEqual([2, 1]);
    await desk.run(["ticket", "assign", "1", "2", "none"]);
    expect(await desk.json("ticket", "list", "--assignee", "joe@desk.example")).toEqual([]);
  });

  it("refuse a key that is none, with the known ones", async () => {
    const said = await desk.run(["ticket", "set", "1", "prioritty=5"]);
    expect([said.code, said.stderr]).toEqual([64, expect.stringContaining('did you mean "priority"?')]);
  });
});

describe("people of a ticket", () => {
  it("are added, known or new, and then hear; the last requester stays", async () => {
    const added = await desk.run(["ticket", "follower", "add", "1", "fay@acme.example"]);
    expect(added.stderr).toContain(
      "fay@acme.example, a new customer, is follower of #1 now. The 2 earlier public messages are not sent to them.",
    );
    expect((await desk.json<Shown>("ticket", "show", "1")).followers).toEqual(["fay@acme.example"]);
    expect(await desk.json("ticket", "audience", "1")).toMatchObject({ recipients: 2 });
    const refused = await desk.run(["ticket", "requester", "remove", "1", "ann@acme.example"]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("last requester")]);
    await desk.run(["ticket", "requester", "add", "1", "fay@acme.example"]);
    expect((await desk.run(["ticket", "requester", "remove", "1", "ann@acme.example"])).code).toBe(0);
    expect(await desk.json("ticket", "requester", "list", "1")).toMatchObject([{ email: "fay@acme.example" }]);
    expect((await desk.run(["ticket", "requester", "list", "1", "--ids"])).stdout).toBe("fay@acme.example\n");
  });

  it("are never agents", async () => {
    const said = await desk.run(["ticket", "follower", "add", "1", "joe@desk.example"]);
    expect([said.code, said.stderr]).toEqual([1, expect.stringContaining("agent")]);
  });
});

describe("a ticket made by hand", () => {
  it("for a customer sends the first message once it is confirmed, and makes the customer and the organization", async () => {
    const asked = await desk.run([
      "ticket",
      "new",
      "--for",
      "gus@new.example",
      "--subject",
      "Your order",
      "--text",
      "Hello.",
    ]);
    expect(asked.code).toBe(64);
    expect(await desk.json("ticket", "list", "--state", "all", "--text", "your order")).toEqual([]);
    const made = await desk.json<Ticket & { organization: string }>(
      "ticket",
      "new",
      "--for",
      "gus@new.example",
      "--subject",
      "Your order",
      "--text",
      "Hello.",
      "--yes",
    );
    expect(made).toMatchObject({
      subject: "Your order",
      status: "waiting",
      requesters: ["gus@new.example"],
      organization: "new.example",
    });
    await desk.run(["deliver"]);
    expect(sentMails(desk).filter((mail) => mail.includes("gus@new.example"))).toHaveLength(1);
  });

  it("from a customer is logged as theirs, and nobody is told", async () => {
    const before = sentMails(desk).length;
    const made = await desk.json<Ticket>(
      "ticket",
      "new",
      "--from",
      "ann@acme.example",
      "--subject",
      "Called",
      "--text",
      "Wants it sooner.",
    );
    expect(made).toMatchObject({ status: "new", requesters: ["ann@acme.example"] });
    await desk.run(["deliver"]);
    expect(sentMails(desk)).toHaveLength(before);
  });
});

describe("a number that was merged away", () => {
  it("shows the ticket that it became, and says so", async () => {
    const cites = (id: string, other: string) =>
      mailOf({
        id,
        from: "ann@acme.example",
        subject: `About ${other}`,
        text: `see ${other}`,
        headers: [`References: <${other}>`],
      });
    desk.file("late/1.eml", cites("l1@acme.example", "first@acme.example"));
    await desk.run(["ingest", "late/1.eml"]);
    desk.file("late/2.eml", cites("l2@acme.example", "second@acme.example"));
    await desk.run(["ingest", "late/2.eml"]);
    const [younger, older] = await desk.json<Ticket[]>("ticket", "list", "--text", "about", "--state", "all");
    desk.file("late/3.eml", cites("second@acme.example", "first@acme.example"));
    await desk.run(["ingest", "late/3.eml"]);
    const said = await desk.run(["ticket", "show", String(younger?.number), "--json"]);
    expect(said.stderr).toBe(`#${younger?.number} was merged into #${older?.number}.\n`);
    expect(JSON.parse(said.stdout)).toMatchObject({ number: older?.number, mergedFrom: younger?.number });
  });
});
