// Names that an undo would give back, and who bears them now: organizations, projects, teams, views, types and fields have names of which no
// two may be equal.
import { sql } from "kysely";
import type { Columns } from "../desk/change.ts";
import { nameColumns, type Reach } from "../desk/refers.ts";
import type { Type } from "../desk/type.ts";
import type { LoggedCommit, UndoFacts } from "../desk/undo.ts";
import type { Database } from "./open.ts";
import { rowById } from "./row-by-id.ts";

type Read = Database["read"];

/** `later`: the last commit that changed a row. */
export async function takenNames(
  read: Read,
  { names }: Reach,
  later: (id: string) => Promise<LoggedCommit | null>,
): Promise<UndoFacts["taken"]> {
  const taken: UndoFacts["taken"][number][] = [];
  const own = new Set(names.map(({ id }) => id));
  for (const name of names) {
    const { table, id } = name;
    const other = await bearerOf(read, name);
    if (other === undefined || own.has(other.id)) continue;
    taken.push({ table, ...other, on: { table, id }, later: await later(other.id) });
  }
  return taken;
}

/** Who bears the name; where the undo does not say it, the name that the row has. */
async function bearerOf(read: Read, { table, id, ...wanted }: Reach["names"][number]) {
  const row = (await rowById(read, table, id)) as Columns | undefined;
  const key = wanted.key ?? row?.[nameColumns[table]];
  if (key === undefined) return undefined;
  const named = read
    .selectFrom(table as "type")
    .select(["id", "name"])
    .where(nameColumns[table] as "nameKey", "=", String(key));
  if (table === "organization") return await named.where(sql<boolean>`"state" = 'active'`).executeTakeFirst();
  if (table !== "type" && table !== "field") return await named.executeTakeFirst();
  return await named
    .where("appliesTo", "=", (wanted.appliesTo ?? row?.appliesTo) as Type["appliesTo"])
    .executeTakeFirst();
}
