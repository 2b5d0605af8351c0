// What a decision needs to know, and what it asks to learn it. The question is made of the mail alone; the answer is
// one snapshot of the desk. Nothing here looks anything up.

import { parentDomains } from "../address/domain.ts";
import { parseAddress } from "../address/email.ts";
import type { Agent } from "../desk/agent.ts";
import type { Conversation, Reference } from "../desk/conversation.ts";
import type { CcPolicy } from "../desk/copied.ts";
import type { Customer, CustomerAddress } from "../desk/customer.ts";
import type { Leaving, OptOut } from "../desk/opt-out.ts";
import type { Organization } from "../desk/organization.ts";
import type { StandaloneFound } from "../desk/standalone.ts";
import type { Ticket, TicketPerson } from "../desk/ticket.ts";
import type { MailAddress, ParsedMail } from "../mail/parsed-mail.ts";
import { readToken, type TokenClaims, type TokenKey } from "../mail/token.ts";
import { tokenOfAddress, tokenOfMessageId, tokenOfRequest } from "../mail/token-places.ts";
import { type AgentCommands, readCommands } from "./agent-commands.ts";
import { type Behalf, behalfOf, type CopiedFacts, copiedIn, type NamedFacts } from "./others.ts";

/** The mailbox that a mail came in by, as the configuration has it. */
export interface MailboxFacts {
  name: string;
  address: string;
  /** Folded address and aliases. */
  ownKeys: ReadonlySet<string>;
  acknowledge: boolean;
  /** What becomes of those in To and Cc of a customer's mail (MAIL-13). */
  cc: CcPolicy;
  /** Whose Authentication-Results are believed; "" for nobody's (MAIL-18). */
  authservId: string;
  /** Where newcomers go whom no domain places, by id or name; "none": nowhere. Left out: where the desk's setting says. */
  defaultOrganization?: string;
}

/** A token of ours that verified, and where it stood. */
export interface FoundToken {
  claims: TokenClaims;
  where: "address" | "message-id" | "mark" | "report" | "request";
}

export interface Sender {
  name: string;
  address: string;
  key: string;
  domain: string;
}

/** What the mail itself says about whom and what to look up. */
export interface Question {
  digest: string;
  messageId: string | null;
  /** Ids that it cites, the most telling first: In-Reply-To, then References from the newest. */
  cited: string[];
  /** Message-ID that a bounce reports about. */
  bounced: string | null;
  sender: Sender | null;
  /** The sender's domain and those above it, longest first. */
  domains: string[];
  tokens: FoundToken[];
  taggedNumber: number | null;
  /** For whom an agent's mail would be filed, if an agent wrote it: whose mail it forwards, or to whom it was written. */
  behalf: Behalf | null;
  /** Who else stands in To and Cc, where the mailbox looks at them. */
  copied: Sender[];
  /** The commands on its first lines; obeyed only where a proven agent wrote it. */
  commands: AgentCommands;
  /** Id or name; that of the mailbox, where it has its own. */
  defaultOrganization?: string;
  now: number;
}

/** Of a question about one person, without a mail that would concern others. */
export const concernsNobodyElse: Pick<Question, "behalf" | "copied" | "commands"> = {
  behalf: null,
  copied: [],
  commands: { commands: [], rest: "", wrong: null },
};

/** A conversation that the mail may belong to, with everything that says whether it does. */
export interface ThreadFacts {
  conversation: Conversation;
  /** Merged tickets are resolved to the one that they became. */
  ticket: Ticket;
  /** The ticket's organization, or what it was merged into. */
  organizationId: string | null;
  /** Whether the sender hears of the ticket by following its project, which is open. */
  senderFollows: boolean;
  /** All conversations of that ticket, the oldest first. */
  conversations: Conversation[];
  people: TicketPerson[];
  /** True once a mail about this ticket left, or is about to. */
  told: boolean;
  /** Ids of the tickets that it is linked to. */
  linked: ReadonlySet<string>;
  mailsLastHour: number;
  /** The sender left the ticket: who writes again takes part again. */
  senderLeft?: OptOut | null;
}

/** A conversation without a ticket that the mail may belong to. */
export interface StandaloneFacts extends StandaloneFound {
  /** Whom it is with, as they are now: an organization or a customer, or what that was merged into. */
  organizationId: string | null;
  customerId: string | null;
  /** Whether the sender follows the project that it is about, which is open. */
  senderFollows: boolean;
  /** The name of the project, the organization or the customer; "a customer" who has none. */
  withWhom: string;
  /** Answers of customers, without those that are flagged. */
  mailsLastHour: number;
  /** The ticket's conversation in which what the sender answers goes on; null where it stays here. */
  movedTo: string | null;
  /** The sender left the conversation. */
  senderLeft?: OptOut | null;
}

/** What says who somebody is, and where they would be put who are new. */
export type PersonFacts = Pick<
  Facts,
  "customer" | "agent" | "senderAddress" | "owners" | "internalDomain" | "nameTaken" | "defaultOrganization"
>;

