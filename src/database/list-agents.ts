// Agents as the command shows them: few people, found by id, by any of their addresses or by their name.
import { sql } from "kysely";
import { parseAddress } from "../address/email.ts";
import type { Agent } from "../desk/agent.ts";
import type { AgentFollow } from "../desk/agent-hearing.ts";
import type { Customer } from "../desk/customer.ts";
import { foldName } from "../desk/organization.ts";
import type { Database } from "./open.ts";
import { decode } from "./schema.ts";
import { promotedTo } from "./tombstones.ts";

export interface AgentRow extends Agent {
  /** The primary address. */
  address: string;
  /** Open and waiting tickets assigned to this agent. */
  openTickets: number;
}

const agentsMax = 5_000;

export function agentLists({ read }: Database) {
  const base = () =>
    read
      .selectFrom("agent")
      .leftJoin("customerAddress", (join) =>
        join.onRef("customerAddress.ownerId", "=", "agent.id").on("customerAddress.isPrimary", "=", 1),
      )
      .selectAll("agent")
      .select((eb) => [
        "customerAddress.address",
        eb
          .selectFrom("ticket")
          .select(sql<number>`count(*)`.as("n"))
          .whereRef("ticket.assigneeId", "=", "agent.id")
          .where("ticket.state", "in", ["open", "waiting"])
          .where("ticket.mergedInto", "is", null)
          .as("openTickets"),
      ]);
  type Row = Awaited<ReturnType<ReturnType<typeof base>["execute"]>>[number];
  const rowOf = ({ address, openTickets, ...agent }: Row): AgentRow => ({
    ...decode("agent", agent),
    address: address ?? "",
    openTickets: Number(openTickets ?? 0),
  });

  return {
    /** By id or address, or by the id of the customer that they were, else by a name that only one agent has. */
    async agentByRef(ref: string): Promise<AgentRow | null> {
      const parsed = parseAddress(ref);
      const owner = parsed.ok
        ? await read
            .selectFrom("customerAddress")
            .select("ownerId")
            .where("id", "=", parsed.key)
            .where("ownerKind", "=", "agent")
            .executeTakeFirst()
        : undefined;
      const id = owner?.ownerId ?? ref.trim().toLowerCase();
      const byId = await base()
        .where("agent.id", "=", id.startsWith("cus_") ? ((await promotedTo(read, id)) ?? id) : id)
        .executeTakeFirst();
      if (byId !== undefined) return rowOf(byId);
      const named = (await base().limit(agentsMax).execute()).filter(
        (row) => row.name !== "" && foldName(row.name) === foldName(ref),
      );
      const [only] = named;
      return only === undefined || named.length > 1 ? null : rowOf(only);
    },

    /** By name. */
    async projectsFollowedBy(agentId: string): Promise<(AgentFollow & { name: string })[]> {
      return await read
        .selectFrom("agentFollow")
        .innerJoin("project", "project.id", "agentFollow.projectId")
        .selectAll("agentFollow")
        .select("project.name")
        .where("agentFollow.agentId", "=", agentId)
        .orderBy("project.nameKey")
        .limit(agentsMax)
        .execute();
    },

    /** The customer who became this agent; null where nobody did. */
    async customerBefore(agentId: string): Promise<Customer | null> {
      const row = await read
        .selectFrom("customer")
        .selectAll()
        .where("mergedInto", "=", agentId)
        .where("state", "=", "promoted")
        .executeTakeFirst();
      return row === undefined ? null : decode("customer", row);
    },

    /** In the order in which they were made. */
    async agentList(filter: { limit: number }): Promise<{ rows: AgentRow[]; total: number }> {
      const { n } = await read
        .selectFrom("agent")
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow();
      const rows = await base().orderBy("agent.id").limit(filter.limit).execute();
      return { rows: rows.map(rowOf), total: Number(n) };
    },
  };
}
