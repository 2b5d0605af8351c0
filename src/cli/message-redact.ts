// `maildesk message redact`: words that nobody may read any more, as a card number or another one's letter. It says first what
// goes, what stays and what lies elsewhere; it can't be undone.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { readPattern } from "../desk/redact.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type MessageFound, messageNamed, placeOf } from "./message-named.ts";
import { counted } from "./output.ts";
import { verb } from "./verb.ts";

type Redactable = Awaited<ReturnType<App["redaction"]["look"]>>;

export function registerMessageRedact(message: Command, cli: Cli): void {
  verb(
    message,
    "redact <message>",
    "Take the words of a message away for good, or one text out of them, wherever maildesk keeps them. No undo.",
    [
      "message redact msg_01jd0000000000000000000000 --pattern '4111 1111 1111 1111' --dry-run",
      "message redact msg_01jd0000000000000000000000 --pattern '4111 1111 1111 1111'",
      "message redact msg_01jd0000000000000000000000 --yes",
    ],
  )
    .option(
      "--pattern <text>",
      "this text only, wherever it stands in the message; case does not count. Without it: all of the message, with its files",
    )
    .action((ref: string, options: { pattern?: string }) =>
      cli.withDesk((desk) =>
        redact(desk, cli, ref, options.pattern === undefined ? null : readPattern(options.pattern)),
      ),
    );
}

async function redact(desk: DeskSession, { out }: Cli, ref: string, pattern: string | null): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const found = await messageNamed(desk, ref);
  const { message } = found;
  const what = await app.redaction.look(message.id, pattern);
  if (what.found === 0)
    throw usage(`That text does not stand in ${message.id}.`, {
      remedy:
        what.others.length === 0
          ? "Look at all of it: maildesk message show ID --all"
          : `It does in ${what.others.join(", ")}.`,
    });
  const lines = linesOf(found, what, pattern);
  const counts = countsOf(found, what, pattern);
  if (desk.isDryRun) {
    if (out.isJson) out.json({ dryRun: true, ...counts });
    else for (const line of lines) out.line(line);
    return out.note("Nothing was changed (--dry-run).");
  }
  if (!out.isJson) for (const line of lines) out.note(line);
  if (!(await out.confirm("Redact it?"))) return out.note("Nothing was changed.");
  await app.redaction.redact({
    ...{ messageId: message.id, pattern },
    ...{ commitId: app.ids.next("cmt"), atMs: app.clock.now(), by: desk.actor },
  });
  if (out.isJson) out.json({ redacted: true, ...counts });
  else out.line(`Redacted ${message.id} on ${placeOf(found)}.`);
}

function linesOf(found: MessageFound, what: Redactable, pattern: string | null): string[] {
  const { message } = found;
  const files = what.attachments.length;
  const original =
    what.emailId === null
      ? []
      : [
          `  The original of the mail (${what.emailId}) goes too, as it holds the words${files > 0 && pattern !== null ? `, and with it ${counted(files, "file")}` : ""}.`,
        ];
  return [
    pattern === null
      ? `Takes away for good the text of ${message.id} on ${placeOf(found)}${files > 0 ? `, and ${counted(files, "file")}` : ""}.`
      : `Takes the text out of ${message.id} on ${placeOf(found)} for good: ${counted(what.found, "time")}.`,
    ...original,
    ...(what.outbox.length === 0
      ? []
      : [
          `  ${counted(what.outbox.length, "outgoing mail")} with it ${what.outbox.length === 1 ? "loses its" : "lose their"} text${what.waiting > 0 ? `; ${what.waiting} that did not leave yet never ${what.waiting === 1 ? "does" : "do"}` : ""}.`,
        ]),
    ...(what.others.length === 0
      ? []
      : [`  The text stands elsewhere on the ticket, too, and is not touched there: ${what.others.join(", ")}.`]),
    ...(what.titled === null
      ? []
      : ["  The title holds it, too: there it goes as well, and from the subjects of all its messages and mails."]),
    ...(pattern === null
      ? ["  Who wrote it and when, its title, and what others quoted of it in their messages stay."]
      : []),
    "  It can't be undone, and it does not reach: backups and dumps made before; mails on the mailbox's own server; copies that others were sent; free space in the database's own files, until it is vacuumed.",
  ];
}

const countsOf = ({ message, ticket }: MessageFound, what: Redactable, pattern: string | null) => ({
  id: message.id,
  ticket: ticket?.number ?? null,
  times: what.found,
  attachments: pattern === null ? what.attachments.length : 0,
  original: what.emailId,
  title: what.titled !== null,
  outgoing: what.outbox.length,
  dropped: what.waiting,
  others: what.others,
});
