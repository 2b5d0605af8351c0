// Writes one mail to one person: facts, a telling and the settings in, an outgoing mail out, with its words, the ids by which
// an answer finds its way back, and its bytes. Every mail to a customer is made here; whoever writes other mails stands beside.

import type { Message } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import { withinBounds } from "../desk/owed-history.ts";
import type { Hearing } from "../desk/recipients.ts";
import type { Settings } from "../desk/settings.ts";
import { partsOf } from "../desk/visibility.ts";
import { isKind, MaildeskError, sentence } from "../errors.ts";
import { composeMail, type OutgoingAttachment, type OutgoingMail } from "../mail/compose.ts";
import { signToken, type TokenClaims, type TokenKey } from "../mail/token.ts";
import { leaveWays, maskTokens, replyAddress, tokenMessageId } from "../mail/token-places.ts";
import type { Clock, Ids, Log } from "../ports.ts";
import type { Desk, NewOutgoing, NoticeFacts, Outbox } from "../ports-database.ts";
import { type MailWords, mailWords } from "./mail-words.ts";
import type { StoredFile } from "./stored-file.ts";
import {
  agentOf,
  deskName,
  type FactsOfWords,
  filesOf,
  type Identity,
  mailKindOf,
  type Told,
  wordsInput,
} from "./telling-words.ts";

export interface WritePorts {
  desk: Desk;
  outbox: Outbox;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** The first key signs; all verify. */
  keys: readonly TokenKey[];
  identities: ReadonlyMap<string, Identity>;
  fileOf: StoredFile;
  /** Below which address one click leaves; null where the desk has none on the web. */
  web?: string | null;
}

/** One person, and the messages that they are told of in one mail. */
export interface Telling {
  kind: Notice["kind"];
  hearing: Hearing;
  messages: Message[];
  /** The first of those of one kind that this person gets now. */
  isFirst: boolean;
  /** The desk may have told it before it was restored from a backup. */
  isDoubtful: boolean;
  /** What it is instead, for somebody who looks at it first. */
  preview?: (mail: OutgoingMail) => OutgoingMail;
}

/** Why a mail in doubt is made, and not sent. */
export const doubt = "from before the restore: it may have been sent already";

export async function outgoingMail(
  ports: WritePorts,
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
    why: hearing.why,
    messageIds: hearing.hears ? telling.messages.map((one) => one.id) : [],
    historyIds: owedNow(facts, telling).map((one) => one.id),
    ...(telling.isDoubtful ? { doubt } : {}),
    ...(telling.kind === "acknowledgement" ? { perHourMax: settings["limits.acknowledgementsPerHour"] } : {}),
  };
  const held = facts.held.get(hearing.customer.id) ?? [];
  if (hearing.hears) assertPublic(facts, telling);
  try {
    const words = safeWords(ports, facts, telling, settings, identity);
    // Whoever has nothing of this conversation yet is not answered but written to.
    row.subject = held.length === 0 ? words.subject.replace(/^Re: /, "") : words.subject;
    if (!hearing.hears) return row;
    row.quotedIds = words.quoted;
    const mail: OutgoingMail = {
      from: { name: senderName(telling, facts, settings, identity), address: identity.address },
      to: { name: hearing.customer.name, address: hearing.address },
      replyTo: replyAddress(identity.address, reply, identity.plusAddressing),
      ...{ subject: row.subject, text: words.text, html: words.html },
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

/** No token of ours travels on in them. Templates that could not be filled in are told in the log. */
function safeWords(
  { keys, log }: WritePorts,
  facts: NoticeFacts,
  telling: Telling,
  settings: Settings,
  identity: Identity,
): Omit<MailWords, "broken"> {
  const kind = mailKindOf(telling.kind, telling.messages, facts.about);
  const { subject, text, html, quoted, broken } = mailWords(
    wordsInput(facts, { ...telling, kind, owed: owedOf(facts, telling) }, settings, identity),
  );
  for (const one of broken) log.error("template", one);
  const safe = (words: string) => maskTokens(keys, words);
  return { subject: safe(subject), text: safe(text), html: safe(html), quoted };
}

/** Earlier messages that go along with the first mail of who came later (SHA-3); null where there are none. */
const owedOf = (facts: NoticeFacts, telling: Telling): Told["owed"] => {
  const messages = owedNow(facts, telling);
  const left = (facts.owed.get(telling.hearing.customer.id)?.length ?? 0) - messages.length;
  return messages.length === 0 ? null : { messages, left };
};

/** The same, the oldest first. */
const owedNow = ({ owed }: NoticeFacts, { kind, hearing, isFirst }: Telling): Message[] =>
  kind === "message" && hearing.hears && isFirst ? withinBounds(owed.get(hearing.customer.id) ?? []) : [];

/** Checked where recipients are computed, and here again, just before words are put into a mail (invariant 6). */
function assertPublic(facts: NoticeFacts, telling: Telling): void {
  const { conversation } = facts;
  const messages = [...telling.messages, ...owedNow(facts, telling)];
  if (conversation.visibility !== "public" || messages.some((message) => message.flag !== null)) {
    throw new Error("an internal or flagged message was about to be sent");
  }
}

export function identityOf({ identities }: Pick<WritePorts, "identities">, mailbox: string): Identity {
  const [first] = identities.values();
  const found = identities.get(mailbox) ?? first;
  if (found === undefined) throw new Error("no mailbox is configured");
  return found;
}

export function signingKey({ keys }: Pick<WritePorts, "keys">): TokenKey {
  const [first] = keys;
  if (first === undefined) throw new Error("no secret is configured");
  return first;
}

function keyOf({ candidates }: NoticeFacts, hearing: Hearing): string {
  const candidate = candidates.find((one) => one.customer.id === hearing.customer.id);
  return candidate?.address?.id ?? hearing.address.toLowerCase();
}

/** "Ina (Support)" for an agent's message, the desk's name for all else. */
export function senderName(
  { messages }: { messages: readonly Message[] },
  facts: Pick<FactsOfWords, "agentNames" | "agentSignatures">,
  settings: Settings,
  identity: Identity,
): string {
  const desk = deskName(settings, identity);
  const agent = agentOf(messages, facts).name;
  return agent === "" ? desk : `${agent} (${desk})`;
}

/** Files that an agent attached; a customer's own files stay with the desk, where agents find them. */
async function attachmentsOf(
  { outbox, fileOf }: WritePorts,
  facts: NoticeFacts,
  telling: Telling,
  settings: Settings,
): Promise<OutgoingAttachment[]> {
  const files: OutgoingAttachment[] = [];
  if (!partsOf(settings["visibility.parts"]).has("attachments")) return files;
  for (const row of filesOf(facts, telling.messages)) {
    const content = row.emailId === null ? await outbox.blob(row.sha256) : await fileOf(row.emailId, row.part);
    if (content !== null) files.push({ filename: row.filename, contentType: row.contentType, content });
  }
  return files;
}
