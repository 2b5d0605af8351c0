// A desk as a decision sees it, built by hand: people, organizations and threads with telling defaults, and `decideMail`,
// which asks the question of a mail and decides it, with ids and numbers that count.

import { type Settings, settingsFrom } from "../../dist/desk/settings.js";
import { type Decision, decide, type Inbound } from "../../dist/intake/decide.js";
import { type Facts, noFacts, questionOf, type ThreadFacts } from "../../dist/intake/facts.js";
import type { ParsedMail } from "../../dist/mail/parsed-mail.js";

export const now = Date.UTC(2026, 0, 15, 12);
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const keys = [{ id: 1, secret: Buffer.from("a secret for tests, not for mail") }];
export const ownAddress = "support@desk.example";

type Customer = NonNullable<Facts["customer"]>;
type Agent = NonNullable<Facts["agent"]>;
type Address = NonNullable<Facts["senderAddress"]>;
type Organization = NonNullable<Facts["defaultOrganization"]>;
type Reference = Facts["references"][number];
type Conversation = ThreadFacts["conversation"];

export const settingsWith = (changed: Partial<Settings> = {}): Settings =>
  settingsFrom(Object.entries(changed).map(([id, value]) => ({ id, value })));

export const customerOf = (id: string, over: Partial<Customer> = {}): Customer => ({
  id,
  ref: Number(/\d+$/.exec(id)?.[0] ?? 1),
  name: id,
  nameOrigin: "mail",
  organizationId: null,
  placedBy: "nothing",
  state: "active",
  mergedInto: null,
  mutedAt: null,
  phone: "",
  title: "",
  postalAddress: "",
  timeZone: "",
  language: "",
  type: "",
  notes: "",
  createdAt: now - 90 * dayMs,
  version: 1,
  ...over,
});

export const addressOf = (id: string, ownerId: string, over: Partial<Address> = {}): Address => ({
  id,
  address: id,
  ownerKind: "customer",
  ownerId,
  isPrimary: true,
  state: "ok",
  softBounces: 0,
  createdAt: now - 90 * dayMs,
  version: 1,
  ...over,
});

export const agentOf = (id: string, over: Partial<Agent> = {}): Agent => ({
  id,
  ref: 900,
  name: id,
  state: "active",
  mayAnswer: true,
  mayAdminister: false,
  hears: "own",
  signature: "",
  createdAt: now - 90 * dayMs,
  version: 1,
  ...over,
});

export const organizationOf = (id: string, over: Partial<Organization> = {}): Organization => ({
  id,
  name: id,
  nameKey: id.toLowerCase(),
  origin: "automatic",
  state: "active",
  mergedInto: null,
  website: "",
  phone: "",
  postalAddress: "",
  logo: "",
  notes: "",
  visibility: "",
  createdAt: now - 90 * dayMs,
  version: 1,
  ...over,
});

export const conversationOf = (id: string, ticketId: string, over: Partial<Conversation> = {}): Conversation => ({
  id,
  ref: Number(/\d+/.exec(id)?.[0] ?? 1),
  ticketId,
  visibility: "public",
  createdAt: now - dayMs,
  version: 1,
  ...over,
});

export interface ThreadOver {
  people?: { customerId: string; role?: "requester" | "follower"; address?: string }[];
  ticket?: Partial<ThreadFacts["ticket"]>;
  conversations?: Conversation[];
  told?: boolean;
  linked?: string[];
  mailsLastHour?: number;
}

