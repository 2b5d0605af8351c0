// `maildesk ticket merge` and `split`: two tickets that are one, and one message that is another matter (TIC-6). Neither sends
// anything; both can be taken back, until somebody builds on them.
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Guard } from "../desk/change.ts";
import { stillThat } from "../desk/customer.ts";
import { ticketSubject } from "../desk/ticket.ts";
import { gainers, mergeTicket, type TicketWhole } from "../desk/ticket-merge.ts";
import type { Requester } from "../desk/ticket-open.ts";
import { splitTicket } from "../desk/ticket-split.ts";
import { scopeOf } from "../desk/visibility.ts";
import type { AnswerDraw } from "../desk/words.ts";
import { conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { mergedValues } from "./field.ts";
import { messageNamed } from "./message-named.ts";
import { counted } from "./output.ts";
import { drawOf } from "./ticket-draw.ts";
import { readNumber, type TicketFound, ticketJson, ticketOf } from "./ticket-rows.ts";
import { verb } from "./verb.ts";

export function registerTicketMerge(ticket: Command, cli: Cli): void {
  verb(
    ticket,
    "merge <from> <into>",
    "Make one ticket of two: all that was said on FROM, and its people, are INTO's then. Nobody is told.",
    ["ticket merge 12 14 --dry-run", "ticket merge 12 14", "ticket merge 12 14 --force"],
  )
    .option("--force", "also where others than before can read it then, such as another organization")
    .action(async (from: string, into: string, options: { force?: boolean }) => {
      const numbers = { from: readNumber(from), into: readNumber(into) };
      await cli.withDesk((desk) => merge(desk, cli, numbers, options.force === true));
    });
  verb(ticket, "split <number> <message>", "Make a ticket of its own of one message of a ticket. Nobody is told.", [
    "ticket split 12 msg_01jd0000000000000000000000",
    "ticket split 12 msg_01jd0000000000000000000000 --subject 'The other printer'",
  ])
    .option("--subject <subject>", "the title of the new ticket (default: that of the message)")
    .action(async (number: string, message: string, options: { subject?: string }) => {
      const wanted = readNumber(number);
      if (options.subject?.trim() === "") throw usage("Give the new ticket a subject, or leave --subject out.");
      await cli.withDesk((desk) => split(desk, cli, wanted, message, options.subject));
    });
}

/** The ticket of a number, which must be its own: nothing is merged into what is a part of another one by now. */
async function own(desk: DeskSession, number: number, cli: Cli): Promise<TicketFound> {
  const found = await ticketOf(desk, number, { ...cli.out, note: () => {} });
  if (found.ticket.number === number) return found;
  throw conflict(`#${number} became part of #${found.ticket.number} already.`, {
    remedy: `Name that one instead: #${found.ticket.number}.`,
  });
}

async function wholeOf({ lists }: App, { ticket, conversations, people }: TicketFound): Promise<TicketWhole> {
  return {
    ticket,
    conversations,
    people: people.map(({ person }) => person),
    links: await lists.linkRows(ticket.id),
    frozen: await lists.freezeOf(ticket.id),
    left: (await lists.leftFrom(ticket.id)).map(({ optOut }) => optOut),
    tags: (await lists.ticketTags([ticket.id])).get(ticket.id) ?? [],
  };
}

async function merge(
  desk: DeskSession,
  cli: Cli,
  numbers: { from: number; into: number },
  isForced: boolean,
): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`ticket merge ${numbers.from} ${numbers.into}`, async () => {
    const from = await own(desk, numbers.from, cli);
    const into = await own(desk, numbers.into, cli);
    const values = await mergedValues(app, from.ticket.id, into.ticket.id);
    const plan = mergeTicket(await wholeOf(app, from), await wholeOf(app, into), values, app.clock.now());
    const more = gainers(await readersOf(desk, from), await readersOf(desk, into));
    if (!isForced) await refuseAcross(desk, from, into, more);
    const messages = (await app.lists.ticketMessages(from)).length;
    const waiting = await app.lists.waitingIn(from.conversations.map(({ id }) => id));
    const summary = [
      `#${numbers.from} becomes part of #${numbers.into}: ${counted(messages, "message")}, ${counted(from.people.length, "person", "people")}.`,
      ...(more === 0 ? [] : [`${readMore(more)}.`]),
      ...(waiting.notices === 0
        ? []
        : [`  ${counted(waiting.notices, "message")} that waits to be sent goes to the people of both.`]),
      ...(plan.filled.length === 0 ? [] : [`  #${numbers.into} gets its ${plan.filled.join(", ")}.`]),
      ...(plan.reopens ? [`  #${numbers.into} is open again, as #${numbers.from} is.`] : []),
    ];
    const { changes, guards, merged } = plan;
    return { changes, guards, merged, summary, result: { summary, into: into.ticket.number, more } };
  });
  if (done === null) return;
  const [row] = await app.lists.ticketRows([done.into]);
  if (row === undefined) return;
  if (cli.out.isJson) return cli.out.json({ ...ticketJson(row), merged: numbers.from, readersMore: done.more });
  for (const line of done.summary) cli.out.note(line);
  cli.out.note("`maildesk undo` takes it back.");
}

const readMore = (count: number): string =>
  `  ${counted(count, "more person", "more people")} can read what was said on one of the two`;

