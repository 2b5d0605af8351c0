// The log as the command shows it: who changed what, newest first, and one commit with its changes. The log is the list
// of changes itself; words of mails are not in it.
import type { Cause, Change, Columns, TableName } from "../desk/change.ts";
import type { Database } from "./open.ts";
import { idAt } from "./retention.ts";
import type { Tables } from "./schema.ts";

export interface CommitRow {
  id: string;
  at: number;
  kind: Cause["kind"];
  by: string;
  what: string;
  undoes: string | null;
  undoneBy: string | null;
  /** What it is a part of; commits of one group are taken back together. */
  groupId: string | null;
  /** Rows that it changed. */
  rows: number;
}

const aboutMax = 400;
/** Tables of which the log names rows only: a null there means "not logged". */
const idOnly: ReadonlySet<string> = new Set(["message", "attachment", "reference"]);

export function logLists({ read }: Database) {
  const withCounts = async (rows: readonly Tables["commitLog"][]): Promise<CommitRow[]> => {
    const ids = rows.map((row) => row.id);
    const counts =
      ids.length === 0
        ? []
        : await read
            .selectFrom("changeLog")
            .select((eb) => ["commitId", eb.fn.sum<number>("rowCount").as("n")])
            .where("commitId", "in", ids)
            .groupBy("commitId")
            .execute();
    return rows.map((row) => ({
      ...row,
      kind: row.kind as Cause["kind"],
      rows: Number(counts.find((one) => one.commitId === row.id)?.n ?? 0),
    }));
  };

  const commitRow = async (id: string): Promise<CommitRow | null> => {
    const row = await read
      .selectFrom("commitLog")
      .selectAll()
      .where("id", "=", id.trim().toLowerCase())
      .executeTakeFirst();
    const [counted] = row === undefined ? [] : await withCounts([row]);
    return counted ?? null;
  };

  return {
    commitRow,

    /** Those of a group that were not taken back, the newest first. */
    async groupCommits(groupId: string): Promise<CommitRow[]> {
      const rows = await read
        .selectFrom("commitLog")
        .selectAll()
        .where("groupId", "=", groupId)
        .where("undoneBy", "is", null)
        .orderBy("id", "desc")
        .execute();
      const all: CommitRow[] = [];
      for (let start = 0; start < rows.length; start += aboutMax)
        all.push(...(await withCounts(rows.slice(start, start + aboutMax))));
      return all;
    },

    /** Newest first. `about`: ids of rows; `by`: an actor as the log names it. */
    async logList(filter: {
      about?: readonly string[] | undefined;
      by?: string | undefined;
      limit: number;
    }): Promise<{ rows: CommitRow[]; total: number }> {
      let query = read.selectFrom("commitLog");
      if (filter.by !== undefined) query = query.where("by", "=", filter.by);
      if (filter.about !== undefined) {
        const about = filter.about.slice(0, aboutMax);
        query = query.where("id", "in", (eb) =>
          eb
            .selectFrom("changeLog")
            .select("commitId")
            .where("rowId", "in", about)
            .union(eb.selectFrom("changeLogRow").select("commitId").where("rowId", "in", about)),
        );
      }
      const { n } = await query.select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
      const rows: CommitRow[] = [];
      for (let start = 0; start < filter.limit; start += aboutMax) {
        const page = await query
          .selectAll()
          .orderBy("id", "desc")
          .limit(Math.min(aboutMax, filter.limit - start))
          .offset(start)
          .execute();
        rows.push(...(await withCounts(page)));
        if (page.length < aboutMax) break;
      }
      return { rows, total: Number(n) };
    },

    /** Rows that make up one ticket, the latest messages first. */
    async ticketRowIds(ticketId: string): Promise<string[]> {
      const conversations = await read
        .selectFrom("conversation")
        .select("id")
        .where("ticketId", "=", ticketId)
        .limit(aboutMax)
        .execute();
      const people = await read
        .selectFrom("ticketPerson")
        .select("id")
        .where("ticketId", "=", ticketId)
        .limit(aboutMax)
        .execute();
      const ids = conversations.map((row) => row.id);
      const messages =
        ids.length === 0
          ? []
          : await read
              .selectFrom("message")
              .select("id")
              .where("conversationId", "in", ids)
              .orderBy("id", "desc")
              .limit(aboutMax)
              .execute();
      return [ticketId, ...ids, ...people.map((row) => row.id), ...messages.map((row) => row.id)].slice(0, aboutMax);
    },

    /** The last command of this actor that still counts, and is no undo itself; null where there is none. */
    async lastCommandBy(by: string): Promise<CommitRow | null> {
      const row = await read
        .selectFrom("commitLog")
        .select("id")
        .where("by", "=", by)
        .where("kind", "in", ["command", "final"])
        .where("undoes", "is", null)
        .where("undoneBy", "is", null)
        .orderBy("id", "desc")
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? null : await commitRow(row.id);
    },

    /** Before which moment the log was removed by age, where the commit of this id was made before that; else null. */
    async logGoneBefore(id: string): Promise<number | null> {
      const row = await read.selectFrom("retention").select("beforeAt").where("id", "=", "log").executeTakeFirst();
      if (row === undefined || !/^cmt_[0-9a-z]{26}$/.test(id)) return null;
      return id < idAt("cmt", row.beforeAt) ? row.beforeAt : null;
    },

    /** The changes of one commit, in their order. */
    async changesOf(commitId: string): Promise<Change[]> {
      const rows = await read
        .selectFrom("changeLog")
        .selectAll()
        .where("commitId", "=", commitId)
        .orderBy("seq")
        .execute();
      const sets = await read
        .selectFrom("changeLogRow")
        .select(["seq", "rowId"])
        .where("commitId", "=", commitId)
        .orderBy("seq")
        .execute();
      const idsOf = new Map<number, string[]>();
      for (const { seq, rowId } of sets) {
        const ids = idsOf.get(seq);
        if (ids === undefined) idsOf.set(seq, [rowId]);
        else ids.push(rowId);
      }
      return rows.map((row): Change => {
        const table = row.tableName as TableName; // written by commit.ts
        const before = columnsOf(table, row.before);
        const after = columnsOf(table, row.after);
        if (row.rowId !== "") return { table, id: row.rowId, before, after };
        return { table, ids: idsOf.get(row.seq) ?? [], before: before ?? {}, after: after ?? {} };
      });
    },
  };
}

function columnsOf(table: TableName, text: string | null): Columns | null {
  if (text === null) return null;
  const columns = JSON.parse(text) as Columns; // written by commit.ts
  return idOnly.has(table)
    ? Object.fromEntries(Object.entries(columns).filter(([name, value]) => name !== "conversationId" || value !== null))
    : columns;
}
