// Turns one stored mail into its end: parse, gather facts, decide, commit. A mail that cites one which waits lets that
// one go first. Whatever goes wrong is written in the row; the mails behind it go on (MAIL-4, MAIL-9, MAIL-21).

import { isKind, MaildeskError, sentence } from "../errors.ts";
import { type Decision, decide, endUnread } from "../intake/decide.ts";
import type { EmailReason } from "../intake/email.ts";
import { type MailboxFacts, type Question, questionOf } from "../intake/facts.ts";
import { mailLimits } from "../mail/limits.ts";
import type { ParsedMail } from "../mail/parsed-mail.ts";
import type { TokenKey } from "../mail/token.ts";
import type { Clock, Ids, Log, Parser, Queue } from "../ports.ts";
import type { Desk, LeasedEmail, Spool } from "../ports-database.ts";
import { backoffMs } from "./backoff.ts";

export interface ProcessPorts {
  spool: Spool;
  desk: Desk;
  parser: Parser;
  queue: Pick<Queue, "push">;
  clock: Clock;
  ids: Ids;
  log: Log;
  keys: readonly TokenKey[];
  /** By mailbox name; a mail of a mailbox that was removed from the configuration uses the first. */
  mailboxes: ReadonlyMap<string, MailboxFacts>;
  /** Folded addresses and aliases of all mailboxes. */
  ownKeys: ReadonlySet<string>;
}

const decideAgainMax = 3;
/** Takes that ended without a word, as when the whole worker was killed; beyond it the mail is failed. */
const takesMax = 10;
const parentNapMs = 50;
/** A lane waits at most this long for one mail that another lane has in hand. */
const parentWaitMs = 30_000;
/** Looks after one mail that another process holds before the mail that cites it is put off. */
const looksMax = 3;
const allLooksMax = 200;
const parentRetryMs = 500;
/** After this a mail goes on without the one that it cites. */
const waitForParentMaxMs = 3_600_000;
/** Full disks and locked databases: longer than a single pass waits for what is due soon. */
const operatorRetryMs = 10_000;
const waitNoticedMs = 20_000;
const ancestorsMax = 50;
const refsDrawn = 64;
/** So many a decision uses at most, without those in copy. */
const refsMin = 8;
const endedEarlyMax = 10_000;

export interface Processor {
  /** Brings one mail to its end, or gives it back with a time to try again; resolves to how many ended, as a cited one may go first. Rejects never but for a dead database. */
  handle(id: string): Promise<number>;
}

export function openProcessor(ports: ProcessPorts): Processor {
  const { spool, clock } = ports;
  const refs = drawRefs(ports.desk);
  const inHand = new Map<string, Promise<number>>();
  /** Cited mails that were brought to their end before their own turn, which then has nothing to ask. */
  const endedEarly = new Set<string>();

  /** One mail is handled once at a time in this process; who comes second waits for the first. */
  const handle = (id: string, depth: number): Promise<number> => {
    const running = inHand.get(id);
    if (running !== undefined) return running.then(() => 0);
    const work = once(id, depth).finally(() => inHand.delete(id));
    inHand.set(id, work);
    return work;
  };
  const once = async (id: string, depth: number): Promise<number> => {
    const before = depth < ancestorsMax ? await parentsFirst(id, depth) : { ended: 0, waits: false };
    const mail = await spool.acquire(id, clock.now());
    if (mail === null) return before.ended;
    if (before.waits && clock.now() - mail.storedAtMs < waitForParentMaxMs) {
      await spool.release(mail, clock.now() + parentRetryMs, null, true);
      return before.ended;
    }
    return before.ended + ((await bring(ports, refs, mail)) ? 1 : 0);
  };
  /** Brings the mails that this one cites to their end before it is taken; `waits` where another process holds one. */
  const parentsFirst = async (id: string, depth: number): Promise<{ ended: number; waits: boolean }> => {
    let ended = 0;
    let last: string | null = null;
    for (let look = 0, all = 0; look < looksMax && all < allLooksMax; look++, all++) {
      const parent = await spool.waitsFor(id);
      if (parent === null) return { ended, waits: false };
      if (parent === last) await nap(parentNapMs);
      look = parent === last ? look : 0;
      last = parent;
      // What goes wrong with it is heard by whoever handles it for its own sake.
      const brought = await within(
        handle(parent, depth + 1).catch(() => 0),
        parentWaitMs,
      );
      ended += brought;
      if (brought > 0 && endedEarly.size < endedEarlyMax) endedEarly.add(parent);
    }
    return { ended, waits: true };
  };
  return { handle: async (id) => (endedEarly.delete(id) ? 0 : await handle(id, 0)) };
}

