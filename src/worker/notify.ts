// From "agents must hear of this" to one outgoing mail per agent (AGT-4, MAIL-15). The reply address and the Message-ID
// carry a signed token that says who may answer with it, where, and whether customers read the answer.
import { type AgentHearing, agentHearings, isAgentKind } from "../desk/agent-hearing.ts";
import { agentText, type NamedFile } from "../desk/agent-words.ts";
import type { Attachment, Message, Visibility } from "../desk/conversation.ts";
import { mailSubject } from "../desk/mail-subject.ts";
import type { Notice } from "../desk/notice.ts";
import type { Settings } from "../desk/settings.ts";
import { isKind, MaildeskError, sentence } from "../errors.ts";
import { composeMail, type OutgoingAttachment } from "../mail/compose.ts";
import { mailHtml } from "../mail/mail-html.ts";
import { agentMarker } from "../mail/reply-marker.ts";
import { textToHtml } from "../mail/text-to-html.ts";
import { signToken, type TokenClaims } from "../mail/token.ts";
import { maskTokens, replyAddress, tokenMessageId } from "../mail/token-places.ts";
import type { AgentFacts } from "../ports-agents.ts";
import type { NewOutgoing } from "../ports-database.ts";
import { doubt, identityOf, signingKey, type WritePorts } from "./write-mail.ts";

/** More stays on the desk, and the mail says how to get it. */
const filesBytesMax = 10 * 1024 * 1024;
const filesMax = 30;
/** What was not sent is told to its author; a machine that answers that, too, is not answered for ever. */
const refusalsPerHour = 5;
/** A ticket on which mails run wild must not fill an agent's mailbox as well. */
const notificationsPerHour = 1_000;

/** Tells agents what is due in a conversation; resolves to the ids of the mails that were made. */
export async function notifyAgents(ports: WritePorts, conversationId: string): Promise<string[]> {
  const { outbox, clock, desk, log, identities } = ports;
  const now = clock.now();
  const settings = await desk.settings();
  const careOf = (mailbox: string) => {
    const care = settings["notify.unassigned"].trim();
    return care.toLowerCase() === "team" || care === "" ? (identities.get(mailbox)?.team ?? "all") : care;
  };
  const facts = await outbox.agentFacts(conversationId, now, careOf);
  if (facts === null) return [];
  const outgoing: NewOutgoing[] = [];
  for (const telling of tellings(facts)) outgoing.push(await mailTo(ports, facts, telling, settings, now));
  if (!(await outbox.expand(facts.notices, outgoing, now))) return [];
  const { number } = facts.about;
  const queued = outgoing.filter((mail) => mail.suppressed === null && mail.doubt === undefined);
  const suppressed = outgoing.length - queued.length;
  log.info("expand", { ticket: number, conversation: conversationId, queued: queued.length, suppressed });
  return queued.map((mail) => mail.id);
}

interface Telling {
  notice: Notice;
  message: Message | null;
  hearing: AgentHearing;
}

/** Each agent once for each message, and none that they were told before. */
function tellings(facts: AgentFacts): Telling[] {
  const made: Telling[] = [];
  const told = new Set(facts.told);
  const add = (telling: Telling) => {
    const key = `${telling.hearing.agent.id} ${telling.message?.id}`;
    if (telling.notice.kind === "notification" && told.has(key)) return;
    told.add(key);
    made.push(telling);
  };
  for (const notice of facts.notices) {
    const message = facts.messages.find((one) => one.id === notice.messageId) ?? null;
    for (const hearing of agentHearings(notice, message, facts.isUnassigned, facts.candidates))
      if (hearing.hears) add({ notice, message, hearing });
  }
  const [first] = facts.notices.filter(({ kind }) => kind === "notification");
  for (const { agentId, message } of facts.crossed) {
    const candidate = facts.candidates.find(({ agent }) => agent.id === agentId);
    if (first === undefined || candidate === undefined) continue;
    const why = "you both answered: look whether the answers agree";
    const [hearing] = agentHearings(first, message, true, [{ ...candidate, tookPart: true }]);
    if (hearing?.hears === true) add({ notice: first, message, hearing: { ...hearing, why } });
  }
  return made;
}

