// `maildesk ticket reply | note | close`: what an agent says on tickets that exist. A public message shows its audience
// first and asks; a note asks nobody, as nobody hears it.
import type { Command } from "commander";
import { audienceOf, mustAnswer, noteOnTicket } from "../desk/answer.ts";
import { present } from "../desk/change.ts";
import { editTicket } from "../desk/ticket-edit.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type Body, type BodyOptions, bodyOptions, readBody } from "./message-body.ts";
import { audienceLines, countOf, hearingJson, writerOf } from "./ticket-audience.ts";
import { drawOf } from "./ticket-draw.ts";
import { namedText, selectedTickets, type TicketFilterOptions, ticketFilter } from "./ticket-filter.ts";
import { changeTickets } from "./ticket-many.ts";
import {
  numbersText,
  readNumber,
  readNumbers,
  showChanged,
  type TicketFound,
  ticketOf,
  ticketsOf,
} from "./ticket-rows.ts";
import { sendAnswers, titleOf } from "./ticket-send.ts";
import { verb } from "./verb.ts";

export function registerTicketWrite(ticket: Command, cli: Cli): void {
  registerReply(ticket, cli);
  registerNote(ticket, cli);
  registerClose(ticket, cli);
  registerAudience(ticket, cli);
}

function registerReply(ticket: Command, cli: Cli): void {
  const reply = verb(
    ticket,
    "reply <number> [dash]",
    "Answer in public: the requesters and followers of the ticket get a mail. The audience is shown first.",
    [
      "ticket reply 12 --text 'It is mended.'",
      "ticket reply 12 --file answer.txt --attach invoice.pdf --yes",
      "ticket reply 12 --text 'It is mended.' --dry-run",
      "ticket reply 12 - --yes < answer.txt",
    ],
  );
  bodyOptions(reply).action(async (number: string, dash: string | undefined, options: BodyOptions) => {
    const wanted = readNumber(number);
    await cli.withDesk(async (desk) => {
      mustAnswer(desk.agent);
      const first = await ticketOf(desk, wanted, cli.out);
      mustHavePeople(first);
      const body = desk.isDryRun
        ? noBody
        : await readBody(options, dash, `Your answer on #${first.ticket.number} "${first.ticket.subject}".`);
      const sent = await sendAnswers(cli, desk, `ticket reply ${wanted}`, [wanted], body.words, body.blobs, null);
      const one = sent?.[0];
      if (one === undefined) return;
      const heard = one.audience.filter((hearing) => hearing.hears);
      if (cli.out.isJson)
        cli.out.json({
          ticket: one.ticket.number,
          message: one.written.messageId,
          recipients: heard.length,
          audience: one.audience.map(hearingJson),
        });
      else
        cli.out.note(
          `The answer on #${one.ticket.number} goes to ${countOf(one.audience)}, with the worker or the next \`maildesk deliver\`.`,
        );
    });
  });
}

/** Who would hear is the same whatever is said. */
const noBody: Body = { words: { text: "", files: [] }, blobs: [] };

/** A ticket that agents keep for themselves has nobody to answer. */
function mustHavePeople({ ticket, people, followers }: TicketFound): void {
  if (people.length + followers.length > 0) return;
  throw usage(`#${ticket.number} has no requester: nobody would read an answer.`, {
    remedy: `Write a note instead, or add somebody: maildesk ticket requester add ${ticket.number} ADDRESS`,
  });
}

