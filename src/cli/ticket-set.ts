// `maildesk ticket set | assign | reopen | link`: what a person changes on tickets by hand, several at once, in one
// commit and so with one undo.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { audienceOf } from "../desk/answer.ts";
import { type Guard, present } from "../desk/change.ts";
import type { Field } from "../desk/field.ts";
import { projectGuard } from "../desk/project.ts";
import { readTags } from "../desk/tag.ts";
import { linkTickets, type Ticket } from "../desk/ticket.ts";
import { editTicket, readPriority, readType, type TicketValues } from "../desk/ticket-edit.ts";
import { isBuiltIn, statusCalled, statusGuard } from "../desk/ticket-status.ts";
import { conflict, usage } from "../errors.ts";
import { newAssignee } from "./assignee.ts";
import type { Cli, DeskSession } from "./context.ts";
import { fieldChangesOf, fieldKeys } from "./field.ts";
import { knownOrganization } from "./known.ts";
import { counted } from "./output.ts";
import { projectOrNone } from "./project-rows.ts";
import { isByFlags, namedText, type TicketFilterOptions, ticketFilter } from "./ticket-filter.ts";
import { changeTickets, type ManyChanges } from "./ticket-many.ts";
import { numbersText, readNumber, readNumbers, showChanged, ticketOf, ticketsOf } from "./ticket-rows.ts";
import { gainLines } from "./ticket-sight.ts";
import { tagChanges } from "./ticket-tag.ts";
import { typeNamed } from "./type.ts";
import { readPairs, verb } from "./verb.ts";

const keys = ["subject", "status", "priority", "type", "organization", "project", "assignee", "tags"] as const;
const tagKeys = ["tag+", "tag-"] as const;
/** `org=` is what people type. */
const aliases: Record<string, string> = {
  org: "organization",
  assigned: "assignee",
  prio: "priority",
  title: "subject",
};

export function registerTicketSet(ticket: Command, cli: Cli): void {
  registerSet(ticket, cli);
  registerAssign(ticket, cli);
  registerReopen(ticket, cli);
  registerLink(ticket, cli);
}

function registerSet(ticket: Command, cli: Cli): void {
  ticketFilter(
    verb(
      ticket,
      "set <numbers-and-values...>",
      `Change properties of tickets: ${keys.join(", ")}, and custom fields by field:KEY; tag+=NAME and tag-=NAME for one tag more or less. K= clears.`,
      [
        "ticket set 12 priority=4 type=incident field:severity=high",
        "ticket set 12 14 15 organization='Acme Ltd' tag+=renewal",
        "ticket set 12 assignee=",
        "ticket set 12 status=waiting --dry-run",
        "ticket set --org Acme --waiting-since '>3d' priority=5",
      ],
    ),
  ).action(async (words: string[], options: TicketFilterOptions) => {
    const at = words.findIndex((word) => word.includes("="));
    const first = at < 0 ? words.length : at;
    const remedy = `Known keys: ${keys.join(", ")}, tag+, tag-, field:KEY.`;
    if (first === 0 && !isByFlags(options)) throw usage("Name the tickets first: ticket set 12 KEY=VALUE.", { remedy });
    if (first === words.length) throw usage("There is nothing to set: ticket set 12 KEY=VALUE.", { remedy });
    const numbers = readNumbers(words.slice(0, first));
    await cli.withDesk(async (desk) => {
      const { app } = desk;
      const fields = await app.lists.fields("ticket");
      const pairs = readPairs(words.slice(first).map(resolveAlias), [...keys, ...tagKeys, ...fieldKeys(fields)]);
      const told = words.slice(first).join(", ");
      const found = await changeTickets(cli, desk, {
        what: `ticket set ${numbers.length > 0 ? words.join(" ") : `by flags ${[...pairs.keys()].join(" ")}`}`,
        numbers,
        options,
        decide: (tickets) => decideSet(desk, tickets, pairs, fields),
        becomes: `have ${told}`,
        question: `Set ${told} on`,
        ...setWords,
      });
      if (found !== null) await sayWhoHears(cli, desk, found, pairs.get("project"));
    });
  });
}