/** Ticket `tic_N` with its public conversation `cnv_N`. */
export function threadOf(number: number, over: ThreadOver = {}): ThreadFacts {
  const id = `tic_${number}`;
  const conversations = over.conversations ?? [conversationOf(`cnv_${number}`, id)];
  const [conversation] = conversations;
  if (conversation === undefined) throw new Error("a thread has a conversation");
  return {
    conversation,
    conversations,
    organizationId: over.ticket?.organizationId ?? null,
    senderFollows: false,
    ticket: {
      id,
      number,
      subject: `Subject ${number}`,
      status: "waiting",
      state: "waiting",
      priority: 0,
      type: "",
      organizationId: null,
      projectId: null,
      assigneeId: null,
      mailbox: "support",
      mergedInto: null,
      unpublishedAt: null,
      createdAt: now - dayMs,
      updatedAt: now - dayMs,
      closedAt: null,
      version: 1,
      ...over.ticket,
    },
    people: (over.people ?? []).map(({ customerId, role = "requester", address = `${customerId}@acme.example` }) => ({
      id: `${id}:${customerId}`,
      ticketId: id,
      customerId,
      role,
      address,
      historyUntil: null,
      createdAt: now - dayMs,
      version: 1,
    })),
    told: over.told ?? true,
    linked: new Set(over.linked ?? []),
    mailsLastHour: over.mailsLastHour ?? 0,
  };
}

export const closedThread = (number: number, daysAgo: number, over: ThreadOver = {}): ThreadFacts =>
  threadOf(number, {
    ...over,
    ticket: { status: "closed", state: "closed", closedAt: now - daysAgo * dayMs, ...over.ticket },
  });

export const referenceOf = (kind: Reference["kind"], key: string, conversationId: string): Reference => ({
  id: `${kind}:${conversationId}:${key}`,
  key,
  kind,
  conversationId,
  createdAt: now - dayMs,
  version: 1,
});

export interface FactsOver extends Partial<Omit<Facts, "threads" | "byRef" | "owners">> {
  threads?: ThreadFacts[];
  owners?: Record<string, Organization>;
}

/** Conversations are found by their own ref, as the database would. */
export function factsOf({ threads = [], owners = {}, ...over }: FactsOver = {}): Facts {
  return {
    ...noFacts,
    ...over,
    owners: new Map(Object.entries(owners)),
    threads: new Map(
      threads.flatMap((thread) => thread.conversations.map((one) => [one.id, { ...thread, conversation: one }])),
    ),
    byRef: new Map(threads.flatMap((thread) => thread.conversations.map((one) => [one.ref, one.id]))),
  };
}

export type InboundOver = Partial<Omit<Inbound, "mail" | "question" | "facts" | "settings" | "mailbox">> & {
  mailbox?: Partial<Inbound["mailbox"]>;
  settings?: Partial<Settings>;
};

export function inboundOf(mail: ParsedMail, facts: Facts = factsOf(), over: InboundOver = {}): Inbound {
  const ownKeys = new Set([ownAddress]);
  const mailbox = {
    ...{ name: "support", address: ownAddress, ownKeys, acknowledge: true, cc: "known" as const, authservId: "" },
    ...over.mailbox,
  };
  return {
    emailId: "eml_1",
    arrival: "live",
    closed: false,
    receivedAtMs: now - 60_000,
    now,
    ...over,
    mailbox,
    mail,
    question: questionOf(mail, keys, ownKeys, now, mailbox),
    facts,
    settings: settingsWith(over.settings),
  };
}

/** What becomes of the mail; a ticket number that is needed is 100. */
export function decideMail(mail: ParsedMail, facts: Facts = factsOf(), over: InboundOver = {}): Decision {
  let ids = 0;
  let refs = 1000;
  const decided = decide(inboundOf(mail, facts, over), {
    id: (prefix) => `${prefix}_new${++ids}`,
    ref: () => ++refs,
    ticketNumber: 100,
  });
  if ("needs" in decided) throw new Error("a ticket number was given, and still one is needed");
  return decided;
}

type Row = Record<string, unknown> & { id: string };

/** The rows of this table that the decision makes. */
export const made = ({ changes }: Decision, table: string): Row[] =>
  changes.flatMap((change) =>
    "id" in change && change.table === table && change.before === null && change.after !== null
      ? [{ ...change.after, id: change.id }]
      : [],
  );

/** The columns of this table that the decision changes, with the row's id. */
export const changed = ({ changes }: Decision, table: string): Row[] =>
  changes.flatMap((change) =>
    "id" in change && change.table === table && change.before !== null && change.after !== null
      ? [{ ...change.after, id: change.id }]
      : [],
  );

export const traceText = ({ trace }: Decision): string => trace.map((step) => `${step.step}: ${step.text}`).join("\n");
