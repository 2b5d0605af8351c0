// What an undo must know: whether the rows are still as the commit left them, what refers to rows that would end, whether
// rows to which it refers again still stand, who was told of its messages, and which later commit did each of these.
import { bearingOf } from "../desk/bears.ts";
import { type Change, type Columns, isSet, type TableName } from "../desk/change.ts";
import { endedStates, type Reach, reachOf, rowKey } from "../desk/refers.ts";
import { inverse, type LoggedCommit, type UndoFacts } from "../desk/undo.ts";
import type { GroupReach } from "../desk/undo-group.ts";
import type { CommitRow } from "./list-log.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { toldOf } from "./recall.ts";
import { referrersOf } from "./referrers.ts";
import { encode } from "./schema.ts";
import { takenNames } from "./taken-names.ts";
import { moveFacts } from "./undo-moves.ts";
import { wordFacts } from "./undo-words.ts";
import { valuesBefore } from "./values-before.ts";

/** Later commits of one row that are looked through. */
const laterMax = 500;
/** Obstacles that are looked up; the first is named. */
const obstaclesMax = 5;
const touchOnly: ReadonlySet<string> = new Set(["updatedAt"]);
/** Tables whose rows are merged or deleted, and stay. */
const endingTables: ReadonlySet<TableName> = new Set(["customer", "organization"]);

const isEnded = (row: Columns | undefined): boolean => typeof row?.state === "string" && endedStates.has(row.state);

