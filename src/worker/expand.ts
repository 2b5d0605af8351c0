// From "this must be told" to one outgoing mail per person: who hears it as things are now, what it says, and the ids
// by which an answer finds its way back. Body and Message-ID are fixed here; a retry sends the same bytes (invariant 7).

import type { Message } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import { followsOther, type Hearing, recipients } from "../desk/recipients.ts";
import type { Settings } from "../desk/settings.ts";
import {
  defaultTemplates,
  renderSubject,
  renderTemplate,
  sharedRemark,
  type TemplateValues,
} from "../desk/template.ts";
import { filesHidden, nameOfOther, type Parts, partsOf } from "../desk/visibility.ts";
import { isKind, MaildeskError, sentence } from "../errors.ts";
import { composeMail, type OutgoingAttachment, type OutgoingMail } from "../mail/compose.ts";
import { textToHtml } from "../mail/text-to-html.ts";
import { signToken, type TokenClaims, type TokenKey } from "../mail/token.ts";
import { leaveWays, maskTokens, replyAddress, tokenMessageId } from "../mail/token-places.ts";
import type { Clock, Ids, Log } from "../ports.ts";
import type { Desk, NewOutgoing, NoticeFacts, Outbox } from "../ports-database.ts";

/** How the desk shows itself in one mailbox's mails. */
export interface Identity {
  address: string;
  displayName: string;
  /** False where the server takes no `support+TOKEN@`. */
  plusAddressing: boolean;
}

export interface ExpandPorts {
  desk: Desk;
  outbox: Outbox;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** The first key signs; all verify. */
  keys: readonly TokenKey[];
  identities: ReadonlyMap<string, Identity>;
  /** Below which address one click leaves; null where the desk has none on the web. */
  web?: string | null;
}

export interface Telling {
  kind: Notice["kind"];
  hearing: Hearing;
  messages: Message[];
  /** The desk may have told it before it was restored from a backup. */
  isDoubtful: boolean;
  /** What it is instead, for somebody who looks at it first. */
  preview?: (mail: OutgoingMail) => OutgoingMail;
}

/** Why a mail in doubt is made, and not sent. */
const doubt = "from before the restore: it may have been sent already";

/** More become several mails. */
const combinedFilesMax = 50;
const combinedBytesMax = 20 * 1024 * 1024;

/** Refusals that nobody needs to read in the outbox: they are how a fan-out works. */
const silentReasons: ReadonlySet<string> = new Set([
  "wrote it",
  followsOther,
  "only the author is acknowledged",
  "had it already: To or Cc of the mail",
]);

/** `made`: ids of outgoing mails; none where nothing is due or another worker was first. `more`: another page follows, or other messages. */
export interface Expanded {
  made: string[];
  more: boolean;
}

/** Tells what is due in a conversation; of one with very many people those of the next page. */
export async function expandConversation(ports: ExpandPorts, conversationId: string): Promise<Expanded> {
  const { outbox, clock, desk, log } = ports;
  const now = clock.now();
  const facts = await outbox.noticeFacts(conversationId, now);
  if (facts === null) return { made: [], more: false };
  const settings = await desk.settings();
  const outgoing: NewOutgoing[] = [];
  for (const telling of tellings(facts, partsOf(settings["visibility.parts"])))
    outgoing.push(await outgoingMail(ports, facts, telling, settings, now));
  if (!(await outbox.expand(facts.notices, outgoing, now, facts))) return { made: [], more: false };
  const queued = outgoing.filter((mail) => mail.suppressed === null && mail.doubt === undefined);
  log.info("expand", {
    ticket: facts.about.number,
    conversation: conversationId,
    queued: queued.length,
    suppressed: outgoing.filter((mail) => mail.suppressed !== null).length,
  });
  return { made: queued.map((mail) => mail.id), more: facts.reached !== null || facts.othersWait };
}

