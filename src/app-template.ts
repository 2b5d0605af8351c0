// The composition for texts: whether one may be saved, and how a mail by them would look, on a real ticket or an invented one.
// A preview is written by the same code as the mail, and changes nothing.
import { identitiesOf } from "./app-mailbox.ts";
import type { Config } from "./config.ts";
import type { Database } from "./database/open.ts";
import { previewFacts } from "./database/preview-facts.ts";
import { namedFor, templateList } from "./database/word-facts.ts";
import type { Message } from "./desk/conversation.ts";
import type { Customer } from "./desk/customer.ts";
import { historyRead } from "./desk/history.ts";
import { checkTemplate, type Form, liquidToken } from "./desk/liquid.ts";
import type { DefinedFields } from "./desk/placeholders.ts";
import type { Settings } from "./desk/settings.ts";
import { noTicket } from "./desk/standalone.ts";
import { carriesMessage, isMailKind, type MailKind, type TemplateKind } from "./desk/template.ts";
import type { Ticket } from "./desk/ticket.ts";
import { badData } from "./errors.ts";
import { composeMail } from "./mail/compose.ts";
import { cleanTemplateHtml } from "./mail/template-html.ts";
import { type MailWords, mailWords } from "./worker/mail-words.ts";
import { type FactsOfWords, type Told, wordsInput } from "./worker/telling-words.ts";
import { senderName } from "./worker/write-mail.ts";

export interface PreviewOf {
  kind: TemplateKind;
  /** Null for an invented one. */
  ticket: Ticket | null;
  /** Null for the first of the ticket, or somebody invented. */
  customer: { customer: Customer; address: string } | null;
  /** Null for the customer's. */
  language: string | null;
}

export interface Preview extends MailWords {
  from: { name: string; address: string };
  to: { name: string; address: string };
  raw: Buffer;
}

interface Ports {
  config: Config;
  database: Database;
  settings(): Promise<Settings>;
  now(): number;
}

export const openTemplates = (ports: Ports) => ({ checkedText, checkedHtml, preview: preview(ports) });

/** The text as it may be saved; badData with one sentence where it may not. */
function checkedText(source: string, kind: TemplateKind | null, fields: DefinedFields): string {
  const names = namesIn(source, "text", fields);
  if (kind !== null) mustSayMessage(kind, names);
  return source;
}

/** The HTML without what no mail should hold, and the names of the tags that it lost. */
function checkedHtml(source: string, kind: TemplateKind, fields: DefinedFields): { html: string; removed: string[] } {
  namesIn(source, "html", fields);
  const clean = cleanTemplateHtml(source, liquidToken);
  if (clean.html === "") throw badData("Nothing is left of this HTML: it holds nothing that a mail may show.");
  mustSayMessage(kind, namesIn(clean.html, "html", fields));
  return clean;
}

function namesIn(source: string, form: Form, fields: DefinedFields): string[] {
  const checked = checkTemplate(source, form, fields);
  if (!checked.ok) throw badData(checked.text);
  return checked.names;
}

function mustSayMessage(kind: TemplateKind, names: readonly string[]): void {
  if (carriesMessage(kind) && !names.includes("message.text"))
    throw badData(`A text of the kind ${kind} must say the message: write {{message.text}} where its words stand.`);
}

const preview =
  ({ config, database, settings, now }: Ports) =>
  async (wanted: PreviewOf): Promise<Preview> => {
    const all = await settings();
    // A part is shown where it stands.
    const kind = isMailKind(wanted.kind) ? wanted.kind : wanted.kind === "shared" ? "conversation" : "reply";
    const { facts, told } =
      wanted.ticket === null
        ? await invented(database, kind, wanted)
        : await onTicket(database, wanted.ticket, kind, wanted, {
            earlierMax: historyRead[all["mail.history"]] ?? 0,
            now: now(),
          });
    const { customer } = told.hearing;
    const heard = { ...told.hearing, customer: { ...customer, language: wanted.language ?? customer.language } };
    const identities = identitiesOf(config);
    const identity = identities.get(facts.about.mailbox) ?? [...identities.values()][0];
    if (identity === undefined) throw badData("No mailbox is configured.");
    const words = mailWords(wordsInput(facts, { ...told, hearing: heard }, all, identity));
    const isAnswer = wanted.ticket !== null || carriesMessage(kind);
    const subject = isAnswer ? words.subject : words.subject.replace(/^Re: /, "");
    const from = { name: senderName(told, facts, all, identity), address: identity.address };
    const to = { name: customer.name, address: told.hearing.address };
    const raw = await composeMail({
      ...{ from, to, subject, text: words.text, html: words.html },
      ...{ replyTo: null, inReplyTo: null, references: [], unsubscribe: null, mark: null, attachments: [] },
      messageId: "preview@maildesk.invalid",
      dateMs: now(),
      autoSubmitted: kind === "acknowledgement" ? "auto-replied" : null,
    });
    return { ...words, subject, from, to, raw };
  };

