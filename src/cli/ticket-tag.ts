// `maildesk ticket tag add | remove`: tags put on tickets and taken off, and what `ticket set tag+=x` does. A tag that is new is made
// with its first ticket.
import type { Command } from "commander";
import type { Change, Guard } from "../desk/change.ts";
import { foldName } from "../desk/organization.ts";
import { newTag, putTag, readTags, type Tag, tagAmong, tagCalled, tagGuard, takeTag } from "../desk/tag.ts";
import type { Ticket } from "../desk/ticket.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { namedText, type TicketFilterOptions, ticketFilter } from "./ticket-filter.ts";
import { changeTickets, type ManyChanges } from "./ticket-many.ts";
import { readNumbers } from "./ticket-rows.ts";
import { noun, verb } from "./verb.ts";

/** Names; `all`: these and no others. */
export interface WantedTags {
  add?: readonly string[];
  remove?: readonly string[];
  all?: readonly string[] | undefined;
}

export function registerTicketTag(ticket: Command, cli: Cli): void {
  const tag = noun(ticket, "tag", "Put tags on tickets, or take them off.");
  const register = (name: "add" | "remove", sentence: string, examples: string[]) =>
    ticketFilter(verb(tag, `${name} <numbers-and-tags...>`, sentence, examples)).action(
      (words: string[], options: TicketFilterOptions) => {
        const first = words.findIndex((word) => !/^#?\d+$/.test(word));
        const names = first < 0 ? [] : words.slice(first).flatMap(readTags);
        if (names.length === 0)
          throw usage(`Name the tickets, then the tags: ticket tag ${name} 12 14 urgent.`, {
            remedy: "Or say by flags which tickets: `ticket list` takes the same.",
          });
        const numbers = readNumbers(words.slice(0, first));
        return cli.withDesk((desk) => tagAll(cli, desk, name, numbers, names, options));
      },
    );
  register("add", "Put tags on tickets; one that is new is made.", [
    "ticket tag add 12 urgent",
    "ticket tag add 12 14 urgent 'needs a part'",
    "ticket tag add --org 'Acme Ltd' renewal --dry-run",
  ]);
  register("remove", "Take tags off tickets.", [
    "ticket tag remove 12 urgent",
    "ticket tag remove --tag urgent urgent",
  ]);
}

async function tagAll(
  cli: Cli,
  desk: DeskSession,
  name: "add" | "remove",
  numbers: readonly number[],
  names: readonly string[],
  options: TicketFilterOptions,
): Promise<void> {
  const told = names.join(", ");
  await changeTickets(cli, desk, {
    what: `ticket tag ${name} ${namedText(numbers)} ${told}`,
    numbers,
    options,
    decide: (tickets) => tagChanges(desk, tickets, name === "add" ? { add: names } : { remove: names }),
    becomes: name === "add" ? `get ${told}` : `lose ${told}`,
    question: name === "add" ? `Put ${told} on` : `Take ${told} off`,
    end: "changed.",
    nothing: "Nothing to change: it was so already.",
  });
}

/** What tags mean for these tickets. Usage where one is to go that is none. */
export async function tagChanges(
  { app }: DeskSession,
  tickets: readonly Ticket[],
  wanted: WantedTags,
): Promise<ManyChanges> {
  const now = app.clock.now();
  const tags = await app.lists.tags();
  const rows = await app.lists.ticketTags(tickets.map(({ id }) => id));
  const made = new Map<string, Change>();
  const guards: Guard[] = [];
  const idOf = (name: string): string => {
    const known: Tag | undefined = tagAmong(tags, name);
    if (known !== undefined) {
      guards.push(tagGuard(known));
      return known.id;
    }
    const id = app.ids.next("tag");
    made.set(foldName(name), newTag(id, name, "", now));
    return id;
  };
  const named = new Map([...(wanted.add ?? []), ...(wanted.all ?? [])].map((name) => [foldName(name), name]));
  const put = [...named.values()].map(idOf);
  const taken = new Set((wanted.remove ?? []).map((name) => tagCalled(tags, name).id));
  return {
    first: [...made.values()],
    guards,
    of({ id }) {
      const own = rows.get(id) ?? [];
      const gone = own.filter(({ tagId }) => taken.has(tagId) || (wanted.all !== undefined && !put.includes(tagId)));
      const missing = put.filter((tagId) => !own.some((row) => row.tagId === tagId));
      return [...gone.map(takeTag), ...missing.map((tagId) => putTag(id, tagId, now))];
    },
  };
}
