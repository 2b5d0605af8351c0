// `maildesk email`: inbound mail as it was stored, what was decided about it and why, who was told (MAIL-4, MAIL-19).
// Shows and retries; what becomes of a mail is decided by the same processor as ever.
import { writeFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { parseAddress } from "../address/email.ts";
import type { App } from "../app.ts";
import { badData, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { reasons } from "../intake/email.ts";
import type { Cli, DeskSession } from "./context.ts";
import { registerEmailExplain } from "./email-explain.ts";
import {
  type EmailDetail,
  type EmailRow,
  emailByRef,
  emailJson,
  emailShape,
  goneText,
  originalOf,
  reasonText,
} from "./email-rows.ts";
import { byteSize, page, traceLines } from "./explanation.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";

type Attachment = Awaited<ReturnType<App["parser"]["parse"]>>["attachments"][number];

export const emailStatuses = ["pending", "filed", "ignored", "held", "failed"] as const;

/** How many mails one `retry --failed` takes; the rest is said. */
const retryMax = 10_000;

interface EmailListOptions extends ListOptions {
  status?: (typeof emailStatuses)[number];
  mailbox?: string;
  reason?: string;
  from?: string;
}

export function registerEmail(program: Command, cli: Cli): void {
  const email = noun(program, "email", "Inbound mail: what came in, what became of it, and why.");
  registerList(email, cli);
  registerShow(email, cli);
  registerRaw(email, cli);
  registerEmailExplain(email, cli);
  registerHtml(email, cli);
  registerAttachment(email, cli);
  registerRetry(email, cli);
}

function registerList(email: Command, cli: Cli): void {
  const list = verb(email, "list", "List mails, the one stored last first.", [
    "email list",
    "email list --status held",
    "email list --reason duplicate --json",
    "email list --from @acme.com --limit 10",
  ])
    .addOption(new Option("--status <status>", "only of this status").choices(emailStatuses))
    .option("--mailbox <name>", "only of this mailbox")
    .option("--reason <reason>", "only with this reason, such as duplicate or stranger")
    .option("--from <address>", "only from this address, or from a whole domain with @domain");
  listOptions(list).action(async (options: EmailListOptions) => {
    const { status, mailbox, from } = options;
    const reason = options.reason === undefined ? undefined : knownReason(options.reason);
    await cli.withDesk(async ({ app }) => {
      const page = await app.lists.emailList(
        { status, mailbox, reason, from: senderKey(from) },
        limitOf(options, cli.out.isJson),
      );
      cli.out.list(page.rows, page.total, { ...emailShape, ids: options.ids, csv: options.csv });
    });
  });
}

function knownReason(text: string): string {
  if (Object.hasOwn(reasons, text)) return text;
  const words = Object.keys(reasons);
  throw usage(`There is no reason "${text}"${didYouMean(text, words)}.`, {
    remedy: `Known reasons: ${words.join(", ")}.`,
  });
}

function senderKey(text: string | undefined): string | undefined {
  if (text === undefined || text.startsWith("@")) return text?.toLowerCase();
  const parsed = parseAddress(text);
  if (!parsed.ok) throw usage(parsed.text);
  return parsed.key;
}

function registerShow(email: Command, cli: Cli): void {
  verb(email, "show <mail>", "Show one mail, by id or Message-ID, as maildesk reads it.", [
    "email show eml_01jd...",
    "email show 'CAF=x1@mail.example.com' --json",
  ])
    .option("--all", "the whole text, with what it quotes")
    .action(async (ref: string, options: { all?: boolean }) => {
      await cli.withDesk(async (desk) => {
        const found = await emailByRef(desk, ref, cli.out);
        if (found.rawGoneAt !== null) return showWithoutOriginal(cli.out, found);
        const mail = await desk.app.parser.parse(await originalOf(desk, found));
        const conversation = await desk.app.lists.emailConversation(found);
        if (cli.out.isJson) {
          cli.out.json({
            ...emailJson(found),
            conversation,
            arrival: found.arrival,
            size: found.sizeBytes,
            to: mail.to.map((one) => one.address),
            cc: mail.cc.map((one) => one.address),
            date: isoTime(mail.dateMs),
            text: mail.text,
            newText: mail.newText,
            remarks: mail.remarks,
            attachments: mail.attachments.map((one, at) => ({
              number: at + 1,
              filename: one.filename,
              contentType: one.contentType,
              size: one.sizeBytes,
              inline: one.inline,
              sha256: one.sha256,
            })),
          });
          return;
        }
        cli.out.fields([
          ["Id", `${found.id}, ${found.arrival}, ${byteSize(found.sizeBytes)}, by ${found.mailbox}`],
          ["Status", `${found.status}${found.reason === null ? "" : ` (${found.reason})`}: ${reasonText(found)}`],
          ["Ticket", found.ticket === null ? null : `#${found.ticket}`],
          ["Conversation", conversation],
          ["From", found.sender],
          ["To", mail.to.map((one) => one.address).join(", ")],
          ["Cc", mail.cc.map((one) => one.address).join(", ")],
          ["Subject", mail.subject],
          ["Received", shortTime(found.receivedAt)],
          ["Message-ID", found.messageId],
          ["Remarks", mail.remarks.join("; ")],
        ]);
        cli.out.line("");
        for (const line of page((options.all === true ? mail.text : mail.newText).trim())) cli.out.line(line);
        if (mail.attachments.length > 0) cli.out.line("");
        for (const [at, one] of mail.attachments.entries()) cli.out.line(fileLine(one, at));
      });
    });
}

/** What is left of a mail whose original was removed by age. */
function showWithoutOriginal(out: Output, found: EmailDetail): void {
  if (out.isJson) {
    out.json({ ...emailJson(found), arrival: found.arrival, size: found.sizeBytes, text: null });
    return;
  }
  out.fields([
    ["Id", `${found.id}, ${found.arrival}, ${byteSize(found.sizeBytes)}, by ${found.mailbox}`],
    ["Status", `${found.status}${found.reason === null ? "" : ` (${found.reason})`}: ${reasonText(found)}`],
    ["Ticket", found.ticket === null ? null : `#${found.ticket}`],
    ["From", found.sender],
    ["Subject", found.subject],
    ["Received", shortTime(found.receivedAt)],
    ["Message-ID", found.messageId],
    ["Original", goneText(found)],
  ]);
}

const fileLine = (file: Attachment, at: number): string =>
  `  [${at + 1}] ${file.filename || "(no name)"}  ${file.contentType}, ${byteSize(file.sizeBytes)}${file.inline ? ", inline" : ""}`;

function registerRaw(email: Command, cli: Cli): void {
  verb(email, "raw <mail>", "Print the mail byte by byte as it came in.", ["email raw eml_01jd... > mail.eml"]).action(
    async (ref: string) => {
      await cli.withDesk(async (desk) => {
        const found = await emailByRef(desk, ref, cli.out);
        process.stdout.write(await originalOf(desk, found));
      });
    },
  );
}

function registerHtml(email: Command, cli: Cli): void {
  verb(
    email,
    "html <mail>",
    "Print the mail's HTML as a page: no script, no form, no frame. Pictures on the web are still fetched.",
    ["email html eml_01jd... --output mail.html"],
  )
    .option("--output <file>", "write it to this file")
    .action(async (ref: string, { output }: { output?: string }) => {
      await cli.withDesk(async (desk) => {
        const found = await emailByRef(desk, ref, cli.out);
        const shown = await desk.app.parser.html(await originalOf(desk, found));
        if (shown === null)
          throw usage("The mail has no HTML.", { remedy: `Its text: maildesk email show ${found.id} --all` });
        for (const remark of shown.remarks) cli.out.note(remark);
        const page = `<!doctype html>\n<meta charset="utf-8">\n${shown.html}\n`;
        if (output === undefined) process.stdout.write(page);
        else {
          await writeFile(output, page);
          cli.out.note(`${output}: ${byteSize(Buffer.byteLength(page))}`);
        }
      });
    });
}

function registerAttachment(email: Command, cli: Cli): void {
  verb(email, "attachment <mail> <which>", "Print one attachment, by its number or name as `email show` lists it.", [
    "email attachment eml_01jd... 1 > picture.png",
    "email attachment eml_01jd... invoice.pdf --output invoice.pdf",
  ])
    .option("--output <file>", "write it to this file")
    .action(async (ref: string, which: string, { output }: { output?: string }) => {
      await cli.withDesk(async (desk) => {
        const found = await emailByRef(desk, ref, cli.out);
        const raw = await originalOf(desk, found);
        const files = (await desk.app.parser.parse(raw)).attachments;
        const file =
          files.find((one) => one.filename === which) ??
          (/^\d{1,4}$/.test(which) ? files[Number(which) - 1] : undefined);
        if (file === undefined) {
          throw usage(`The mail has no attachment "${which}".`, {
            remedy:
              files.length === 0
                ? "It has none."
                : `It has:\n${files.map((one, at) => `  ${fileLine(one, at)}`).join("\n")}`,
          });
        }
        if (output === undefined && process.stdout.isTTY)
          throw usage("This would print bytes to the terminal.", { remedy: "Add --output FILE." });
        const bytes = await desk.app.parser.attachment(raw, file.part);
        if (output === undefined) process.stdout.write(bytes);
        else {
          await writeFile(output, bytes);
          cli.out.note(`${output}: ${byteSize(bytes.length)}, ${file.contentType}`);
        }
      });
    });
}

function registerRetry(email: Command, cli: Cli): void {
  verb(email, "retry [mails...]", "Judge failed, held or ignored mails again, at once.", [
    "email retry eml_01jd...",
    "email retry --failed",
    "email retry --failed --dry-run",
  ])
    .option("--failed", "all mails that failed")
    .action(async (refs: string[], options: { failed?: boolean }) => {
      if (refs.length === 0 && options.failed !== true) throw usage("Name the mails to retry, or say --failed.");
      await cli.withDesk(async (desk) => {
        const { app } = desk;
        const wanted: EmailRow[] = [];
        for (const ref of refs) wanted.push(await emailByRef(desk, ref, cli.out));
        const [gone] = wanted.filter((one) => one.status !== "filed").flatMap((one) => goneText(one) ?? []);
        if (gone !== undefined) throw badData(gone, { remedy: "Without it the mail can't be judged again." });
        if (options.failed === true) {
          const failed = await app.lists.emailList({ status: "failed" }, retryMax);
          wanted.push(...failed.rows);
          if (failed.total > failed.rows.length)
            cli.out.note(`${failed.rows.length} of ${failed.total}: run it again for the rest.`);
        }
        for (const one of wanted)
          if (one.status === "filed" || one.status === "pending")
            cli.out.note(`${one.id} is ${one.status}: not retried.`);
        const ids = [
          ...new Set(wanted.filter((one) => one.status !== "filed" && one.status !== "pending").map((one) => one.id)),
        ];
        if (desk.isDryRun)
          return cli.out.note(`${counted(ids.length, "mail")} would be retried: nothing was changed (--dry-run).`);
        await app.spool.retry(ids);
        await app.process();
        await showOutcome(desk, cli.out, ids);
      });
    });
}

async function showOutcome({ app }: DeskSession, out: Output, ids: readonly string[]): Promise<void> {
  const rows = await app.lists.emailRows(ids);
  if (out.isJson) return out.json(rows.map(emailJson));
  if (rows.length === 0) return out.note("Nothing to retry.");
  for (const row of rows) {
    const where = row.ticket === null ? "" : ` #${row.ticket}`;
    for (const line of traceLines([{ step: row.status, text: `${row.id}${where}: ${reasonText(row)}` }]))
      out.line(line.trimStart());
  }
}
