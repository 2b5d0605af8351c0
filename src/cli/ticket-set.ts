// `maildesk ticket set | assign | reopen | link`: what a person changes on tickets by hand, several at once, in one
// commit and so with one undo.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { audienceOf } from "../desk/answer.ts";
import { type Change, describe, type Guard, present } from "../desk/change.ts";
import { projectGuard } from "../desk/project.ts";
import { linkTickets, type Ticket } from "../desk/ticket.ts";
import { editTicket, readPriority, readStatus, readType, type TicketValues } from "../desk/ticket-edit.ts";
import { conflict, usage } from "../errors.ts";
import { newAssignee } from "./assignee.ts";
import type { Cli, DeskSession } from "./context.ts";
import { fieldChanges, fieldKeys } from "./field.ts";
import { knownOrganization } from "./known.ts";
import { counted } from "./output.ts";
import { projectOrNone } from "./project-rows.ts";
import { numbersText, readNumber, readNumbers, showChanged, ticketGuard, ticketOf, ticketsOf } from "./ticket-rows.ts";
import { gainLines, isAsked } from "./ticket-sight.ts";
import { typeNamed } from "./type.ts";
import { readPairs, verb } from "./verb.ts";

const keys = ["subject", "status", "priority", "type", "organization", "project", "assignee"] as const;
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
  verb(
    ticket,
    "set <numbers-and-values...>",
    `Change properties of tickets: ${keys.join(", ")}, and custom fields by field:KEY. K= clears.`,
    [
      "ticket set 12 priority=4 type=incident field:severity=high",
      "ticket set 12 14 15 organization='Acme Ltd'",
      "ticket set 12 assignee=",
      "ticket set 12 status=waiting --dry-run",
    ],
  ).action(async (words: string[]) => {
    const first = words.findIndex((word) => word.includes("="));
    if (first < 1)
      throw usage(
        first === 0
          ? "Name the tickets first: ticket set 12 KEY=VALUE."
          : "There is nothing to set: ticket set 12 KEY=VALUE.",
        { remedy: `Known keys: ${keys.join(", ")}.` },
      );
    const numbers = readNumbers(words.slice(0, first));
    await cli.withDesk(async (desk) => {
      const { app } = desk;
      const fields = await app.lists.fields("ticket");
      const pairs = readPairs(words.slice(first).map(resolveAlias), [...keys, ...fieldKeys(fields)]);
      const wanted = () => wantedOf(desk, pairs);
      const more = async (ticket: Ticket) => {
        if (pairs.has("project")) await mustBeTold(app, ticket, pairs.get("project"));
        return await fieldChanges(app, fields, ticket.id, pairs);
      };
      await edit(cli, desk, `ticket set ${words.join(" ")}`, numbers, wanted, more, pairs.get("project"));
      if (!desk.isDryRun) await sayWhoHears(cli, desk, numbers, pairs.get("project"));
    });
  });
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
  numbers: readonly number[],
  ref: string | undefined,
): Promise<void> {
  const project = (await projectOrNone(desk.app, ref)) ?? null;
  if (project === null) return;
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
    } else if (key === "status") values.status = readStatus(text);
    else if (key === "priority") values.priority = text === "" ? 0 : readPriority(text);
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

/** The same values on all of these tickets; those that have them already are left alone. */
async function edit(
  cli: Cli,
  desk: DeskSession,
  what: string,
  numbers: readonly number[],
  wanted: () => Promise<Wanted>,
  more: (ticket: Ticket) => Promise<readonly Change[]> = async () => [],
  projectRef?: string,
): Promise<void> {
  const decide = async () => {
    const { values, guards } = await wanted();
    const found = (await ticketsOf(desk, numbers, cli.out)).map((one) => one.ticket);
    const changes = found.map((one) => editTicket(one, values, desk.app.clock.now()));
    const ofFields = await Promise.all(found.map((one) => more(one)));
    const changed = found.filter((_, at) => changes[at] !== null || (ofFields[at] ?? []).length > 0);
    const gains = await gainLines(desk.app, found, (await projectOrNone(desk.app, projectRef)) ?? null);
    const all = [...present(changes), ...ofFields.flat()];
    return {
      changes: all,
      ...(gains.length === 0 ? {} : { summary: [...all.map(describe), ...gains] }),
      guards: changed.length === 0 ? [] : [...changed.map(ticketGuard), ...guards],
      result: { found, changed, gains },
    };
  };
  const done = await desk.change(what, decide, ({ result: { gains } }) => {
    for (const line of gains) cli.out.note(line);
    return gains.length > 0 && isAsked() ? "Move it there?" : null;
  });
  if (done === null) return;
  const { found, changed } = done;
  await showChanged(
    desk,
    found,
    changed.length === 0 ? "Nothing to change: it was so already." : `${numbersText(changed)} changed.`,
    cli.out,
  );
}

function registerAssign(ticket: Command, cli: Cli): void {
  verb(
    ticket,
    "assign <numbers-and-assignee...>",
    "Give tickets to an agent or a team, named last; none takes them away.",
    ["ticket assign 12 joe@desk.example", "ticket assign 12 14 Billing", "ticket assign 12 none"],
  ).action(async (words: string[]) => {
    const numbers = readNumbers(words.slice(0, -1));
    const who = words.at(-1) ?? "";
    if (numbers.length === 0) throw usage("Name the tickets, then an agent or a team: ticket assign 12 AGENT.");
    await cli.withDesk(
      async (desk) =>
        await edit(cli, desk, `ticket assign ${words.join(" ")}`, numbers, () => assigneeWanted(desk, who)),
    );
  });
}

function registerReopen(ticket: Command, cli: Cli): void {
  verb(ticket, "reopen <numbers...>", "Open closed tickets again; nobody is told.", [
    "ticket reopen 12",
    "ticket reopen 12 14",
  ]).action(async (texts: string[]) => {
    const numbers = readNumbers(texts);
    await cli.withDesk(async (desk) => {
      const done = await desk.change(`ticket reopen ${numbers.join(" ")}`, async () => {
        const found = (await ticketsOf(desk, numbers, cli.out)).map((one) => one.ticket);
        const closed = found.filter((one) => one.state === "closed");
        return {
          changes: present(closed.map((one) => editTicket(one, { status: "open" }, desk.app.clock.now()))),
          guards: closed.map(ticketGuard),
          result: { found, closed },
        };
      });
      if (done === null) return;
      const before = done.found.filter((one) => !done.closed.includes(one));
      if (before.length > 0) cli.out.note(`${numbersText(before)} not closed.`);
      await showChanged(
        desk,
        done.found,
        done.closed.length === 0 ? "Nothing was changed." : `${numbersText(done.closed)} open again.`,
        cli.out,
      );
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
