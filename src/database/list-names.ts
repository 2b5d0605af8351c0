// Names that begin with what somebody typed, for the shell's completion: a few at once, each a short range of an index.
// A database is read as it is, and neither made nor migrated for it.
import type { Kysely } from "kysely";
import { foldName } from "../desk/organization.ts";
import { onceRead } from "./read-once.ts";
import type { Schema } from "./schema.ts";

type Read = Kysely<Schema>;

const namesMax = 50;
/** Above every letter. */
const last = "\u{10ffff}";

const lists = {
  async organization(db: Read, begin: string): Promise<string[]> {
    const key = foldName(begin);
    const rows = await db
      .selectFrom("organization")
      .select("name")
      .where("state", "=", "active")
      .where("nameKey", ">=", key)
      .where("nameKey", "<", key + last)
      .orderBy("nameKey")
      .limit(namesMax)
      .execute();
    return [...rows.map((row) => row.name), ...(await lists.domain(db, begin))];
  },

  async project(db: Read, begin: string): Promise<string[]> {
    const key = foldName(begin);
    const rows = await db
      .selectFrom("project")
      .select("name")
      .where("nameKey", ">=", key)
      .where("nameKey", "<", key + last)
      .orderBy("nameKey")
      .limit(namesMax)
      .execute();
    return rows.map((row) => row.name);
  },

  async team(db: Read, begin: string): Promise<string[]> {
    const rows = await db.selectFrom("team").select("name").orderBy("nameKey").limit(definedMax).execute();
    return startingWith(
      rows.map((row) => row.name),
      begin,
    );
  },

  async domain(db: Read, begin: string): Promise<string[]> {
    const key = begin.toLowerCase();
    const rows = await db
      .selectFrom("organizationDomain")
      .select("id")
      .where("id", ">=", key)
      .where("id", "<", key + last)
      .orderBy("id")
      .limit(namesMax)
      .execute();
    return rows.map((row) => row.id);
  },

  async customer(db: Read, begin: string): Promise<string[]> {
    const key = begin.normalize("NFC").toLowerCase();
    const rows = await db
      .selectFrom("customerAddress")
      .select("address")
      .where("id", ">=", key)
      .where("id", "<", key + last)
      .where("ownerKind", "=", "customer")
      .orderBy("id")
      .limit(namesMax)
      .execute();
    return rows.map((row) => row.address);
  },

  /** Agents are few, customers' addresses many: so by the agents. */
  async agent(db: Read, begin: string): Promise<string[]> {
    const rows = await db
      .selectFrom("agent")
      .innerJoin("customerAddress", "customerAddress.ownerId", "agent.id")
      .select(["customerAddress.id", "customerAddress.address"])
      .limit(agentsMax)
      .execute();
    return startingWith(
      rows.map((row) => row.address),
      begin,
    );
  },

  async type(db: Read, begin: string): Promise<string[]> {
    const rows = await db.selectFrom("type").select("name").orderBy("nameKey").limit(definedMax).execute();
    return startingWith(
      rows.map((row) => row.name),
      begin,
    );
  },

  async tag(db: Read, begin: string): Promise<string[]> {
    const rows = await db.selectFrom("tag").select("name").orderBy("nameKey").limit(definedMax).execute();
    return startingWith(
      rows.map((row) => row.name),
      begin,
    );
  },

  async status(db: Read, begin: string): Promise<string[]> {
    const rows = await db.selectFrom("ticketStatus").select("name").orderBy("nameKey").limit(definedMax).execute();
    return startingWith(
      rows.map((row) => row.name),
      begin,
    );
  },

  async field(db: Read, begin: string): Promise<string[]> {
    const rows = await db.selectFrom("field").select("key").orderBy("key").limit(definedMax).execute();
    return startingWith(
      rows.map((row) => row.key),
      begin,
    );
  },
};

const agentsMax = 5_000;
/** Types, or fields, that somebody defined by hand. */
const definedMax = 1_000;

export type NameKind = keyof typeof lists;

const startingWith = (names: readonly string[], begin: string): string[] =>
  names.filter((name) => name.toLowerCase().startsWith(begin.toLowerCase()));

/** At most fifty, each once, in the order of the alphabet. Rejects where the database can't be read. */
export async function namesIn(url: string, kind: NameKind, begin: string): Promise<string[]> {
  const names = await onceRead(url, (db) => lists[kind](db, begin));
  return [...new Set(names)].sort().slice(0, namesMax);
}
