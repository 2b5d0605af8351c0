// `maildesk status`: the desk in one look, and for monitoring whether something needs a person. The JSON shape is fixed
// in DESIGN ("status"); fields are added, never renamed.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { unreadMsMax } from "../desk/alert.ts";
import type { Cli } from "./context.ts";
import { byteSize } from "./explanation.ts";
import { type MailboxRow, mailboxColumns, mailboxJson, mailboxRows } from "./mailbox-rows.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";
import { restoredText } from "./restore.ts";
import { verb } from "./verb.ts";

interface Status {
  emails: Record<string, number>;
  outbox: Record<string, number>;
  /** Conversations without a ticket in which an answer waits for the agents. */
  conversations: { waiting: number };
  /** What tells nobody anything for now. */
  frozen: Awaited<ReturnType<App["lists"]["frozenList"]>>;
  mailboxes: MailboxRow[];
  sending: {
    state: "on" | "off" | "paused";
    /** Off since the desk was restored from a backup; a person turns it on. */
    restoredAt: number | null;
    until: number | null;
    error: string | null;
    oldestQueuedAt: number | null;
  };
  /** The database's room on the disk, and what takes it. */
  disk: Awaited<ReturnType<App["retention"]["diskUse"]>>;
  /** What a person must see to, one sentence each. */
  problems: string[];
}

const needsPersonCode = 1;
const noEmails = { pending: 0, filed: 0, ignored: 0, held: 0, failed: 0 };
/** Longer than a backlog of any usual size takes: nobody processes. */
const pendingMsMax = 15 * 60_000;
const queuedMsMax = 60 * 60_000;

export function registerStatus(program: Command, cli: Cli): void {
  verb(program, "status", "Show what waits, what failed, and how the mailboxes are.", [
    "status",
    "status --json",
    "status --check || mail -s maildesk admin@example.com",
  ])
    .option("--check", "print what needs a person, and exit with 1 if anything does")
    .action((options: { check?: boolean }) =>
      cli.withDesk(async ({ app }) => {
        const status = await statusOf(app);
        if (cli.out.isJson) cli.out.json(statusJson(status));
        else if (options.check === true) for (const problem of status.problems) cli.out.line(problem);
        else showStatus(cli.out, status, app.clock.now());
        if (options.check === true && status.problems.length > 0) cli.exitWith(needsPersonCode);
      }),
    );
}

export async function statusOf(app: App): Promise<Status> {
  const { lists, outbox, clock, desk, oauth } = app;
  const settings = await desk.settings();
  const now = clock.now();
  const pause = await outbox.pause();
  const isPaused = pause !== null && pause.untilMs > now;
  const oldestQueuedAt = await lists.outboxOldestQueued();
  const status: Status = {
    emails: { ...noEmails, ...(await lists.emailCounts()) },
    outbox: await lists.outboxCounts(),
    conversations: { waiting: await lists.conversationsWaiting() },
    frozen: await lists.frozenList(),
    mailboxes: await mailboxRows(app),
    sending: {
      state: settings["mail.sending"] ? (isPaused ? "paused" : "on") : "off",
      restoredAt: settings["mail.sending"] ? null : await lists.restoredAt(),
      until: isPaused ? pause.untilMs : null,
      error: pause?.error ?? null,
      oldestQueuedAt,
    },
    disk: await app.retention.diskUse(),
    problems: [],
  };
  const unread = status.mailboxes.flatMap((row) => unreadProblem(row, app.config, now) ?? []);
  const ending = (await oauth.tokenEndings(now)).map(({ text, remedy }) => `${text} ${remedy}`);
  const untold = await lists.alertsUntold(now);
  if (untold.count > 0)
    status.problems.push(
      `${counted(untold.count, "alert")} could not be told (${inOneLine(untold.error ?? "")}): maildesk alerts list`,
    );
  const untoldAt = await lists.oldestUntold();
  if (untoldAt !== null && now - untoldAt > queuedMsMax)
    status.problems.push(`a message waits to be told since ${shortTime(untoldAt)}: does a worker run?`);
  status.problems.push(...problemsOf(status, await lists.oldestPendingMail(now), now), ...unread, ...ending);
  return status;
}

const frozenProblem = ({ id, number, subject, reason }: Status["frozen"][number]): string =>
  number === null
    ? `"${subject}" is frozen: ${reason}: maildesk conversation show ${id}`
    : `ticket #${number} is frozen: ${reason}: maildesk ticket show ${number}`;

