// `maildesk template`: the texts that the desk sends, by kind and language: looked at, written, shown as they would be, and
// given up for the built-in ones again.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { type Change, present, remove } from "../desk/change.ts";
import { builtInLanguages, languagesFor, readLanguage } from "../desk/language.ts";
import { type DefinedFields, placeholders } from "../desk/placeholders.ts";
import {
  type ChosenTemplate,
  chosenTemplate,
  isMailKind,
  kindSentences,
  type Template,
  type TemplateKind,
  type TemplateWords,
  templateKind,
  templateKinds,
  writeTemplate,
} from "../desk/template.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import type { Column, ListShape, Output } from "./output.ts";
import { block } from "./table.ts";
import { registerTemplatePreview } from "./template-preview.ts";
import { templateFile, templateText } from "./template-text.ts";
import { excluding, type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";

interface LanguageOption {
  language?: string;
}

interface SetOptions extends LanguageOption {
  subject?: string;
  text?: string;
  file?: string;
  htmlFile?: string;
  html: boolean;
}

/** What holds for a kind in a language; `language` is where it is from. */
interface Row extends ChosenTemplate {
  kind: TemplateKind;
}

const languageFlag = ["--language <tag>", "the language, such as de or pt-BR (default: desk.language)"] as const;

export function registerTemplate(program: Command, cli: Cli): void {
  const template = noun(program, "template", "The texts of the desk's mails, by kind and language.");
  listOptions(verb(template, "list", "List the texts.", ["template list", "template list --language de"]))
    .option(languageFlag[0], "of this language alone")
    .action((options: ListOptions & LanguageOption) => cli.withDesk(({ app }) => list(app, cli.out, options)));
  verb(template, "show <kind>", "Show a text as it is written.", ["template show reply --language de"])
    .option(...languageFlag)
    .action((kind: string, options: LanguageOption) =>
      cli.withDesk(({ app }) => show(app, cli.out, templateKind(kind), options)),
    );
  const setting = verb(template, "set <kind> [-]", "Write a text; what is not given stays as it is.", [
    'template set reply --text "{{message.text}}" --language de',
    "template set acknowledgement --file ack.txt --html-file ack.html",
    'template set closing --subject "Closed: {{ticket.subject}}"',
    'template set header --text "Acme Support, +49 30 555"',
  ])
    .option(...languageFlag)
    .option("--subject <subject>", "the subject of such a mail")
    .option("--text <text>", "the text")
    .option("--file <file>", "read the text from this file, - is standard input")
    .option("--html-file <file>", "read the HTML from this file; without any it is made from the text")
    .option("--no-html", "make the HTML from the text again");
  excluding(setting, "html-file", "no-html").action((kind: string, dash: string | undefined, options: SetOptions) =>
    cli.withDesk((desk) => set(desk, cli.out, templateKind(kind), dash, options)),
  );
  registerTemplatePreview(template, cli);
  verb(template, "reset <kind>", "Give up a text for the built-in one.", ["template reset reply --language de"])
    .option(...languageFlag)
    .action((kind: string, options: LanguageOption) =>
      cli.withDesk((desk) => reset(desk, cli.out, templateKind(kind), options)),
    );
  listOptions(
    verb(template, "placeholders", "List what a text may name.", [
      "template placeholders",
      "template placeholders --json",
    ]),
  ).action((options: ListOptions) => cli.withDesk(({ app }) => listPlaceholders(app, cli.out, options)));
}

/** The language that was named, or the desk's. */
async function languageOf({ desk }: App, { language }: LanguageOption): Promise<string> {
  return language === undefined ? (await desk.settings())["desk.language"] : readLanguage(language);
}

async function rowOf(app: App, kind: TemplateKind, language: string): Promise<Row> {
  const desks = (await app.desk.settings())["desk.language"];
  return { kind, ...chosenTemplate(kind, await app.lists.templates(), languagesFor(language, desks)) };
}

const rowJson = ({ kind, language, isOwn, subject, text, html }: Row) => ({
  ...{ kind, language, own: isOwn },
  subject: isMailKind(kind) ? subject : null,
  ...{ text, html, meaning: kindSentences[kind] },
});

const columns: readonly Column<Row>[] = [
  { head: "KIND", value: ({ kind }) => kind },
  { head: "LANGUAGE", value: ({ language }) => language },
  { head: "WORDS", value: ({ isOwn, html }) => (isOwn ? `own${html === null ? "" : ", HTML"}` : "built in") },
  { head: "MEANING", value: ({ kind }) => kindSentences[kind], max: 80 },
];

async function list(app: App, out: Output, options: ListOptions & LanguageOption): Promise<void> {
  const own = await app.lists.templates();
  const desks = await languageOf(app, {});
  const only = options.language === undefined ? null : readLanguage(options.language);
  const rows = templateKinds.flatMap((kind): Row[] => {
    const written = own.filter((row) => row.kind === kind).map((row) => row.language);
    const languages = only === null ? new Set([desks, ...written]) : [only];
    const found = [...languages].map((one) => ({ kind, ...chosenTemplate(kind, own, languagesFor(one, desks)) }));
    return [...new Map(found.map((row) => [row.language, row])).values()];
  });
  const shape: ListShape<Row> = {
    columns,
    id: ({ kind, language }) => `${kind}:${language}`,
    json: rowJson,
    none: "There are no templates.",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(rows.slice(0, limitOf(options, out.isJson)), rows.length, shape);
  if (!out.isJson && options.ids !== true && options.csv !== true && only === null)
    out.note(
      `Built-in texts: ${builtInLanguages.join(", ")}. Of another language: maildesk template list --language de`,
    );
}

async function show(app: App, out: Output, kind: TemplateKind, options: LanguageOption): Promise<void> {
  tell(out, await rowOf(app, kind, await languageOf(app, options)));
}

function tell(out: Output, row: Row): void {
  if (out.isJson) {
    out.json(rowJson(row));
    return;
  }
  const { kind, language, isOwn, subject, text, html } = row;
  out.fields([
    ["Kind", `${kind}: ${kindSentences[kind]}`],
    ["Language", language],
    ["Words", isOwn ? "the desk's own" : "built in"],
    ["Subject", isMailKind(kind) ? subject : null],
  ]);
  out.line("");
  out.line(block(text.trimEnd()) || "(nothing)");
  if (html === null) return;
  out.line("");
  out.line("HTML:");
  out.line(block(html));
}

async function definedFields({ lists }: App): Promise<DefinedFields> {
  const keys = async (owner: "ticket" | "customer") => (await lists.fields(owner)).map(({ key }) => key);
  return { "ticket.fields": await keys("ticket"), "customer.fields": await keys("customer") };
}

async function set(
  desk: DeskSession,
  out: Output,
  kind: TemplateKind,
  dash: string | undefined,
  options: SetOptions,
): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const language = await languageOf(app, options);
  const text = await templateText(options, dash);
  const source = options.htmlFile === undefined ? undefined : await templateFile(options.htmlFile);
  const { subject } = options;
  if (text === undefined && source === undefined && subject === undefined && options.html)
    throw usage("Nothing was given to be written.", {
      remedy: "Give --text, --file, -, --subject, --html-file or --no-html.",
    });
  const fields = await definedFields(app);
  const next: Partial<TemplateWords> = {};
  if (subject !== undefined) next.subject = app.templates.checkedText(oneLine(subject), null, fields);
  if (text !== undefined) next.text = app.templates.checkedText(text, kind, fields);
  if (!options.html) next.html = null;
  if (source !== undefined) {
    const { html, removed } = app.templates.checkedHtml(source, kind, fields);
    next.html = html;
    if (removed.length > 0) out.note(`Taken out of the HTML, as no mail should hold it: ${removed.join(", ")}.`);
  }
  const done = await desk.change(`template set ${kind} --language ${language}`, async () => {
    const row = await ownRow(app, kind, language);
    const change = writeTemplate(row, { kind, language }, next, app.clock.now());
    return { changes: present([change]), result: row };
  });
  if (done === null && desk.isDryRun) return;
  const row = await rowOf(app, kind, language);
  if (!desk.isDryRun) tell(out, row);
  if (next.text !== undefined && source === undefined && row.html !== null)
    out.note("Its HTML stays as it was; --no-html makes it from the text.");
}

function oneLine(subject: string): string {
  const line = subject.replace(/\s+/g, " ").trim();
  if (line === "") throw usage("A mail needs a subject.", { remedy: "Such as: --subject {{ticket.subject}}" });
  return line;
}

async function ownRow({ lists }: App, kind: TemplateKind, language: string): Promise<Template | null> {
  return (await lists.templates()).find((row) => row.kind === kind && row.language === language) ?? null;
}

async function reset(desk: DeskSession, out: Output, kind: TemplateKind, options: LanguageOption): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const language = await languageOf(app, options);
  const done = await desk.change(`template reset ${kind} --language ${language}`, async () => {
    const row = await ownRow(app, kind, language);
    const changes: Change[] = row === null ? [] : [remove("template", row)];
    return { changes, result: { hadOwn: row !== null } };
  });
  if (done === null) return;
  if (!done.hadOwn) out.note(`The desk has no ${kind} of its own in ${language}.`);
  tell(out, await rowOf(app, kind, language));
}

interface Named {
  name: string;
  meaning: string;
}

async function listPlaceholders(app: App, out: Output, options: ListOptions): Promise<void> {
  const fields = await definedFields(app);
  const custom = (["ticket.fields", "customer.fields"] as const).flatMap((root) =>
    fields[root].map((key) => ({ name: `${root}.${key}`, meaning: `The ${root.split(".")[0]}'s field ${key}.` })),
  );
  const rows: Named[] = [...Object.entries(placeholders).map(([name, meaning]) => ({ name, meaning })), ...custom];
  out.list(rows.slice(0, limitOf(options, out.isJson)), rows.length, {
    columns: [
      { head: "PLACEHOLDER", value: ({ name }) => `{{${name}}}` },
      { head: "MEANING", value: ({ meaning }) => meaning, max: 80 },
    ],
    id: ({ name }) => name,
    json: (row) => row,
    none: "There are no placeholders.",
    ids: options.ids,
    csv: options.csv,
  });
}