const nap = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What `work` resolves to, or 0 where it takes longer. */
function within(work: Promise<number>, ms: number): Promise<number> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(0), ms);
    work.then((ended) => {
      clearTimeout(timer);
      resolve(ended);
    });
  });
}

/** True where the mail has its end now; false where it is given back to be tried again. */
async function bring(
  ports: ProcessPorts,
  refs: (count: number) => Promise<() => number>,
  mail: LeasedEmail,
): Promise<boolean> {
  try {
    const read = await readMail(ports, mail);
    if ("reason" in read) await finish(ports, mail, read, null);
    else await decideAndCommit(ports, refs, mail, read);
    return true;
  } catch (error) {
    await mend(ports, mail, error);
    return !(error instanceof MaildeskError);
  }
}

/** The parsed mail, or its end where nothing of it can be read. */
async function readMail(ports: ProcessPorts, mail: LeasedEmail): Promise<ParsedMail | Decision> {
  if (mail.sizeBytes === 0) return endUnread("empty", "0 bytes");
  if (mail.sizeBytes > mailLimits.sizeBytesMax)
    return endUnread("too-large", `${mail.sizeBytes} bytes, ${mailLimits.sizeBytesMax} are allowed`);
  if (mail.attempts > takesMax)
    return endUnread("unreadable", `taken ${mail.attempts} times, and each time the worker stopped`);
  try {
    return await ports.parser.parse(bytesOf(ports, mail));
  } catch (error) {
    if (!readerDied(error)) throw error;
    ports.log.warn("reader-killed", { email: mail.id, cause: error.code ?? "" });
    // Workers that were killed while they held it prove nothing against it, so takes are not counted here.
    if (mail.readerDeaths + 1 < mailLimits.parseAttemptsMax) throw error;
    return endUnread("unreadable", sentence(error));
  }
}

/** Asked when a reader is free. Others may have held it up for so long that the lease must begin anew. */
function bytesOf({ spool, clock }: ProcessPorts, mail: LeasedEmail): () => Promise<Buffer> {
  const takenAtMs = clock.now();
  return async () => {
    const now = clock.now();
    if (now - takenAtMs > waitNoticedMs && !(await spool.extend(mail, now)))
      throw new MaildeskError("conflict", "Another worker holds this mail.", { code: "fence" });
    return (await spool.raw(mail.id)) ?? Buffer.alloc(0);
  };
}

async function decideAndCommit(
  ports: ProcessPorts,
  refs: (count: number) => Promise<() => number>,
  mail: LeasedEmail,
  parsed: ParsedMail,
): Promise<void> {
  const { desk, clock, ids, keys, ownKeys } = ports;
  let ticketNumber: number | null = null;
  for (let round = 0; ; round++) {
    const now = clock.now();
    const settings = await desk.settings();
    const mailbox = mailboxOf(ports, mail);
    const question = questionOf(parsed, keys, ownKeys, now, mailbox);
    const facts = await desk.facts(question, mail.id);
    const ref = await refs(refsMin + question.copied.length);
    const input = {
      emailId: mail.id,
      mail: parsed,
      question,
      facts,
      settings,
      now,
      mailbox,
      arrival: mail.arrival,
      closed: mail.closed,
      receivedAtMs: mail.receivedAtMs,
    };
    let decided = decide(input, { id: (prefix) => ids.next(prefix), ref, ticketNumber });
    if ("needs" in decided) {
      ticketNumber = await desk.draw("ticket", 1);
      decided = decide(input, { id: (prefix) => ids.next(prefix), ref, ticketNumber });
    }
    if ("needs" in decided) throw new Error("a decision asked for a second ticket number");
    try {
      await finish(ports, mail, decided, { question, duplicateOf: facts.duplicateOf });
      return;
    } catch (error) {
      if (!isGuard(error) || round >= decideAgainMax) throw error;
    }
  }
}

