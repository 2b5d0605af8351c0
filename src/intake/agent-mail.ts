// How an agent's mail is filed (MAIL-14, MAIL-15). On a ticket: an answer that customers read or an internal message, as
// the token says, and what its commands change. Fresh: a customer's mail that was forwarded, a mail to a customer with the desk
// in copy, or a ticket of the agents' own. An agent's mail never makes a customer of the agent.
import type { Agent } from "../desk/agent.ts";
import type { Change, Guard } from "../desk/change.ts";
import { newConversation } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import { editTicket, type TicketValues } from "../desk/ticket-edit.ts";
import type { AgentCommand } from "./agent-commands.ts";
import { type Intent, intentOf } from "./agent-intent.ts";
import type { Draw, Inbound } from "./decide.ts";
import type { ThreadFacts } from "./facts.ts";
import { type Base, type Filed, ofTicket, openTicket, touch, who } from "./file.ts";
import { type AgentAuthor, type CustomerAuthor, type Identified, identifyCustomer } from "./identify.ts";
import { versionGuard } from "./late-link.ts";
import { messageOf, placeOn, seenGuards } from "./message.ts";
import { isIndirect, notFromAgent, notFromSender, provenance } from "./provenance.ts";
import { seatCopied } from "./seat-copied.ts";
import { acknowledgement, agentNotice, agentNotices, othersNotice } from "./tell.ts";
import type { Threaded } from "./thread.ts";

/** Null where a new ticket is needed and no number was drawn yet. */
export function fileAgent(
  input: Inbound,
  draw: Draw,
  { author, ...identified }: Identified<AgentAuthor>,
  threaded: Threaded | null,
): Filed | null {
  const base = { changes: identified.changes, guards: [...identified.guards, ...seenGuards(input)] };
  if (threaded !== null) return onTicket(input, draw, base, author, threaded.thread);
  const { behalf } = input.question;
  const theirs = input.facts.behalf;
  const origin = provenance(input);
  const forged = origin === "fail" ? notFromSender : isIndirect(input) ? notFromAgent : null;
  const isProven = input.mailbox.authservId === "" || origin === "pass";
  if (
    behalf !== null &&
    theirs !== null &&
    theirs.agent === null &&
    theirs.customer?.state !== "blocked" &&
    forged === null
  ) {
    if (behalf.how === "forward") return forwarded(input, draw, base, author);
    if (author.agent.mayAnswer && isProven) return written(input, draw, base, author);
  }
  return ownTicket(input, draw, base, author, forged);
}

// ---- on a ticket ---------------------------------------------------------------------------------------------

function onTicket(input: Inbound, draw: Draw, base: Base, author: AgentAuthor, thread: ThreadFacts): Filed {
  const wanted = intentOf(input, author.agent, thread);
  const named = resolve(input, wanted.commands, thread.ticket.id);
  const intent: Intent =
    named.wrong === null
      ? wanted
      : { ...wanted, visibility: "internal", words: input.mail.newText, commands: [], refusal: named.wrong };
  const { ticket } = thread;
  const edit = intent.commands.length === 0 ? null : editTicket(ticket, named.values, input.now);
  const said = say(input, draw, author, thread, intent);
  const isPublic = said !== null && intent.visibility === "public";
  const setsStatus = named.values.status !== undefined;
  return {
    ...ofTicket(ticket),
    reason: isPublic ? "agent-answer" : "agent-note",
    customerId: null,
    changes: [...base.changes, ...(said?.changes ?? []), ...(edit === null ? touch(ticket, input) : [edit])],
    guards: [...base.guards, versionGuard(ticket), ...(said?.guards ?? []), ...(edit === null ? [] : named.guards)],
    events: isPublic && !setsStatus ? [{ kind: "agent-reply", ticket }] : [],
    notices: [...(said?.notices ?? []), ...assigned(input, draw, author.agent, thread, edit)],
    text: filedText(ticket.number, intent, said !== null),
    told: [
      isPublic ? "everybody whom it concerns hears of it" : "no customer: an agent's mail is internal",
      ...(intent.refusal === null ? [] : [`its author is told: ${intent.refusal}`]),
    ],
  };
}

