// What a decision asks about others than the sender: for whom an agent's mail is filed, who stands in copy, whom commands
// name. Nothing is asked that the mail gives no reason to ask.

import { sql } from "kysely";
import { parentDomains } from "../address/domain.ts";
import { agentGuard } from "../desk/agent.ts";
import { foldName, type Organization } from "../desk/organization.ts";
import { projectGuard } from "../desk/project.ts";
import { teamGuard } from "../desk/team.ts";
import type { Facts, Question } from "../intake/facts.ts";
import type { CopiedFacts, NamedFacts } from "../intake/others.ts";
import { agentLists } from "./list-agents.ts";
import type { Database } from "./open.ts";
import { ownersOf } from "./owners.ts";
import { filledUp } from "./page.ts";
import { prepared } from "./prepared.ts";
import { decode } from "./schema.ts";
import { customerById } from "./tombstones.ts";

type Read = Database["read"];

const addressesOf = prepared((db, { keys }: { keys: readonly string[] }) =>
  db.selectFrom("customerAddress").selectAll().where("id", "in", keys),
);

/** In the order of the question; sub-domains of one owner are looked up together. */
export async function copiedFacts(read: Read, { copied }: Question): Promise<CopiedFacts[]> {
  if (copied.length === 0) return [];
  const rows = await addressesOf.rows(read, { keys: filledUp(copied.map(({ key }) => key)) });
  const byKey = new Map(rows.map((row) => [row.id, row]));
  const unknown = copied.filter(({ key }) => !byKey.has(key));
  const owners = await ownersOf(read, [...new Set(unknown.flatMap(({ domain }) => parentDomains(domain)))]);
  const found: CopiedFacts[] = [];
  for (const person of copied) {
    const row = byKey.get(person.key);
    const isAgent = row?.ownerKind === "agent";
    const customer = row === undefined || isAgent ? null : await customerById(read, row.ownerId);
    found.push({
      person,
      customer,
      isAgent,
      owners: row === undefined ? ownedAbove(owners, person.domain) : new Map(),
    });
  }
  return found;
}

const ownedAbove = (owners: ReadonlyMap<string, Organization>, domain: string): Map<string, Organization> =>
  new Map(
    parentDomains(domain).flatMap((parent) => {
      const owner = owners.get(parent);
      return owner === undefined ? [] : [[parent, owner] as const];
    }),
  );

/** By id, address or name; one name that an agent and a team share is nobody's. */
export async function namedFacts(read: Read, { commands }: Question, threads: Facts["threads"]): Promise<NamedFacts> {
  const assignees = new Map<string, { id: string; isActive: boolean; guard: ReturnType<typeof teamGuard> } | null>();
  const projects = new Map<
    string,
    { id: string; isOpen: boolean; isFollowed: boolean; guard: ReturnType<typeof projectGuard> } | null
  >();
  for (const command of commands.commands) {
    if (command.kind === "assign") assignees.set(command.name, await assigneeNamed(read, command.name));
    if (command.kind === "project") projects.set(command.name, await projectNamed(read, command.name));
  }
  return { assignees, projects, waiting: projects.size === 0 ? new Set() : await waitingOf(read, threads) };
}

const ticketsOf = (threads: Facts["threads"]): string[] => [
  ...new Set([...threads.values()].map(({ ticket }) => ticket.id)),
];

async function waitingOf(read: Read, threads: Facts["threads"]): Promise<Set<string>> {
  const ids = ticketsOf(threads);
  if (ids.length === 0) return new Set();
  const rows = await read
    .selectFrom("notice")
    .select("ticketId")
    .where("ticketId", "in", ids)
    .where("state", "=", sql.lit("waiting"))
    .where("kind", "=", "message")
    .execute();
  return new Set(rows.map(({ ticketId }) => ticketId));
}

const internalMax = 50;
const internalCharsMax = 20_000;
/** Shorter ones are anybody's. */
const lineCharsMin = 40;

/** What stands in internal and flagged messages of these tickets, the newest first. */
export async function internalLines(read: Read, threads: Facts["threads"]): Promise<string[]> {
  const ids = ticketsOf(threads);
  if (ids.length === 0) return [];
  const rows = await read
    .selectFrom("message")
    .innerJoin("conversation", "conversation.id", "message.conversationId")
    .select("message.newText")
    .where("conversation.ticketId", "in", ids)
    .where((eb) => eb.or([eb("conversation.visibility", "=", "internal"), eb("message.flag", "is not", null)]))
    .orderBy("message.createdAt", "desc")
    .limit(internalMax)
    .execute();
  const lines = rows.flatMap(({ newText }) => newText.slice(0, internalCharsMax).split("\n"));
  return [...new Set(lines.map((line) => line.trim()).filter((line) => line.length >= lineCharsMin))];
}

async function assigneeNamed(read: Read, name: string) {
  const team = await read
    .selectFrom("team")
    .selectAll()
    .where((eb) => eb.or([eb("nameKey", "=", foldName(name)), eb("id", "=", name)]))
    .executeTakeFirst();
  const agent = await agentLists({ read } as Database).agentByRef(name);
  if (team !== undefined && agent !== null) return null;
  if (team !== undefined) return { id: team.id, isActive: true, guard: teamGuard(team) };
  return agent === null ? null : { id: agent.id, isActive: agent.state === "active", guard: agentGuard(agent) };
}

async function projectNamed(read: Read, name: string) {
  const row = await read
    .selectFrom("project")
    .selectAll()
    .where((eb) => eb.or([eb("nameKey", "=", foldName(name)), eb("id", "=", name)]))
    .executeTakeFirst();
  if (row === undefined) return null;
  const followed = await read.selectFrom("follow").select("id").where("projectId", "=", row.id).limit(1).execute();
  const guard = projectGuard(decode("project", row));
  return { id: row.id, isOpen: row.state === "open", isFollowed: followed.length > 0, guard };
}
