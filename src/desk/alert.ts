// What the administrator is told of, and what is said: conditions in, sentences out. Each alarm is told once per kind,
// subject and day; one that is gone again is told once too. Texts name mailboxes, ids, numbers and servers' refusals: never
// what a mail says, never a secret (OPS-12).
import { localTime } from "./day.ts";

export type AlertKind =
  | "mailbox"
  | "unread"
  | "sending"
  | "uncertain"
  | "fan-out"
  | "token"
  | "loop"
  | "held"
  | "unassigned";

/** What is wrong with one subject, and what to do. */
export interface Alarm {
  kind: AlertKind;
  /** A mailbox's name, an account, a loop; `desk` where there is but one. */
  subject: string;
  /** One line for a subject line. */
  title: string;
  text: string;
}

/** An alarm that is there, though it may be too early to tell anybody. */
export interface Trouble extends Alarm {
  /** Since when, as far as that is known. */
  sinceMs: number;
  /** How long it may be before anybody is told. */
  patienceMs: number;
}

/** The desk as it is looked at every minute; times are UTC milliseconds. */
export interface AlertSnapshot {
  now: number;
  /** Only configured mailboxes that are read; `unreadMsMax` is how long one may be left alone. */
  mailboxes: readonly {
    name: string;
    lastPollAt: number | null;
    failingSince: number | null;
    needsPerson: boolean;
    error: string | null;
    unreadMsMax: number;
  }[];
  /** Rows of the table `condition`: `outgoing` is sending as a whole, `fan-out:12` what ticket 12 has still to tell, `fan-out:cnv_..` a conversation. */
  conditions: readonly { id: string; error: string; sinceAt: number }[];
  /** Outgoing mails that may or may not have arrived. */
  uncertain: number;
  /** Since when the oldest mail waits that no server could even be reached for; null where none does. */
  unreachableSince: number | null;
  /** What ends soon or has ended, without which an account is not reached, with what to do. */
  tokens: readonly { account: string; endsAtMs: number; text: string; remedy: string }[];
}

/** What is told once a day, though it is no trouble. */
export interface DigestSnapshot {
  now: number;
  held: readonly { status: "held" | "failed"; reason: string; count: number }[];
  /** Open tickets without an agent or a team for longer than the setting says; `oldest` are at most ten numbers. */
  unassigned: { count: number; oldest: readonly number[]; hours: number };
}

/** A mailbox whose server is away for a moment mends itself. */
const failingMsMin = 15 * 60_000;
const unreachableMsMin = 30 * 60_000;
/** A worker that just began has read no mailbox yet. */
const startMs = 60_000;
/** A mailbox that cron reads may have its time, and so may one that is asked seldom. */
const unreadMsMin = 60 * 60_000;
const unreadPollsMax = 3;
const fanOutPrefix = "fan-out:";

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ").trim();
const ended = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** How long a mailbox that is asked every `pollEveryMs` may be left alone before somebody must look, in milliseconds. */
export const unreadMsMax = (pollEveryMs: number): number => Math.max(unreadMsMin, unreadPollsMax * pollEveryMs);

/**
 * Whether a trouble is to be told. What a desk that rested brings along is no trouble before whoever runs it now
 * (`aliveSinceMs`) had the time to mend it.
 */
export function isRipe({ sinceMs, patienceMs }: Trouble, now: number, aliveSinceMs: number): boolean {
  if (sinceMs >= aliveSinceMs) return now - sinceMs >= patienceMs;
  return now - aliveSinceMs >= Math.max(patienceMs, startMs);
}

/** What is wrong at this moment. `zone` is the one that times are written in. */
export function troublesOf(snapshot: AlertSnapshot, zone: string): Trouble[] {
  const since = (ms: number) => localTime(ms, zone);
  return [
    ...snapshot.mailboxes.flatMap((mailbox) => mailboxAlarm(mailbox, snapshot.now, since) ?? []),
    ...snapshot.conditions.flatMap((condition) => conditionAlarm(condition, since) ?? []),
    ...unreachableAlarm(snapshot, since),
    ...uncertainAlarm(snapshot),
    ...snapshot.tokens.map((token) => tokenAlarm(token, snapshot.now)),
  ];
}