/** The message with who hears of it; null where the mail holds commands alone. */
function say(
  input: Inbound,
  draw: Draw,
  author: AgentAuthor,
  thread: ThreadFacts,
  { visibility, words, commands, refusal, flag }: Intent,
): { changes: Change[]; guards: Guard[]; notices: Notice[] } | null {
  const { mail, now, settings } = input;
  if (words === "" && commands.length > 0 && mail.attachments.length === 0) return null;
  const { ticket } = thread;
  const place = placeOn(thread, visibility, draw, now);
  const remarks = refusal === null ? mail.remarks : [...mail.remarks, refusal];
  const isPublic = visibility === "public";
  const message = messageOf(input, draw, place.conversationId, who(author), flag, {
    newText: words,
    remarks,
    // What stood below is the notification, which customers must never come to read.
    ...(isPublic
      ? { direction: "out" as const, text: words, toAddresses: thread.people.map(({ address }) => address) }
      : {}),
  });
  const at = { ticketId: ticket.id, conversationId: place.conversationId, messageId: message[0].id };
  const heard = isPublic
    ? [
        othersNotice(input, draw, ticket.id, place.conversationId, message[0].id),
        ...agentNotices(input, draw, at, now + settings["mail.hold"]),
      ]
    : agentNotices(input, draw, at);
  // It goes back into the conversation where the agent meant to answer, so that the next try can be public.
  const back = { ...at, conversationId: thread.conversation.id };
  const refused = refusal === null ? [] : [agentNotice(draw, "refusal", back, now, now, author.agent.id)];
  return { changes: [...place.changes, ...message], guards: place.guards, notices: [...heard, ...refused] };
}

/** Whom the commands name, as the desk knows them. */
function resolve(
  { facts }: Inbound,
  commands: readonly AgentCommand[],
  ticketId: string,
): { values: TicketValues; guards: Guard[]; wrong: string | null } {
  const values: TicketValues = {};
  const guards: Guard[] = [];
  const fails = (wrong: string) => ({ values: {}, guards: [], wrong });
  for (const command of commands) {
    if (command.kind === "close") values.status = "closed";
    else if (command.kind === "reopen") values.status = "open";
    else if (command.kind === "priority") values.priority = command.priority;
    else if (command.kind === "assign") {
      const found = facts.named.assignees.get(command.name);
      if (found == null && command.name.toLowerCase() === "none") values.assigneeId = null;
      else if (found == null) return fails(`#assign: there is no agent or team "${command.name}"`);
      else if (!found.isActive) return fails(`#assign: the agent ${command.name} is deactivated`);
      else {
        values.assigneeId = found.id;
        guards.push(found.guard);
      }
    } else if (command.kind === "project") {
      const found = facts.named.projects.get(command.name);
      if (found == null) return fails(`#project: there is no project "${command.name}"`);
      if (!found.isOpen) return fails(`#project: the project ${command.name} is closed`);
      if (found.isFollowed && facts.named.waiting.has(ticketId))
        return fails(
          `#project: an answer still waits to be sent, which those who follow ${command.name} would get as well`,
        );
      values.projectId = found.id;
      guards.push(found.guard);
    }
  }
  return { values, guards, wrong: null };
}

/** Who was given the ticket is told, but for the one who gave it. */
function assigned(
  { now, facts }: Inbound,
  draw: Draw,
  author: Agent,
  { ticket, conversation }: ThreadFacts,
  edit: Change | null,
): Notice[] {
  const to = edit?.after?.assigneeId;
  if (typeof to !== "string" || to === author.id || !facts.agentsListen) return [];
  const place = { ticketId: ticket.id, conversationId: conversation.id, messageId: "" };
  return [agentNotice(draw, "assignment", place, now, now)];
}

function filedText(number: number, { visibility, commands }: Intent, isSaid: boolean): string {
  const did = commands.filter(({ kind }) => kind !== "note").map(({ kind }) => `#${kind}`);
  const what = isSaid
    ? `${visibility === "public" ? "a public answer" : "an internal message"} on`
    : "commands alone on";
  return `${what} #${number}${did.length === 0 ? "" : `; ${did.join(" ")}`}`;
}

// ---- something new -------------------------------------------------------------------------------------------

/** The one for whom it is filed, found or made as if they had written themselves. */
function customerOf(
  { question, facts, settings, now, mailbox }: Inbound,
  draw: Draw,
): Identified<CustomerAuthor> | null {
  if (question.behalf === null || facts.behalf === null) return null;
  return identifyCustomer(question.behalf.person, facts.behalf, settings, draw, now, mailbox);
}

