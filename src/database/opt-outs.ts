// Who left what (SHA-10): marks those among whom something is told, and lists what somebody left and who left something.
import { type OptOut, optOutId } from "../desk/opt-out.ts";
import type { Candidate } from "../desk/recipients.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { prepared } from "./prepared.ts";
import { rowById } from "./row-by-id.ts";

type Read = Database["read"];

const known = prepared((db, { ids }: { ids: readonly string[] }) =>
  db.selectFrom("optOut").select(["id", "customerId"]).where("id", "in", ids),
);

/** The same people, those who left one of these marked. */
export async function withLeft<C extends Candidate>(
  read: Read,
  candidates: readonly C[],
  abouts: readonly string[],
): Promise<C[]> {
  const left = await whoLeft(
    read,
    candidates.map(({ customer }) => customer.id),
    abouts,
  );
  return left.size === 0
    ? [...candidates]
    : candidates.map((one) => (left.has(one.customer.id) ? { ...one, left: true } : one));
}

/** Ids of those of these customers who left one of these; null stands for the digest. */
export async function whoLeft(
  read: Read,
  customerIds: readonly string[],
  abouts: readonly (string | null)[],
): Promise<Set<string>> {
  const left = new Set<string>();
  const wanted = customerIds.flatMap((id) => abouts.map((about) => optOutId(about, id)));
  for (const ids of idLists(wanted)) for (const row of await known.rows(read, { ids })) left.add(row.customerId);
  return left;
}

export const hasLeft = async (read: Read, customerId: string, about: string | null): Promise<boolean> =>
  (await optOutOf(read, customerId, about)) !== null;

export const optOutOf = async (read: Read, customerId: string, about: string | null): Promise<OptOut | null> =>
  (await rowById(read, "optOut", optOutId(about, customerId))) ?? null;

/** What somebody left, as a command shows it. */
export interface LeftRow {
  optOut: OptOut;
  kind: "ticket" | "project" | "conversation" | "digest";
  /** Of a ticket. */
  number: number | null;
  /** The project's name, the conversation's title, the ticket's subject; "" for the digest. */
  name: string;
}

export function optOutLists({ read }: Database) {
  return {
    /** What one customer left, the latest first. */
    async leftBy(customerId: string): Promise<LeftRow[]> {
      const rows = await read
        .selectFrom("optOut")
        .leftJoin("ticket", "ticket.id", "optOut.aboutId")
        .leftJoin("project", "project.id", "optOut.aboutId")
        .leftJoin("standalone", "standalone.id", "optOut.aboutId")
        .selectAll("optOut")
        .select(["ticket.number", "ticket.subject as title", "project.name", "standalone.subject"])
        .where("optOut.customerId", "=", customerId)
        .orderBy("optOut.createdAt", "desc")
        .orderBy("optOut.id")
        .execute();
      return rows.map(({ number, title, name, subject, ...optOut }): LeftRow => {
        if (number !== null) return { optOut, kind: "ticket", number, name: title ?? "" };
        if (name !== null) return { optOut, kind: "project", number: null, name };
        return { optOut, kind: subject === null ? "digest" : "conversation", number: null, name: subject ?? "" };
      });
    },

    /** Who left a project, a ticket or a conversation, the latest first. */
    async leftFrom(aboutId: string): Promise<{ optOut: OptOut; name: string; address: string }[]> {
      const rows = await read
        .selectFrom("optOut")
        .innerJoin("customer", "customer.id", "optOut.customerId")
        .leftJoin("customerAddress", (join) =>
          join.onRef("customerAddress.ownerId", "=", "customer.id").on("customerAddress.isPrimary", "=", 1),
        )
        .selectAll("optOut")
        .select(["customer.name", "customerAddress.address"])
        .where("optOut.aboutId", "=", aboutId)
        .orderBy("optOut.createdAt", "desc")
        .orderBy("optOut.id")
        .execute();
      return rows.map(({ name, address, ...optOut }) => ({ optOut, name, address: address ?? "" }));
    },

    optOutOf: (customerId: string, about: string | null): Promise<OptOut | null> => optOutOf(read, customerId, about),
  };
}