/** Each person once per kind, with every message of the batch that they hear; acknowledgements go by themselves. */
function tellings(facts: NoticeFacts, parts: Parts): Telling[] {
  const made: Telling[] = [];
  const latest = new Map<string, Telling>();
  for (const notice of facts.notices) {
    const message = facts.messages.find((one) => one.id === notice.messageId);
    if (message === undefined) continue;
    const isDoubtful = facts.doubtful.has(notice.id);
    for (const hearing of recipients(notice, message, facts.conversation, facts.candidates, parts)) {
      if (!hearing.hears && silentReasons.has(hearing.why)) continue;
      const key = `${notice.kind}:${hearing.customer.id}:${hearing.hears}:${isDoubtful}`;
      const telling = latest.get(key);
      if (telling?.messages.includes(message)) continue;
      if (telling !== undefined && fits(facts, [...telling.messages, message])) {
        telling.messages.push(message);
        continue;
      }
      const next: Telling = { kind: notice.kind, hearing, messages: [message], isDoubtful };
      latest.set(key, next);
      made.push(next);
    }
  }
  return made;
}

/** Messages become one mail as long as their files together are what one mail may carry. */
function fits({ attachments }: NoticeFacts, messages: readonly Message[]): boolean {
  const files = attachments.filter((file) => messages.some((message) => message.id === file.messageId));
  const bytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return files.length <= combinedFilesMax && bytes <= combinedBytesMax;
}

export async function outgoingMail(
  ports: ExpandPorts,
  facts: NoticeFacts,
  telling: Telling,
  settings: Settings,
  now: number,
): Promise<NewOutgoing> {
  const { ids } = ports;
  const { about, conversation } = facts;
  const { hearing } = telling;
  const identity = identityOf(ports, about.mailbox);
  const domain = identity.address.slice(identity.address.lastIndexOf("@") + 1);
  const sign = (purpose: TokenClaims["purpose"], recipient: number) =>
    signToken(signingKey(ports), {
      purpose,
      conversation: conversation.ref,
      recipient,
      visibility: conversation.visibility,
    });
  const reply = sign("reply", hearing.customer.ref);
  const row: NewOutgoing = {
    id: ids.next("out"),
    kind: telling.kind,
    ticketId: about.ticketId,
    conversationId: conversation.id,
    customerId: hearing.customer.id,
    to: hearing.address,
    toKey: keyOf(facts, hearing),
    mailbox: about.mailbox,
    subject: "",
    messageId: tokenMessageId(reply, ids.next("m").slice(2), domain),
    mailFrom: replyAddress(identity.address, sign("bounce", hearing.customer.ref), identity.plusAddressing),
    raw: null,
    suppressed: hearing.hears ? null : hearing.why,
    messageIds: hearing.hears ? telling.messages.map((one) => one.id) : [],
    ...(telling.isDoubtful ? { doubt } : {}),
    ...(telling.kind === "acknowledgement" ? { perHourMax: settings["limits.acknowledgementsPerHour"] } : {}),
  };
  const values = templateValues(facts, telling, settings, identity);
  const template = telling.kind === "acknowledgement" ? defaultTemplates.acknowledgement : defaultTemplates.reply;
  const held = facts.held.get(hearing.customer.id) ?? [];
  const subject = renderSubject(template.subject, values, about.number);
  // Whoever has nothing of this conversation yet is not answered but written to.
  row.subject = maskTokens(ports.keys, held.length === 0 ? subject.replace(/^Re: /, "") : subject);
  if (!hearing.hears) return row;
  assertPublic(facts, telling);
  const own = telling.kind === "acknowledgement" ? settings["templates.acknowledgement"] : settings["templates.reply"];
  const text = maskTokens(ports.keys, renderTemplate(own === "" ? template.text : own, values));
  try {
    const mail: OutgoingMail = {
      from: { name: senderName(telling, facts, settings, identity), address: identity.address },
      to: { name: hearing.customer.name, address: hearing.address },
      replyTo: replyAddress(identity.address, reply, identity.plusAddressing),
      subject: row.subject,
      text,
      html: textToHtml(text),
      messageId: row.messageId,
      inReplyTo: held.at(-1) ?? null,
      references: [tokenMessageId(sign("mark", 0), "thread", domain), ...held],
      dateMs: now,
      autoSubmitted: telling.kind === "acknowledgement" ? "auto-replied" : null,
      // Machines take a mail with this header for a mailing list's, so requesters and acknowledgements never have it.
      unsubscribe:
        hearing.mayLeave && telling.kind !== "acknowledgement"
          ? leaveWays(identity.address, sign("leave", hearing.customer.ref), identity.plusAddressing, ports.web ?? null)
          : null,
      mark: sign("mark", hearing.customer.ref),
      attachments: telling.kind === "acknowledgement" ? [] : await attachmentsOf(ports, facts, telling, settings),
    };
    row.raw = await composeMail(telling.preview?.(mail) ?? mail);
  } catch (error) {
    if (isKind(error, "permanent")) return { ...row, suppressed: sentence(error), messageIds: [] };
    if (error instanceof MaildeskError) throw error;
    // A mistake of ours ends in the row, where `outbox list` shows it; it must not hold up what others are told.
    ports.log.error("compose", { ticket: about.number, to: hearing.customer.id, error });
    return { ...row, suppressed: `maildesk could not write it: ${sentence(error)}`, failed: true, messageIds: [] };
  }
  return row;
}