async function mailTo(
  ports: WritePorts,
  facts: AgentFacts,
  telling: Telling,
  settings: Settings,
  now: number,
): Promise<NewOutgoing> {
  const { ids } = ports;
  const { about, conversation } = facts;
  const { notice, message, hearing } = telling;
  const { kind } = notice;
  if (!isAgentKind(kind)) throw new Error(`a notice of the kind ${kind} is not for agents`);
  const identity = identityOf(ports, about.mailbox);
  const domain = identity.address.slice(identity.address.lastIndexOf("@") + 1);
  const answers = answersOf(facts, telling);
  const sign = (purpose: TokenClaims["purpose"]) =>
    signToken(signingKey(ports), {
      purpose,
      conversation: conversation.ref,
      recipient: hearing.agent.ref,
      visibility: answers,
    });
  const reply = sign("reply");
  const held = facts.held.get(hearing.agent.id) ?? [];
  const shown = message ?? facts.lastMessage;
  const subject = mailSubject(about.subject, about.number);
  const row: NewOutgoing = {
    id: ids.next("out"),
    kind,
    ticketId: about.ticketId,
    conversationId: conversation.id,
    customerId: hearing.agent.id,
    to: hearing.address,
    toKey: hearing.addressKey,
    mailbox: about.mailbox,
    // Whoever has nothing of this conversation yet is not answered but written to.
    subject: held.length === 0 ? subject.replace(/^Re: /, "") : subject,
    messageId: tokenMessageId(reply, ids.next("m").slice(2), domain),
    mailFrom: replyAddress(identity.address, sign("bounce"), identity.plusAddressing),
    raw: null,
    suppressed: null,
    why: hearing.why,
    // An assignment repeats what may have been told before.
    messageIds: kind === "notification" && message !== null ? [message.id] : [],
    // What is redacted or erased is found by it.
    quotedIds: shown === null ? [] : [shown.id],
    perHourMax: kind === "refusal" ? refusalsPerHour : notificationsPerHour,
    ...(facts.doubtful.has(notice.id) ? { doubt } : {}),
  };
  try {
    const { files, named } = await filesOf(ports, facts, shown);
    const words = agentText({
      kind,
      answers,
      hearing,
      about,
      message: shown === null ? null : { ...shown, fromName: nameKnown(facts, shown) },
      isPublic: conversation.visibility === "public",
      files: named,
      conversationId: conversation.id,
    });
    const [body, below] = [maskTokens(ports.keys, words.body), maskTokens(ports.keys, words.below)];
    const html = { language: "en", marker: agentMarker, header: "", quotes: [] };
    row.raw = await composeMail({
      from: {
        name: `${nameFor(writerName(facts, shown))} (${identity.displayName || settings["desk.name"]})`,
        address: identity.address,
      },
      to: { name: hearing.agent.name, address: hearing.address },
      replyTo: replyAddress(identity.address, reply, identity.plusAddressing),
      subject: row.subject,
      text: `${agentMarker}\n\n${body}\n\n-- \n${below}\n`,
      html: mailHtml({ ...html, body: textToHtml(body), signature: textToHtml(below) }),
      messageId: row.messageId,
      inReplyTo: held.at(-1) ?? null,
      references: held,
      dateMs: now,
      autoSubmitted: "auto-generated",
      unsubscribe: null,
      mark: sign("mark"),
      attachments: files,
    });
  } catch (error) {
    if (isKind(error, "permanent")) return { ...row, suppressed: sentence(error), messageIds: [] };
    if (error instanceof MaildeskError) throw error;
    ports.log.error("compose", { ticket: about.number, to: hearing.agent.id, error });
    return { ...row, suppressed: `maildesk could not write it: ${sentence(error)}`, failed: true, messageIds: [] };
  }
  return row;
}

/** Who reads an answer to this mail: decided here, signed, and never guessed when it comes back. */
function answersOf({ conversation, about }: AgentFacts, { message, hearing }: Telling): Visibility {
  const isPublic =
    conversation.visibility === "public" &&
    (about.number !== null || about.shared) &&
    about.people.length > 0 &&
    hearing.agent.mayAnswer &&
    (message?.flag ?? null) === null;
  return isPublic ? "public" : "internal";
}

/** An address in the place of a name looks like a forgery to filters. */
const nameFor = (name: string): string => (name.includes("@") ? "Somebody" : name);

/** Agents go by the name that the desk knows them by, whatever their mail programs say. */
const nameKnown = ({ agentNames }: AgentFacts, { authorKind, authorId, fromName }: Message): string =>
  (authorKind === "agent" ? agentNames.get(authorId ?? "") : undefined) || fromName;

const writerName = (facts: AgentFacts, message: Message | null): string =>
  message === null ? "maildesk" : nameKnown(facts, message) || message.fromAddress || "maildesk";

/** What the message brought along, as far as one mail carries it. */
async function filesOf(
  ports: WritePorts,
  { attachments }: AgentFacts,
  message: Message | null,
): Promise<{ files: OutgoingAttachment[]; named: NamedFile[] }> {
  const files: OutgoingAttachment[] = [];
  const named: NamedFile[] = [];
  let bytes = 0;
  for (const row of attachments.filter((file) => file.messageId === message?.id)) {
    const fits = bytes + row.sizeBytes <= filesBytesMax && files.length < filesMax;
    const content = fits ? await contentOf(ports, row) : null;
    if (content !== null) {
      bytes += content.length;
      files.push({ filename: row.filename, contentType: row.contentType, content });
    }
    named.push({ filename: row.filename, sizeBytes: row.sizeBytes, left: leftText(row, fits, content !== null) });
  }
  return { files, named };
}

function leftText({ emailId, part }: Attachment, fits: boolean, isThere: boolean): string | null {
  if (isThere) return null;
  if (fits) return "no more to be had";
  return emailId === null
    ? "too large to come along"
    : `not sent along: maildesk email attachment ${emailId} ${part + 1}`;
}

const contentOf = async ({ outbox, fileOf }: WritePorts, { emailId, part, sha256 }: Attachment) =>
  emailId === null ? await outbox.blob(sha256) : await fileOf(emailId, part);