/** It ended, and not by the change itself. */
const mayHaveEnded = (expected: Columns | null, row: Columns | undefined): boolean =>
  expected !== null && !("state" in expected) && isEnded(row);

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
      .limit(laterMax)
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
      .limit(laterMax)
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

  /** It had not ended when the commit was done: that it did is a change since. */
  const stoodThen = async (commitId: string, id: string): Promise<boolean> => {
    const state = (await valuesBefore(read, commitId, "state", [id])).get(id);
    return state !== undefined && !isEnded({ state });
  };

  /** By table and id, as they are now: the columns that changes left, and whether rows are there that they took away. */
  const rowsNow = async (changes: readonly Change[]): Promise<Map<string, Columns>> => {
    const wanted = new Map<TableName, { ids: string[]; columns: Set<string> }>();
    for (const change of changes) {
      const of = wanted.get(change.table) ?? { ids: [], columns: new Set() };
      wanted.set(change.table, of);
      for (const id of idsOf(change)) of.ids.push(id);
      for (const column of Object.keys(change.after ?? {})) if (!touchOnly.has(column)) of.columns.add(column);
      if (endingTables.has(change.table)) of.columns.add("state");
    }
    const found = new Map<string, Columns>();
    for (const [table, { ids, columns }] of wanted)
      for (const row of await rowsOf(table, ids, [...columns])) found.set(rowKey(table, String(row.id)), row);
    return found;
  };

  const differingIn = async (
    commitId: string,
    changes: readonly Change[],
  ): Promise<{ table: TableName; id: string; column: string }[]> => {
    const now = await rowsNow(changes);
    const differing: { table: TableName; id: string; column: string }[] = [];
    for (const change of changes) {
      const { table, after } = change;
      const expected = after === null ? null : encode(table, after);
      for (const id of idsOf(change)) {
        const row = now.get(rowKey(table, id));
        const column = differenceOf(expected, row);
        if (column !== null) differing.push({ table, id, column });
        // Of what was ended before, as the tombstones of a merge, nothing is asked.
        else if (mayHaveEnded(expected, row) && (await stoodThen(commitId, id)))
          differing.push({ table, id, column: "state" });
        if (differing.length >= obstaclesMax) return differing;
      }
    }
    return differing;
  };

  const rowsOf = async (table: TableName, ids: readonly string[], columns: readonly string[]): Promise<Columns[]> => {
    const all: Columns[] = [];
    for (const list of idLists(ids)) {
      // The tables of changes share their id; Kysely's types can't say "one of them".
      all.push(
        ...(await read
          .selectFrom(table as "customer")
          .select(["id", ...(columns as "name"[])])
          .where("id", "in", list)
          .execute()),
      );
    }
    return all;
  };

  const standingOn = async (
    commitId: string,
    { ends }: Reach,
    own: ReadonlySet<string>,
  ): Promise<UndoFacts["standing"]> => {
    const found: UndoFacts["standing"][number][] = [];
    for (const table of new Set(ends.map((end) => end.table)))
      for (const isGone of [true, false]) {
        const ids = ends.filter((end) => end.table === table && end.isGone === isGone).map(({ id }) => id);
        const wanted = { except: own, live: !isGone, limit: obstaclesMax - found.length };
        for (const { column, to, ...row } of await referrersOf(read, table, ids, wanted))
          found.push({ ...row, on: { table, id: to }, later: await laterCommit(commitId, row.id, column) });
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

  const reliedOn = async (
    commitId: string,
    { needs }: Reach,
    revived: ReadonlySet<string>,
  ): Promise<Pick<UndoFacts, "relied" | "ended">> => {
    const relied: UndoFacts["relied"][number][] = [];
    const ended: UndoFacts["ended"][number][] = [];
    const rows = await found(needs);
    for (const { id, isLive, by } of needs) {
      if (revived.has(id)) continue;
      const row = rows.get(id);
      if (row !== undefined && (row.isLive || !isLive)) {
        // What need not live can only be taken away, and is not while something refers to it.
        if (isLive) relied.push({ table: row.table, id, version: row.version });
        continue;
      }
      const later = await laterCommit(commitId, id, row === undefined ? null : "state");
      const table = row?.table ?? (await loggedTable(id)) ?? by.table;
      ended.push({ table, id, on: { table: by.table, id: by.id }, later });
      if (ended.length >= obstaclesMax) break;
    }
    return { relied, ended };
  };

  /** Single rows of what can end, as they were read: nobody may end them between here and the commit. */
  const mayNotEnd = async (changes: readonly Change[]): Promise<UndoFacts["relied"][number][]> => {
    const relied: UndoFacts["relied"][number][] = [];
    for (const table of endingTables) {
      const ids = changes.flatMap((change) => {
        const isKept = !isSet(change) && change.before !== null && change.after !== null && !("state" in change.after);
        return isKept && change.table === table ? [change.id] : [];
      });
      for (const { id, version } of await rowsOf(table, ids, ["version"]))
        relied.push({ table, id: String(id), version: Number(version) });
    }
    return relied;
  };

  return {
    /** `group`: what all commits do that are taken back together, where this is one of many. */
    async undoFacts(
      commit: CommitRow,
      changes: readonly Change[],
      group?: Pick<GroupReach, "own" | "revived" | "words">,
    ): Promise<UndoFacts> {
      const differing: UndoFacts["differing"][number][] = [];
      for (const one of await differingIn(commit.id, changes)) {
        const column = one.column.includes(" ") ? null : one.column;
        differing.push({ ...one, later: await laterCommit(commit.id, one.id, column) });
      }
      const back = inverse(changes);
      const reach = reachOf(back);
      const { relied, ended } = await reliedOn(commit.id, reach, group?.revived ?? new Set());
      const bearing = bearingOf(back);
      const words = await wordFacts(read, {
        commitId: commit.id,
        bearing,
        group: group?.words ?? bearing,
        revived: group?.revived ?? reach.revived,
        later: (rowId, column) => laterCommit(commit.id, rowId, column),
        limit: obstaclesMax,
      });
      const moves = await moveFacts(read, commit.id, back, (rowId) => laterCommit(commit.id, rowId, null));
      const hidden = flaggedBy(back);
      const messageIds = reach.ends.filter(({ table }) => table === "message").map(({ id }) => id);
      return {
        commit,
        changes,
        differing,
        standing: [
          ...(await standingOn(commit.id, reach, group?.own ?? reach.own)),
          ...words.standing,
          ...moves.standing,
        ],
        stays: moves.stays,
        ended: [...ended, ...words.ended],
        relied: [...relied, ...words.relied, ...(await mayNotEnd(back))],
        bore: words.bore,
        taken: await takenNames(read, reach, (id) => laterCommit(commit.id, id, null)),
        told: [...(await toldOf(read, messageIds)), ...(await toldOf(read, hidden, commit.at))],
        messageIds,
      };
    },
  };
}

/** Messages that would be flagged again, after they were released. */
const flaggedBy = (back: readonly Change[]): string[] =>
  back.flatMap((change) => {
    const { table, before, after } = change;
    const isHidden = table === "message" && before?.flag === null && typeof after?.flag === "string";
    return isHidden ? idsOf(change) : [];
  });

const idsOf = (change: Change): readonly string[] => (isSet(change) ? change.ids : [change.id]);

/** The column in which a row is not as it was left; null where it is. `expected` is null for one that was taken away. */
function differenceOf(expected: Columns | null, row: Columns | undefined): string | null {
  if (expected === null) return row === undefined ? null : "it is there again";
  if (row === undefined) return "it is gone";
  return Object.keys(expected).find((name) => !touchOnly.has(name) && row[name] !== expected[name]) ?? null;
}
