// The one way in which a public answer leaves the command: its audience is shown with the count, a terminal is asked, and
// then the words, the files and the notice are committed together (TIC-5).
import { answerTicket, audienceOf, type Written } from "../desk/answer.ts";
import { type Change, isSet, present } from "../desk/change.ts";
import type { Hearing } from "../desk/recipients.ts";
import type { Ticket } from "../desk/ticket.ts";
import { editTicket } from "../desk/ticket-edit.ts";
import type { Words } from "../desk/words.ts";
import type { Cli, DeskSession } from "./context.ts";
import type { Body } from "./message-body.ts";
import { countOf, showAudience, writerOf } from "./ticket-audience.ts";
import { drawOf } from "./ticket-draw.ts";
import { ticketsOf } from "./ticket-rows.ts";

export interface Answered {
  ticket: Ticket;
  audience: Hearing[];
  written: Written;
}

/** One answer on each ticket in one commit, after the audience was shown and confirmed; null where nothing was done. */
export async function sendAnswers(
  cli: Cli,
  desk: DeskSession,
  what: string,
  numbers: readonly number[],
  words: Words,
  blobs: Body["blobs"],
  status: "closed" | null,
): Promise<Answered[] | null> {
  const { app } = desk;
  if (desk.isDryRun) {
    for (const found of await ticketsOf(desk, numbers, cli.out))
      showAudience(
        cli,
        titleOf(found.ticket),
        audienceOf(await writerOf(desk, found.ticket.mailbox), [...found.people, ...found.followers]),
        true,
      );
    cli.out.note("Nothing was sent (--dry-run).");
    return null;
  }
  const draw = await drawOf(app, numbers.length);
  const holdMs = (await app.desk.settings())["mail.hold"];
  return await desk.change(
    what,
    async () => {
      const now = app.clock.now();
      const result: Answered[] = [];
      const changes: Change[] = [];
      for (const found of await ticketsOf(desk, numbers, cli.out)) {
        const writer = await writerOf(desk, found.ticket.mailbox);
        const written = answerTicket({ ...found, writer, words, holdMs, now }, draw);
        changes.push(...written.changes);
        if (status !== null)
          changes.push(...present([editTicket(after(found.ticket, written.changes), { status }, now)]));
        result.push({
          ticket: found.ticket,
          audience: audienceOf(writer, [...found.people, ...found.followers]),
          written,
        });
      }
      return {
        changes,
        guards: result.flatMap((one) => one.written.guards),
        notices: result.flatMap((one) => one.written.notices),
        blobs,
        result,
      };
    },
    ({ result }) => {
      for (const { ticket, audience } of result) showAudience(cli, titleOf(ticket), audience, false);
      return `Send to ${countOf(result.flatMap((one) => one.audience))}?`;
    },
  );
}

export const titleOf = (ticket: Ticket): string => `Audience of #${ticket.number}`;

/** The ticket as these changes leave it. */
function after(ticket: Ticket, changes: readonly Change[]): Ticket {
  let row = ticket;
  for (const change of changes) {
    if (change.table === "ticket" && !isSet(change) && change.id === ticket.id) row = { ...row, ...change.after };
  }
  return row;
}
