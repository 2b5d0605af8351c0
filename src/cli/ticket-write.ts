// `maildesk ticket reply | note | close`: what an agent says on tickets that exist. A public message shows its audience
// first and asks; a note asks nobody, as nobody hears it.
import type { Command } from "commander";
import { audienceOf, mustAnswer, noteOnTicket } from "../desk/answer.ts";
import { present } from "../desk/change.ts";
import { editTicket } from "../desk/ticket-edit.ts";
import { usage } from "../errors.ts";
import type { Cli } from "./context.ts";
import { type Body, type BodyOptions, bodyOptions, readBody } from "./message-body.ts";
import { audienceLines, countOf, hearingJson, writerOf } from "./ticket-audience.ts";
import { drawOf } from "./ticket-draw.ts";
import {
  numbersText,
  readNumber,
  readNumbers,
  showChanged,
  type TicketFound,
  ticketGuard,
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
      "echo 'It is mended.' | maildesk ticket reply 12 - --yes",
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
  verb(ticket, "close <numbers...>", "Close tickets; nobody is told, unless a last answer is given with --reply.", [
    "ticket close 12 14",
    "ticket close 12 --reply 'Solved, thank you.' --yes",
  ])
    .option("--reply <text>", "a last public answer")
    .action(async (texts: string[], options: { reply?: string }) => {
      const numbers = readNumbers(texts);
      await cli.withDesk(async (desk) => {
        const { app } = desk;
        if (options.reply !== undefined) {
          mustAnswer(desk.agent);
          for (const found of await ticketsOf(desk, numbers, cli.out)) mustHavePeople(found);
          const { words } = await readBody({ text: options.reply }, undefined, "");
          const sent = await sendAnswers(
            cli,
            desk,
            `ticket close ${numbers.join(" ")} --reply`,
            numbers,
            words,
            [],
            "closed",
          );
          if (sent !== null)
            await showChanged(
              desk,
              sent.map((one) => one.ticket),
              `${numbersText(sent.map((one) => one.ticket))} closed, and the last answer sent.`,
              cli.out,
            );
          return;
        }
        const done = await desk.change(`ticket close ${numbers.join(" ")}`, async () => {
          const found = (await ticketsOf(desk, numbers, cli.out)).map((one) => one.ticket);
          const open = found.filter((one) => one.state !== "closed");
          return {
            changes: present(open.map((one) => editTicket(one, { status: "closed" }, app.clock.now()))),
            guards: open.map(ticketGuard),
            result: { found, open },
          };
        });
        if (done === null) return;
        const before = done.found.filter((one) => !done.open.includes(one));
        if (before.length > 0) cli.out.note(`${numbersText(before)} closed already.`);
        await showChanged(
          desk,
          done.found,
          done.open.length === 0 ? "Nothing was changed." : `${numbersText(done.open)} closed.`,
          cli.out,
        );
      });
    });
}

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
