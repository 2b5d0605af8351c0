// What the administrator is told, as tables: conditions in, sentences out, and what one look makes of what was told before.
import { describe, expect, it } from "vitest";
import { type AlertSnapshot, digestsOf, goneAlarm, isRipe, loopAlarm, troublesOf } from "../../dist/desk/alert.js";
import { planAlerts, type Standing, settledMs } from "../../dist/desk/alert-plan.js";

const now = Date.UTC(2026, 10, 27, 12, 0);
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const mailbox = {
  name: "support",
  lastPollAt: now - minuteMs,
  failingSince: null,
  needsPerson: false,
  error: null,
  unreadMsMax: hourMs,
};
const well: AlertSnapshot = {
  now,
  mailboxes: [mailbox],
  conditions: [],
  uncertain: 0,
  unreachableSince: null,
  tokens: [],
};
const failing = {
  ...mailbox,
  error: "mail.example.com refused the password.\n  Correct it.",
  failingSince: now - 1000,
};

describe("a desk", () => {
  it.each<[string, Partial<AlertSnapshot>, [kind: string, subject: string, words: RegExp] | null]>([
    ["that is well", {}, null],
    ["whose mailbox was never read", { mailboxes: [{ ...mailbox, lastPollAt: null }] }, null],
    [
      "with a refused password",
      { mailboxes: [{ ...failing, needsPerson: true }] },
      [
        "mailbox",
        "support",
        /^The mailbox support cannot be read since 2026-11-27 11:59 UTC: mail\.example\.com refused the password\. Correct it\. It is tried again every minute .*`maildesk mailbox test support`/,
      ],
    ],
    ["whose server is away for a moment", { mailboxes: [failing] }, null],
    [
      "whose server is away for long",
      { mailboxes: [{ ...failing, failingSince: now - 15 * minuteMs }] },
      ["mailbox", "support", /^The mailbox support cannot be read since 2026-11-27 11:45 UTC: .* It is tried again by/],
    ],
    [
      "that nobody reads",
      { mailboxes: [{ ...mailbox, lastPollAt: now - 2 * hourMs }] },
      ["unread", "support", /^The mailbox support was last read at 2026-11-27 10:00 UTC, .*whether a worker runs/],
    ],
    [
      "whose sending is paused",
      {
        conditions: [{ id: "outgoing", error: "The login was refused", sinceAt: now - hourMs }],
        unreachableSince: now - hourMs,
      },
      [
        "sending",
        "outgoing",
        /^Sending is paused since 2026-11-27 11:00 UTC: The login was refused\. .*maildesk doctor/,
      ],
    ],
    ["whose server cannot be reached for a moment", { unreachableSince: now - minuteMs }, null],
    [
      "whose server cannot be reached for long",
      { unreachableSince: now - hourMs },
      ["sending", "unreachable", /^Mail waits to leave since 2026-11-27 11:00 UTC, .*maildesk doctor/],
    ],
    [
      "with a mail in doubt",
      { uncertain: 1 },
      [
        "uncertain",
        "desk",
        /^1 outgoing mail may or may not have arrived, and is not sent again by itself\. .*outbox resend ID/,
      ],
    ],
    [
      "with mails in doubt",
      { uncertain: 3 },
      ["uncertain", "desk", /^3 outgoing mails may or may not have arrived, and are not sent again by themselves\./],
    ],
    [
      "with a fan-out that was frozen",
      { conditions: [{ id: "fan-out:12", error: "It would reach 900 people", sinceAt: now }] },
      [
        "fan-out",
        "#12",
        /^Ticket #12 tells nobody anything since .*: It would reach 900 people\. `maildesk ticket show 12`/,
      ],
    ],
    [
      "with a frozen conversation that has no ticket",
      { conditions: [{ id: "fan-out:cnv_1", error: "frozen by ina@desk.example", sinceAt: now }] },
      [
        "fan-out",
        "cnv_1",
        /^The conversation cnv_1 tells nobody .* `maildesk conversation unfreeze cnv_1` lets it go on\.$/,
      ],
    ],
    ["with a condition of a newer version", { conditions: [{ id: "moon", error: "full", sinceAt: now }] }, null],
    [
      "whose token ends soon",
      {
        tokens: [{ account: "mailbox support", endsAtMs: now + dayMs, text: "The secret ends.", remedy: "Make one." }],
      },
      ["token", "mailbox support", /^The secret ends\. Make one\.$/],
    ],
  ])("%s", (_, over, expected) => {
    const alarms = troublesOf({ ...well, ...over }, "UTC").filter((one) => isRipe(one, now, 0));
    if (expected === null) return expect(alarms).toEqual([]);
    const [kind, subject, text] = expected;
    expect(alarms).toMatchObject([{ kind, subject, text: expect.stringMatching(text) }]);
    expect(alarms[0]?.title).toMatch(/^[^\n.]{5,60}$/);
  });

  it.each([
    ["told at once", now - 1, 0, now - hourMs, true],
    ["too early", now - 1, minuteMs, now - hourMs, false],
    ["told after its patience", now - minuteMs, minuteMs, now - hourMs, true],
    ["older than the worker, which just began", now - dayMs, 0, now - 1, false],
    ["older than the worker, which had its time", now - dayMs, 0, now - minuteMs, true],
    ["older than the worker, which had less time than that needs", now - dayMs, hourMs, now - minuteMs, false],
    ["looked at once, as by cron", now - dayMs, hourMs, 0, true],
  ])("has a trouble that is %s", (_, sinceMs, patienceMs, aliveSinceMs, ripe) => {
    const trouble = { kind: "mailbox" as const, subject: "", title: "", text: "", sinceMs, patienceMs };
    expect(isRipe(trouble, now, aliveSinceMs)).toBe(ripe);
  });

  it("writes times as its people read them", () => {
    const mailboxes = [{ ...failing, needsPerson: true }];
    expect(troublesOf({ ...well, mailboxes }, "Asia/Kolkata")[0]?.text).toContain(
      "since 2026-11-27 17:29 Asia/Kolkata",
    );
  });

  it("says of each alarm that it is over, and of a digest nothing", () => {
    const kinds = ["mailbox", "unread", "sending", "uncertain", "fan-out", "token", "loop"] as const;
    for (const kind of kinds)
      expect(goneAlarm(kind, "it", now, "UTC")).toMatchObject({
        kind,
        subject: "it",
        text: expect.stringMatching(
          /^[A-Z].* The alert about it was made at 2026-11-27 12:00 UTC\. .*told of tomorrow/,
        ),
      });
    expect(goneAlarm("held", "desk", now, "UTC")).toBeNull();
    expect(loopAlarm("sweep", "host-a", 5 * minuteMs)).toMatchObject({
      subject: "sweep on host-a",
      text: 'The loop "sweep" of the worker on host-a has not turned for 5 minutes. Restart that worker: nothing is lost by it.',
    });
  });
});

