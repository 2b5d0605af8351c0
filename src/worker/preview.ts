// The very mail that somebody would get, sent to one address before anything is said (SHA-5): written as the expansion writes it, marked
// as a preview, without the tokens by which an answer or a click would be somebody else's.
import type { Hearing } from "../desk/recipients.ts";
import { operator } from "../errors.ts";
import type { OutgoingMail } from "../mail/compose.ts";
import { signToken } from "../mail/token.ts";
import { tokenMessageId } from "../mail/token-places.ts";
import type { Transport } from "../ports.ts";
import type { FileBytes, NoticeFacts } from "../ports-database.ts";
import { outgoingMail, type WritePorts } from "./write-mail.ts";

export interface PreviewPorts extends WritePorts {
  transport: Transport;
}

export interface Preview {
  /** What would be told; nothing of it is stored. */
  facts: Pick<NoticeFacts, "about" | "conversation" | "messages" | "attachments" | "agentNames" | "agentSignatures">;
  /** Bytes of its files. */
  blobs: readonly FileBytes[];
  /** In whose stead it is read. */
  hearing: Hearing;
  to: string;
}

/** Resolves to what the server answered. Rejects like `Transport.send`, or operator where the mail can't be written. */
export async function sendPreview(ports: PreviewPorts, { facts, blobs, hearing, to }: Preview): Promise<string> {
  const now = ports.clock.now();
  const bytes = new Map(blobs.map((file) => [file.sha256, file.bytes]));
  const { outbox } = ports;
  // Its files are not stored yet.
  const reading = { ...ports, outbox: { ...outbox, blob: async (sha256: string) => bytes.get(sha256) ?? null } };
  const none = { notices: [], doubtful: new Set<string>(), candidates: [], held: new Map(), owed: new Map() };
  const words = await outbox.wordsFor({ ...facts, candidates: [] });
  const row = await outgoingMail(
    reading,
    { ...facts, ...none, words, from: "", reached: null, othersWait: false },
    {
      ...{ kind: "message" as const, hearing, messages: facts.messages, isDoubtful: false, isFirst: true },
      preview: (mail) => previewOf(ports, mail, to),
    },
    await ports.desk.settings(),
    now,
  );
  if (row.raw === null) throw operator(`The preview could not be written: ${row.suppressed ?? "nobody would get it"}.`);
  const from = row.mailFrom.replace(/\+[^@+]*@/, "@");
  return (await ports.transport.send({ from, to }, row.raw, async () => {})).response;
}

function previewOf({ keys, ids }: WritePorts, mail: OutgoingMail, to: string): OutgoingMail {
  const [key] = keys;
  if (key === undefined) throw new Error("no secret is configured");
  const mark = signToken(key, { purpose: "mark", conversation: 0, recipient: 0, visibility: "internal" });
  const domain = mail.from.address.slice(mail.from.address.lastIndexOf("@") + 1);
  return {
    ...mail,
    to: { name: "", address: to },
    replyTo: null,
    subject: `[preview] ${mail.subject}`,
    messageId: tokenMessageId(mark, ids.next("m").slice(2), domain),
    inReplyTo: null,
    references: [],
    unsubscribe: null,
    mark,
  };
}
