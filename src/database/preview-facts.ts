// What a mail on a real ticket would be made of, for a preview: the same facts as when it is told, of the last message that
// such a mail would carry. Nothing is changed, nothing is taken.
import type { Message } from "../desk/conversation.ts";
import type { Ticket } from "../desk/ticket.ts";
import type { NoticeFacts } from "../ports-database.ts";
import { seatedOf } from "./notices.ts";
import type { Database } from "./open.ts";
import { decode } from "./schema.ts";
import { templateList, wordFacts } from "./word-facts.ts";

type Read = Database["read"];

export interface PreviewFacts
  extends Pick<NoticeFacts, "about" | "candidates" | "agentNames" | "agentSignatures" | "words"> {
  message: Message;
}

/** Of an author of the kind of `sample`, which stands in where nobody such wrote yet. */
export async function previewFacts(
  { read }: Database,
  ticket: Ticket,
  sample: Message,
  earlierMax: number,
): Promise<PreviewFacts> {
  const message = (await lastOf(read, ticket, sample.authorKind)) ?? {
    ...sample,
    conversationId: (await publicOf(read, ticket)) ?? "",
  };
  const agents =
    message.authorKind === "agent" && message.authorId !== null
      ? await read.selectFrom("agent").select(["id", "name", "signature"]).where("id", "=", message.authorId).execute()
      : [];
  const about = { ...ticket, ticketId: ticket.id, shared: false };
  const candidates = await seatedOf(read, ticket.id);
  const told = {
    notices: [{ kind: "message" as const }],
    conversation: { id: message.conversationId, visibility: "public" as const },
    ...{ messages: [message], about, candidates },
  };
  return {
    ...{ about, candidates, message },
    agentNames: new Map([
      [sample.authorId ?? "", sample.fromName],
      ...agents.map(({ id, name }) => [id, name] as const),
    ]),
    agentSignatures: new Map(agents.map(({ id, signature }) => [id, signature])),
    words: await wordFacts(read, told, earlierMax),
  };
}

async function lastOf(read: Read, ticket: Ticket, author: Message["authorKind"]): Promise<Message | null> {
  const row = await read
    .selectFrom("message")
    .innerJoin("conversation", "conversation.id", "message.conversationId")
    .selectAll("message")
    .where("conversation.ticketId", "=", ticket.id)
    .where("conversation.visibility", "=", "public")
    .where("message.authorKind", "=", author)
    .where("message.flag", "is", null)
    .orderBy("message.createdAt", "desc")
    .orderBy("message.id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : decode("message", row);
}

async function publicOf(read: Read, ticket: Ticket): Promise<string | null> {
  const row = await read
    .selectFrom("conversation")
    .select("id")
    .where("ticketId", "=", ticket.id)
    .where("visibility", "=", "public")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The desk's own texts, as a list. */
export const templateLists = ({ read }: Database) => ({
  /** By kind and language. */
  templates: () => templateList(read),
});
