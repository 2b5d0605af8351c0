// From "this must be told" to one outgoing mail per person: who hears it as things are now, what it says, and the ids
// by which an answer finds its way back. Body and Message-ID are fixed here; a retry sends the same bytes (invariant 7).

import type { Message } from "../desk/conversation.ts";
import { historyRead } from "../desk/history.ts";
import { followsOther, recipients } from "../desk/recipients.ts";
import { type Parts, partsOf } from "../desk/visibility.ts";
import type { NewOutgoing, NoticeFacts } from "../ports-database.ts";
import { outgoingMail, type Telling, type WritePorts } from "./write-mail.ts";

export type ExpandPorts = WritePorts;

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
  const settings = await desk.settings();
  const facts = await outbox.noticeFacts(conversationId, now, historyRead[settings["mail.history"]]);
  if (facts === null) return { made: [], more: false };
  const outgoing: NewOutgoing[] = [];
  for (const telling of tellings(facts, partsOf(settings["visibility.parts"])))
    outgoing.push(await outgoingMail(ports, facts, telling, settings, now));
  const limit = { perHourMax: settings["limits.outgoingPerTicketPerHour"], commitId: ports.ids.next("cmt") };
  if (!(await outbox.expand(facts.notices, outgoing, now, facts, limit))) return { made: [], more: false };
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
  const met = new Set<string>();
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
      const person = `${notice.kind}:${hearing.customer.id}`;
      const next: Telling = {
        kind: notice.kind,
        hearing,
        messages: [message],
        isDoubtful,
        isFirst: hearing.hears && !met.has(person),
      };
      if (hearing.hears) met.add(person);
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
