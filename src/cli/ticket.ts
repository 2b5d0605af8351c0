// `maildesk ticket`: the noun with its list; showing, writing, setting and people are in files of their own. Filters are
// resolved to ids here, so that a mistyped name is an error and never an empty list.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { readPriority, readStatus } from "../desk/ticket-edit.ts";
import { usage } from "../errors.ts";
import { knownAssignee } from "./assignee.ts";
import type { Cli, DeskSession } from "./context.ts";
import { fieldFilter, wantedValues } from "./field-filter.ts";
import { knownCustomer, organizationOrNone } from "./known.ts";
import { projectOrNone } from "./project-rows.ts";
import { registerTicketFreeze } from "./ticket-freeze.ts";
import { registerTicketMerge } from "./ticket-merge.ts";
import { registerTicketNew } from "./ticket-new.ts";
import { registerTicketPeople } from "./ticket-people.ts";
import { ticketShape } from "./ticket-rows.ts";
import { registerTicketSet } from "./ticket-set.ts";
import { registerTicketShow } from "./ticket-show.ts";
import { registerTicketUnlink } from "./ticket-unlink.ts";
import { registerTicketWrite } from "./ticket-write.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";
import { registerViewers } from "./visibility.ts";

type TicketFilter = Parameters<App["lists"]["ticketList"]>[0];

interface TicketListOptions extends ListOptions {
  state?: "open" | "waiting" | "closed" | "all";
  status?: string;
  org?: string;
  project?: string;
  requester?: string;
  assignee?: string;
  unassigned?: boolean;
  type?: string;
  priority?: string;
  field?: string[];
  text?: string;
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
  registerTicketPeople(ticket, cli);
  registerViewers(ticket, cli);
  registerTicketUnlink(ticket, cli);
  registerTicketMerge(ticket, cli);
  registerTicketFreeze(ticket, cli);
}

function registerList(ticket: Command, cli: Cli): void {
  const list = fieldFilter(
    verb(ticket, "list", "List tickets that are not closed, the newest first.", [
      "ticket list",
      "ticket list --state all --org 'Acme Ltd'",
      "ticket list --unassigned --priority 5",
      "ticket list --assignee Billing",
      "ticket list --requester ann@acme.com --json",
      "ticket list --field severity=high --field region=",
    ]),
  )
    .addOption(
      new Option("--state <state>", "only in this state (default: open and waiting)").choices([
        "open",
        "waiting",
        "closed",
        "all",
      ]),
    )
    .option("--status <status>", "only of this status")
    .option("--org <organization>", "only of this organization, by id, name or domain; none for tickets without")
    .option("--project <project>", "only of this project, by id or name; none for tickets without")
    .option("--requester <customer>", "only those that this customer asked")
    .option("--assignee <agent-or-team>", "only those of this agent, or of this team")
    .option("--unassigned", "only those that nobody takes care of")
    .option("--type <type>", "only of this type")
    .option("--priority <0-5>", "only of this priority")
    .option("--text <text>", "only with this in the subject");
  listOptions(list).action(async (options: TicketListOptions) => {
    if (options.assignee !== undefined && options.unassigned === true)
      throw usage("--assignee and --unassigned exclude each other.");
    await cli.withDesk(async (desk) => {
      const page = await desk.app.lists.ticketList(await filterOf(desk, options), limitOf(options, cli.out.isJson));
      cli.out.list(page.rows, page.total, { ...ticketShape, ids: options.ids, csv: options.csv });
    });
  });
}

async function filterOf({ app }: DeskSession, options: TicketListOptions): Promise<TicketFilter> {
  const status = options.status === undefined ? undefined : readStatus(options.status);
  const state = options.state ?? (status === undefined ? "unclosed" : "all");
  const states = {
    unclosed: ["open", "waiting"],
    all: [],
    open: ["open"],
    waiting: ["waiting"],
    closed: ["closed"],
  } as const;
  const filter: TicketFilter = {
    states: states[state],
    status,
    type: options.type,
    text: options.text,
    priority: options.priority === undefined ? undefined : readPriority(options.priority),
    fields: await wantedValues(app, "ticket", options.field),
  };
  if (options.unassigned === true) filter.assigneeId = null;
  if (options.assignee !== undefined) filter.assigneeId = (await knownAssignee(app, options.assignee)).id;
  const organization = await organizationOrNone(app, options.org);
  if (organization !== undefined) filter.organizationId = organization?.id ?? null;
  const project = await projectOrNone(app, options.project);
  if (project !== undefined) filter.projectId = project?.id ?? null;
  if (options.requester !== undefined) filter.requesterId = (await knownCustomer(app, options.requester)).customer.id;
  return filter;
}
