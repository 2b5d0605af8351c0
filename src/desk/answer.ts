// What an agent writes: a public answer, an internal note, or the first message of a new ticket (TIC-4). The words become
// a message, its conversation is made where there is none, and an answer leaves a notice that `deliver` expands. Who may
// write what is asked here; who hears it is for recipients.ts to say when it is sent.
import { permanent, usage } from "../errors.ts";
import type { Agent } from "./agent.ts";
import { type Change, type Guard, insert, update } from "./change.ts";
import {
  type Conversation,
  type Message,
  newConversation,
  newMessage,
  type Visibility,
} from "./conversation.ts";
import type { Notice } from "./notice.ts";
import { type Candidate, type Hearing, recipients } from "./recipients.ts";
import { type DeskEvent, defaultRules, settle } from "./rule.ts";
import { addPerson, newTicket, type Ticket } from "./ticket.ts";

/** Who writes. The desk itself writes where nobody acts under a name: its answers are signed by the desk's name. */
export type Writer =
  | { kind: "agent"; id: string; name: string; address: string }
  | { kind: "desk"; id: null; name: string; address: string }
  | { kind: "customer"; id: string; name: string; address: string };

/** A file that goes along; its bytes are stored under `sha256`. */
export interface AnswerFile {
  filename: string;
  contentType: string;
  sizeBytes: number;
  sha256: string;
}

export interface Words {
  text: string;
  files: readonly AnswerFile[];
}

/** New ids and short numbers for tokens. */
export interface AnswerDraw {
  id(prefix: string): string;
  ref(): number;
}

export interface Written {
  changes: Change[];
  guards: Guard[];
  notices: Notice[];
  messageId: string;
}

export const answerCharsMax = 512 * 1024;
export const answerFilesMax = 50;

/** The words without blank lines around them; usage where there are none, or too many. */
export function readWords(text: string): string {
  const words = text
    .replace(/\r\n?/g, "\n")
    .replace(/^(?:[ \t]*\n)+/, "")
    .trimEnd();
  if (words === "")
    throw usage("There is nothing in the message.", {
      remedy: "Give it with --text, --file, - or in the editor.",
    });
  if (words.length > answerCharsMax)
    throw usage(`The message has ${words.length} characters, ${answerCharsMax} are allowed.`);
  return words;
}

/** Refuses agents who may not answer in public (AGT-1). */
export function mustAnswer(agent: Pick<Agent, "name" | "mayAnswer"> | null): void {
  if (agent !== null && !agent.mayAnswer) {
    throw permanent(`${agent.name || "This agent"} may not answer in public.`, {
      remedy: "Write a note instead, or have somebody answer who may.",
    });
  }
}

/** Who would hear a public message on the ticket, as things are now (TIC-5). */
export const audienceOf = (writer: Pick<Writer, "kind" | "id">, people: readonly Candidate[]): Hearing[] =>
  recipients(
    { kind: "message", hadIt: [] },
    { authorKind: writer.kind, authorId: writer.id, flag: null },
    { visibility: "public" },
    people,
  );

/** A public answer: the people of the ticket hear it, and the ticket waits for them (AUT-6). */
export function answerTicket(
  input: {
    ticket: Ticket;
    conversations: readonly Conversation[];
    people: readonly Candidate[];
    writer: Writer;
    words: Words;
    holdMs: number;
    now: number;
  },
  draw: AnswerDraw,
): Written {
  const { ticket, writer, now } = input;
  const place = placeFor(ticket, input.conversations, "public", draw, now);
  const heard = audienceOf(writer, input.people)
    .filter((one) => one.hears)
    .map((one) => one.address);
  const message = messageOf(
    { ...input, subject: ticket.subject, direction: "out", to: heard },
    place.conversationId,
    draw,
  );
  const settled = settle([{ kind: "agent-reply", ticket }], defaultRules, now);
  return {
    changes: [
      ...place.changes,
      ...message.changes,
      ...settled.changes,
      ...touched(ticket, settled.changes, now),
    ],
    guards: [versionOf(ticket)],
    notices: [
      noticeOf(ticket.id, place.conversationId, message.id, input.holdMs, draw, now),
      ...settled.notices,
    ],
    messageId: message.id,
  };
}

/** An internal note: nobody is told, and no state changes. */
export function noteOnTicket(
  input: {
    ticket: Ticket;
    conversations: readonly Conversation[];
    writer: Writer;
    words: Words;
    now: number;
  },
  draw: AnswerDraw,
): Written {
  const { ticket, now } = input;
  const place = placeFor(ticket, input.conversations, "internal", draw, now);
  const message = messageOf(
    { ...input, subject: ticket.subject, direction: "in", to: [] },
    place.conversationId,
    draw,
  );
  return {
    changes: [...place.changes, ...message.changes, ...touched(ticket, [], now)],
    guards: [],
    notices: [],
    messageId: message.id,
  };
}

