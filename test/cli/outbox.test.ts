// `maildesk outbox`: what a person may do to outgoing mail, and above all what they may not.
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

interface Outgoing {
  id: string;
  status: string;
  reason: string | null;
}

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["settings", "set", "mail.sending=off"]);
  for (const name of ["ann", "bob", "cat"]) {
    await desk.run(["ingest", "-"], {
      input: mailOf({ from: `${name}@acme.example`, id: `${name}@acme.example`, text: `I am ${name}` }),
    });
  }
  await desk.run(["deliver"]);
});
afterAll(() => desk.remove());

const list = (...flags: string[]) => desk.json<Outgoing[]>("outbox", "list", ...flags);

/** What only a crash at the worst moment leaves behind. */
function force(id: string, status: string): void {
  const database = new BetterSqlite(join(desk.path, "data/maildesk.db"));
  database.prepare("update outbox set status = ? where id = ?").run(status, id);
  database.close();
}

const to = async (name: string): Promise<string> =>
  (await list()).find((row) => JSON.stringify(row).includes(`${name}@acme.example`))?.id ?? "";

describe("outbox list", () => {
  it("prints the documented fields for machines", async () => {
    const rows = await list("--ticket", "1");
    expect(rows).toMatchObject([
      {
        id: expect.stringMatching(/^out_/),
        to: "ann@acme.example",
        subject: "Re: [#1] The printer is on fire",
        status: "queued",
        reason: null,
        attempts: 0,
        messageId: expect.stringContaining("@desk.example"),
        ticket: 1,
        nextAttemptAt: expect.stringMatching(/Z$/),
        sentAt: null,
      },
    ]);
  });

  it.each(["sending", "handing"])("shows what a worker has in hand (%s) as queued", async (status) => {
    const id = await to("ann");
    force(id, status);
    expect((await list("--status", "queued")).map((row) => row.id)).toContain(id);
    expect(await desk.json<object>("status")).toMatchObject({ outbox: { queued: 3 } });
    force(id, "queued");
  });
});

describe("outbox show", () => {
  it("prints where the mail stands, its headers and its text", async () => {
    const said = await desk.run(["outbox", "show", await to("ann")]);
    expect(said.stdout).toMatch(/^Status +queued$/m);
    expect(said.stdout).toMatch(/^To: .*<?ann@acme\.example>?$/m);
    expect(said.stdout).toContain("we received your message");
  });
});

describe("a verb on outgoing mail", () => {
  it("holds and releases what waits, and keeps who did it as the reason", async () => {
    const id = await to("ann");
    expect(await desk.json("outbox", "hold", id)).toMatchObject([
      { id, status: "held", reason: "held by operator", nextAttemptAt: null },
    ]);
    expect(await desk.json("outbox", "release", id)).toMatchObject([
      { id, status: "queued", reason: "released by operator" },
    ]);
  });

  it("sends a mail in doubt again only after a person was told that it may have arrived", async () => {
    const id = await to("bob");
    force(id, "uncertain");
    const asked = await desk.run(["outbox", "resend", id]);
    expect([asked.code, (await list("--status", "uncertain")).length]).toEqual([64, 1]);
    expect(await desk.json("outbox", "resend", id, "--yes")).toMatchObject([{ status: "queued", attempts: 0 }]);
  });

  it("drops after asking, and for ever", async () => {
    const id = await to("cat");
    expect((await desk.run(["outbox", "drop", id])).code).toBe(64);
    expect(await desk.json("outbox", "drop", id, "--yes")).toMatchObject([{ status: "dropped" }]);
    expect((await desk.run(["outbox", "resend", id, "--yes"])).code).toBe(1);
  });

  it.each([
    ["hold", "handing"],
    ["hold", "sent"],
    ["drop", "sent"],
    ["resend", "sent"],
    ["resend", "queued"],
    ["release", "suppressed"],
  ])("does not %s what is %s", async (name, status) => {
    const id = await to("ann");
    force(id, status);
    const said = await desk.run(["outbox", name, id, "--yes"]);
    expect([said.code, (await list()).find((row) => row.id === id)?.status]).toEqual([
      1,
      status === "handing" ? "queued" : status,
    ]);
    force(id, "queued");
  });

  it("changes nothing with --dry-run", async () => {
    const id = await to("ann");
    await desk.run(["outbox", "drop", id, "--dry-run"]);
    expect((await list()).find((row) => row.id === id)?.status).toBe("queued");
  });

  it("is refused to an agent who may not administer", async () => {
    await desk.run(["agent", "add", "joe@desk.example"]);
    expect((await desk.run(["outbox", "hold", await to("ann"), "--as", "joe@desk.example"])).code).toBe(64);
  });
});
