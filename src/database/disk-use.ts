// How much room the desk takes: the database's files as they are, and by kind as it was last measured, since measuring
// reads every row. A small desk is measured when somebody asks. This is the only file besides open that tells the engines
// apart: a SQLite database is files of this machine with free pages in them.
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

async function figures({ read }: Pick<Database, "read">): Promise<Record<DiskKind, Figure>> {
  const of = async (query: { execute(): Promise<{ rows: unknown; bytes: unknown }[]> }): Promise<Figure> => {
    const [row] = await query.execute();
    return { rows: Number(row?.rows ?? 0), bytes: Number(row?.bytes ?? 0) };
  };
  const counted = sql<number>`count(*)`.as("rows");
  const sum = (column: string) => sql<number>`coalesce(sum(length(${sql.ref(column)})), 0)`.as("bytes");
  const logBytes = sql<number>`coalesce(sum(coalesce(length("before"), 0) + coalesce(length("after"), 0)), 0)`;
  return {
    raw: await of(read.selectFrom("emailRaw").select([counted, sum("raw")])),
    outbox: await of(read.selectFrom("outboxRaw").select([counted, sum("raw")])),
    files: await of(read.selectFrom("blob").select([counted, sum("bytes")])),
    log: await of(read.selectFrom("changeLog").select([counted, logBytes.as("bytes")])),
  };
}

/** Measures and keeps the figures. */
export async function measure(database: Database, now: number): Promise<void> {
  const measured = await figures(database);
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
    return { ...sizes, measuredAt: now, kinds: await figures(database) };
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