/** Checked where recipients are computed, and here again, just before words are put into a mail (invariant 6). */
function assertPublic({ conversation }: NoticeFacts, { messages }: Telling): void {
  if (conversation.visibility !== "public" || messages.some((message) => message.flag !== null)) {
    throw new Error("an internal or flagged message was about to be sent");
  }
}

function identityOf({ identities }: ExpandPorts, mailbox: string): Identity {
  const [first] = identities.values();
  const found = identities.get(mailbox) ?? first;
  if (found === undefined) throw new Error("no mailbox is configured");
  return found;
}

function signingKey({ keys }: ExpandPorts): TokenKey {
  const [first] = keys;
  if (first === undefined) throw new Error("no secret is configured");
  return first;
}

function keyOf({ candidates }: NoticeFacts, hearing: Hearing): string {
  const candidate = candidates.find((one) => one.customer.id === hearing.customer.id);
  return candidate?.address?.id ?? hearing.address.toLowerCase();
}

function templateValues(facts: NoticeFacts, telling: Telling, settings: Settings, identity: Identity): TemplateValues {
  const last = telling.messages.at(-1);
  const parts = partsOf(settings["visibility.parts"]);
  return {
    "ticket.number": facts.about.number === null ? "" : String(facts.about.number),
    "ticket.subject": facts.about.subject,
    "customer.name": telling.hearing.customer.name,
    "agent.name": last?.authorKind === "agent" ? (facts.agentNames.get(last.authorId ?? "") ?? "") : "",
    "desk.name": identity.displayName || settings["desk.name"],
    "mailbox.address": identity.address,
    "message.text": [
      ...telling.messages.map((message) => wordsOf(message, parts)),
      ...hiddenFiles(facts, telling, parts),
      ...remarkOf(facts, settings),
    ].join("\n\n"),
  };
}

const remarkOf = ({ about }: NoticeFacts, settings: Settings): string[] =>
  about.shared ? [settings["templates.shared"] || sharedRemark] : [];

/** A customer's words reach the others under their name, and never with their address. */
function wordsOf(message: Message, parts: Parts): string {
  if (message.authorKind !== "customer") return message.newText;
  return `${nameOfOther(message.fromName, parts)} wrote:\n\n${message.newText}`;
}

function senderName({ messages }: Telling, facts: NoticeFacts, settings: Settings, identity: Identity): string {
  const desk = identity.displayName || settings["desk.name"];
  const last = messages.at(-1);
  const agent = last?.authorKind === "agent" ? facts.agentNames.get(last.authorId ?? "") : undefined;
  return agent === undefined || agent === "" ? desk : `${agent} (${desk})`;
}

/** Files that an agent attached; a customer's own files stay with the desk, where agents find them. */
async function attachmentsOf(
  { outbox }: ExpandPorts,
  facts: NoticeFacts,
  telling: Telling,
  settings: Settings,
): Promise<OutgoingAttachment[]> {
  const files: OutgoingAttachment[] = [];
  if (!partsOf(settings["visibility.parts"]).has("attachments")) return files;
  for (const row of filesOf(facts, telling)) {
    const content = await outbox.blob(row.sha256);
    if (content !== null) files.push({ filename: row.filename, contentType: row.contentType, content });
  }
  return files;
}

const filesOf = ({ attachments }: NoticeFacts, { messages }: Telling) =>
  attachments.filter((row) => row.emailId === null && messages.some((message) => message.id === row.messageId));

function hiddenFiles(facts: NoticeFacts, telling: Telling, parts: Parts): string[] {
  if (parts.has("attachments") || telling.kind === "acknowledgement") return [];
  const names = filesOf(facts, telling).map(({ filename }) => filename);
  return names.length === 0 ? [] : [filesHidden(names)];
}
