// What an undo must know: whether the rows are still as the commit left them, what refers to rows that would end, whether
// rows to which it refers again still stand, who was told of its messages, and which later commit did each of these.
import { sql } from "kysely";
import { type Change, type Columns, isSet, type TableName } from "../desk/change.ts";
import { endedStates, type NamedTable, type Reach, reachOf } from "../desk/refers.ts";
import { inverse, type LoggedCommit, type UndoFacts } from "../desk/undo.ts";
import type { CommitRow } from "./list-log.ts";
import type { Database } from "./open.ts";
import { toldOf } from "./recall.ts";
import { referrersOf } from "./referrers.ts";
import { rowById } from "./row-by-id.ts";
import { encode } from "./schema.ts";

const listMax = 500;
/** Obstacles that are looked up; the first is named. */
const obstaclesMax = 5;
const touchOnly: ReadonlySet<string> = new Set(["updatedAt"]);

export function undoLists({ read }: Database) {
  /** The last commit after `commitId` that changed this row, in one of these columns where there are any. */
  const laterCommit = async (commitId: string, rowId: string, column: string | null): Promise<LoggedCommit | null> => {
    const rows = await read
      .selectFrom("changeLog")
      .innerJoin("commitLog", "commitLog.id", "changeLog.commitId")
      .selectAll("commitLog")
      .select("changeLog.after")
      .where("changeLog.rowId", "=", rowId)
      .where("changeLog.commitId", ">", commitId)
      .orderBy("changeLog.commitId", "desc")
      .limit(listMax)
      .execute();
    const sets = await read
      .selectFrom("changeLogRow")
      .innerJoin("commitLog", "commitLog.id", "changeLogRow.commitId")
      .selectAll("commitLog")
      .where("changeLogRow.rowId", "=", rowId)
      .where("changeLogRow.commitId", ">", commitId)
      .orderBy("changeLogRow.commitId", "desc")
      .limit(1)
      .execute();
    const row =
      rows.find(({ after }) => column === null || after === null || column in (JSON.parse(after) as Columns)) ??
      sets[0];
    return row === undefined
      ? null
      : {
          id: row.id,
          kind: row.kind as LoggedCommit["kind"],
          by: row.by,
          what: row.what,
          at: row.at,
          undoneBy: row.undoneBy,
        };
  };

  const differingIn = async (change: Change): Promise<{ table: TableName; id: string; column: string }[]> => {
    const ids = isSet(change) ? change.ids : [change.id];
    const { table } = change;
    if (change.after === null) {
      const back = await rowsOf(table, ids, []);
      return back.map((row) => ({ table, id: String(row.id), column: "it is there again" }));
    }
    const expected = encode(table, change.after);
    const columns = Object.keys(expected).filter((column) => !touchOnly.has(column));
    const rows = new Map((await rowsOf(table, ids, columns)).map((row) => [String(row.id), row]));
    return ids.flatMap((id) => {
      const row = rows.get(id);
      if (row === undefined) return [{ table, id, column: "it is gone" }];
      const column = columns.find((name) => row[name] !== expected[name]);
      return column === undefined ? [] : [{ table, id, column }];
    });
  };

  const rowsOf = async (table: TableName, ids: readonly string[], columns: readonly string[]): Promise<Columns[]> => {
    const all: Columns[] = [];
    for (let start = 0; start < ids.length; start += listMax) {
      // The tables of changes share their id; Kysely's types can't say "one of them".
      all.push(
        ...(await read
          .selectFrom(table as "customer")
          .select(["id", ...(columns as "name"[])])
          .where("id", "in", ids.slice(start, start + listMax))
          .execute()),
      );
    }
    return all;
  };

  const standingOn = async (commitId: string, { ends, own }: Reach): Promise<UndoFacts["standing"]> => {
    const found: UndoFacts["standing"][number][] = [];
    for (const { isGone, ...on } of ends) {
      if (found.length >= obstaclesMax) break;
      const wanted = { except: own, live: !isGone, limit: obstaclesMax };
      for (const { column, ...row } of await referrersOf(read, on.table, on.id, wanted))
        found.push({ ...row, on, later: await laterCommit(commitId, row.id, column) });
    }
    return found;
  };

  /** A row to which the undo refers again; `isLive` is false where it is a tombstone. */
  const found = async (tables: readonly TableName[], id: string) => {
    for (const table of tables) {
      const row = await rowById(read, table, id);
      if (row === undefined) continue;
      const isLive = !("state" in row) || !endedStates.has(row.state);
      return { table, version: row.version, isLive };
    }
    return null;
  };

  /** What a row that is gone was, as the log knows it. */
  const loggedTable = async (id: string): Promise<TableName | undefined> => {
    const row = await read
      .selectFrom("changeLog")
      .select("tableName")
      .where("rowId", "=", id)
      .limit(1)
      .executeTakeFirst();
    return row?.tableName as TableName | undefined; // written by commit.ts
  };

  const reliedOn = async (commitId: string, { needs }: Reach): Promise<Pick<UndoFacts, "relied" | "ended">> => {
    const relied: UndoFacts["relied"][number][] = [];
    const ended: UndoFacts["ended"][number][] = [];
    for (const { to, id, by } of needs) {
      const row = await found(to, id);
      if (row?.isLive === true) relied.push({ table: row.table, id, version: row.version });
      else {
        const later = await laterCommit(commitId, id, row === null ? null : "state");
        const table = row?.table ?? (await loggedTable(id)) ?? by.table;
        ended.push({ table, id, on: { table: by.table, id: by.id }, later });
        if (ended.length >= obstaclesMax) break;
      }
    }
    return { relied, ended };
  };

  /** The row that lives under this name. */
  const bearing = async (table: NamedTable, nameKey: string) => {
    if (table === "team")
      return await read.selectFrom("team").select(["id", "name"]).where("nameKey", "=", nameKey).executeTakeFirst();
    return await read
      .selectFrom("organization")
      .select(["id", "name"])
      .where("nameKey", "=", nameKey)
      .where("state", "=", sql.lit("active"))
      .executeTakeFirst();
  };

  const takenNames = async (commitId: string, { names }: Reach): Promise<UndoFacts["taken"]> => {
    const taken: UndoFacts["taken"][number][] = [];
    const own = new Set(names.map(({ id }) => id));
    for (const { table, id, nameKey } of names) {
      const key = nameKey ?? (await rowById(read, table, id))?.nameKey;
      const other = key === undefined ? undefined : await bearing(table, key);
      if (other === undefined || own.has(other.id)) continue;
      const later = await laterCommit(commitId, other.id, null);
      taken.push({ table, ...other, on: { table, id }, later });
    }
    return taken;
  };

  return {
    async undoFacts(commit: CommitRow, changes: readonly Change[]): Promise<UndoFacts> {
      const differing: UndoFacts["differing"][number][] = [];
      for (const change of changes) {
        if (differing.length >= obstaclesMax) break;
        for (const one of (await differingIn(change)).slice(0, obstaclesMax)) {
          differing.push({
            ...one,
            later: await laterCommit(commit.id, one.id, one.column.includes(" ") ? null : one.column),
          });
        }
      }
      const reach = reachOf(inverse(changes));
      const messageIds = reach.ends.filter(({ table }) => table === "message").map(({ id }) => id);
      return {
        commit,
        changes,
        differing,
        standing: await standingOn(commit.id, reach),
        ...(await reliedOn(commit.id, reach)),
        taken: await takenNames(commit.id, reach),
        told: await toldOf(read, messageIds),
        messageIds,
      };
    },
  };
}
