// A digest as an outgoing mail to one person: a machine's, ours, with a way to leave; nothing in it answers a conversation.
import { composeMail } from "../mail/compose.ts";
import { textToHtml } from "../mail/text-to-html.ts";
import { signToken, type TokenClaims } from "../mail/token.ts";
import { leaveWays, maskTokens, replyAddress, tokenMessageId } from "../mail/token-places.ts";
import type { NewOutgoing } from "../ports-database.ts";
import type { ExpandPorts } from "./expand.ts";

export interface Digest {
  customer: { id: string; ref: number; name: string };
  address: { id: string; address: string };
  mailbox: string;
  subject: string;
  text: string;
  /** When the last one was made that this one relies on; 0 for none. */
  lastAt: number;
  /** What it carries; `messageId` is "" where only a status is told. */
  carries: readonly { ticketId: string; messageId: string }[];
}

/** False where somebody made a digest for one of them meanwhile: then nothing was written. */
export async function queueDigests(ports: ExpandPorts, digests: readonly Digest[], now: number): Promise<boolean> {
  const mails: NewOutgoing[] = [];
  for (const digest of digests) mails.push(await digestMail(ports, digest, now));
  return await ports.outbox.expand([], mails, now);
}

async function digestMail(ports: ExpandPorts, digest: Digest, now: number): Promise<NewOutgoing> {
  const { customer, address, mailbox, lastAt, carries } = digest;
  const { identities, keys, ids } = ports;
  const identity = identities.get(mailbox) ?? [...identities.values()][0];
  const [key] = keys;
  if (identity === undefined || key === undefined) throw new Error("no mailbox or no secret is configured");
  const sign = (purpose: TokenClaims["purpose"]) =>
    signToken(key, { purpose, conversation: 0, recipient: customer.ref, visibility: "public" });
  const domain = identity.address.slice(identity.address.lastIndexOf("@") + 1);
  const subject = maskTokens(keys, digest.subject);
  const text = maskTokens(keys, digest.text);
  const messageId = tokenMessageId(sign("mark"), ids.next("m").slice(2), domain);
  const raw = await composeMail({
    from: { name: identity.displayName, address: identity.address },
    to: { name: customer.name, address: address.address },
    replyTo: null,
    subject,
    text,
    html: textToHtml(text),
    messageId,
    inReplyTo: null,
    references: [],
    dateMs: now,
    autoSubmitted: "auto-generated",
    unsubscribe: leaveWays(identity.address, sign("leave"), identity.plusAddressing, ports.web ?? null),
    mark: sign("mark"),
    attachments: [],
  });
  return {
    id: ids.next("out"),
    kind: "digest",
    ticketId: "",
    conversationId: "",
    customerId: customer.id,
    to: address.address,
    toKey: address.id,
    mailbox,
    subject,
    messageId,
    mailFrom: replyAddress(identity.address, sign("bounce"), identity.plusAddressing),
    raw,
    suppressed: null,
    messageIds: [],
    digest: { lastAt, carries },
  };
}