function problemsOf(
  { emails, outbox, frozen, mailboxes, sending }: Status,
  oldestPendingAt: number | null,
  now: number,
): string[] {
  const problems = mailboxes.flatMap(({ name, error }) =>
    error === null ? [] : [`mailbox ${name}: ${inOneLine(error)}`],
  );
  if (sending.error !== null) problems.push(`sending: ${inOneLine(sending.error)}`);
  if (sending.restoredAt !== null) problems.push(`sending: ${inOneLine(restoredText(sending.restoredAt))}`);
  const failed = emails.failed ?? 0;
  if (failed > 0) problems.push(`${counted(failed, "mail")} failed: maildesk email list --status failed`);
  const uncertain = outbox.uncertain ?? 0;
  if (uncertain > 0)
    problems.push(
      `${counted(uncertain, "outgoing mail")} may or may not have arrived: maildesk outbox list --status uncertain`,
    );
  const unsent = outbox.failed ?? 0;
  if (unsent > 0)
    problems.push(`${counted(unsent, "outgoing mail")} could not be delivered: maildesk outbox list --status failed`);
  problems.push(...frozen.map(frozenProblem));
  if (oldestPendingAt !== null && now - oldestPendingAt > pendingMsMax)
    problems.push(`mail waits to be read since ${shortTime(oldestPendingAt)}: does a worker run?`);
  const { oldestQueuedAt } = sending;
  if (sending.state === "on" && oldestQueuedAt !== null && now - oldestQueuedAt > queuedMsMax)
    problems.push(`mail waits to leave since ${shortTime(oldestQueuedAt)}: does a worker run?`);
  return problems;
}

/** Null where it is read as it should be; one that was never read may be new. */
function unreadProblem({ name, error, lastPollAt }: MailboxRow, { mailboxes }: App["config"], now: number) {
  const mailbox = mailboxes.find((one) => one.name === name);
  if (error !== null || lastPollAt === null || mailbox === undefined || mailbox.source.kind === "none") return null;
  if (now - lastPollAt <= unreadMsMax(mailbox.pollEveryMs)) return null;
  return `mailbox ${name} was last read at ${shortTime(lastPollAt)}: does a worker run?`;
}

/** Monitoring shows one line, and a remedy stands on a second one. */
const inOneLine = (text: string): string => text.replace(/\s*\n\s*/g, " ");

const statusJson = ({ mailboxes, sending, disk, frozen, ...status }: Status) => ({
  ...status,
  frozen: frozen.map(({ id, number, subject, since, reason }) => ({
    ...{ ticket: number, conversation: number === null ? id : null },
    ...{ subject, since: isoTime(since), reason },
  })),
  disk: { ...disk, measuredAt: isoTime(disk.measuredAt) },
  mailboxes: mailboxes.map(mailboxJson),
  sending: {
    ...sending,
    until: isoTime(sending.until),
    oldestQueuedAt: isoTime(sending.oldestQueuedAt),
    restoredAt: isoTime(sending.restoredAt),
  },
});

const diskWords = { raw: "originals", outbox: "outgoing", files: "agents' files", log: "log" } as const;

function diskText({ databaseBytes, walBytes, freeBytes, kinds, measuredAt }: Status["disk"], now: number): string {
  const free = freeBytes === 0 ? "" : ` (${byteSize(freeBytes)} of it free, and used again)`;
  const parts = (["raw", "outbox", "files", "log"] as const).flatMap((kind) => {
    const bytes = kinds?.[kind].bytes ?? 0;
    return bytes === 0 ? [] : [`${byteSize(bytes)} ${diskWords[kind]}`];
  });
  const asOf = measuredAt === null || now - measuredAt < 60_000 ? "" : `, measured ${shortTime(measuredAt)}`;
  return `${byteSize(databaseBytes + walBytes)}${free}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}${asOf}`;
}

const waitingText = (count: number): string | null =>
  count === 0
    ? null
    : `${counted(count, "conversation waits", "conversations wait")} for an answer: maildesk conversation list --unanswered`;

function showStatus(
  out: Output,
  { emails, outbox, conversations, mailboxes, sending, disk, problems }: Status,
  now: number,
): void {
  const counts = (all: Record<string, number>) =>
    Object.entries(all)
      .filter(([, count]) => count > 0)
      .map(([word, count]) => `${count} ${word}`)
      .join(", ") || "none";
  out.fields([
    ["Mail in", counts(emails)],
    ["Mail out", counts(outbox)],
    ["Answers", waitingText(conversations.waiting)],
    ["Sending", sending.state === "paused" ? `paused until ${shortTime(sending.until)}` : sending.state],
    ["Disk", diskText(disk, now)],
  ]);
  out.line("");
  out.table(mailboxes, mailboxColumns);
  if (problems.length === 0) return;
  out.line("");
  for (const problem of problems) out.line(`! ${problem}`);
}
