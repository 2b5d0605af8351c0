// What an undo must know: whether the rows are still as the commit left them, what refers to rows that would end, whether
// rows to which it refers again still stand, who was told of its messages, and which later commit did each of these.
import { sql } from "kysely";
import { type Change, type Columns, isSet, type TableName } from "../desk/change.ts";
import { nameColumns, type Reach, reachOf } from "../desk/refers.ts";
import type { Type } from "../desk/type.ts";
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
/** Tables whose rows are merged or deleted, and stay. */
const endingTables: ReadonlySet<TableName> = new Set(["customer", "organization"]);

const isEnded = (row: Columns | undefined): boolean => row?.state === "merged" || row?.state === "deleted";

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
      .innerJoin("changeLog", (join) =>
        join.onRef("changeLog.commitId", "=", "changeLogRow.commitId").onRef("changeLog.seq", "=", "changeLogRow.seq"),
      )
      .innerJoin("commitLog", "commitLog.id", "changeLogRow.commitId")
      .selectAll("commitLog")
      .select("changeLog.after")
      .where("changeLogRow.rowId", "=", rowId)
      .where("changeLogRow.commitId", ">", commitId)
      .orderBy("changeLogRow.commitId", "desc")
      .limit(listMax)
      .execute();
    const row = [...rows, ...sets]
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .find(({ after }) => column === null || after === null || column in (JSON.parse(after) as Columns));
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

  const differingIn = async (
    commitId: string,
    change: Change,
  ): Promise<{ table: TableName; id: string; column: string }[]> => {
    const ids = isSet(change) ? change.ids : [change.id];
    const { table } = change;
    if (change.after === null) {
      const back = await rowsOf(table, ids, []);
      return back.map((row) => ({ table, id: String(row.id), column: "it is there again" }));
    }
    const expected = encode(table, change.after);
    const columns = Object.keys(expected).filter((column) => !touchOnly.has(column));
    const mayEnd = endingTables.has(table) && !("state" in expected);
    const rows = new Map(
      (await rowsOf(table, ids, mayEnd ? [...columns, "state"] : columns)).map((row) => [String(row.id), row]),
    );
    const found: { table: TableName; id: string; column: string }[] = [];
    for (const id of ids) {
      const row = rows.get(id);
      const column = row === undefined ? "it is gone" : columns.find((name) => row[name] !== expected[name]);
      if (column !== undefined) found.push({ table, id, column });
      // Of what was ended before, as the tombstones of a merge, nothing is asked.
      else if (mayEnd && isEnded(row) && (await laterCommit(commitId, id, "state")) !== null)
        found.push({ table, id, column: "state" });
    }
    return found;
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

  /** The rows to which an undo refers again, by id. */
  const found = async (needs: Reach["needs"]) => {
    const rows = new Map<string, { table: TableName; version: number; isLive: boolean }>();
    for (const table of new Set(needs.flatMap(({ to }) => to))) {
      const ids = needs.filter(({ id, to }) => to.includes(table) && !rows.has(id)).map(({ id }) => id);
      const columns = endingTables.has(table) ? ["version", "state"] : ["version"];
      for (const row of await rowsOf(table, ids, columns))
        rows.set(String(row.id), { table, version: Number(row.version), isLive: !isEnded(row) });
    }
    return rows;
  };

  const reliedOn = async (commitId: string, { needs }: Reach): Promise<Pick<UndoFacts, "relied" | "ended">> => {
    const relied: UndoFacts["relied"][number][] = [];
    const ended: UndoFacts["ended"][number][] = [];
    const rows = await found(needs);
    for (const { to, id, isLive, by } of needs) {
      const row = rows.get(id);
      if (row !== undefined && (row.isLive || !isLive)) {
        // What need not live can only be taken away, and is not while something refers to it.
        if (isLive) relied.push({ table: row.table, id, version: row.version });
        continue;
      }
      const later = await laterCommit(commitId, id, row === undefined ? null : "state");
      ended.push({ table: row?.table ?? (to[0] as TableName), id, on: { table: by.table, id: by.id }, later });
      if (ended.length >= obstaclesMax) break;
    }
    return { relied, ended };
  };

  /** Single rows of what can end, as they were read: nobody may end them between here and the commit. */
  const mayNotEnd = async (changes: readonly Change[]): Promise<UndoFacts["relied"][number][]> => {
    const relied: UndoFacts["relied"][number][] = [];
    for (const { table, before, after, ...which } of changes) {
      if (!("id" in which) || before === null || after === null || "state" in after || !endingTables.has(table))
        continue;
      const row = await rowById(read, table, which.id);
      if (row !== undefined) relied.push({ table, id: which.id, version: row.version });
    }
    return relied;
  };

  /** Who bears the name; where the undo does not say it, the name that the row has. */
  const bearerOf = async ({ table, id, ...wanted }: Reach["names"][number]) => {
    const row = (await rowById(read, table, id)) as Columns | undefined;
    const key = wanted.key ?? row?.[nameColumns[table]];
    if (key === undefined) return undefined;
    const named = read
      .selectFrom(table as "type")
      .select(["id", "name"])
      .where(nameColumns[table] as "nameKey", "=", String(key));
    if (table === "organization") return await named.where(sql<boolean>`"state" = 'active'`).executeTakeFirst();
    return await named
      .where("appliesTo", "=", (wanted.appliesTo ?? row?.appliesTo) as Type["appliesTo"])
      .executeTakeFirst();
  };

  const takenNames = async (commitId: string, { names }: Reach): Promise<UndoFacts["taken"]> => {
    const taken: UndoFacts["taken"][number][] = [];
    const own = new Set(names.map(({ id }) => id));
    for (const name of names) {
      const { table, id } = name;
      const other = await bearerOf(name);
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
        for (const one of (await differingIn(commit.id, change)).slice(0, obstaclesMax)) {
          differing.push({
            ...one,
            later: await laterCommit(commit.id, one.id, one.column.includes(" ") ? null : one.column),
          });
        }
      }
      const back = inverse(changes);
      const reach = reachOf(back);
      const { relied, ended } = await reliedOn(commit.id, reach);
      const messageIds = reach.ends.filter(({ table }) => table === "message").map(({ id }) => id);
      return {
        commit,
        changes,
        differing,
        standing: await standingOn(commit.id, reach),
        ended,
        relied: [...relied, ...(await mayNotEnd(back))],
        taken: await takenNames(commit.id, reach),
        told: await toldOf(read, messageIds),
        messageIds,
      };
    },
  };
}
