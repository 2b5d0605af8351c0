// Teams of agents (AGT-1). A ticket's assignee is an agent or a team (TIC-1), so a team that ends must let go of all its
// tickets; membership says who belongs together, and gives nobody a right.
import { badData, conflict } from "../errors.ts";
import type { Agent } from "./agent.ts";
import { type Change, type Guard, insert, remove, update } from "./change.ts";
import { foldName } from "./organization.ts";
import type { Decided } from "./organization-merge.ts";
import { rowKey } from "./refers.ts";

export interface Team {
  id: string;
  name: string;
  /** The name folded; unique. */
  nameKey: string;
  createdAt: number;
  version: number;
}

/** `id` is team id, colon, agent id. */
export interface TeamMember {
  id: string;
  teamId: string;
  agentId: string;
  createdAt: number;
  version: number;
}

/** What belongs to one team, all of it. */
export interface TeamBelongings {
  team: Team;
  members: readonly TeamMember[];
  /** Ids of the tickets assigned to it: those not closed, and the closed ones. */
  tickets: { unclosed: readonly string[]; closed: readonly string[] };
}

const nameCharsMax = 100;

export function newTeam(id: string, name: string, now: number): Change {
  const clean = teamName(name);
  return insert("team", { id, name: clean, nameKey: foldName(clean), createdAt: now });
}

export function renameTeam(team: Team, name: string): Change | null {
  const clean = teamName(name);
  return update("team", team, { name: clean, nameKey: foldName(clean) });
}

export const joinTeam = (team: Pick<Team, "id">, agent: Pick<Agent, "id">, now: number): Change =>
  insert("teamMember", { id: `${team.id}:${agent.id}`, teamId: team.id, agentId: agent.id, createdAt: now });

export const leaveTeam = (member: TeamMember): Change => remove("teamMember", member);

/** Ends a team; its tickets, closed ones too, are assigned to nobody then, which only `force` allows. */
export function removeTeam({ team, members, tickets }: TeamBelongings, force: boolean): Decided {
  const { unclosed, closed } = tickets;
  const ids = [...unclosed, ...closed];
  if (ids.length > 0 && !force)
    throw conflict(`${assignedText(unclosed.length, closed.length)} assigned to the team ${team.name}.`, {
      remedy: "Assign them to somebody else first, or add --force: then nobody has them.",
    });
  const except = new Set([
    ...members.map((row) => rowKey("teamMember", row.id)),
    ...ids.map((id) => rowKey("ticket", id)),
  ]);
  return {
    changes: [
      ...reassign(ids, team.id, null),
      ...members.map((row) => remove("teamMember", row)),
      remove("team", team),
    ],
    guards: [{ kind: "unreferenced", table: "team", id: team.id, except }, teamGuard(team)],
  };
}

function assignedText(unclosed: number, closed: number): string {
  const tickets = (count: number) => `${count} ticket${count === 1 ? "" : "s"}`;
  const verb = unclosed + closed === 1 ? "is" : "are";
  if (closed === 0) return `${tickets(unclosed)} ${verb}`;
  return unclosed === 0
    ? `${tickets(closed)}, all closed, ${verb}`
    : `${tickets(unclosed + closed)} (${closed} closed) ${verb}`;
}

/** The same tickets with another assignee; none where there are no tickets. */
export const reassign = (ids: readonly string[], from: string, to: string | null): Change[] =>
  ids.length === 0 ? [] : [{ table: "ticket", ids, before: { assigneeId: from }, after: { assigneeId: to } }];

/** As it was read: nobody joins a team, and no ticket goes to one, that is removed meanwhile. */
export const teamGuard = ({ id, version }: Pick<Team, "id" | "version">): Guard => ({
  kind: "version",
  table: "team",
  id,
  version,
});

function teamName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "" || name.length > nameCharsMax)
    throw badData(`A team needs a name of at most ${nameCharsMax} characters.`);
  if (foldName(name) === "none")
    throw badData('A team can\'t be named "none": that is how tickets are assigned to nobody.');
  return name;
}
