// All rows of a desk's own data, to compare and to put back, and what must hold of them whatever was done.
import type { Kysely } from "kysely";
import type { Database } from "../../dist/database/open.js";
import type { Schema } from "../../dist/database/schema.js";
import type { DeskTables, TableName } from "../../dist/desk/change.js";
import { references } from "../../dist/desk/refers.js";

type Row = Readonly<Record<string, unknown>> & { id: string };
export type State = Readonly<Record<TableName, readonly Row[]>>;

const tables = Object.keys({
  agent: 1,
  agentFollow: 1,
  attachment: 1,
  conversation: 1,
  customer: 1,
  customerAddress: 1,
  field: 1,
  fieldValue: 1,
  follow: 1,
  freeze: 1,
  message: 1,
  optOut: 1,
  organization: 1,
  organizationDomain: 1,
  project: 1,
  reference: 1,
  setting: 1,
  standalone: 1,
  ticket: 1,
  ticketLink: 1,
  ticketPerson: 1,
  ticketStatus: 1,
  ticketTag: 1,
  tag: 1,
  team: 1,
  teamMember: 1,
  template: 1,
  type: 1,
  view: 1,
} satisfies Record<keyof DeskTables, 1>) as TableName[]; // its own keys
const logTables = ["changeLogRow", "changeLog", "commitLog"] as const;

export async function stateOf(db: Kysely<Schema>): Promise<State> {
  const rows = await Promise.all(
    tables.map(async (table) => [
      table,
      await db
        .selectFrom(table as "customer")
        .selectAll()
        .orderBy("id")
        .execute(),
    ]),
  );
  return Object.fromEntries(rows) as State; // one entry a table
}

/** Puts these rows back in place of all that is there, and forgets the log. */
export async function putBack(database: Database, state: State): Promise<void> {
  await database.write(async (tx) => {
    for (const table of [...logTables, ...tables]) await tx.deleteFrom(table as "customer").execute();
    for (const table of tables)
      for (const row of state[table])
        await tx
          .insertInto(table as "customer")
          .values(row as never)
          .execute();
  });
}

/** As text, without what goes on counting: versions, and when a row was last touched. */
export const shown = (state: State): string[] =>
  tables.flatMap((table) =>
    state[table].map(({ version: _version, updatedAt: _updatedAt, ...row }) => `${table} ${JSON.stringify(row)}`),
  );

const ended = (row: Row | undefined): string | null =>
  row === undefined ? "is not there" : row.state === "merged" || row.state === "deleted" ? `is ${row.state}` : null;

/** One sentence for each invariant that is broken. `typed`: what has types all the time, so that no other word will do. */
export function broken(state: State, typed: readonly ("customer" | "ticket")[] = []): string[] {
  const byId = new Map(tables.flatMap((table) => state[table].map((row) => [`${table} ${row.id}`, row])));
  const found: string[] = [];
  for (const { from, column, to, needsLive } of references)
    for (const row of state[from]) {
      const other = row[column];
      if (typeof other !== "string") continue;
      const target = to.map((table) => byId.get(`${table} ${other}`)).find((one) => one !== undefined);
      const why = needsLive ? ended(target) : target === undefined ? "is not there" : null;
      if (why !== null) found.push(`${from} ${row.id}: its ${column} ${other} ${why}`);
    }
  for (const row of state.customer) {
    const own = state.customerAddress.filter(({ ownerId }) => ownerId === row.id);
    const primary = own.filter(({ isPrimary }) => isPrimary === 1).length;
    if (row.state === "merged") {
      if (row.organizationId !== null) found.push(`customer ${row.id} is merged, and in ${row.organizationId}`);
      if (row.mergedInto === null) found.push(`customer ${row.id} is merged into nobody`);
    } else if (row.state === "promoted") {
      if (own.length > 0) found.push(`customer ${row.id} is an agent, and has ${own.length} addresses`);
    } else if (primary !== 1) found.push(`customer ${row.id} has ${primary} primary addresses of ${own.length}`);
  }
  for (const { id, fieldId, value } of state.fieldValue) {
    const field = byId.get(`field ${String(fieldId)}`);
    if (field?.form === "choice" && !(JSON.parse(String(field.choices)) as unknown[]).includes(value))
      found.push(`fieldValue ${id}: its field has no choice ${String(value)}`);
  }
  for (const table of typed) {
    const names = new Set(state.type.filter(({ appliesTo }) => appliesTo === table).map(({ name }) => name));
    for (const { id, type } of state[table])
      if (type !== "" && !names.has(type)) found.push(`${table} ${id}: there is no type ${String(type)}`);
  }
  for (const row of state.organization)
    if ((row.state === "merged") !== (row.mergedInto !== null))
      found.push(`organization ${row.id} is ${row.state}, and part of ${row.mergedInto}`);
  found.push(
    ...twice(
      "organization",
      state.organization.filter(({ state }) => state === "active"),
      "nameKey",
    ),
  );
  return found;
}

/** Two rows with one value where each must have its own. */
function twice(what: string, rows: readonly Row[], column: string): string[] {
  const values = rows.map((row) => row[column]);
  return values
    .filter((value, at) => values.indexOf(value) !== at)
    .map((value) => `two rows of ${what} have the ${column} ${String(value)}`);
}
