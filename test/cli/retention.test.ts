// `maildesk retention run` on a desk with old mail, and what every other command says of what is gone.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf, type Said } from "./desk-folder.ts";

const dayMs = 86_400_000;
let desk: DeskFolder;
let old: { id: string; subject: string }[] = [];
const idOf = (subject: string) => old.find((one) => one.subject === subject)?.id ?? "";

/** The command, as it was run so many days ago. */
const daysAgo = (days: number, args: string[], input = ""): Promise<Said> =>
  desk.run(args, {
    input,
    env: {
      NODE_OPTIONS: `--import ${fileURLToPath(new URL("../faults/shift-clock.mjs", import.meta.url))}`,
      SHIFT_MS: String(-days * dayMs),
    },
  });

const withFile = mailOf({
  subject: "Old",
  id: "old@acme.example",
  headers: ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'],
  text: '--b\r\nContent-Type: text/html\r\n\r\n<p>It burns.</p>\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nhello\r\n--b--',
});

beforeAll(async () => {
  desk = await deskFolder();
  await daysAgo(100, ["ingest", "-"], withFile);
  await daysAgo(100, ["ingest", "-"], mailOf({ subject: "Open", id: "open@acme.example" }));
  await daysAgo(100, ["ingest", "-"], "Subject: Held\r\n\r\nWho am I?\r\n");
  await daysAgo(100, ["process"]);
  await daysAgo(100, ["deliver"]);
  await daysAgo(99, ["ticket", "close", "1"]);
  old = await desk.json("email", "list");
});
afterAll(() => desk.remove());

describe("retention run", () => {
  it("removes nothing until a setting says so", async () => {
    const { kinds } = await desk.json<{ kinds: { days: number; removed: number }[] }>("retention", "run");
    expect(kinds).toHaveLength(4);
    expect(kinds.every(({ days, removed }) => days === 0 && removed === 0)).toBe(true);
    expect((await desk.run(["email", "raw", idOf("Old")])).stdout).toBe(withFile);
  });

  it("shows first what would go, then removes it", async () => {
    const days = ["raw", "outbox", "log", "held"].map((kind) => `retention.${kind}Days=30`);
    expect((await desk.run(["settings", "set", ...days])).code).toBe(0);
    const counts = async (...flags: string[]) => {
      const said = await desk.json<{ dryRun: boolean; kinds: { kind: string; removed: number; bytes: number }[] }>(
        "retention",
        "run",
        ...flags,
      );
      return Object.fromEntries(said.kinds.map((one) => [one.kind, one.removed]));
    };
    const foretold = await counts("--dry-run");
    expect(foretold).toMatchObject({ held: 1, raw: 1, outbox: 2 });
    expect((await desk.run(["retention", "run", "--dry-run"])).stdout).toMatch(
      /^originals of mails +30 days +\S+ \S+ +1 +\d+ B$/m,
    );
    expect(await counts()).toEqual({ ...foretold, raw: 2 }); // that of the held mail too, once it is given up
    expect(await counts()).toEqual({ held: 0, raw: 0, outbox: 0, log: 0 });
  });
});

describe("what is gone", () => {
  const gone = (id: string) =>
    new RegExp(`The original of ${id} is gone since \\S+ \\S+, as it was older than retention\\.rawDays\\.`);
  it.each([[["raw"]], [["html"]], [["attachment"], ["1"]]])(
    "email %s says so and ends with 65",
    async (verb, more = []) => {
      const id = idOf("Old");
      expect(await desk.run(["email", ...verb, id, ...more])).toMatchObject({
        code: 65,
        stdout: "",
        stderr: expect.stringMatching(gone(id)),
      });
    },
  );

  it("is said by show and explain, whose reasons stay", async () => {
    const id = idOf("Old");
    expect((await desk.run(["email", "show", id])).stdout).toMatch(
      /^Original +The original of .* Its text is on ticket #1\.$/m,
    );
    expect(await desk.json("email", "show", id)).toMatchObject({
      status: "filed",
      text: null,
      originalGoneAt: expect.stringMatching(/Z$/),
    });
    expect((await desk.run(["email", "explain", id])).stdout).toMatch(
      /filed \(new-ticket\) on #1[\s\S]*original +The original/,
    );
    const ticket = (await desk.run(["ticket", "show", "1"])).stdout;
    expect(ticket).toContain("It burns.");
    expect(ticket).toMatch(/\[1\] a\.txt {2}text\/plain, 5 B, gone since \S+ \S+$/m);
    expect(ticket).not.toContain("email attachment");
    expect((await desk.run(["email", "raw", idOf("Open")])).code).toBe(0);
  });

  it("can't be judged again, and held mail that was given up says why", async () => {
    const id = idOf("Held");
    expect((await desk.run(["email", "explain", id])).stdout).toMatch(
      /ignored \(expired\)[\s\S]*retention +it was held \(no-sender\) for longer than retention\.heldDays/,
    );
    expect(await desk.run(["email", "retry", id])).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(/is gone since [\s\S]*Without it the mail can't be judged again/),
    });
  });

  it("is known again when the same file comes once more", async () => {
    await desk.run(["ingest", desk.file("old.eml", withFile)]);
    await desk.run(["process"]);
    const again = await desk.json<{ reason: string; subject: string }[]>("email", "list");
    expect(again.filter(({ subject }) => subject === "Old").map(({ reason }) => reason)).toEqual(
      expect.not.arrayContaining(["pending"]),
    );
    expect(again.filter(({ reason }) => reason === "new-ticket")).toHaveLength(2);
  });

  it("of outgoing mail leaves the row, and no bytes", async () => {
    const [row] = await desk.json<{ id: string; status: string; originalGoneAt: string }[]>(
      "outbox",
      "list",
      "--ticket",
      "1",
    );
    expect(row).toMatchObject({ status: "sent", originalGoneAt: expect.stringMatching(/Z$/) });
    expect((await desk.run(["outbox", "show", row?.id ?? ""])).stdout).toMatch(
      /^Original +The bytes of out_\w+ are gone since/m,
    );
    expect((await desk.run(["outbox", "show", row?.id ?? "", "--raw"])).code).toBe(65);
  });

  it("of the log can't be taken back, and undo says why", async () => {
    const [first] = await desk.json<{ id: string; what: string }[]>("log", "list");
    expect(first?.what).toContain("settings set");
    const id = "cmt_01k00000000000000000000000"; // made in July 2025
    expect(await desk.run(["undo", id])).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(
        /The log of cmt_\w+ is gone: all of before \S+ \S+ was removed by age\.\n {2}What it changed stays/,
      ),
    });
    expect((await desk.run(["undo", "cmt_7zzzzzzzzzzzzzzzzzzzzzzzzz"])).code).toBe(64);
  });
});

describe("status", () => {
  it("tells the room on the disk, and what takes it", async () => {
    const { disk } = await desk.json<{ disk: Record<string, unknown> }>("status");
    expect(disk).toMatchObject({
      databaseBytes: expect.any(Number),
      walBytes: expect.any(Number),
      freeBytes: expect.any(Number),
      measuredAt: expect.stringMatching(/Z$/),
      kinds: { raw: { rows: expect.any(Number), bytes: expect.any(Number) }, outbox: { rows: 0, bytes: 0 } },
    });
    expect((await desk.run(["status"])).stdout).toMatch(/^Disk +\d+\.\d [kM]B/m);
  });
});