/** The customer's mail is what makes the ticket; what the agent wrote above it stays among agents. */
function forwarded(input: Inbound, draw: Draw, base: Base, author: AgentAuthor): Filed | null {
  const { mail, now } = input;
  const original = mail.forwarded;
  const customer = customerOf(input, draw);
  if (original === null || customer === null) return null;
  const made = openTicket(input, draw, {
    subject: original.subject || mail.subject,
    author: customer.author,
    visibility: "public",
  });
  if (made === null) return null;
  const { ticket, conversationId } = made;
  const person = customer.author.sender;
  const message = messageOf(input, draw, conversationId, who(customer.author), null, {
    text: original.text,
    newText: original.text,
    fromName: person.name,
    fromAddress: person.address,
    toAddresses: [],
    remarks: [...mail.remarks, `forwarded by ${author.agent.name || author.sender.address}`],
  });
  const place = { ticketId: ticket.id, conversationId, messageId: message[0].id };
  return {
    ...ofTicket(ticket),
    reason: "forwarded",
    customerId: customer.author.customerId,
    changes: [
      ...base.changes,
      ...customer.changes,
      ...made.changes,
      ...message,
      ...noteAbove(input, draw, author, ticket.id),
    ],
    guards: [...base.guards, ...customer.guards],
    events: [
      {
        kind: "ticket-created",
        ticket,
        fresh: true,
        acknowledgement: acknowledgement(asTheirs(input), draw, customer.author, null, place),
      },
    ],
    notices: agentNotices(input, draw, place, now),
    text: `a new ticket #${ticket.number} of ${person.address}, whose mail it forwards; ${customer.text}`,
    told: [],
  };
}

/** Whether their address bounces counts, and not the agent's. */
const asTheirs = (input: Inbound): Inbound => ({
  ...input,
  facts: { ...input.facts, senderAddress: input.facts.behalf?.senderAddress ?? null },
});

/** What an agent wrote above a mail that they forwarded. */
function noteAbove(input: Inbound, draw: Draw, author: AgentAuthor, ticketId: string): Change[] {
  const { mail, now } = input;
  const words = mail.newText === mail.text.trim() ? "" : mail.newText;
  if (words === "") return [];
  const conversationId = draw.id("cnv");
  const [message] = messageOf(input, draw, conversationId, who(author), null, { text: words, newText: words });
  return [newConversation(conversationId, draw.ref(), ticketId, "internal", now), message];
}

/** The customer has it already: the first message of a ticket that now waits for them. */
function written(input: Inbound, draw: Draw, base: Base, author: AgentAuthor): Filed | null {
  const customer = customerOf(input, draw);
  if (customer === null) return null;
  const made = openTicket(input, draw, { subject: input.mail.subject, author: customer.author, visibility: "public" });
  if (made === null) return null;
  const { ticket, conversationId } = made;
  const message = messageOf(input, draw, conversationId, who(author), null, { direction: "out" });
  const { organizationId, customerId } = customer.author;
  const seats = { ticketId: ticket.id, organizationId, people: [{ customerId }] };
  const isFirst = (key: string) => key === customer.author.sender.key;
  const copied = seatCopied(
    { ...input, facts: { ...input.facts, copied: input.facts.copied.filter(({ person }) => !isFirst(person.key)) } },
    draw,
    seats,
    customer,
  );
  return {
    ...ofTicket(ticket),
    reason: "agent-mail",
    customerId,
    changes: [...base.changes, ...customer.changes, ...made.changes, ...message, ...copied.changes],
    guards: [...base.guards, ...customer.guards, ...copied.guards],
    events: input.closed ? [] : [{ kind: "agent-reply", ticket }],
    notices: agentNotices(input, draw, { ticketId: ticket.id, conversationId, messageId: message[0].id }),
    text: `a new ticket #${ticket.number} of ${customer.author.sender.address}, who was written to; ${customer.text}`,
    told: ["no customer: they have it already", ...copied.told],
  };
}

function ownTicket(input: Inbound, draw: Draw, base: Base, author: AgentAuthor, flag: string | null): Filed | null {
  const made = openTicket(input, draw, { subject: input.mail.subject, author: null, visibility: "internal" });
  if (made === null) return null;
  const { ticket, conversationId } = made;
  const message = messageOf(input, draw, conversationId, who(author), flag);
  return {
    ...ofTicket(ticket),
    reason: "agent-ticket",
    customerId: null,
    changes: [...base.changes, ...made.changes, ...message],
    guards: base.guards,
    events: [],
    notices: agentNotices(input, draw, { ticketId: ticket.id, conversationId, messageId: message[0].id }),
    text: `an internal ticket #${ticket.number}${flag === null ? "" : `, flagged: ${flag}`}`,
    told: ["no customer: an agent's own mail is internal"],
  };
}
