// Whether a desk is empty enough to be filled, and what is put aside first. A worker that ran for a moment, a cron job or a check
// leaves rows of its own before anybody used the desk: what was looked at and when, which says nothing about the desk.
import type { Kysely } from "kysely";
import { usage } from "../errors.ts";
import { allTables } from "./all-tables.ts";
import type { Schema } from "./schema.ts";

type Tx = Kysely<Schema>;
type Credential = Schema["credential"];

/** Rows that migrations make themselves, and whoever opens the desk first. */
export const initialTables: ReadonlySet<string> = new Set(["sequence", "secret", "ticketStatus"]);
/** What a program that runs by itself writes: when it ran, what it measured, what it warned of, how far it read. */
const passing = ["slot", "diskUse", "retention", "alert", "mailbox"] as const;

/**
 * Removes what passes, and hands back the sign-ins: a refresh token that was replaced is nowhere else. A mailbox was read only
 * where a mail of it is stored. Rejects: usage where the desk holds anything else.
 */
export async function emptyDesk(tx: Tx): Promise<Credential[]> {
  const passes: ReadonlySet<string> = new Set([...passing, ...initialTables, "credential"]);
  const filled: string[] = [];
  for (const { name } of allTables) {
    if (passes.has(name)) continue;
    const row = await tx
      .selectFrom(name as "setting")
      .select((eb) => eb.lit(1).as("one"))
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) filled.push(name);
  }
  if (filled.length > 0)
    throw usage(`This desk is not empty (rows in ${filled.join(", ")}): only an empty one can be filled.`, {
      remedy: "Name a new database under `database:` in maildesk.yaml, or move the old one away, and try again.",
    });
  const credentials = await tx.selectFrom("credential").selectAll().execute();
  for (const name of [...passing, "credential"]) await tx.deleteFrom(name as "sequence").execute();
  return credentials;
}

/** Puts back the sign-ins that were not brought, or that hold a token used later than the one that was. */
export async function keepCredentials(tx: Tx, credentials: readonly Credential[]): Promise<void> {
  for (const row of credentials) {
    const brought = await tx
      .selectFrom("credential")
      .select(["sealed", "usedAt"])
      .where("id", "=", row.id)
      .executeTakeFirst();
    if (brought === undefined) await tx.insertInto("credential").values(row).execute();
    else if (row.sealed !== null && (brought.sealed === null || row.usedAt > brought.usedAt))
      await tx.updateTable("credential").set(row).where("id", "=", row.id).execute();
  }
}
