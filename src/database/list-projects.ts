// Projects as the command shows them, and who follows which (SHA-6).
import { sql } from "kysely";
import { foldName } from "../desk/organization.ts";
import { type Follow, type Follower, type FollowLevel, followerId, type Project } from "../desk/project.ts";
import { mayReceive } from "../desk/recipients.ts";
import { followersOf } from "./followers.ts";
import type { Page } from "./list-tickets.ts";
import type { Database } from "./open.ts";
import { contains, idLists } from "./page.ts";
import { followingCandidates } from "./standalone.ts";

export interface ProjectRow extends Project {
  followers: number;
  /** Open and waiting tickets. */
  openTickets: number;
}

/** One who follows a project: a customer, or an organization with as many customers as it has now. */
export interface FollowerRow {
  follow: Follow;
  name: string;
  /** The primary address; null for an organization. */
  address: string | null;
  /** 1 for a customer. */
  people: number;
  /** Of those people how many left it by unsubscribe. */
  left: number;
}

/** A project that somebody follows. */
export interface FollowedRow {
  id: string;
  name: string;
  state: Project["state"];
  level: FollowLevel;
  /** The name of the organization by which they follow; null where they do themselves. */
  through: string | null;
}

const pageMax = 500;

export function projectLists({ read }: Database) {
  const base = () =>
    read
      .selectFrom("project")
      .selectAll("project")
      .select((eb) => [
        eb
          .selectFrom("follow")
          .select(sql<number>`count(*)`.as("n"))
          .whereRef("follow.projectId", "=", "project.id")
          .as("followers"),
        eb
          .selectFrom("ticket")
          .select(sql<number>`count(*)`.as("n"))
          .whereRef("ticket.projectId", "=", "project.id")
          .where("ticket.state", "in", ["open", "waiting"])
          .where("ticket.mergedInto", "is", null)
          .as("openTickets"),
      ]);
  type Row = Awaited<ReturnType<ReturnType<typeof base>["execute"]>>[number];
  const rowOf = ({ followers, openTickets, ...project }: Row): ProjectRow => ({
    ...project,
    followers: Number(followers ?? 0),
    openTickets: Number(openTickets ?? 0),
  });

  return {
    /** By name. */
    async projectList(
      filter: { states: readonly Project["state"][]; text?: string | undefined },
      limit: number,
    ): Promise<Page<ProjectRow>> {
      const { states, text } = filter;
      const pattern = text === undefined ? null : contains(foldName(text));
      const some = () =>
        read
          .selectFrom("project")
          .$if(states.length > 0, (query) => query.where("state", "in", [...states]))
          .$if(pattern !== null, (query) => query.where(sql<boolean>`"nameKey" like ${pattern} escape '\\'`));
      const ids = await some().select("id").orderBy("nameKey").limit(limit).execute();
      const all = await some()
        .select((eb) => eb.fn.countAll<number>().as("n"))
        .executeTakeFirstOrThrow();
      const rows: ProjectRow[] = [];
      for (let start = 0; start < ids.length; start += pageMax) {
        const part = ids.slice(start, start + pageMax).map(({ id }) => id);
        rows.push(...(await base().where("project.id", "in", part).orderBy("nameKey").execute()).map(rowOf));
      }
      return { rows, total: Number(all.n) };
    },

    /** By id or name. */
    async projectByRef(ref: string): Promise<ProjectRow | null> {
      const row = await base()
        .where((eb) => eb.or([eb("project.id", "=", ref.trim()), eb("project.nameKey", "=", foldName(ref))]))
        .executeTakeFirst();
      return row === undefined ? null : rowOf(row);
    },

    /** Organizations before customers, in the order in which they came. */
    async projectFollowers(projectId: string): Promise<FollowerRow[]> {
      const organizations = await read
        .selectFrom("follow")
        .innerJoin("organization", "organization.id", "follow.organizationId")
        .selectAll("follow")
        .select((eb) => [
          "organization.name",
          eb
            .selectFrom("customer")
            .select(sql<number>`count(*)`.as("n"))
            .whereRef("customer.organizationId", "=", "organization.id")
            .as("people"),
          eb
            .selectFrom("optOut")
            .innerJoin("customer", "customer.id", "optOut.customerId")
            .select(sql<number>`count(*)`.as("n"))
            .where("optOut.aboutId", "=", projectId)
            .whereRef("customer.organizationId", "=", "organization.id")
            .as("left"),
        ])
        .where("follow.projectId", "=", projectId)
        .orderBy("follow.createdAt")
        .execute();
      const customers = await read
        .selectFrom("follow")
        .innerJoin("customer", "customer.id", "follow.customerId")
        .leftJoin("customerAddress", (join) =>
          join.onRef("customerAddress.ownerId", "=", "customer.id").on("customerAddress.isPrimary", "=", 1),
        )
        .selectAll("follow")
        .select(["customer.name", "customerAddress.address"])
        .where("follow.projectId", "=", projectId)
        .orderBy("follow.createdAt")
        .execute();
      return [
        ...organizations.map(({ name, people, left, ...follow }) => ({
          follow,
          name,
          address: null,
          people: Number(people ?? 0),
          left: Number(left ?? 0),
        })),
        ...customers.map(({ name, address, ...follow }) => ({ follow, name, address, people: 1, left: 0 })),
      ];
    },

    /** The follow of one of one project, or null. */
    async followOf(projectId: string, who: Follower): Promise<Follow | null> {
      const id = `${projectId}:${followerId(who)}`;
      return (await read.selectFrom("follow").selectAll().where("id", "=", id).executeTakeFirst()) ?? null;
    },

    /** What one follows, by project; not what follows from being in an organization. */
    async followsBy({ customerId, organizationId }: Follower): Promise<Map<string, Follow>> {
      const rows = await read
        .selectFrom("follow")
        .selectAll()
        .where((eb) =>
          customerId === null ? eb("organizationId", "=", organizationId) : eb("customerId", "=", customerId),
        )
        .execute();
      return new Map(rows.map((row) => [row.projectId, row]));
    },

    /** What these customers follow themselves, by customer. */
    async followsOfAll(customerIds: readonly string[]): Promise<Map<string, Follow[]>> {
      const found = new Map<string, Follow[]>();
      for (const ids of idLists(customerIds))
        for (const row of await read.selectFrom("follow").selectAll().where("customerId", "in", ids).execute())
          found.set(row.customerId ?? "", [...(found.get(row.customerId ?? "") ?? []), row]);
      return found;
    },

    /** Projects that an organization follows, or a customer does, themselves or through their organization; by name. */
    async followedBy(of: { customerId: string | null; organizationId: string | null }): Promise<FollowedRow[]> {
      const ids = [of.customerId, of.organizationId].filter((id) => id !== null);
      const rows = await read
        .selectFrom("follow")
        .innerJoin("project", "project.id", "follow.projectId")
        .leftJoin("organization", "organization.id", "follow.organizationId")
        .select(["project.id", "project.name", "project.state", "follow.level", "organization.name as through"])
        .where((eb) => eb.or([eb("follow.customerId", "in", ids), eb("follow.organizationId", "in", ids)]))
        .orderBy("project.nameKey")
        .execute();
      return rows.map(({ through, ...row }) => ({ ...row, through: of.customerId === null ? null : through }));
    },

    /** How many people hear what is said on a project, and of the answers on its tickets; nobody where it is closed. */
    async countFollowing(project: Project): Promise<{ posts: number; replies: number }> {
      const count = { posts: 0, replies: 0 };
      if (project.state === "closed") return count;
      for await (const people of followersOf(read, project.id, pageMax)) {
        const all = await followingCandidates(read, project, people, "");
        const hear = all.filter(
          ({ customer, address, left }) => left !== true && address !== null && mayReceive(customer, address) === null,
        );
        count.posts += hear.length;
        count.replies += hear.filter(({ level }) => level !== "posts").length;
      }
      return count;
    },
  };
}