interface Shown {
  facts: FactsOfWords;
  told: Told;
}

async function onTicket(
  database: Database,
  ticket: Ticket,
  kind: MailKind,
  { customer }: PreviewOf,
  { earlierMax, now }: { earlierMax: number; now: number },
): Promise<Shown> {
  const { message, ...facts } = await previewFacts(database, ticket, sample(kind, now), earlierMax);
  const seat = facts.candidates.find((one) => customer === null || one.customer.id === customer.customer.id);
  if (seat === undefined && customer !== null)
    throw badData(`${customer.address} has no part in ticket ${ticket.number}.`, {
      remedy: `To see who has: maildesk ticket show ${ticket.number}`,
    });
  const hearing = {
    customer: seat?.customer ?? somebody,
    address: seat?.address?.address ?? seat?.lastAddress ?? someAddress,
    ...{ hears: true, mayLeave: false, why: "" },
  };
  return { facts: { ...facts, attachments: [] }, told: { kind, hearing, messages: spoken(kind, message), owed: null } };
}

async function invented(database: Database, kind: MailKind, { kind: asked, customer }: PreviewOf): Promise<Shown> {
  const hearing = {
    customer: customer?.customer ?? somebody,
    address: customer?.address ?? someAddress,
    ...{ hears: true, mayLeave: false, why: "" },
  };
  const isTicket = kind !== "project" && kind !== "conversation";
  const about: FactsOfWords["about"] = {
    ...{ ticketId: noTicket, number: isTicket ? 123 : null, subject: "The printer is on fire", mailbox: "" },
    ...{ shared: asked === "shared", organizationId: null, projectId: null },
    ...(isTicket ? { status: "open", priority: 3 } : {}),
  };
  const templates = await templateList(database.read);
  const named = await namedFor(database.read, templates, about, [hearing.customer]);
  return {
    facts: {
      ...{ about, candidates: [], attachments: [] },
      agentNames: new Map([[someAgent, "Ina Berg"]]),
      agentSignatures: new Map(),
      words: { templates, earlier: [], told: new Set<string>(), named },
    },
    told: { kind, hearing, messages: spoken(kind, sample(kind, 0)), owed: null },
  };
}

const someAgent = "agt_sample";
const someAddress = "ann@example.com";
const somebody: Customer = {
  ...{ id: "cus_sample", ref: 0, name: "Ann Example", nameOrigin: "hand", organizationId: null, placedBy: "nothing" },
  ...{ state: "active", mergedInto: null, mutedAt: null, phone: "", title: "", postalAddress: "", timeZone: "" },
  ...{ language: "", type: "", notes: "", createdAt: 0, version: 1 },
};

/** What no agent wrote carries no message. */
const spoken = (kind: MailKind, message: Message): Message[] =>
  kind === "acknowledgement" || kind === "closing" ? [] : [message];

const sample = (kind: MailKind, now: number): Message => {
  const isCustomers = kind === "customer-message";
  const text = isCustomers
    ? "It smokes a little, too."
    : "Pull the plug, please, and keep some distance.\n\nWe are on our way.";
  return {
    ...{ id: "msg_sample", conversationId: "", direction: "out", subject: "", text, newText: text },
    authorKind: isCustomers ? "customer" : "agent",
    authorId: isCustomers ? "cus_other" : someAgent,
    ...{ fromName: isCustomers ? "Bob Other" : "Ina Berg", fromAddress: "", toAddresses: [], ccAddresses: [] },
    ...{ messageId: null, emailId: null, flag: null, remarks: [], createdAt: now, version: 1 },
  };
};
