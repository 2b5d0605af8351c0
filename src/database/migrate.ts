// Brings the tables to the version of this program: the numbered migrations, each once, all in one transaction, so
// that a killed process leaves the old version or the new one.
import { type Kysely, sql } from "kysely";
import { operator } from "../errors.ts";
import { allTables } from "./all-tables.ts";
import { desk } from "./migrations/001-desk.ts";
import { mail } from "./migrations/002-mail.ts";
import { schedules } from "./migrations/003-schedules.ts";
import { credentials } from "./migrations/004-credentials.ts";
import { alerts } from "./migrations/005-alerts.ts";
import { retention } from "./migrations/006-retention.ts";
import { readerDeaths } from "./migrations/007-reader-deaths.ts";
import { due } from "./migrations/008-due.ts";
import { secrets } from "./migrations/009-secrets.ts";
import { organizations } from "./migrations/010-organizations.ts";
import { fields } from "./migrations/011-fields.ts";
import { importGroups } from "./migrations/012-import-groups.ts";
import { teams } from "./migrations/013-teams.ts";
import { muted } from "./migrations/014-muted.ts";
import { views } from "./migrations/015-views.ts";
import { standalone } from "./migrations/016-standalone.ts";
import { projects } from "./migrations/019-projects.ts";
import { visibility } from "./migrations/020-visibility.ts";
import { templates } from "./migrations/021-templates.ts";
import { freezes } from "./migrations/023-freezes.ts";
import { history } from "./migrations/024-history.ts";
import { search } from "./migrations/025-search.ts";
import { statuses } from "./migrations/026-statuses.ts";
import { optOuts } from "./migrations/027-opt-outs.ts";
import { digests } from "./migrations/028-digests.ts";
import { agentMail } from "./migrations/029-agent-mail.ts";
import { whyTold } from "./migrations/030-why-told.ts";
import type { Schema } from "./schema.ts";
import { searchTables } from "./search-index.ts";

type Migration = (tx: Kysely<Schema>) => Promise<void>;

/** In order, never changed once released, never reordered. */
const migrations: readonly { name: string; run: Migration }[] = [
  { name: "001-desk", run: desk },
  { name: "002-mail", run: mail },
  { name: "003-schedules", run: schedules },
  { name: "004-credentials", run: credentials },
  { name: "005-alerts", run: alerts },
  { name: "006-retention", run: retention },
  { name: "007-reader-deaths", run: readerDeaths },
  { name: "008-due", run: due },
  { name: "009-secrets", run: secrets },
  { name: "010-organizations", run: organizations },
  { name: "011-fields", run: fields },
  { name: "012-import-groups", run: importGroups },
  { name: "013-teams", run: teams },
  { name: "014-muted", run: muted },
  { name: "015-views", run: views },
  { name: "016-standalone", run: standalone },
  { name: "019-projects", run: projects },
  { name: "020-visibility", run: visibility },
  { name: "021-templates", run: templates },
  { name: "023-freezes", run: freezes },
  { name: "024-history", run: history },
  { name: "025-search", run: search },
  { name: "026-statuses", run: statuses },
  { name: "027-opt-outs", run: optOuts },
  { name: "028-digests", run: digests },
  { name: "029-agent-mail", run: agentMail },
  { name: "030-why-told", run: whyTold },
];

export const latestMigration: string = migrations.at(-1)?.name ?? "";

/** True for a name that this version knows. */
export const isMigration = (name: string): boolean => migrations.some((one) => one.name === name);

/** Takes all tables away and makes them as they were after `last`. The desk must be empty. */
export async function remakeTables(tx: Kysely<Schema>, last: string, now: number): Promise<void> {
  for (const name of [...searchTables, ...allTables.map((table) => table.name), "migration"])
    await tx.schema.dropTable(name).ifExists().execute();
  await migrate(tx, now, last);
}

/** Applies what is missing, up to `last`. Rejects: operator where a newer maildesk made the tables. */
export async function migrate(tx: Kysely<Schema>, now: number, last = latestMigration): Promise<void> {
  await sql`create table if not exists "migration" ("name" text primary key, "at" bigint not null)`.execute(tx);
  const names = new Set(await knownMigrations(tx));
  for (const migration of migrations.slice(0, migrations.findIndex(({ name }) => name === last) + 1)) {
    if (names.has(migration.name)) continue;
    await migration.run(tx);
    await sql`insert into "migration" ("name", "at") values (${migration.name}, ${now})`.execute(tx);
  }
}

/** The migrations that were made. Rejects: operator where a newer maildesk made some that this one does not know. */
export async function knownMigrations(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select "name" from "migration"`.execute(db);
  const unknown = rows.find(({ name }) => !isMigration(name));
  if (unknown !== undefined)
    throw operator(`The database was made by a newer maildesk (it has ${unknown.name}).`, {
      code: "newer",
      remedy: "Install that version; this one would not understand it.",
    });
  return rows.map(({ name }) => name);
}
