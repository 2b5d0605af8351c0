// Which tickets a verb is about: the same flags on `ticket list` and on every verb that acts on several (TIC-3). A verb takes
// numbers or flags, never both, and asks before it acts on all that the flags find. Flags are resolved to ids here, so that a
// mistyped name is an error and never an empty list.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { readQuery } from "../desk/search.ts";
import { tagCalled } from "../desk/tag.ts";
import type { Ticket, TicketState } from "../desk/ticket.ts";
import { readPriority } from "../desk/ticket-edit.ts";
import { statusCalled } from "../desk/ticket-status.ts";
import { readTimeRange } from "../desk/time-range.ts";
import { usage } from "../errors.ts";
import { knownAssignee } from "./assignee.ts";
import type { DeskSession } from "./context.ts";
import { fieldFilter, wantedValues } from "./field-filter.ts";
import { knownCustomer, organizationOrNone } from "./known.ts";
import { counted, type Output } from "./output.ts";
import { projectOrNone } from "./project-rows.ts";
import { ticketsOf } from "./ticket-rows.ts";
import { typeNamed } from "./type.ts";
import { collect, excluding } from "./verb.ts";

export type TicketFilter = Parameters<App["lists"]["ticketList"]>[0];

export interface TicketFilterOptions {
  state?: TicketState | "all";
  status?: string;
  org?: string;
  project?: string;
  requester?: string;
  follower?: string;
  assignee?: string;
  unassigned?: boolean;
  type?: string;
  priority?: string;
  field?: string[];
  tag?: string[];
  text?: string;
  created?: string;
  updated?: string;
  waitingSince?: string;
  unanswered?: boolean;
}

const times = 'such as ">3d", "<2h", 2026-11-01 or 2026-11-01..2026-11-30';

/** `byDefault`: which tickets where no state was said. */
export function ticketFilter(command: Command, byDefault = "open and waiting"): Command {
  const filtered = fieldFilter(
    command
      .addOption(
        new Option("--state <state>", `only in this state (default: ${byDefault})`).choices([
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
      .option("--follower <customer>", "only those that this customer follows")
      .option("--assignee <agent-or-team>", "only those of this agent, or of this team")
      .option("--unassigned", "only those that nobody takes care of")
      .option("--type <type>", "only of this type")
      .option("--priority <0-5>", "only of this priority"),
  )
    .option("--tag <tag>", "only with this tag; may be given several times", collect)
    .option("--text <text>", "only with these words, or words that begin so, in the subject or in a message")
    .option("--created <time>", `only made then: ${times}`)
    .option("--updated <time>", "only touched then")
    .option("--waiting-since <time>", "only those on which a customer waits for an answer since then")
    .option("--unanswered", "only those whose last public message is a customer's");
  return excluding(filtered, "assignee", "unassigned");
}

/** Options that are no filter, such as --limit, do not count. */
export const isByFlags = (options: TicketFilterOptions): boolean =>
  [
    ...[options.state, options.status, options.org, options.project, options.requester, options.follower],
    ...[options.assignee, options.unassigned, options.type, options.priority, options.field, options.tag],
    ...[options.text, options.created, options.updated, options.waitingSince, options.unanswered],
  ].some((one) => one !== undefined);

const unclosed = ["open", "waiting"] as const;

/** `byDefault`: the states where neither --state nor --status is given. */
export async function ticketFilterOf(
  app: App,
  options: TicketFilterOptions,
  byDefault: readonly TicketState[] = unclosed,
): Promise<TicketFilter> {
  const status = options.status === undefined ? undefined : statusCalled(await app.lists.statuses(), options.status);
  const isWaited = options.unanswered === true || options.waitingSince !== undefined;
  if (isWaited && (options.state === "closed" || status?.state === "closed"))
    throw usage("On a closed ticket nobody waits for an answer.", {
      remedy: "Leave out --unanswered and --waiting-since.",
    });
  const now = app.clock.now();
  const time = (flag: string, text: string | undefined) =>
    text === undefined ? undefined : readTimeRange(flag, text, now);
  const { state } = options;
  const filter: TicketFilter = {
    states: state === "all" ? [] : state !== undefined ? [state] : status !== undefined ? [] : byDefault,
    status: status?.id,
    type: options.type === undefined ? undefined : await typeNamed(app, "ticket", options.type),
    text: options.text === undefined ? undefined : readQuery(options.text, true),
    priority: options.priority === undefined ? undefined : readPriority(options.priority),
    fields: await wantedValues(app, "ticket", options.field),
    created: time("--created", options.created),
    updated: time("--updated", options.updated),
    waiting: time("--waiting-since", options.waitingSince),
  };
  if (options.unanswered === true) filter.waiting ??= { fromMs: null, untilMs: null };
  if (options.tag !== undefined) {
    const tags = await app.lists.tags();
    filter.tags = options.tag.map((name) => tagCalled(tags, name).id);
  }
  if (options.unassigned === true) filter.assigneeId = null;
  if (options.assignee !== undefined) filter.assigneeId = (await knownAssignee(app, options.assignee)).id;
  const organization = await organizationOrNone(app, options.org);
  if (organization !== undefined) filter.organizationId = organization?.id ?? null;
  const project = await projectOrNone(app, options.project);
  if (project !== undefined) filter.projectId = project?.id ?? null;
  if (options.requester !== undefined) filter.requesterId = (await knownCustomer(app, options.requester)).customer.id;
  if (options.follower !== undefined) filter.followerId = (await knownCustomer(app, options.follower)).customer.id;
  return filter;
}

export interface SelectedTickets {
  tickets: Ticket[];
  /** True where flags said which: then it is asked first. */
  byFlags: boolean;
}

const foundMax = 10_000;

/** The tickets of these numbers, each once, or all that the flags find. */
export async function selectedTickets(
  desk: DeskSession,
  numbers: readonly number[],
  options: TicketFilterOptions,
  out: Output,
  byDefault?: readonly TicketState[],
): Promise<SelectedTickets> {
  const byFlags = isByFlags(options);
  if (byFlags && numbers.length > 0)
    throw usage("Name tickets by number, or say by flags which: not both.", {
      remedy: "`ticket list` takes the same flags.",
    });
  if (!byFlags && numbers.length === 0)
    throw usage("Name the tickets by number, or say by flags which.", {
      remedy: "`maildesk ticket list` takes the same flags and shows which it would be.",
    });
  if (!byFlags) return { tickets: (await ticketsOf(desk, numbers, out)).map(({ ticket }) => ticket), byFlags };
  const filter = await ticketFilterOf(desk.app, options, byDefault);
  const tickets = await desk.app.lists.ticketsFound(filter, foundMax + 1);
  if (tickets.length > foundMax)
    throw usage(`These are more than ${foundMax} tickets, too many for one change.`, { remedy: "Add flags." });
  return { tickets, byFlags };
}

const namedMax = 5;

/** `7 tickets (#1, #2, ... and 2 more)`: for a question before all of them change. */
export function whichText(tickets: readonly Pick<Ticket, "number">[]): string {
  const named = tickets.slice(0, namedMax).map(({ number }) => `#${number}`);
  const more = tickets.length > namedMax ? ` and ${tickets.length - namedMax} more` : "";
  return `${counted(tickets.length, "ticket")} (${named.join(", ")}${more})`;
}

/** What is logged of the command: numbers as they were typed. */
export const namedText = (numbers: readonly number[]): string => (numbers.length > 0 ? numbers.join(" ") : "by flags");
