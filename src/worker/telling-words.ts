// From the facts of a conversation and whom it is told to, to what the words of that one mail are made of: which kind it is,
// in which language, what the placeholders stand for, and which earlier messages this person may read again below it.
import type { Message } from "../desk/conversation.ts";
import { type Quoted, quotable } from "../desk/history.ts";
import { languagesFor } from "../desk/language.ts";
import type { Filling } from "../desk/liquid.ts";
import type { Notice } from "../desk/notice.ts";
import type { FieldRoot } from "../desk/placeholders.ts";
import type { Hearing } from "../desk/recipients.ts";
import type { Settings } from "../desk/settings.ts";
import type { MailKind } from "../desk/template.ts";
import { filesHidden, type Parts, type PropertyWord, partsOf, propertiesOf } from "../desk/visibility.ts";
import type { NoticeFacts } from "../ports-database.ts";
import type { Said, WordsInput } from "./mail-words.ts";

/** How the desk shows itself in one mailbox's mails. */
export interface Identity {
  address: string;
  displayName: string;
  /** False where the server takes no `support+TOKEN@`. */
  plusAddressing: boolean;
  /** The team that takes care of what is nobody's; left out where every agent does. */
  team?: string;
}

/** One person, and what they are told in one mail. */
export interface Told {
  /** A closing says no message. */
  kind: MailKind;
  hearing: Hearing;
  messages: readonly Message[];
  /** Earlier ones that they get now, the oldest first, and how many older ones are left out; null: what may be quoted is quoted. */
  owed: { messages: readonly Message[]; left: number } | null;
}

export type FactsOfWords = Pick<
  NoticeFacts,
  "about" | "attachments" | "agentNames" | "agentSignatures" | "candidates" | "words"
>;

/** Which template a notice's messages are written by: the last of them says it. */
export function mailKindOf(
  notice: Notice["kind"],
  messages: readonly Message[],
  { number, projectId }: Pick<NoticeFacts["about"], "number" | "projectId">,
): MailKind {
  if (notice === "acknowledgement") return "acknowledgement";
  if (messages.at(-1)?.authorKind === "customer") return "customer-message";
  if (number !== null) return "reply";
  return projectId === null ? "conversation" : "project";
}

export const deskName = (settings: Settings, identity: Identity): string =>
  identity.displayName || settings["desk.name"];

/** Who wrote the last of the messages, where an agent did; "" otherwise. */
export function agentOf(
  messages: readonly Message[],
  { agentNames, agentSignatures }: Pick<FactsOfWords, "agentNames" | "agentSignatures">,
): { name: string; signature: string } {
  const last = messages.at(-1);
  const id = last?.authorKind === "agent" ? (last.authorId ?? "") : "";
  return { name: agentNames.get(id) ?? "", signature: agentSignatures.get(id) ?? "" };
}

export function wordsInput(facts: FactsOfWords, told: Told, settings: Settings, identity: Identity): WordsInput {
  const { about, words } = facts;
  const { kind, hearing, messages } = told;
  const isMessage = kind !== "acknowledgement" && kind !== "closing";
  const parts = partsOf(settings["visibility.parts"]);
  return {
    kind,
    number: about.number,
    templates: words.templates,
    languages: languagesFor(hearing.customer.language, settings["desk.language"]),
    filling: filling(facts, told, settings, identity),
    messages: isMessage ? messages.map((message) => saidBy(message, parts)) : [],
    remarks: isMessage ? hiddenFiles(facts, messages, parts) : [],
    isShared: isMessage && about.shared,
    earlier: isMessage ? earlierFor(facts, told, settings) : [],
    owed: isMessage && told.owed !== null ? { left: told.owed.left } : null,
    timeZone: hearing.customer.timeZone,
  };
}

const saidBy = (message: Message, parts: Parts): Said => ({
  text: message.newText,
  by: message.authorKind === "customer" ? shownName(message.fromName, parts) : null,
});

/** "" where customers see no names of one another: then they are somebody. */
const shownName = (name: string, parts: Parts): string => (parts.has("followers") ? name : "");

/** Files that an agent attached; a customer's own files stay with the desk, where agents find them. */
export const filesOf = ({ attachments }: Pick<NoticeFacts, "attachments">, messages: readonly Message[]) =>
  attachments.filter((row) => {
    const message = messages.find(({ id }) => id === row.messageId);
    // Of an agent's mail those that the words don't show.
    return message !== undefined && (row.emailId === null || (message.authorKind === "agent" && !row.inline));
  });