/** The customer whom a new ticket is for. */
export interface Requester {
  customerId: string;
  organizationId: string | null;
  address: string;
}

export interface FreshTicket {
  number: number;
  subject: string;
  mailbox: string;
  requester: Requester;
  /** A customer: logged as theirs, and nobody is told. Otherwise the first message goes out to the requester. */
  writer: Writer;
  words: Words;
  values: Partial<Pick<Ticket, "priority" | "type" | "assigneeId">>;
  holdMs: number;
  now: number;
}

/** A new ticket that somebody of the desk makes; the changes of a new customer come before these. */
export function openTicket(input: FreshTicket, draw: AnswerDraw): Written & { ticketId: string } {
  const { requester, writer, now } = input;
  const ticketId = draw.id("tic");
  const conversationId = draw.id("cnv");
  const theirs = writer.kind === "customer";
  const made = newTicket(
    {
      id: ticketId,
      number: input.number,
      subject: input.subject,
      organizationId: requester.organizationId,
      mailbox: input.mailbox,
      closed: false,
    },
    now,
  );
  const columns = { ...(made.after as Omit<Ticket, "id" | "version">), ...input.values }; // newTicket wrote them
  const ticket: Ticket = { ...columns, id: ticketId, version: 1 };
  const message = messageOf(
    {
      ...input,
      subject: ticket.subject,
      direction: theirs ? "in" : "out",
      to: theirs ? [] : [requester.address],
    },
    conversationId,
    draw,
  );
  const refused = theirs ? "it was logged by hand" : "the desk wrote first";
  const events: DeskEvent[] = [{ kind: "ticket-created", ticket, fresh: true, acknowledgement: { refused } }];
  if (!theirs) events.push({ kind: "agent-reply", ticket });
  const settled = settle(events, defaultRules, now);
  return {
    ticketId,
    changes: [
      insert("ticket", { ...columns, id: ticketId }),
      newConversation(conversationId, draw.ref(), ticketId, "public", now),
      ...message.changes,
      addPerson(ticketId, requester.customerId, "requester", requester.address, now),
      ...settled.changes,
    ],
    guards: [],
    notices: [
      ...(theirs ? [] : [noticeOf(ticketId, conversationId, message.id, input.holdMs, draw, now)]),
      ...settled.notices,
    ],
    messageId: message.id,
  };
}

/** The oldest conversation of this visibility; made where there is none. */
function placeFor(
  ticket: Ticket,
  conversations: readonly Conversation[],
  visibility: Visibility,
  draw: AnswerDraw,
  now: number,
) {
  const found = conversations.find((one) => one.visibility === visibility);
  if (found !== undefined) return { conversationId: found.id, changes: [] };
  const conversationId = draw.id("cnv");
  return {
    conversationId,
    changes: [newConversation(conversationId, draw.ref(), ticket.id, visibility, now)],
  };
}

function messageOf(
  input: {
    writer: Writer;
    words: Words;
    subject: string;
    direction: Message["direction"];
    to: string[];
    now: number;
  },
  conversationId: string,
  draw: AnswerDraw,
): { id: string; changes: Change[] } {
  const { writer, words, subject, direction, to, now } = input;
  const id = draw.id("msg");
  const message = newMessage({
    id,
    conversationId,
    direction,
    authorKind: writer.kind,
    authorId: writer.id,
    fromName: writer.name,
    fromAddress: writer.address,
    toAddresses: to,
    ccAddresses: [],
    subject,
    text: words.text,
    newText: words.text,
    html: null,
    messageId: null,
    emailId: null,
    flag: null,
    remarks: [],
    createdAt: now,
  });
  const files = words.files.map((file, part) =>
    insert("attachment", {
      ...file,
      id: draw.id("att"),
      messageId: id,
      emailId: null,
      part,
      inline: false,
      contentId: null,
    }),
  );
  return { id, changes: [message, ...files] };
}

function noticeOf(
  ticketId: string,
  conversationId: string,
  messageId: string,
  holdMs: number,
  draw: AnswerDraw,
  now: number,
): Notice {
  return {
    id: draw.id("ntc"),
    kind: "message",
    ticketId,
    conversationId,
    messageId,
    hadIt: [],
    notBefore: now + holdMs,
    createdAt: now,
  };
}

/** A message moves its ticket in time, also where no rule touched it. */
function touched(ticket: Ticket, changes: readonly Change[], now: number): Change[] {
  if (changes.some((change) => change.table === "ticket")) return [];
  const change = update("ticket", ticket, { updatedAt: Math.max(now, ticket.updatedAt) });
  return change === null ? [] : [change];
}

const versionOf = (ticket: Ticket): Guard => ({
  kind: "version",
  table: "ticket",
  id: ticket.id,
  version: ticket.version,
});
