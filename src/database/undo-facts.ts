// What an undo must know: whether the rows are still as the commit left them, what refers to rows that it made, who was
// told of its messages, and which later commit did each of these.
import { type Change, type Columns, isSet, type TableName } from "../desk/change.ts";
import type { LoggedCommit, UndoFacts } from "../desk/undo.ts";
import type { CommitRow } from "./list-log.ts";
import type { Database } from "./open.ts";
import { toldOf } from "./recall.ts";
import { referrersOf } from "./referrers.ts";
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
      const made = changes.flatMap((change) =>
        isSet(change) || change.before !== null ? [] : [{ table: change.table, id: change.id }],
      );
      const own = new Set(made.map(({ table, id }) => `${table}:${id}`));
      const standing: UndoFacts["standing"][number][] = [];
      for (const on of made) {
        for (const row of await referrersOf(read, on.table, on.id, own, obstaclesMax)) {
          standing.push({ ...row, on, later: await laterCommit(commit.id, row.id, row.column) });
        }
      }
      const messageIds = made.filter(({ table }) => table === "message").map(({ id }) => id);
      return { commit, changes, differing, standing, told: await toldOf(read, messageIds), messageIds };
    },
  };
}
