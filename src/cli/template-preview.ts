// `maildesk template preview`: a mail as it would be, with what stands above and below, on a real ticket or an invented one.
// Nothing is changed and nothing is sent.
import type { Command } from "commander";
import { readLanguage } from "../desk/language.ts";
import { templateKind } from "../desk/template.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { page } from "./explanation.ts";
import { knownCustomer } from "./known.ts";
import type { Output } from "./output.ts";
import { readNumber, ticketOf } from "./ticket-rows.ts";
import { excluding, verb } from "./verb.ts";

interface PreviewOptions {
  ticket?: string;
  customer?: string;
  language?: string;
  html?: boolean;
  raw?: boolean;
}

export function registerTemplatePreview(template: Command, cli: Cli): void {
  const previewing = verb(template, "preview <kind>", "Show a mail as it would be; nothing is sent.", [
    "template preview reply",
    "template preview reply --ticket 12 --customer ann@acme.example",
    "template preview acknowledgement --language de --html > ack.html",
  ])
    .option("--ticket <number>", "on this ticket (default: an invented one)")
    .option("--customer <customer>", "to this customer")
    .option("--language <tag>", "in this language (default: the customer's)")
    .option("--html", "print its HTML")
    .option("--raw", "print it as it would travel");
  excluding(previewing, "html", "raw").action((kind: string, options: PreviewOptions) =>
    cli.withDesk((desk) => preview(desk, cli.out, kind, options)),
  );
}

async function preview(desk: DeskSession, out: Output, text: string, options: PreviewOptions): Promise<void> {
  const { app } = desk;
  const kind = templateKind(text);
  if (options.ticket !== undefined && (kind === "project" || kind === "conversation" || kind === "shared"))
    throw usage(`A mail of the kind ${kind} is on no ticket.`, { remedy: "Leave --ticket out." });
  const found = options.ticket === undefined ? null : await ticketOf(desk, readNumber(options.ticket), out);
  const record = options.customer === undefined ? null : await knownCustomer(app, options.customer);
  const primary = record?.addresses.find(({ isPrimary }) => isPrimary) ?? record?.addresses[0];
  const made = await app.templates.preview({
    kind,
    ticket: found?.ticket ?? null,
    customer: record === null ? null : { customer: record.customer, address: primary?.address ?? "" },
    language: options.language === undefined ? null : readLanguage(options.language),
  });
  for (const { kind: broken, language, error } of made.broken)
    out.note(`The ${broken} in ${language} can't be filled in, so the built-in words stand here: ${error}`);
  if (out.isJson) {
    const { from, to, subject, html } = made;
    return out.json({ kind, from, to, subject, text: made.text, html });
  }
  if (options.html === true) return out.line(made.html.trimEnd());
  if (options.raw === true) return out.line(made.raw.toString("latin1").replaceAll("\r\n", "\n").trimEnd());
  out.fields([
    ["From", person(made.from)],
    ["To", person(made.to)],
    ["Subject", made.subject],
  ]);
  out.line("");
  for (const line of page(made.text.trimEnd())) out.line(line);
}

const person = ({ name, address }: { name: string; address: string }): string =>
  name === "" ? address : `${name} <${address}>`;
