// How much room the desk takes: the database's files as they are, and by kind as it was last measured, since measuring
// reads every row. A small desk is measured when somebody asks. A SQLite database is files of this machine with free pages in
// them; of another the server says how large it is.
import { stat } from "node:fs/promises";
import { sql } from "kysely";
import type { Database } from "./open.ts";

export const diskKinds = ["raw", "outbox", "files", "log"] as const;
export type DiskKind = (typeof diskKinds)[number];

export interface DiskUse {
  /** SQLite: the file, with the pages that are free in it; else what the server says. */
  databaseBytes: number;
  /** SQLite's log beside the file, which is written into it by and by. */
  walBytes: number;
  /** Pages within the file that were freed and are used again; 0 where that is not known. */
  freeBytes: number;
  /** When the kinds were measured; null where they never were. */
  measuredAt: number | null;
  kinds: Record<DiskKind, { rows: number; bytes: number }> | null;
}

/** Above this the figures of the last run of the retention are shown. */
const measuredAtOnceBytesMax = 256 * 1024 * 1024;

type Figure = { rows: number; bytes: number };
type Figures = Record<DiskKind, Figure>;
type Read = Database["read"];
/** Resolves to false once it is to stop; a large desk takes minutes. */
type Go = () => Promise<boolean>;

/** Rows of one look: on SQLite a question holds the whole process until it is answered. */
const pageMax = 1_000;

/** Null where it was stopped. */
async function figures({ read }: Pick<Database, "read">, go: Go): Promise<Figures | null> {
  const raw = await bytesOf(read, "emailRaw", "raw", go);
  const outbox = await bytesOf(read, "outboxRaw", "raw", go);
  const files = await bytesOf(read, "blob", "bytes", go);
  const log = await logBytes(read, go);
  return raw === null || outbox === null || files === null || log === null ? null : { raw, outbox, files, log };
}

/** The rows and bytes of a table that holds nothing else. */
async function bytesOf(
  read: Read,
  table: "emailRaw" | "outboxRaw" | "blob",
  column: "raw" | "bytes",
  go: Go,
): Promise<Figure | null> {
  const sum = { rows: 0, bytes: 0 };
  const after = (cursor: string) =>
    read
      .selectFrom(table)
      .select(["id", sql<number>`length(${sql.ref(column)})`.as("bytes")])
      .where("id", ">", cursor)
      .orderBy("id")
      .limit(pageMax)
      .as("page");
  for (let cursor: string | null = ""; cursor !== null; ) {
    if (!(await go())) return null;
    const page: { rows: number; bytes: number | null; last: string | null } = await read
      .selectFrom(after(cursor))
      .select((eb) => [
        eb.fn.countAll<number>().as("rows"),
        eb.fn.sum<number | null>("page.bytes").as("bytes"),
        eb.fn.max<string | null>("page.id").as("last"),
      ])
      .executeTakeFirstOrThrow();
    cursor = add(sum, page) < pageMax ? null : page.last;
  }
  return sum;
}

/** By pieces of the log's own order: a list of commits makes PostgreSQL read all of it where it knows no better. */
async function logBytes(read: Read, go: Go): Promise<Figure | null> {
  const sum = { rows: 0, bytes: 0 };
  for (let cursor: string | null = ""; cursor !== null; ) {
    if (!(await go())) return null;
    const commits: { id: string }[] = await read
      .selectFrom("commitLog")
      .select("id")
      .where("id", ">", cursor)
      .orderBy("id")
      .limit(pageMax)
      .execute();
    const last = commits.at(-1)?.id;
    if (last === undefined) return sum;
    add(
      sum,
      await read
        .selectFrom("changeLog")
        .select((eb) => eb.fn.countAll<number>().as("rows"))
        .select(sql<number | null>`sum(coalesce(length("before"), 0) + coalesce(length("after"), 0))`.as("bytes"))
        .where("commitId", ">", cursor)
        .where("commitId", "<=", last)
        .executeTakeFirstOrThrow(),
    );
    cursor = last;
  }
  return sum;
}

/** Resolves to the rows that were added; both may come as text. */
function add(sum: Figure, { rows, bytes }: { rows: number; bytes: number | null }): number {
  sum.rows += Number(rows);
  sum.bytes += Number(bytes ?? 0);
  return Number(rows);
}

/** Measures and keeps the figures, unless it was stopped. */
export async function measure(database: Database, now: number, go: Go): Promise<void> {
  const measured = await figures(database, go);
  if (measured === null) return;
  await database.write(async (tx) => {
    for (const kind of diskKinds) {
      const columns = { ...measured[kind], measuredAt: now };
      await tx
        .insertInto("diskUse")
        .values({ id: kind, ...columns })
        .onConflict((on) => on.column("id").doUpdateSet(columns))
        .execute();
    }
  });
}

/** `url` is the configuration's. */
export async function diskUse(database: Database, url: string, now: number): Promise<DiskUse> {
  const sizes = await engineSizes(database, url);
  if (sizes.databaseBytes + sizes.walBytes <= measuredAtOnceBytesMax)
    return { ...sizes, measuredAt: now, kinds: await figures(database, async () => true) };
  const rows = await database.read.selectFrom("diskUse").selectAll().execute();
  if (rows.length < diskKinds.length) return { ...sizes, measuredAt: null, kinds: null };
  const of = (kind: DiskKind): Figure => {
    const row = rows.find(({ id }) => id === kind);
    return { rows: row?.rows ?? 0, bytes: row?.bytes ?? 0 };
  };
  return {
    ...sizes,
    measuredAt: Math.min(...rows.map(({ measuredAt }) => measuredAt)),
    kinds: { raw: of("raw"), outbox: of("outbox"), files: of("files"), log: of("log") },
  };
}

type Sizes = Pick<DiskUse, "databaseBytes" | "walBytes" | "freeBytes">;

async function engineSizes({ read }: Database, url: string): Promise<Sizes> {
  if (!url.startsWith("sqlite:")) {
    const { rows } = await sql<{ n: unknown }>`select pg_database_size(current_database()) as "n"`.execute(read);
    return { databaseBytes: Number(rows[0]?.n ?? 0), walBytes: 0, freeBytes: 0 };
  }
  const path = url.replace(/^sqlite:(\/\/)?/, "");
  const size = (file: string) =>
    stat(file).then(
      ({ size: bytes }) => bytes,
      () => 0,
    );
  const free = await sql<{ freelist_count: number }>`pragma freelist_count`.execute(read);
  const page = await sql<{ page_size: number }>`pragma page_size`.execute(read);
  return {
    databaseBytes: await size(path),
    walBytes: await size(`${path}-wal`),
    freeBytes: (free.rows[0]?.freelist_count ?? 0) * (page.rows[0]?.page_size ?? 0),
  };
}
