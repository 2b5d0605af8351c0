// `maildesk outbox`: outgoing mail, one row a recipient, and what a person may do to it. A mail in doubt is sent again or
// dropped by a person only, who is told first that it may have arrived.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { redactedMail } from "../desk/redact.ts";
import { badData, conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { nearTime, page } from "./explanation.ts";
import { type Column, counted, isoTime, type ListShape, shortTime } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, verb, wholeNumber } from "./verb.ts";

type OutboxRow = Awaited<ReturnType<App["lists"]["outboxList"]>>["rows"][number];
type ConsoleVerb = Parameters<App["outboxConsole"]["apply"]>[0];

export const outboxStatuses = ["queued", "sent", "failed", "uncertain", "suppressed", "held", "dropped"] as const;

interface OutboxListOptions extends ListOptions {
  status?: (typeof outboxStatuses)[number];
  ticket?: number;
}

export function registerOutbox(program: Command, cli: Cli): void {
  const outbox = noun(program, "outbox", "Outgoing mail: what waits, what left, what is in doubt.");
  registerList(outbox, cli);
  registerShow(outbox, cli);
  change(outbox, cli, "hold", "Keep mails that wait from being sent.", "held");
  change(outbox, cli, "release", "Let held mails be sent after all.", "released");
  change(outbox, cli, "resend", "Send failed mails, or mails in doubt, again.", "queued again");
  change(outbox, cli, "drop", "Give mails up: they are never sent.", "dropped");
}

function registerList(outbox: Command, cli: Cli): void {
  const list = verb(outbox, "list", "List outgoing mails, the one made last first.", [
    "outbox list",
    "outbox list --status uncertain",
    "outbox list --ticket 12 --json",
  ])
    .addOption(new Option("--status <status>", "only of this status").choices(outboxStatuses))
    .option("--ticket <n>", "only of this ticket", wholeNumber);
  listOptions(list).action(async (options: OutboxListOptions) => {
    await cli.withDesk(async ({ app }) => {
      const { rows, total } = await app.lists.outboxList(
        { status: options.status, ticket: options.ticket },
        limitOf(options, cli.out.isJson),
      );
      cli.out.list(rows, total, { ...shape, ids: options.ids, csv: options.csv });
    });
  });
}

const outboxJson = (row: OutboxRow) => ({
  id: row.id,
  kind: row.kind,
  to: row.to,
  subject: row.subject,
  status: row.status,
  reason: row.reason,
  why: row.why,
  attempts: row.attempts,
  messageId: row.messageId,
  ticket: row.ticket,
  conversation: row.conversation,
  createdAt: isoTime(row.createdAt),
  nextAttemptAt: isoTime(row.nextAttemptAt),
  sentAt: isoTime(row.sentAt),
  originalGoneAt: isoTime(row.rawGoneAt),
});

const columns: readonly Column<OutboxRow>[] = [
  { head: "ID", value: (row) => row.id },
  { head: "TO", value: (row) => row.to, max: 22 },
  { head: "TICKET", value: (row) => (row.ticket === null ? "" : `#${row.ticket}`), right: true },
  { head: "STATUS", value: (row) => row.status },
  { head: "WHEN", value: (row) => nearTime(row.sentAt ?? row.nextAttemptAt ?? row.createdAt) },
  { head: "REASON", value: (row) => row.reason, max: 24 },
];

const shape: ListShape<OutboxRow> = {
  columns,
  id: (row) => row.id,
  json: outboxJson,
  none: "No outgoing mails.",
};

async function byId({ app }: DeskSession, id: string) {
  const found = await app.lists.outboxById(id);
  if (found === null)
    throw usage(`There is no outgoing mail "${id}".`, {
      remedy: "`maildesk outbox list` shows the ids (out_...).",
    });
  return found;
}