function hiddenFiles(facts: FactsOfWords, messages: readonly Message[], parts: Parts): string[] {
  if (parts.has("attachments")) return [];
  const names = filesOf(facts, messages).map(({ filename }) => filename);
  return names.length === 0 ? [] : [filesHidden(names)];
}

/** What may be quoted to this person: below an agent's words only, and only what came before these. */
function earlierFor(facts: FactsOfWords, { hearing, messages, owed }: Told, settings: Settings): WordsInput["earlier"] {
  const parts = partsOf(settings["visibility.parts"]);
  const isSeen = (one: Quoted) =>
    parts.has("others") || one.authorKind !== "customer" || one.authorId === hearing.customer.id;
  if (!parts.has("history")) return [];
  if (owed !== null)
    return owed.messages
      .toReversed()
      .filter(isSeen)
      .map((one) => quoteOf(one, facts, parts));
  const { earlier } = facts.words;
  const [first] = messages;
  if (first === undefined || messages.at(-1)?.authorKind !== "agent") return [];
  const candidate = facts.candidates.find(({ customer }) => customer.id === hearing.customer.id);
  const told = new Set(messages.map(({ id }) => id));
  const before = earlier.filter((one) => isBefore(one, first) && !told.has(one.id));
  const reader = {
    customerId: hearing.customer.id,
    addressKey: hearing.address.toLowerCase(),
    level: candidate?.level,
    told: new Set(before.filter(({ id }) => facts.words.told.has(`${hearing.customer.id} ${id}`)).map(({ id }) => id)),
  };
  const may = quotable(before, candidate?.sinceMs ?? null, reader).filter(isSeen);
  const some = settings["mail.history"] === "all" ? may : settings["mail.history"] === "last" ? may.slice(0, 1) : [];
  return some.map((one) => quoteOf(one, facts, parts));
}

const quoteOf = (one: Quoted, facts: FactsOfWords, parts: Parts): WordsInput["earlier"][number] => ({
  ...{ id: one.id, text: one.newText, by: nameOf(one, facts, parts), atMs: one.createdAt },
});

const isBefore = (one: Quoted, other: Pick<Quoted, "id" | "createdAt">): boolean =>
  one.createdAt < other.createdAt || (one.createdAt === other.createdAt && one.id < other.id);

const nameOf = (one: Quoted, { agentNames }: FactsOfWords, parts: Parts): string =>
  one.authorKind === "agent" ? (agentNames.get(one.authorId ?? "") ?? one.fromName) : shownName(one.fromName, parts);

function filling(facts: FactsOfWords, told: Told, settings: Settings, identity: Identity): WordsInput["filling"] {
  const { about, words } = facts;
  const { organizations, projects } = words.named;
  const { customer, address } = told.hearing;
  const agent = agentOf(told.messages, facts);
  const seen = propertiesOf(settings["visibility.properties"]);
  const shown = <T>(property: PropertyWord, value: T): T | "" => (seen.has(property) ? value : "");
  const nameIn = (names: ReadonlyMap<string, string>, id: string | null) => names.get(id ?? "") ?? "";
  return {
    values: {
      "ticket.number": about.number ?? "",
      "ticket.subject": about.subject,
      "ticket.status": shown("status", words.named.statuses.get(about.status ?? "") ?? about.status ?? ""),
      "ticket.priority": shown("priority", about.priority || ""),
      "ticket.organization": shown(
        "organization",
        about.number === null ? "" : nameIn(organizations, about.organizationId),
      ),
      "ticket.project": shown("project", about.number === null ? "" : nameIn(projects, about.projectId)),
      "customer.name": customer.name,
      "customer.email": address,
      "organization.name": nameIn(organizations, customer.organizationId),
      "project.name": nameIn(projects, about.projectId),
      "agent.name": agent.name,
      "agent.signature": agent.signature,
      "desk.name": deskName(settings, identity),
      "mailbox.address": identity.address,
    },
    fields: {
      "ticket.fields": seen.has("fields") ? fieldsOf(facts, about.ticketId) : {},
      "customer.fields": fieldsOf(facts, customer.id),
    },
  };
}

const fieldsOf = ({ words }: FactsOfWords, id: string): NonNullable<NonNullable<Filling["fields"]>[FieldRoot]> =>
  words.named.fields.get(id) ?? {};
