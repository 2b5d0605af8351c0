// Teams as the command shows them, and which tickets are assigned to whom: an agent or a team.
import { sql } from "kysely";
import type { Agent, AgentBelongings } from "../desk/agent.ts";
import { foldName } from "../desk/organization.ts";
import type { Team, TeamBelongings, TeamMember } from "../desk/team.ts";
import type { Database } from "./open.ts";

export interface TeamRow extends Team {
  members: number;
  /** Open and waiting tickets assigned to the team itself. */
  openTickets: number;
}

export interface TeamAgent extends Pick<Agent, "id" | "name" | "state" | "version"> {
  member: TeamMember;
  /** The primary address. */
  address: string;
}

export function teamLists({ read }: Database) {
  const base = () =>
    read
      .selectFrom("team")
      .selectAll("team")
      .select((eb) => [
        eb
          .selectFrom("teamMember")
          .select(sql<number>`count(*)`.as("n"))
          .whereRef("teamMember.teamId", "=", "team.id")
          .as("members"),
        eb
          .selectFrom("ticket")
          .select(sql<number>`count(*)`.as("n"))
          .whereRef("ticket.assigneeId", "=", "team.id")
          .where("ticket.state", "in", ["open", "waiting"])
          .where("ticket.mergedInto", "is", null)
          .as("openTickets"),
      ]);
  type Row = Awaited<ReturnType<ReturnType<typeof base>["execute"]>>[number];
  const rowOf = ({ members, openTickets, ...team }: Row): TeamRow => ({
    ...team,
    members: Number(members ?? 0),
    openTickets: Number(openTickets ?? 0),
  });

  /** Closed ones, and those that were merged away, count too: they refer to who has them. */
  const ticketsOf = async (assigneeId: string): Promise<TeamBelongings["tickets"]> => {
    const rows = await read
      .selectFrom("ticket")
      .select(["id", "state"])
      .where("assigneeId", "=", assigneeId)
      .orderBy("number")
      .execute();
    const idsOf = (isClosed: boolean) =>
      rows.filter(({ state }) => (state === "closed") === isClosed).map(({ id }) => id);
    return { unclosed: idsOf(false), closed: idsOf(true) };
  };

  const membersWhere = (column: "teamId" | "agentId", id: string): Promise<TeamMember[]> =>
    read.selectFrom("teamMember").selectAll().where(column, "=", id).orderBy("id").execute();

  return {
    /** By id or name. */
    async teamByRef(ref: string): Promise<TeamRow | null> {
      const row = await base()
        .where((eb) => eb.or([eb("team.id", "=", ref.trim().toLowerCase()), eb("team.nameKey", "=", foldName(ref))]))
        .executeTakeFirst();
      return row === undefined ? null : rowOf(row);
    },

    /** By name. */
    async teamList(filter: { limit: number }): Promise<{ rows: TeamRow[]; total: number }> {
      const { n } = await read
        .selectFrom("team")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow();
      const rows = await base().orderBy("team.nameKey").limit(filter.limit).execute();
      return { rows: rows.map(rowOf), total: Number(n) };
    },

    /** In the order in which the agents were made. */
    async teamAgents(teamId: string): Promise<TeamAgent[]> {
      const rows = await read
        .selectFrom("teamMember")
        .innerJoin("agent", "agent.id", "teamMember.agentId")
        .leftJoin("customerAddress", (join) =>
          join.onRef("customerAddress.ownerId", "=", "agent.id").on("customerAddress.isPrimary", "=", 1),
        )
        .selectAll("teamMember")
        .select(["agent.name", "agent.state", "agent.version as agentVersion", "customerAddress.address"])
        .where("teamMember.teamId", "=", teamId)
        .orderBy("agent.id")
        .execute();
      return rows.map(({ name, state, agentVersion, address, ...member }) => ({
        id: member.agentId,
        name,
        state,
        version: agentVersion,
        address: address ?? "",
        member,
      }));
    },

    /** By name. */
    async teamsOf(agentId: string): Promise<Team[]> {
      return await read
        .selectFrom("teamMember")
        .innerJoin("team", "team.id", "teamMember.teamId")
        .selectAll("team")
        .where("teamMember.agentId", "=", agentId)
        .orderBy("team.nameKey")
        .execute();
    },

    async teamBelongings({ members: _members, openTickets: _openTickets, ...team }: TeamRow): Promise<TeamBelongings> {
      return { team, members: await membersWhere("teamId", team.id), tickets: await ticketsOf(team.id) };
    },

    async agentBelongings(agentId: string): Promise<AgentBelongings> {
      const addresses = await read.selectFrom("customerAddress").select("id").where("ownerId", "=", agentId).execute();
      return {
        addresses: addresses.map(({ id }) => id),
        members: await membersWhere("agentId", agentId),
        tickets: await ticketsOf(agentId),
      };
    },
  };
}