type Since = (ms: number) => string;

function mailboxAlarm(
  { name, lastPollAt, failingSince, needsPerson, error, unreadMsMax: patienceMs }: AlertSnapshot["mailboxes"][number],
  now: number,
  since: Since,
): Trouble | null {
  if (failingSince !== null) {
    const todo = needsPerson
      ? `It is tried again every minute and goes on by itself once that is mended; \`maildesk mailbox test ${name}\` tries at once.`
      : `It is tried again by itself; \`maildesk mailbox test ${name}\` tries at once.`;
    return {
      kind: "mailbox",
      subject: name,
      title: `mailbox ${name} cannot be read`,
      text: `The mailbox ${name} cannot be read since ${since(failingSince)}: ${ended(oneLine(error ?? ""))} ${todo}`,
      sinceMs: failingSince,
      patienceMs: needsPerson ? 0 : failingMsMin,
    };
  }
  if (lastPollAt === null || now - lastPollAt <= patienceMs) return null;
  return {
    kind: "unread",
    subject: name,
    title: `nobody reads mailbox ${name}`,
    text: `The mailbox ${name} was last read at ${since(lastPollAt)}, though nothing is known to be wrong with it. See whether a worker runs and what its log says, then restart it; from cron, whether \`maildesk poll\` runs.`,
    sinceMs: lastPollAt,
    patienceMs,
  };
}

function conditionAlarm({ id, error, sinceAt }: AlertSnapshot["conditions"][number], since: Since): Trouble | null {
  const ripe = { sinceMs: sinceAt, patienceMs: 0 };
  if (id === "outgoing")
    return {
      kind: "sending",
      subject: "outgoing",
      title: "sending is paused",
      text: `Sending is paused since ${since(sinceAt)}: ${ended(oneLine(error))} Nothing is lost and no attempt is spent; \`maildesk doctor\` tries the way out, \`maildesk deliver\` sends at once when it is mended.`,
      ...ripe,
    };
  if (!id.startsWith(fanOutPrefix)) return null;
  const number = id.slice(fanOutPrefix.length);
  if (!/^\d+$/.test(number))
    return {
      kind: "fan-out",
      subject: number,
      title: `conversation ${number} is frozen`,
      text: `The conversation ${number} tells nobody anything since ${since(sinceAt)}: ${ended(oneLine(error))} \`maildesk conversation show ${number}\` shows what waits; \`maildesk conversation unfreeze ${number}\` lets it go on.`,
      ...ripe,
    };
  return {
    kind: "fan-out",
    subject: `#${number}`,
    title: `ticket #${number} is frozen`,
    text: `Ticket #${number} tells nobody anything since ${since(sinceAt)}: ${ended(oneLine(error))} \`maildesk ticket show ${number}\` shows what waits; \`maildesk ticket unfreeze ${number}\` lets it go on.`,
    ...ripe,
  };
}

function unreachableAlarm({ unreachableSince, conditions }: AlertSnapshot, since: Since): Trouble[] {
  const isPaused = conditions.some(({ id }) => id === "outgoing");
  if (isPaused || unreachableSince === null) return [];
  return [
    {
      kind: "sending",
      subject: "unreachable",
      title: "mail cannot leave",
      text: `Mail waits to leave since ${since(unreachableSince)}, as the outgoing server cannot be reached. It is tried again every minute; \`maildesk doctor\` says what is wrong with the way out.`,
      sinceMs: unreachableSince,
      patienceMs: unreachableMsMin,
    },
  ];
}

function uncertainAlarm({ uncertain: count, now }: AlertSnapshot): Trouble[] {
  if (count === 0) return [];
  return [
    {
      kind: "uncertain",
      subject: "desk",
      title: `${counted(count, "outgoing mail")} in doubt`,
      text: `${counted(count, "outgoing mail")} may or may not have arrived, and ${count === 1 ? "is" : "are"} not sent again by ${count === 1 ? "itself" : "themselves"}. \`maildesk outbox list --status uncertain\` shows which; \`maildesk outbox resend ID\` or \`outbox drop ID\` decides.`,
      sinceMs: now,
      patienceMs: 0,
    },
  ];
}