describe("the digest", () => {
  const none = { now, held: [], unassigned: { count: 0, oldest: [], hours: 24 } };
  it("says nothing where there is nothing", () => expect(digestsOf(none)).toEqual([]));

  it("counts what is held and failed by reason", () => {
    const held = [
      { status: "failed" as const, reason: "bug", count: 1 },
      { status: "held" as const, reason: "blocked", count: 2 },
      { status: "held" as const, reason: "empty", count: 1 },
    ];
    expect(digestsOf({ ...none, held })).toMatchObject([
      {
        kind: "held",
        title: "4 mails held or failed",
        text: expect.stringContaining("3 held (2 blocked, 1 empty), 1 failed (1 bug)."),
      },
    ]);
  });

  it("names the oldest tickets without an agent", () => {
    const unassigned = { count: 3, oldest: [4, 9], hours: 24 };
    expect(digestsOf({ ...none, unassigned })[0]?.text).toMatch(
      /^3 open tickets have had no agent for more than 24 hours: #4, #9 and more\. `maildesk ticket list --unassigned` .*`maildesk ticket assign NUMBER AGENT`/,
    );
  });
});

describe("one look", () => {
  it("neither tells nor ends what is there too early to be told", () => {
    const plan = planAlerts([], [alarm], [], noon, 0);
    expect(plan).toEqual({ raise: [], missing: [], back: [], over: [] });
    expect(planAlerts([], [alarm], [stands({ lastDay: "2026-11-26" })], noon, 0)).toEqual(plan);
  });

  const alarm = { kind: "mailbox" as const, subject: "support", title: "t", text: "x" };
  const noon = { now, day: "2026-11-27", minute: 12 * 60 };
  const night = { now, day: "2026-11-27", minute: 1 };
  const stands = (over: Partial<Standing>): Standing => ({
    kind: "mailbox",
    subject: "support",
    sinceMs: now - dayMs,
    lastDay: "2026-11-27",
    goneMs: null,
    ...over,
  });
  it.each<[string, boolean, Standing[], typeof noon, string[]]>([
    ["tells what is new, at any hour", true, [], night, ["raise"]],
    ["does not tell twice on a day", true, [stands({})], noon, []],
    [
      "tells again what stands since yesterday, at the hour of the digest",
      true,
      [stands({ lastDay: "2026-11-26" })],
      noon,
      ["raise"],
    ],
    ["does not tell it again at night", true, [stands({ lastDay: "2026-11-26" })], night, []],
    ["notes that it is not there", false, [stands({})], noon, ["missing"]],
    ["waits whether it stays away", false, [stands({ goneMs: now - 1 })], noon, []],
    ["takes it back where it is there again", true, [stands({ goneMs: now - 1 })], noon, ["back"]],
    ["says that it is over once it stayed away", false, [stands({ goneMs: now - settledMs })], noon, ["over"]],
  ])("%s", (_, isThere, standing, today, expected) => {
    const plan = planAlerts(isThere ? [alarm] : [], [], standing, today, 8 * 60);
    expect(Object.entries(plan).flatMap(([what, list]) => (list.length > 0 ? [what] : []))).toEqual(expected);
  });
});