/** All who see or hear of a ticket, by customer. */
async function readersOf(desk: DeskSession, { ticket, people, followers }: TicketFound): Promise<Set<string>> {
  const { app } = desk;
  const scope = scopeOf((await app.desk.settings())["visibility.scope"].join(","));
  const viewers = await app.lists.viewersOf(ticket, scope);
  return new Set([...viewers.map(({ id }) => id), ...[...people, ...followers].map(({ customer }) => customer.id)]);
}

/** Within one organization everybody may merge; where others gain sight somebody must mean it. */
async function refuseAcross({ app }: DeskSession, from: TicketFound, into: TicketFound, more: number): Promise<void> {
  const of = async ({ ticket }: TicketFound) =>
    ticket.organizationId === null ? null : ((await app.lists.organizationByRef(ticket.organizationId)) ?? null);
  const [theirs, ours] = [await of(from), await of(into)];
  const isOne = theirs !== null && theirs.id === ours?.id;
  const hides = from.ticket.unpublishedAt !== null && into.ticket.unpublishedAt === null;
  if ((isOne && !hides) || (theirs === null && ours === null && more === 0)) return;
  const named = ({ ticket }: TicketFound, name: string | undefined) =>
    `#${ticket.number} (${name ?? "no organization"})`;
  const why =
    isOne && hides
      ? `#${from.ticket.number} is not published, and #${into.ticket.number} is`
      : `${named(from, theirs?.name)} and ${named(into, ours?.name)} are not of one organization`;
  throw conflict(
    `${why}: ${counted(more, "more person", "more people")} would be able to read what was said on one of the two.`,
    {
      remedy: `Do it nevertheless with --force, or link them: maildesk ticket link ${from.ticket.number} ${into.ticket.number}`,
    },
  );
}

async function split(
  desk: DeskSession,
  cli: Cli,
  wanted: number,
  ref: string,
  subject: string | undefined,
): Promise<void> {
  const { app } = desk;
  const draw = await drawOf(app, desk.isDryRun ? 0 : 2);
  await planOf(desk, cli, { wanted, ref, subject, number: 0 }, draw); // what can't be is refused before a number is drawn
  const number = desk.isDryRun ? await app.lists.nextTicketNumber() : await app.desk.draw("ticket", 1);
  const done = await desk.change(`ticket split ${wanted} ${ref}`, async () => {
    const plan = await planOf(desk, cli, { wanted, ref, subject, number }, draw);
    return { ...plan, summary: [`${ref} becomes ticket #${number}, linked to #${plan.result}.`] };
  });
  if (done === null) return;
  const [row] = await app.lists.ticketRows([number]);
  if (row === undefined) return;
  if (cli.out.isJson) return cli.out.json({ ...ticketJson(row), splitFrom: done });
  cli.out.line(`#${row.number}`);
  cli.out.note(`Ticket #${row.number} was made of it and linked to #${done}; nobody was told.`);
}

interface SplitWanted {
  wanted: number;
  ref: string;
  subject: string | undefined;
  number: number;
}

async function planOf(desk: DeskSession, cli: Cli, { wanted, ref, subject, number }: SplitWanted, draw: AnswerDraw) {
  const { lists, clock } = desk.app;
  const found = await ticketOf(desk, wanted, cli.out);
  const { message, conversation, ticket } = await messageNamed(desk, ref);
  if (ticket?.id !== found.ticket.id)
    throw usage(`${message.id} is no message of #${found.ticket.number}.`, {
      remedy:
        ticket === null
          ? `It stands in a conversation without a ticket: maildesk conversation to-ticket ${conversation.id}`
          : `It stands on #${ticket.number}.`,
    });
  const { author, guards } = await authorOf(desk, message);
  const { visibility: _visibility, attachments: _attachments, ...row } = message;
  const plan = splitTicket(
    {
      ...found,
      people: found.people.map(({ person }) => person),
      message: row,
      conversation,
      reference: row.messageId === null ? null : await lists.filedReference(conversation.id, row.messageId),
      others: await lists.otherMessages(
        found.conversations.map(({ id }) => id),
        row.id,
      ),
      waiting: await lists.stillTold(row.id),
      author,
      number,
      subject: ticketSubject(subject ?? (row.subject.trim() || found.ticket.subject)),
      now: clock.now(),
    },
    draw,
  );
  return { changes: plan.changes, guards: [...plan.guards, ...guards], result: found.ticket.number };
}

/** The customer who wrote a message, as they are now; null where no customer did, or they are no more. */
export async function authorOf(
  { app }: DeskSession,
  { authorKind, authorId, fromAddress }: { authorKind: string; authorId: string | null; fromAddress: string },
): Promise<{ author: Requester | null; guards: Guard[] }> {
  const known = authorKind === "customer" && authorId !== null ? await app.lists.customerByRef(authorId) : null;
  if (known === null) return { author: null, guards: [] };
  const { customer, addresses } = known;
  const used = addresses.find(({ id }) => id === fromAddress.toLowerCase()) ?? addresses[0];
  if (used === undefined) return { author: null, guards: [] };
  return {
    author: { customerId: customer.id, organizationId: customer.organizationId, address: used.address },
    guards: [stillThat(customer)],
  };
}
