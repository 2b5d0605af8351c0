// Conversations and their messages. Visibility belongs to the conversation (SHA-1): a ticket can hold several public
// and several internal ones, and no message decides for itself who may read it.
import { type Change, type Guard, insert } from "./change.ts";

export type Visibility = "public" | "internal";

export interface Conversation {
  id: string;
  /** A short number that stands for this conversation in signed tokens. */
  ref: number;
  ticketId: string | null;
  visibility: Visibility;
  createdAt: number;
  version: number;
}

export interface Message {
  id: string;
  conversationId: string;
  direction: "in" | "out";
  authorKind: "customer" | "agent" | "machine" | "desk";
  /** Customer or agent id; null for machines and the desk itself. */
  authorId: string | null;
  fromName: string;
  fromAddress: string;
  /** Addresses only, as the mail's own header names them. */
  toAddresses: string[];
  ccAddresses: string[];
  subject: string;
  text: string;
  newText: string;
  /** RFC 5322 Message-ID without brackets; null for a message that was never a mail. */
  messageId: string | null;
  /** The stored mail that it came from. */
  emailId: string | null;
  /** Shown to no customer until an agent releases it (MAIL-8): why, or null. */
  flag: string | null;
  /** Limits that were applied to the mail, in words. */
  remarks: string[];
  /** When it was written: arrival for live mail, the Date header for history. */
  createdAt: number;
  version: number;
}

export interface Attachment {
  id: string;
  messageId: string;
  /** The stored mail and the index in it that hold the bytes; for an agent's file `emailId` is null and sha256 names the blob. */
  emailId: string | null;
  part: number;
  filename: string;
  contentType: string;
  sizeBytes: number;
  sha256: string;
  inline: boolean;
  contentId: string | null;
  version: number;
}

/** One Message-ID as a way into a conversation. `id` is kind, key and conversation, so one id may lead to several. */
export interface Reference {
  id: string;
  /** The Message-ID, without brackets. */
  key: string;
  /**
   * filed: a mail that stands in the conversation; cited: one that it names but that was never seen; sent: ours; moved: no mail,
   * but a conversation whose answers of one customer go on here.
   */
  kind: "filed" | "cited" | "sent" | "moved";
  conversationId: string;
  createdAt: number;
  version: number;
}

export const newConversation = (
  id: string,
  ref: number,
  ticketId: string | null,
  visibility: Visibility,
  now: number,
): Change => insert("conversation", { id, ref, ticketId, visibility, createdAt: now });

/** A message must not come to stand in a conversation that somebody took away meanwhile. */
export const stillThere = ({ id, version }: Pick<Conversation, "id" | "version">): Guard => ({
  kind: "version",
  table: "conversation",
  id,
  version,
});

export const newMessage = (message: Omit<Message, "version">): Change => insert("message", message);

/** An internal message of the desk's own, for the agents. */
export const deskNote = (id: string, conversationId: string, text: string, now: number): Change =>
  newMessage({
    id,
    conversationId,
    direction: "in",
    authorKind: "desk",
    authorId: null,
    fromName: "maildesk",
    fromAddress: "",
    toAddresses: [],
    ccAddresses: [],
    subject: "",
    text,
    newText: text,
    messageId: null,
    emailId: null,
    flag: null,
    remarks: [],
    createdAt: now,
  });

export const newReference = (kind: Reference["kind"], key: string, conversationId: string, now: number): Change =>
  insert("reference", { id: `${kind}:${conversationId}:${key}`, key, kind, conversationId, createdAt: now });
