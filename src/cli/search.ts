// `maildesk search TEXT`: the tickets whose title or messages, public or internal, hold these words (TIC-7). Each ticket stands
// there once, with the newest text in which it was found.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { readQuery } from "../desk/search.ts";
import type { TicketState } from "../desk/ticket.ts";
import { readSince } from "../desk/time-range.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { organizationOrNone } from "./known.ts";
import { type Column, isoTime, type ListShape, type Output, shortTime } from "./output.ts";
import { ticketJson } from "./ticket-rows.ts";
import { type ListOptions, limitOf, listOptions, verb } from "./verb.ts";

interface SearchOptions extends ListOptions {
  state?: TicketState | "all";
  org?: string;
  since?: string;
}

type FoundTicket = Awaited<ReturnType<App["lists"]["search"]>>["rows"][number];

export function registerSearch(program: Command, cli: Cli): void {
  const search = verb(
    program,
    "search <text...>",
    'Find tickets by the words of their titles and messages: all of them must be there, "as they stand" in quotes, not -this one, begin*.',
    [
      "search printer fire",
      "search '\"out of paper\" -toner'",
      "search 'invoic*' --org 'Acme Ltd' --since 30d",
      "search Zürich --state closed --json",
    ],
  )
    .addOption(
      new Option("--state <state>", "only tickets in this state (default: all)").choices([
        "open",
        "waiting",
        "closed",
        "all",
      ]),
    )
    .option("--org <organization>", "only tickets of this organization, by id, name or domain; none for those without")
    .option("--since <time>", "only what was written since: 2026-11-01, or 3d for the last three days");
  // `-toner` is a word that must not be there, and no option.
  listOptions(search.allowUnknownOption()).action((words: string[], options: SearchOptions) => {
    const unknown = words.find((word) => word.startsWith("--"));
    if (unknown !== undefined)
      throw usage(`There is no option ${unknown} of a search.`, { remedy: "maildesk search --help" });
    return cli.withDesk((desk) => find(desk, cli.out, words, options));
  });
}

const columns: readonly Column<FoundTicket>[] = [
  { head: "NUMBER", value: (row) => `#${row.number}`, right: true },
  { head: "SUBJECT", value: (row) => row.subject, max: 26 },
  { head: "STATUS", value: (row) => row.status },
  { head: "WRITTEN", value: (row) => shortTime(row.foundAt) },
  { head: "FOUND", value: (row) => row.snippet, max: 70 },
];

const shape: ListShape<FoundTicket> = {
  columns,
  id: (row) => String(row.number),
  json: (row) => ({
    ...ticketJson(row),
    message: row.messageId,
    visibility: row.visibility,
    foundAt: isoTime(row.foundAt),
    snippet: row.snippet,
  }),
  none: "Nothing was found.",
};

async function find(
  { app }: DeskSession,
  out: Output,
  words: readonly string[],
  { state = "all", org, since, ids, csv, ...more }: SearchOptions,
): Promise<void> {
  const query = readQuery(words.join(" "));
  const organization = await organizationOrNone(app, org);
  const { rows, total } = await app.lists.search(query, {
    states: state === "all" ? [] : [state],
    organizationId: organization === null ? null : organization?.id,
    sinceMs: since === undefined ? undefined : readSince(since, app.clock.now()),
    limit: limitOf({ ...more, ...(ids ? { ids } : {}), ...(csv ? { csv } : {}) }, out.isJson),
  });
  out.list(rows, total, { ...shape, ids, csv });
}
