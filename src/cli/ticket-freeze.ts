// `maildesk ticket freeze | unfreeze` and `conversation freeze | unfreeze`: what has still to be told stands still, and goes on
// (SHA-9). The worker notices with its next look; what is being handed over at this moment still leaves.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { mustAnswer } from "../desk/answer.ts";
import { present } from "../desk/change.ts";
import { freeze, freezeId, type Told, unfreeze } from "../desk/freeze.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type ConversationFound, conversationNamed } from "./conversation.ts";
import { counted, isoTime, shortTime } from "./output.ts";
import { readNumber, type TicketFound, ticketOf } from "./ticket-rows.ts";
import { verb } from "./verb.ts";

type Waiting = Awaited<ReturnType<App["lists"]["waitingIn"]>>;

/** What is frozen or goes on. */
interface Subject {
  told: Told;
  /** `#12`, or `"Works"`. */
  name: string;
  /** As a command names it: `ticket` or `conversation`, and the number or id. */
  noun: string;
  ref: string;
  conversationIds: string[];
}

type Find = (desk: DeskSession, cli: Cli, ref: string) => Promise<Subject>;

const ofTicket: Find = async (desk, cli, ref) => {
  const { ticket, conversations } = await ticketOf(desk, readNumber(ref), cli.out);
  return {
    told: { ticketId: ticket.id, conversationId: null },
    name: `#${ticket.number}`,
    noun: "ticket",
    ref: String(ticket.number),
    conversationIds: conversations.map(({ id }) => id),
  };
};

const ofConversation: Find = async (desk, _cli, ref) => {
  const { conversation, standalone } = await conversationNamed(desk, ref);
  return {
    told: { ticketId: null, conversationId: conversation.id },
    name: `"${standalone.subject}"`,
    noun: "conversation",
    ref: conversation.id,
    conversationIds: [conversation.id],
  };
};

export function registerTicketFreeze(ticket: Command, cli: Cli): void {
  register(ticket, cli, { noun: "ticket", argument: "number", example: "12", find: ofTicket });
}

export function registerConversationFreeze(conversation: Command, cli: Cli): void {
  const example = "cnv_01jd0000000000000000000000";
  register(conversation, cli, { noun: "conversation", argument: "conversation", example, find: ofConversation });
}

interface Verbs {
  noun: string;
  argument: string;
  example: string;
  find: Find;
}

function register(parent: Command, cli: Cli, { noun, argument, example, find }: Verbs): void {
  verb(
    parent,
    `freeze <${argument}>`,
    `Tell nobody anything of a ${noun} for now: what waits there, queued mails included, stays where it is.`,
    [`${noun} freeze ${example}`, `${noun} freeze ${example} --reason 'The wrong file was attached'`],
  )
    .option("--reason <text>", "why, for those who find it so")
    .action((ref: string, options: { reason?: string }) =>
      cli.withDesk((desk) => stop(desk, cli, ref, find, options.reason)),
    );
  verb(parent, `unfreeze <${argument}>`, `Let a ${noun} tell its people again, from where it stopped.`, [
    `${noun} unfreeze ${example}`,
    `${noun} unfreeze ${example} --drop`,
  ])
    .option("--drop", "what waits goes to nobody any more; an undo does not bring it back")
    .action((ref: string, options: { drop?: boolean }) =>
      cli.withDesk((desk) => goOn(desk, cli, ref, find, options.drop === true)),
    );
}

async function stop(desk: DeskSession, cli: Cli, ref: string, find: Find, reason: string | undefined): Promise<void> {
  const { app, actor } = desk;
  const first = await find(desk, cli, ref);
  const done = await desk.change(`${first.noun} freeze ${first.ref}`, async () => {
    const subject = await find(desk, cli, ref);
    const row = await app.lists.freezeOf(freezeId(subject.told));
    const change = freeze(subject.told, row, reason?.trim() || `frozen by ${actor}`, app.clock.now());
    return { changes: present([change]), result: { subject, isNew: change !== null } };
  });
  if (done === null) return;
  const { subject, isNew } = done;
  const waiting = await app.lists.waitingIn(subject.conversationIds);
  if (cli.out.isJson) return cli.out.json({ ...(await frozenJson(app, freezeId(subject.told))), waiting });
  if (!isNew) return cli.out.note(`${subject.name} is frozen already.`);
  cli.out.note(
    `${subject.name} tells nobody anything now; ${waitingText(waiting)}. To let it go on: maildesk ${subject.noun} unfreeze ${subject.ref}`,
  );
}

async function goOn(desk: DeskSession, cli: Cli, ref: string, find: Find, drop: boolean): Promise<void> {
  const { app } = desk;
  mustAnswer(desk.agent);
  const first = await find(desk, cli, ref);
  const waited = await app.lists.waitingIn(first.conversationIds);
  const done = await desk.change(
    `${first.noun} unfreeze ${first.ref}${drop ? " --drop" : ""}`,
    async () => {
      const subject = await find(desk, cli, ref);
      const change = unfreeze(await app.lists.freezeOf(freezeId(subject.told)), app.clock.now());
      const drops = drop && change !== null ? { drops: subject.conversationIds } : {};
      return { changes: present([change]), ...drops, result: { subject, wasFrozen: change !== null } };
    },
    ({ result: { wasFrozen } }) =>
      drop && wasFrozen && waited.notices + waited.mails > 0 ? `Drop what waits (${amount(waited)}), for good?` : null,
  );
  if (done === null) return;
  const { subject, wasFrozen } = done;
  if (cli.out.isJson)
    return cli.out.json({
      ...(await frozenJson(app, freezeId(subject.told))),
      waiting: await app.lists.waitingIn(subject.conversationIds),
    });
  if (!wasFrozen) return cli.out.note(`${subject.name} is not frozen.`);
  const what = drop
    ? `${amount(waited)} dropped`
    : `${waitingText(waited)}, and goes on with the worker or the next \`maildesk deliver\``;
  cli.out.note(`${subject.name} tells its people again; ${what}.`);
}

async function frozenJson({ lists }: App, id: string) {
  const row = await lists.freezeOf(id);
  return { id, frozen: row?.since != null, since: isoTime(row?.since ?? null), reason: row?.reason ?? null };
}

const amount = ({ notices, mails }: Waiting): string => `${counted(notices, "message")} and ${counted(mails, "mail")}`;

const waitingText = (waiting: Waiting): string =>
  waiting.notices + waiting.mails === 0
    ? "nothing waits"
    : `${amount(waiting)} ${waiting.notices + waiting.mails === 1 ? "waits" : "wait"}`;

/** What `ticket show` says of a ticket that stands still; null and null of one that does not. */
export const frozenOf = (app: App, { ticket, conversations }: TicketFound) =>
  standing(
    app,
    ticket.id,
    conversations.map(({ id }) => id),
    `ticket unfreeze ${ticket.number}`,
  );

/** The same of a conversation without a ticket. */
export const frozenAlone = (app: App, { conversation: { id } }: ConversationFound) =>
  standing(app, id, [id], `conversation unfreeze ${id}`);

async function standing({ lists }: App, id: string, conversationIds: readonly string[], command: string) {
  const row = await lists.freezeOf(id);
  if (row?.since == null) return { text: null, json: null };
  const waiting = await lists.waitingIn(conversationIds);
  const { since, reason } = row;
  return {
    text: `since ${shortTime(since)}: ${reason}; ${waitingText(waiting)} (maildesk ${command})`,
    json: { since: isoTime(since), reason, ...waiting },
  };
}