function registerShow(outbox: Command, cli: Cli): void {
  verb(outbox, "show <id>", "Show one outgoing mail: where it stands, its headers and its text.", [
    "outbox show out_01jd...",
    "outbox show out_01jd... --raw > mail.eml",
  ])
    .option("--raw", "the mail byte by byte, as it leaves")
    .action(async (id: string, options: { raw?: boolean }) => {
      await cli.withDesk(async (desk) => {
        const found = await byId(desk, id);
        const { raw } = found;
        if (options.raw === true) {
          if (found.rawGoneAt !== null) throw badData(goneText(found));
          if (raw === null)
            throw usage(`The mail ${id} was never written: it is ${found.status} (${found.reason ?? "no reason"}).`);
          process.stdout.write(raw);
          return;
        }
        const headers = raw === null ? "" : headerBlock(raw);
        const text = raw === null ? "" : (await desk.app.parser.parse(raw)).text;
        if (cli.out.isJson) {
          cli.out.json({
            ...outboxJson(found),
            mailFrom: found.mailFrom,
            response: found.response,
            headers,
            text,
          });
          return;
        }
        cli.out.fields([
          ["Id", `${found.id}, ${found.kind}${found.ticket === null ? "" : ` on #${found.ticket}`}`],
          ["Conversation", found.conversation],
          ["To", found.to],
          ["Why", found.why],
          ["Status", `${found.status}${found.reason === null ? "" : `: ${found.reason}`}`],
          ["Attempts", found.attempts],
          ["Next try", shortTime(found.nextAttemptAt)],
          ["Sent", shortTime(found.sentAt)],
          ["Answer", found.response],
          ["Original", found.rawGoneAt === null ? null : goneText(found)],
          ["Envelope", `from <${found.mailFrom}> to <${found.to}>`],
        ]);
        for (const line of ["", ...page(headers), "", ...page(text.trim())]) cli.out.line(line);
      });
    });
}

const goneText = ({ id, rawGoneAt, reason }: OutboxRow): string =>
  `The bytes of ${id} are gone since ${shortTime(rawGoneAt)}, as ${reason === redactedMail ? redactedMail : "they were older than retention.outboxDays"}.`;

/** Everything before the first empty line. */
function headerBlock(raw: Buffer): string {
  const end = raw.indexOf("\r\n\r\n");
  return raw.subarray(0, end < 0 ? raw.length : end).toString("utf8");
}

function change(outbox: Command, cli: Cli, name: ConsoleVerb, sentence: string, done: string): void {
  verb(outbox, `${name} <ids...>`, sentence, [
    `outbox ${name} out_01jd...`,
    `outbox ${name} $(maildesk outbox list --status ${firstStatus[name]} --ids)`,
  ]).action(async (ids: string[]) => {
    await cli.withDesk(async (desk) => {
      desk.mustAdminister();
      const rows: OutboxRow[] = [];
      for (const id of new Set(ids)) rows.push(await byId(desk, id));
      const wrong = rows.find((row) => !may(name, row));
      if (wrong !== undefined) throw conflict(`${wrong.id} is ${wrong.status}: ${refusals[name]}`);
      const gone = name === "resend" ? rows.find((row) => row.rawGoneAt !== null) : undefined;
      if (gone !== undefined) throw badData(goneText(gone), { remedy: "Write to that person again instead." });
      if (desk.isDryRun)
        return cli.out.note(`${counted(rows.length, "mail")} would be ${done}: nothing was changed (--dry-run).`);
      const question = questionFor(name, rows);
      if (question !== null && !(await cli.out.confirm(question))) return cli.out.note("Nothing was changed.");
      for (const row of rows) await apply(desk, name, row);
      const after = await Promise.all(rows.map((row) => byId(desk, row.id)));
      if (cli.out.isJson) cli.out.json(after.map(outboxJson));
      else
        cli.out.note(
          `${counted(rows.length, "mail")} ${done}.${name === "resend" || name === "release" ? " What is queued leaves with the worker or the next `maildesk deliver`." : ""}`,
        );
    });
  });
}

async function apply({ app, actor }: DeskSession, name: ConsoleVerb, row: OutboxRow): Promise<void> {
  if (await app.outboxConsole.apply(name, row.id, actor, app.clock.now())) {
    app.log.info("outbox", { outbox: row.id, verb: name, by: actor, was: row.status });
    return;
  }
  throw conflict(`${row.id} changed meanwhile: a worker has it.`, {
    remedy: "Look at it with `maildesk outbox show` and try again.",
  });
}

const startsFrom: Record<ConsoleVerb, readonly OutboxRow["status"][]> = {
  hold: ["queued"],
  release: ["held"],
  resend: ["uncertain", "failed"],
  drop: ["queued", "held", "uncertain", "failed"],
};

const firstStatus: Record<ConsoleVerb, string> = {
  hold: "queued",
  release: "held",
  resend: "uncertain",
  drop: "held",
};

const may = (name: ConsoleVerb, row: OutboxRow): boolean => startsFrom[name].includes(row.status);

const refusals: Record<ConsoleVerb, string> = {
  hold: "only what waits can be held.",
  release: "only what is held can be released.",
  resend: "only what failed or is uncertain can be sent again; what was accepted never is.",
  drop: "only what has not left can be dropped.",
};

/** What a person must know before; null where nothing needs asking. */
function questionFor(name: ConsoleVerb, rows: readonly OutboxRow[]): string | null {
  const doubtful = rows.filter((row) => row.status === "uncertain");
  const whom = (list: readonly OutboxRow[]) =>
    list
      .slice(0, 3)
      .map((row) => row.to)
      .join(", ") + (list.length > 3 ? ", ..." : "");
  if (name === "resend" && doubtful.length > 0) {
    return `${counted(doubtful.length, "mail")} (${whom(doubtful)}) may have arrived already, and would arrive twice. Send again?`;
  }
  if (name !== "drop") return null;
  const doubt =
    doubtful.length === 0 ? "" : ` ${counted(doubtful.length, "of them", "of them")} may have arrived all the same.`;
  return `${counted(rows.length, "mail")} (${whom(rows)}) would never be sent.${doubt} Drop?`;
}