export interface Facts {
  /** Id of another stored mail with the same digest. */
  duplicateOf: string | null;
  customer: Customer | null;
  agent: Agent | null;
  senderAddress: CustomerAddress | null;
  /** Live organizations by the domain that they own, of `question.domains`. */
  owners: ReadonlyMap<string, Organization>;
  /** The sender's domain or its registrable one is that of a mailbox or an agent. */
  internalDomain: boolean;
  /** A live organization that already has the name which an automatic one would get. */
  nameTaken: boolean;
  defaultOrganization: Organization | null;
  /** Rows for every cited id, the mail's own id, and the bounced one. */
  references: Reference[];
  /** By conversation id: all that references, tokens and the subject tag lead to. */
  threads: ReadonlyMap<string, ThreadFacts>;
  /** The same for conversations without a ticket. */
  standalone: ReadonlyMap<string, StandaloneFacts>;
  /** Conversation ids by ref, for the tokens. */
  byRef: ReadonlyMap<number, string>;
  /** Public conversation of the ticket whose number stands in the subject. */
  tagged: string | null;
  /** What the mail asks to leave by a token of ours; null where it asks for nothing of that kind. */
  leaving: Leaving | null;
  /** The customer whom a token was made for, by ref. */
  recipients: ReadonlyMap<number, { customer: Customer; address: CustomerAddress[] }>;
  mailsOfSenderLastHour: number;
  acknowledgementsLastHour: number;
  /** Whether any agent wants to be told of anything. */
  agentsListen: boolean;
  /** Of an agent's mail: who `question.behalf` is to the desk. */
  behalf: PersonFacts | null;
  /** Who `question.copied` are, in that order. */
  copied: CopiedFacts[];
  /** Of an agent's mail: whom its commands name. */
  named: NamedFacts;
  /** Of an agent's mail: long lines of what is internal or flagged on the ticket, which no answer may hold. */
  internalLines: readonly string[];
}

/** An empty desk's answer, as `inspect` without a configuration needs it. */
export const noFacts: Facts = {
  duplicateOf: null,
  customer: null,
  agent: null,
  senderAddress: null,
  owners: new Map(),
  internalDomain: false,
  nameTaken: false,
  defaultOrganization: null,
  references: [],
  threads: new Map(),
  standalone: new Map(),
  byRef: new Map(),
  tagged: null,
  leaving: null,
  recipients: new Map(),
  mailsOfSenderLastHour: 0,
  acknowledgementsLastHour: 0,
  agentsListen: false,
  behalf: null,
  copied: [],
  named: { assignees: new Map(), projects: new Map(), waiting: new Set() },
  internalLines: [],
};

export const citedMax = 50;

/** What to look up for this mail. `ownKeys` are the folded addresses of all mailboxes. */
export function questionOf(
  mail: ParsedMail,
  keys: readonly TokenKey[],
  ownKeys: ReadonlySet<string>,
  now: number,
  { defaultOrganization, cc }: Partial<Pick<MailboxFacts, "defaultOrganization" | "cc">> = {},
): Question {
  const cited = [...new Set([...mail.inReplyTo, ...mail.references.toReversed()])].slice(0, citedMax);
  const sender = senderOf(mail, ownKeys);
  return {
    digest: mail.digest,
    messageId: mail.messageId,
    cited,
    bounced: mail.bounce?.originalMessageId ?? null,
    sender,
    domains: sender === null ? [] : parentDomains(sender.domain),
    tokens: tokensOf(mail, cited, keys),
    taggedNumber: subjectTag(mail.subject),
    behalf: behalfOf(mail, sender, ownKeys),
    copied: cc === "known" || cc === "follow" ? copiedIn(mail, sender, ownKeys) : [],
    commands: readCommands(mail.newText),
    ...(defaultOrganization === undefined ? {} : { defaultOrganization }),
    now,
  };
}

/** Who wrote it: From, or Reply-To where From is an address of the desk itself. Null where nobody could be answered. */
function senderOf(mail: ParsedMail, ownKeys: ReadonlySet<string>): Sender | null {
  const from = readSender(mail.from);
  if (from !== null && !ownKeys.has(from.key)) return from;
  for (const other of mail.replyTo) {
    const read = readSender(other);
    if (from !== null && read !== null && !ownKeys.has(read.key)) return read;
  }
  return null;
}

export function readSender(from: MailAddress | null): Sender | null {
  if (from === null) return null;
  const parsed = parseAddress(from.address);
  return parsed.ok ? { name: from.name, address: parsed.address, key: parsed.key, domain: parsed.domain } : null;
}

function tokensOf(mail: ParsedMail, cited: readonly string[], keys: readonly TokenKey[]): FoundToken[] {
  const found: FoundToken[] = [];
  const add = (text: string | null, where: FoundToken["where"]) => {
    const claims = text === null ? null : readToken(keys, text);
    if (claims !== null) found.push({ claims, where });
  };
  for (const { address } of [...mail.to, ...mail.cc]) add(tokenOfAddress(address), "address");
  for (const id of cited) add(tokenOfMessageId(id), "message-id");
  for (const mark of mail.marks) add(mark, "mark");
  if (mail.messageId !== null) add(tokenOfMessageId(mail.messageId), "mark");
  const bounced = mail.bounce?.originalMessageId;
  if (bounced != null) add(tokenOfMessageId(bounced), "report");
  for (const text of [mail.subject, mail.text]) add(tokenOfRequest(text), "request");
  return found;
}

/** The number in `[#123]`, the last one where there are several. */
export function subjectTag(subject: string): number | null {
  const matches = [...subject.slice(0, 2000).matchAll(/\[#(\d{1,9})\]/gu)];
  const last = matches.at(-1)?.[1];
  return last === undefined ? null : Number(last);
}