async function finish(
  ports: ProcessPorts,
  mail: LeasedEmail,
  decision: Decision,
  seen: { question: Question; duplicateOf: string | null } | null,
): Promise<void> {
  const { desk, clock, ids, log, queue } = ports;
  await desk.commit({
    id: ids.next("cmt"),
    atMs: clock.now(),
    cause: { kind: "mail", by: "mail", what: mail.id },
    changes: decision.changes,
    guards: decision.guards,
    notices: decision.notices,
    merged: decision.merged,
    email: {
      mail,
      decision,
      senderKey: seen?.question.sender?.key ?? null,
      duplicateOf: seen?.duplicateOf ?? null,
      digest: seen === null || seen.duplicateOf !== null ? null : seen.question.digest,
    },
  });
  log.info("mail", {
    email: mail.id,
    status: decision.status,
    reason: decision.reason,
    ticket: decision.ticketNumber,
  });
  const told = [...new Set(decision.notices.map((notice) => notice.conversationId))];
  const notBefore = Math.max(0, ...decision.notices.map((notice) => notice.notBefore));
  if (told.length > 0) await queue.push("deliver", told, notBefore).catch(() => {}); // the sweep finds it too
}

/** The mail took too long or too much memory, or its reader died of it; a reader that is busy or closing proves nothing. */
const readerDied = (error: unknown): error is MaildeskError =>
  isKind(error, "temporary") && ["time", "memory", "crash"].includes(error.code ?? "");

const isGuard = (error: unknown): boolean => error instanceof MaildeskError && error.code === "guard";

/** Writes down what went wrong: try again later, or the end of a mail that maildesk made a mistake with. */
async function mend(ports: ProcessPorts, mail: LeasedEmail, error: unknown): Promise<void> {
  const { spool, clock, log, ids } = ports;
  if (error instanceof MaildeskError) {
    if (error.code === "fence") return;
    const contended = isGuard(error);
    const refund = contended || error.kind === "operator" || error.code === "busy" || error.code === "closed";
    const jitterMs = Number.parseInt(ids.next("x").slice(-2), 36) || 0;
    const delayMs = contended ? 100 + jitterMs : refund ? operatorRetryMs : Math.min(backoffMs(mail.attempts), 300_000);
    log.warn("mail-again", { email: mail.id, attempts: mail.attempts, error: error.message });
    await spool.release(mail, clock.now() + delayMs, error.message, refund, readerDied(error));
    return;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error("mail-bug", { email: mail.id, error });
  const reason: EmailReason = "bug";
  await finish(ports, mail, endUnread(reason, stack.slice(0, 2000)), null).catch((failure: unknown) => {
    if (!(failure instanceof MaildeskError) || failure.code !== "fence") throw failure;
  });
}

function mailboxOf({ mailboxes }: ProcessPorts, mail: LeasedEmail): MailboxFacts {
  const [first] = mailboxes.values();
  const found = mailboxes.get(mail.mailbox) ?? first;
  if (found === undefined) throw new Error("no mailbox is configured");
  return found;
}

/** Numbers for tokens come in blocks; an unused rest is a gap, which is no fault. */
function drawRefs(desk: Desk): (count: number) => Promise<() => number> {
  let next = 0;
  let end = 0;
  let drawing: Promise<void> | null = null;
  const draw = async () => {
    next = await desk.draw("ref", refsDrawn);
    end = next + refsDrawn;
  };
  return async (count) => {
    while (end - next < count) {
      drawing ??= draw().finally(() => {
        drawing = null;
      });
      await drawing;
    }
    const mine = next;
    next += count;
    let used = 0;
    return () => mine + used++;
  };
}
