// One change on several tickets, by their numbers or by the flags of `ticket list`: the flags say first which they are and ask; all
// of it is one commit, and so one undo (TIC-3).
import { type Change, describe, type Guard } from "../desk/change.ts";
import type { Ticket, TicketState } from "../desk/ticket.ts";
import { assignmentNotices } from "./assignment-notice.ts";
import type { Cli, DeskSession } from "./context.ts";
import { selectedTickets, type TicketFilterOptions, whichText } from "./ticket-filter.ts";
import { numbersText, showChanged, ticketGuard } from "./ticket-rows.ts";
import { isAsked } from "./ticket-sight.ts";

export interface Many {
  /** The command as it is logged. */
  what: string;
  numbers: readonly number[];
  options: TicketFilterOptions;
  /** The states of the flags where none is said. */
  byDefault?: readonly TicketState[];
  /** Decides on tickets as they are; asked again where somebody was faster. */
  decide(tickets: readonly Ticket[]): Promise<ManyChanges>;
  /** What becomes of one, after `would`: "be closed". */
  becomes: string;
  /** `Close`: for the question before it is done to all that flags find. */
  question: string;
  /** `closed.`: after the numbers of those that changed. */
  end: string;
  /** Said where none changed. */
  nothing: string;
  /** Said of those that were so already; none is said where it is not there. */
  already?: string;
}

export interface ManyChanges {
  /** Written before the others, where a ticket changes. */
  first?: readonly Change[];
  of(ticket: Ticket): readonly Change[];
  /** --dry-run says it in words also where numbers were given: the changes would name what people know by another name. */
  inWords?: boolean;
  guards: readonly Guard[];
  /** Who gains sight of a ticket by it, a sentence each: said before it is done, and asked on a terminal. */
  gains?: readonly string[];
}

/** Resolves to those that were found, or null where nothing was done. */
export async function changeTickets(cli: Cli, desk: DeskSession, many: Many): Promise<Ticket[] | null> {
  const { out } = cli;
  const done = await desk.change(
    many.what,
    async () => {
      const { tickets, byFlags } = await selectedTickets(desk, many.numbers, many.options, out, many.byDefault);
      const decided = await many.decide(tickets);
      const each = tickets.map((ticket) => ({ ticket, changes: decided.of(ticket) }));
      const changed = each.filter(({ changes }) => changes.length > 0).map(({ ticket }) => ticket);
      const isNone = changed.length === 0;
      const gains = isNone ? [] : (decided.gains ?? []);
      const changes = isNone ? [] : [...(decided.first ?? []), ...each.flatMap((one) => one.changes)];
      return {
        changes,
        notices: await assignmentNotices(desk, changes),
        guards: isNone ? [] : [...changed.map(ticketGuard), ...decided.guards],
        summary: [
          ...(byFlags || decided.inWords === true
            ? changed.map(({ number, subject }) => `#${number} would ${many.becomes} (${subject})`)
            : gains.length > 0
              ? changes.map(describe)
              : []),
          ...gains,
        ],
        result: { tickets, byFlags, changed, gains },
      };
    },
    ({ result: { byFlags, changed, gains } }) => {
      for (const line of gains) out.note(line);
      if (byFlags && changed.length > 0) return `${many.question} ${whichText(changed)}?`;
      return gains.length > 0 && isAsked() ? "Move it there?" : null;
    },
  );
  if (done === null) return null;
  const { tickets, byFlags, changed } = done;
  const same = tickets.filter((one) => !changed.includes(one));
  if (many.already !== undefined && same.length > 0 && !byFlags) out.note(`${numbersText(same)} ${many.already}`);
  const sentence = changed.length === 0 ? many.nothing : `${numbersText(changed)} ${many.end}`;
  await showChanged(desk, tickets, sentence, out);
  return tickets;
}