function registerNote(ticket: Command, cli: Cli): void {
  const note = verb(ticket, "note <number> [dash]", "Write an internal note: agents read it, customers never do.", [
    "ticket note 12 --text 'Called, no answer.'",
    "ticket note 12 --file log.txt --attach trace.zip",
  ]);
  bodyOptions(note).action(async (number: string, dash: string | undefined, options: BodyOptions) => {
    const wanted = readNumber(number);
    await cli.withDesk(async (desk) => {
      const { app } = desk;
      const first = await ticketOf(desk, wanted, cli.out);
      const body = await readBody(
        options,
        dash,
        `Your note on #${first.ticket.number} "${first.ticket.subject}". Customers never see it.`,
      );
      const draw = desk.isDryRun ? null : await drawOf(app, 1);
      const done = await desk.change(`ticket note ${wanted}`, async () => {
        const found = await ticketOf(desk, wanted, cli.out);
        const writer = await writerOf(desk, found.ticket.mailbox);
        const written = noteOnTicket(
          { ...found, writer, words: body.words, now: app.clock.now() },
          draw ?? (await drawOf(app, 0)),
        );
        return {
          changes: written.changes,
          guards: written.guards,
          notices: written.notices,
          blobs: body.blobs,
          result: { ticket: found.ticket, written },
        };
      });
      if (done === null) return;
      if (cli.out.isJson) cli.out.json({ ticket: done.ticket.number, message: done.written.messageId, recipients: 0 });
      else cli.out.note(`Noted on #${done.ticket.number}.`);
    });
  });
}

function registerClose(ticket: Command, cli: Cli): void {
  ticketFilter(
    verb(ticket, "close [numbers...]", "Close tickets; nobody is told, unless a last answer is given with --reply.", [
      "ticket close 12 14",
      "ticket close 12 --reply 'Solved, thank you.' --yes",
      "ticket close --state waiting --updated '>30d' --dry-run",
    ]).option("--reply <text>", "a last public answer"),
  ).action(async (texts: string[], { reply, ...options }: TicketFilterOptions & { reply?: string }) => {
    const numbers = readNumbers(texts);
    await cli.withDesk(async (desk) => {
      if (reply !== undefined) return await closeWithAnswer(cli, desk, numbers, options, reply);
      await changeTickets(cli, desk, {
        what: `ticket close ${namedText(numbers)}`,
        numbers,
        options,
        decide: async () => ({
          guards: [],
          of: (one) =>
            one.state === "closed" ? [] : present([editTicket(one, { status: "closed" }, desk.app.clock.now())]),
        }),
        becomes: "be closed",
        question: "Close",
        end: "closed.",
        nothing: "Nothing was changed.",
        already: "closed already.",
      });
    });
  });
}

/** The audience of each is shown and confirmed, so flags ask nothing of their own. */
async function closeWithAnswer(
  cli: Cli,
  desk: DeskSession,
  named: readonly number[],
  options: TicketFilterOptions,
  reply: string,
): Promise<void> {
  mustAnswer(desk.agent);
  const { tickets } = await selectedTickets(desk, named, options, cli.out);
  if (tickets.length > answersMax)
    throw usage(`${tickets.length} tickets at once are too many to answer: ${answersMax} are allowed.`);
  if (tickets.length === 0) return cli.out.note("Nothing was changed.");
  const numbers = tickets.map(({ number }) => number);
  for (const found of await ticketsOf(desk, numbers, cli.out)) mustHavePeople(found);
  const { words } = await readBody({ text: reply }, undefined, "");
  const what = `ticket close ${namedText(named)} --reply`;
  const sent = await sendAnswers(cli, desk, what, numbers, words, [], "closed");
  if (sent === null) return;
  const closed = sent.map((one) => one.ticket);
  await showChanged(desk, closed, `${numbersText(closed)} closed, and the last answer sent.`, cli.out);
}

const answersMax = 1000;

function registerAudience(ticket: Command, cli: Cli): void {
  verb(ticket, "audience <number>", "Say who would get a public message on the ticket, and who would not and why.", [
    "ticket audience 12",
    "ticket audience 12 --json",
  ]).action(async (number: string) => {
    const wanted = readNumber(number);
    await cli.withDesk(async (desk) => {
      const found = await ticketOf(desk, wanted, cli.out);
      const audience = audienceOf(await writerOf(desk, found.ticket.mailbox), [...found.people, ...found.followers]);
      if (cli.out.isJson) {
        cli.out.json({
          ticket: found.ticket.number,
          recipients: audience.filter((one) => one.hears).length,
          audience: audience.map(hearingJson),
        });
        return;
      }
      cli.out.line(`${titleOf(found.ticket)}: ${countOf(audience)}`);
      for (const line of audienceLines(audience)) cli.out.line(line);
    });
  });
}