const setWords = { end: "changed.", nothing: "Nothing to change: it was so already." };

async function decideSet(
  desk: DeskSession,
  tickets: readonly Ticket[],
  pairs: ReadonlyMap<string, string>,
  fields: readonly Field[],
): Promise<ManyChanges> {
  const { app } = desk;
  const now = app.clock.now();
  const { values, guards } = await wantedOf(desk, pairs);
  if (pairs.has("project")) for (const one of tickets) await mustBeTold(app, one, pairs.get("project"));
  const ofFields = await fieldChangesOf(
    app,
    fields,
    tickets.map(({ id }) => id),
    pairs,
  );
  const tags = await tagChanges(desk, tickets, {
    add: readTags(pairs.get("tag+") ?? ""),
    remove: readTags(pairs.get("tag-") ?? ""),
    all: pairs.has("tags") ? readTags(pairs.get("tags") ?? "") : undefined,
  });
  return {
    ...tags,
    gains: await gainLines(app, tickets, (await projectOrNone(app, pairs.get("project"))) ?? null),
    inWords: values.status !== undefined && !isBuiltIn({ id: values.status }),
    guards: [...guards, ...tags.guards],
    of: (one) => [...present([editTicket(one, values, now)]), ...(ofFields.get(one.id) ?? []), ...tags.of(one)],
  };
}

/** An answer that waits was confirmed for those who were on the ticket then: who follows the project must not get it too. */
async function mustBeTold(app: App, ticket: Ticket, ref: string | undefined): Promise<void> {
  const project = (await projectOrNone(app, ref)) ?? null;
  if (project === null || project.id === ticket.projectId || !(await app.lists.ticketWaitsToBeTold(ticket.id))) return;
  if ((await app.lists.followersOfProject(project.id, [])).length === 0) return;
  throw conflict(
    `What was said on #${ticket.number} still waits to be sent: those who follow ${project.name} would get it as well.`,
    { remedy: "Do this when it has left (`maildesk deliver`), or take it back first: maildesk undo." },
  );
}

/** Who hears of answers from now on that did not before (VIS-2). */
async function sayWhoHears(
  { out }: Cli,
  desk: DeskSession,
  found: readonly Ticket[],
  ref: string | undefined,
): Promise<void> {
  const project = (await projectOrNone(desk.app, ref)) ?? null;
  if (project === null) return;
  const numbers = found.map(({ number }) => number);
  for (const { ticket, followers } of await ticketsOf(desk, numbers, out)) {
    const count = audienceOf({ kind: "desk", id: null }, followers).filter((one) => one.hears).length;
    if (count > 0)
      out.note(
        `#${ticket.number}: ${counted(count, "person who follows", "people who follow")} ${project.name} ${count === 1 ? "hears" : "hear"} of answers too.`,
      );
  }
}

function resolveAlias(pair: string): string {
  const at = pair.indexOf("=");
  const alias = aliases[pair.slice(0, Math.max(0, at)).toLowerCase()];
  return alias === undefined ? pair : `${alias}${pair.slice(at)}`;
}

/** What tickets shall have, and that those whom it names are as they were read. */
interface Wanted {
  values: TicketValues;
  guards: Guard[];
}

async function wantedOf(desk: DeskSession, pairs: ReadonlyMap<string, string>): Promise<Wanted> {
  const values: TicketValues = {};
  const guards: Guard[] = [];
  for (const [key, text] of pairs) {
    if (key === "subject") {
      if (text.trim() === "") throw usage("A ticket can't be without a subject.");
      values.subject = text;
    } else if (key === "status") {
      const status = statusCalled(await desk.app.lists.statuses(), text);
      Object.assign(values, { status: status.id, state: status.state });
      guards.push(statusGuard(status));
    } else if (key === "priority") values.priority = text === "" ? 0 : readPriority(text);
    else if (key === "type") values.type = await typeNamed(desk.app, "ticket", readType(text));
    else if (key === "organization")
      values.organizationId = isNone(text) ? null : (await knownOrganization(desk.app, text)).id;
    else if (key === "project") {
      const project = await projectOrNone(desk.app, text);
      values.projectId = project?.id ?? null;
      if (project != null) guards.push(projectGuard(project));
    } else if (key === "assignee") {
      const wanted = await assigneeWanted(desk, text);
      Object.assign(values, wanted.values);
      guards.push(...wanted.guards);
    }
  }
  return { values, guards };
}

