// `maildesk ingest`: history out of files that nobody is told of, and one live mail out of an MTA's pipe (OPS-3, MAIL-3).
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeEach(async () => {
  desk = await deskFolder();
});
afterEach(() => desk.remove());

interface Ingested {
  file: string;
  status: string;
  reason: string;
  ticket: number | null;
}

const reply = mailOf({
  id: "2@acme.example",
  subject: "Re: The printer is on fire",
  text: "Still burning.",
  headers: ["In-Reply-To: <1@acme.example>"],
});

describe("files", () => {
  it("of all kinds are filed as history: dated by the mail, and nobody is answered", async () => {
    desk.file("mails/a.eml", mailOf({}));
    desk.file("old.mbox", `From ann@acme.example Mon Nov  2 10:00:00 2026\n${reply.replaceAll("\r\n", "\n")}\n`);
    for (const part of ["new", "tmp"]) desk.file(`box/${part}/.keep`, "");
    desk.file("box/cur/1.b:2,S", mailOf({ id: "3@other.example", from: "bob@other.example" }));
    const said = await desk.json<Ingested[]>("ingest", "mails", "old.mbox", "box");
    expect(said.map(({ file, status, reason }) => [file.split("/").at(-1), status, reason])).toEqual([
      ["a.eml", "filed", "new-ticket"],
      ["old.mbox#1", "filed", "reply"],
      ["1.b:2,S", "filed", "new-ticket"],
    ]);
    const tickets = await desk.json<object[]>("ticket", "list", "--requester", "ann@acme.example");
    expect(tickets).toMatchObject([{ messages: 2, createdAt: "2026-11-02T10:00:00.000Z", status: "new" }]);
    expect(await desk.run(["deliver"])).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("add nothing when they come a second time", async () => {
    desk.file("a.eml", mailOf({}));
    await desk.run(["ingest", "a.eml"]);
    const said = await desk.run(["ingest", "a.eml"]);
    expect(said).toMatchObject({ code: 0, stdout: "" });
    expect(said.stderr).toMatch(/^0 mails .* 1 mail stored before and left alone\.\n$/);
    expect(await desk.json<object[]>("ingest", "a.eml")).toMatchObject([{ status: "filed", storedBefore: true }]);
    expect(await desk.json<object[]>("email", "list")).toHaveLength(1);
    expect(await desk.json<object[]>("ticket", "list")).toMatchObject([{ messages: 1 }]);
  });

  it("become closed tickets with --state closed, also where their answers follow", async () => {
    desk.file("in/a.eml", mailOf({}));
    desk.file("in/b.eml", reply);
    await desk.run(["ingest", "in", "--state", "closed"]);
    expect(await desk.json("ticket", "list", "--state", "all")).toMatchObject([{ status: "closed", messages: 2 }]);
  });

  it("are live mail with --answer: the sender is acknowledged", async () => {
    desk.file("a.eml", mailOf({}));
    await desk.run(["ingest", "a.eml", "--answer"]);
    expect((await desk.run(["deliver"])).stderr).toBe("1 sent.\n");
  });

  it("are only stored with --store-only, or counted with --dry-run", async () => {
    desk.file("a.eml", mailOf({}));
    expect((await desk.run(["ingest", "a.eml", "--dry-run"])).stderr).toContain("1 mail");
    expect(await desk.json("email", "list")).toEqual([]);
    await desk.run(["ingest", "a.eml", "--store-only"]);
    expect(await desk.json("email", "list")).toMatchObject([{ status: "pending" }]);
  });

  it("that cannot be read are named, and the others are taken", async () => {
    desk.file("a.eml", mailOf({}));
    const said = await desk.run(["ingest", "gone.eml", "a.eml"]);
    expect([said.code, said.stderr]).toEqual([65, expect.stringContaining("There is no file or folder gone.eml")]);
    expect(await desk.json("email", "list")).toMatchObject([{ status: "filed" }]);
  });

  it("by the hundred are stored in batches, and all of them end", async () => {
    for (let number = 0; number < 120; number++) {
      desk.file(
        `many/${number}.eml`,
        mailOf({ id: `${number}@many.example`, from: `p${number % 7}@many.example`, text: `Number ${number}` }),
      );
    }
    const rows = await desk.json<Ingested[]>("ingest", "many");
    expect(rows).toHaveLength(120);
    expect(rows.filter((row) => row.status !== "filed")).toEqual([]);
    expect(new Set(rows.map((row) => row.file)).size).toBe(120);
  });
});

describe("standard input", () => {
  it("is one live mail: filed at once, acknowledged, and nothing is printed for the MTA to bounce", async () => {
    expect(await desk.run(["ingest", "-"], { input: mailOf({}) })).toEqual({ code: 0, stdout: "", stderr: "" });
    expect((await desk.run(["deliver"])).stderr).toBe("1 sent.\n");
  });

  it("loses the From line that a delivery agent puts on top", async () => {
    await desk.run(["ingest", "-"], { input: `From ann@acme.example Mon Nov  2 10:00:00 2026\n${mailOf({})}` });
    expect(await desk.json("email", "list")).toMatchObject([{ messageId: "1@acme.example", status: "filed" }]);
  });

  it.each([
    ["the configuration is broken", ["--config", "broken.yaml", "ingest", "-"]],
    ["the database cannot be opened", ["--config", "elsewhere.yaml", "ingest", "-"]],
    ["the mailbox is not configured", ["ingest", "-", "--mailbox", "nowhere"]],
  ])("is left with the MTA, which comes again, where %s", async (_what, args) => {
    desk.file("broken.yaml", "mailboxes: [");
    desk.file("folder.db/x", "");
    desk.file(
      "elsewhere.yaml",
      `database: sqlite:${join(desk.path, "folder.db")}\nsecret: { file: ./maildesk.secret }\nmailboxes: [{ name: a, address: a@desk.example }]\n`,
    );
    const said = await desk.run(args, { input: mailOf({}) });
    expect([said.code, said.stdout]).toEqual([75, ""]);
    expect(said.stderr).toMatch(/^maildesk: \S/);
  });

  it("stands alone", async () => {
    expect((await desk.run(["ingest", "-", "a.eml"])).code).toBe(64);
  });
});
