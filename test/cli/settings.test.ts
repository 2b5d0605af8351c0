// `maildesk settings` and `maildesk status`: how the desk behaves, and how it is.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["org", "add", "Acme"]);
});
afterAll(() => desk.remove());

const value = async (key: string) => (await desk.run(["settings", "get", key])).stdout;

describe("settings", () => {
  it("are all listed with their meaning, and what is changed is marked", async () => {
    await desk.run(["settings", "set", "mail.hold=10m"]);
    const rows = await desk.json<{ key: string; value: unknown; default: unknown; changed: boolean; text: string }[]>(
      "settings",
      "list",
    );
    expect(rows.filter((row) => row.changed)).toMatchObject([
      { key: "mail.hold", value: "10m", default: "0", form: "duration" },
    ]);
    expect(rows.every((row) => row.text.endsWith("."))).toBe(true);
    expect((await desk.run(["settings", "list", "hold"])).stdout).toMatch(/^mail\.hold +10m \* +How long/m);
  });

  it("are listed for machines as every list is", async () => {
    expect((await desk.run(["settings", "list", "retention.raw", "--ids"])).stdout).toBe("retention.rawDays\n");
    const csv = (await desk.run(["settings", "list", "retention.raw", "--csv"])).stdout;
    expect(csv).toMatch(/^key,value,default,.*\r\nretention\.rawDays,/);
    const said = await desk.run(["settings", "list", "retention.", "--limit", "1"]);
    expect(said.stderr).toMatch(/^1 of \d+$/m);
  });

  it("are listed with all that is said about them where they are few, and with a line each where they are many", async () => {
    const rows = await desk.json<{ key: string; text: string }[]>("settings", "list", "retention.");
    const few = (await desk.run(["settings", "list", "retention."])).stdout;
    expect(rows.length).toBeGreaterThan(3);
    for (const { text } of rows) expect(few.replace(/\s+/g, " ")).toContain(text);
    const [head = "", ...lines] = (await desk.run(["settings", "list"])).stdout.trimEnd().split("\n");
    expect(head).toMatch(/^SETTING/);
    expect(lines.every((line) => /^[a-z]+\.[A-Za-z]+ /.test(line))).toBe(true);
  });

  it.each([
    ["mail.sending=no", "mail.sending", "off\n"],
    ["acknowledge.maxAge=36h", "acknowledge.maxAge", "36h\n"],
    ["desk.name=Help = Desk", "desk.name", "Help = Desk\n"],
    [
      "customers.freeMail=München.example, @Post.example",
      "customers.freeMail",
      "xn--mnchen-3ya.example,post.example\n",
    ],
    ["mail.uncertain=resend", "mail.uncertain", "resend\n"],
    ["tickets.reopenDays=0", "tickets.reopenDays", "0\n"],
    ["desk.language=de-AT", "desk.language", "de-at\n"],
  ])("take %j", async (pair, key, expected) => {
    expect((await desk.run(["settings", "set", pair])).code).toBe(0);
    expect(await value(key)).toBe(expected);
  });

  it.each([
    [
      ["mail.hol=1m"],
      64,
      /There is no setting "mail\.hol" \(did you mean "mail\.hold"\?\)\.\n {2}`maildesk settings list` shows them all/,
    ],
    [["mail.hold"], 64, /"mail\.hold" has no value/],
    [["mail.hold=1m", "mail.hold=2m"], 64, /mail\.hold is given twice/],
    [["mail.hold=10x"], 65, /write it like 90s, 15m, 24h or 30d, not "10x"/],
    [["mail.sending=perhaps"], 65, /write on or off, not "perhaps"/],
    [["mail.uncertain=drop"], 65, /one of keep, resend, not "drop"/],
    [["tickets.reopenDays=-1"], 65, /whole number from 0/],
    [["customers.freeMail=nonsense"], 65, /"nonsense" is no domain/],
    [["customers.defaultOrganization=Nobody"], 64, /There is no organization "Nobody"/],
    [["templates.reply=Hi"], 64, /templates\.reply is no setting any more.*\n.*maildesk template set reply/],
  ])("refuse %j, and change nothing at all", async (pairs, code, expected) => {
    expect(await desk.run(["settings", "set", "bounces.softLimit=9", ...pairs])).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringMatching(expected),
    });
    expect(await value("bounces.softLimit")).toBe("5\n");
  });

  it("keep an organization by its id, so that renaming it does no harm", async () => {
    await desk.run(["settings", "set", "customers.defaultOrganization=ACME"]);
    expect(await value("customers.defaultOrganization")).toMatch(/^org_/);
  });

  it("have their defaults again once they are unset", async () => {
    expect(
      (await desk.run(["settings", "unset", "mail.hold", "customers.defaultOrganization", "mail.sending"])).stdout,
    ).toBe("mail.hold=0\ncustomers.defaultOrganization=\nmail.sending=on\n");
  });

  it("that hold mail back show what is let loose when they are turned on again", async () => {
    await desk.run(["settings", "set", "mail.sending=off", "mail.uncertain=keep"]);
    await desk.run(["ingest", "-"], { input: mailOf({}) });
    await desk.run(["deliver"]);
    expect(await desk.json("status")).toMatchObject({ outbox: { queued: 1, sent: 0 }, sending: { state: "off" } });
    const said = await desk.run(["settings", "set", "mail.sending=on"]);
    expect(said.stderr).toMatch(
      /^1 mail waits to leave; the oldest first:\n {2}[\d-]+ [\d:]+ {2}ann@acme\.example {2}Re: \[#1\] The printer is on fire\n$/,
    );
  });
});

describe("status", () => {
  it("has the documented fields, all words counted", async () => {
    expect(await desk.json("status")).toMatchObject({
      emails: { pending: 0, filed: 1, ignored: 0, held: 0, failed: 0 },
      outbox: { queued: 1, sent: 0, failed: 0, uncertain: 0, suppressed: 0, held: 0, dropped: 0 },
      mailboxes: [{ name: "support", lastPollAt: null, lagSeconds: null, error: null }],
      sending: { state: "on" },
      problems: [],
    });
    await desk.run(["poll"]);
    const { mailboxes } = await desk.json<{ mailboxes: { lastPollAt: string; lagSeconds: number }[] }>("status");
    expect(mailboxes).toMatchObject([{ lastPollAt: expect.stringMatching(/Z$/), lagSeconds: expect.any(Number) }]);
  });

  it("is well as long as nothing needs a person, and says what does", async () => {
    expect(await desk.run(["status", "--check"])).toEqual({ code: 0, stdout: "", stderr: "" });
    const path = join(desk.path, "maildesk.yaml");
    const good = readFileSync(path, "utf8");
    writeFileSync(
      path,
      good.replace(
        /^ {4}source:.*$/m,
        "    source: { url: imaps://127.0.0.1:1, user: ann, password: { file: ./gone } }",
      ),
    );
    await desk.run(["poll"]);
    const said = await desk.run(["status", "--check"]);
    expect(said).toMatchObject({ code: 1, stdout: expect.stringMatching(/^mailbox support: /) });
    writeFileSync(path, good);
  });
});

describe("mailbox", () => {
  it("is listed with where its mail comes from, and can be tried", async () => {
    expect(await desk.json("mailbox", "list")).toMatchObject([
      { name: "support", address: "support@desk.example", source: `maildir:${join(desk.path, "data/inbox")}` },
    ]);
    expect(await desk.run(["mailbox", "test", "SUPPORT"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok +support +maildir:/),
    });
    expect(await desk.run(["mailbox", "test", "supprot"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('(did you mean "support"?)'),
    });
  });
});