const isNone = (text: string): boolean => text.trim() === "" || text.trim().toLowerCase() === "none";

async function assigneeWanted({ app }: DeskSession, text: string): Promise<Wanted> {
  const assignee = await newAssignee(app, text);
  return { values: { assigneeId: assignee?.id ?? null }, guards: assignee === null ? [] : [assignee.guard] };
}

function registerAssign(ticket: Command, cli: Cli): void {
  ticketFilter(
    verb(
      ticket,
      "assign <numbers-and-assignee...>",
      "Give tickets to an agent or a team, named last; none takes them away.",
      [
        "ticket assign 12 joe@desk.example",
        "ticket assign 12 14 Billing",
        "ticket assign 12 none",
        "ticket assign --unassigned --org Acme Billing",
      ],
    ),
  ).action(async (words: string[], options: TicketFilterOptions) => {
    const numbers = readNumbers(words.slice(0, -1));
    const who = words.at(-1) ?? "";
    if (numbers.length === 0 && !isByFlags(options))
      throw usage("Name the tickets, then an agent or a team: ticket assign 12 AGENT.");
    await cli.withDesk(async (desk) => {
      await changeTickets(cli, desk, {
        what: `ticket assign ${namedText(numbers)} ${who}`,
        numbers,
        options,
        async decide() {
          const { values, guards } = await assigneeWanted(desk, who);
          return { guards, of: (one) => present([editTicket(one, values, desk.app.clock.now())]) };
        },
        becomes: `be assigned to ${who}`,
        question: `Assign to ${who}:`,
        ...setWords,
      });
    });
  });
}

function registerReopen(ticket: Command, cli: Cli): void {
  ticketFilter(
    verb(ticket, "reopen [numbers...]", "Open closed tickets again; nobody is told.", [
      "ticket reopen 12",
      "ticket reopen 12 14",
      "ticket reopen --tag recall --dry-run",
    ]),
    "closed",
  ).action(async (texts: string[], options: TicketFilterOptions) => {
    const numbers = readNumbers(texts);
    await cli.withDesk(async (desk) => {
      await changeTickets(cli, desk, {
        what: `ticket reopen ${namedText(numbers)}`,
        numbers,
        options,
        byDefault: ["closed"],
        decide: async () => ({
          guards: [],
          of: (one) =>
            one.state === "closed" ? present([editTicket(one, { status: "open" }, desk.app.clock.now())]) : [],
        }),
        becomes: "be open again",
        question: "Open again",
        end: "open again.",
        nothing: "Nothing was changed.",
        already: "not closed.",
      });
    });
  });
}

function registerLink(ticket: Command, cli: Cli): void {
  verb(ticket, "link <number> <other>", "Note that two tickets concern each other.", ["ticket link 12 14"]).action(
    async (one: string, other: string) => {
      const numbers = [readNumber(one), readNumber(other)] as const;
      await cli.withDesk(async (desk) => {
        const { app } = desk;
        const done = await desk.change(`ticket link ${numbers.join(" ")}`, async () => {
          const pair = [
            (await ticketOf(desk, numbers[0], cli.out)).ticket,
            (await ticketOf(desk, numbers[1], cli.out)).ticket,
          ].sort((a, b) => a.number - b.number);
          const [older, younger] = pair;
          if (older === undefined || younger === undefined || older.id === younger.id)
            throw usage("A ticket can't be linked to itself.");
          const link = await app.lists.ticketLink(older.id, younger.id);
          return {
            changes: link === null ? [linkTickets(older.id, younger.id, app.clock.now())] : [],
            result: { pair, link },
          };
        });
        if (done === null) return;
        await showChanged(
          desk,
          done.pair,
          `${numbersText(done.pair)} ${done.link === null ? "are linked" : "were linked already"}.`,
          cli.out,
        );
      });
    },
  );
}