function tokenAlarm({ account, endsAtMs, text, remedy }: AlertSnapshot["tokens"][number], now: number): Trouble {
  return {
    kind: "token",
    subject: account,
    title: `the access to ${account} ${endsAtMs > now ? "ends" : "ended"}`,
    text: `${text} ${remedy}`,
    sinceMs: now,
    patienceMs: 0,
  };
}

/** A loop of a worker that should have turned long ago; `host` is where it runs. */
export function loopAlarm(loop: string, host: string, quietMs: number): Alarm {
  return {
    kind: "loop",
    subject: `${loop} on ${host}`,
    title: `a worker on ${host} hangs`,
    text: `The loop "${loop}" of the worker on ${host} has not turned for ${counted(Math.round(quietMs / 60_000), "minute")}. Restart that worker: nothing is lost by it.`,
  };
}

/** What is told at the hour of the digest; nothing where there is nothing. */
export function digestsOf({ held, unassigned }: DigestSnapshot): Alarm[] {
  return [...heldDigest(held), ...unassignedDigest(unassigned)];
}

function heldDigest(held: DigestSnapshot["held"]): Alarm[] {
  if (held.length === 0) return [];
  const count = held.reduce((sum, one) => sum + one.count, 0);
  const words = (["held", "failed"] as const).flatMap((status) => {
    const rows = held.filter((one) => one.status === status);
    const sum = rows.reduce((total, one) => total + one.count, 0);
    return sum === 0 ? [] : [`${sum} ${status} (${rows.map((one) => `${one.count} ${one.reason}`).join(", ")})`];
  });
  return [
    {
      kind: "held",
      subject: "desk",
      title: `${counted(count, "mail")} held or failed`,
      text: `${counted(count, "inbound mail")} became no ticket and ${count === 1 ? "waits" : "wait"} for a person: ${words.join(", ")}. \`maildesk email list --status held\` (or failed) shows them, \`maildesk email explain ID\` says why, \`maildesk email retry ID\` judges one again.`,
    },
  ];
}

function unassignedDigest({ count, oldest, hours }: DigestSnapshot["unassigned"]): Alarm[] {
  if (count === 0) return [];
  const numbers = `${oldest.map((number) => `#${number}`).join(", ")}${count > oldest.length ? " and more" : ""}`;
  return [
    {
      kind: "unassigned",
      subject: "desk",
      title: `${counted(count, "ticket")} without an agent`,
      text: `${counted(count, "open ticket")} ${count === 1 ? "has" : "have"} had no agent for more than ${counted(hours, "hour")}: ${numbers}. \`maildesk ticket list --unassigned\` shows all that have none, \`maildesk ticket assign NUMBER AGENT\` gives one to somebody.`,
    },
  ];
}

const gone: Partial<Record<AlertKind, (subject: string) => [title: string, text: string]>> = {
  mailbox: (name) => [`mailbox ${name} is read again`, `The mailbox ${name} is read again`],
  unread: (name) => [`mailbox ${name} is read again`, `The mailbox ${name} is read again`],
  sending: () => ["mail leaves again", "Mail leaves again"],
  uncertain: () => ["no outgoing mail is in doubt", "No outgoing mail is in doubt any more"],
  "fan-out": (which) => {
    const [noun, begin] = which.startsWith("#") ? ["ticket", "Ticket"] : ["conversation", "Conversation"];
    return [`${noun} ${which} is frozen no longer`, `${begin} ${which} tells its people again`];
  },
  token: (account) => [`the access to ${account} goes on`, `The access to ${account} was given anew`],
  loop: (loop) => [`the loop ${loop} turns again`, `The loop ${loop} turns again, or its worker was ended`],
};

/** What is said once an alarm is gone; null for a digest, which has no end. */
export function goneAlarm(kind: AlertKind, subject: string, sinceMs: number, zone: string): Alarm | null {
  const [title, text] = gone[kind]?.(subject) ?? [];
  if (title === undefined || text === undefined) return null;
  return {
    kind,
    subject,
    title,
    text: `${text}. The alert about it was made at ${localTime(sinceMs, zone)}. Should the trouble come back today, it is told of tomorrow; \`maildesk status\` shows it at any time.`,
  };
}
