// `maildesk ticket`: the noun with its list; showing, writing, setting, tags and people are in files of their own.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import type { Cli } from "./context.ts";
import { isByFlags, type TicketFilterOptions, ticketFilter, ticketFilterOf } from "./ticket-filter.ts";
import { registerTicketFreeze } from "./ticket-freeze.ts";
import { registerTicketMerge } from "./ticket-merge.ts";
import { registerTicketNew } from "./ticket-new.ts";
import { registerTicketPeople } from "./ticket-people.ts";
import { ticketShape } from "./ticket-rows.ts";
import { registerTicketSet } from "./ticket-set.ts";
import { registerTicketShow } from "./ticket-show.ts";
import { registerTicketTag } from "./ticket-tag.ts";
import { registerTicketUnlink } from "./ticket-unlink.ts";
import { registerTicketWrite } from "./ticket-write.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";
import { registerViewers } from "./visibility.ts";

const orders = ["number", "created", "updated", "priority", "waiting"] as const satisfies readonly NonNullable<
  Parameters<App["lists"]["ticketList"]>[2]
>["by"][];

interface TicketListOptions extends ListOptions, TicketFilterOptions {
  sort: (typeof orders)[number];
  reverse?: boolean;
}

export function registerTicket(program: Command, cli: Cli): void {
  const ticket = noun(
    program,
    "ticket",
    "Tickets: what customers asked, what they were answered, and what is still to do.",
  );
  registerList(ticket, cli);
  registerTicketShow(ticket, cli);
  registerTicketNew(ticket, cli);
  registerTicketWrite(ticket, cli);
  registerTicketSet(ticket, cli);
  registerTicketTag(ticket, cli);
  registerTicketPeople(ticket, cli);
  registerViewers(ticket, cli);
  registerTicketUnlink(ticket, cli);
  registerTicketMerge(ticket, cli);
  registerTicketFreeze(ticket, cli);
}

function registerList(ticket: Command, cli: Cli): void {
  const list = ticketFilter(
    verb(ticket, "list", "List tickets that are not closed, the newest first.", [
      "ticket list",
      "ticket list --state all --org 'Acme Ltd'",
      "ticket list --unassigned --priority 5",
      "ticket list --assignee Billing --tag urgent",
      "ticket list --waiting-since '>3d' --sort waiting",
      "ticket list --state closed --updated 2026-11-01..2026-11-30 --csv",
      "ticket list --requester ann@acme.com --json",
      "ticket list --field severity=high --field region=",
    ]),
  )
    .addOption(
      new Option("--sort <order>", "the newest number first, or by this, the latest, highest or longest first")
        .choices(orders)
        .default("number"),
    )
    .option("--reverse", "the other way round");
  listOptions(list).action((options: TicketListOptions) =>
    cli.withDesk(async ({ app }) => {
      const order = { by: options.sort, reverse: options.reverse === true };
      const filter = await ticketFilterOf(app, options);
      const page = await app.lists.ticketList(filter, limitOf(options, cli.out.isJson), order);
      const none = isByFlags(options) ? "No such tickets." : ticketShape.none;
      cli.out.list(page.rows, page.total, { ...ticketShape, none, ids: options.ids, csv: options.csv });
    }),
  );
}
