// A desk as one file and back: dump and load move it between engines as it is, backup and restore bring it back after an
// accident, with sending off. Here the database meets the files.
import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { inputKind, withDump, writtenKind } from "./archive/open-input.ts";
import { putInPlace } from "./archive/put-in-place.ts";
import { writeDump } from "./archive/write-dump.ts";
import type { Config } from "./config.ts";
import { type AfterRestore, afterRestore } from "./database/after-restore.ts";
import { bytesColumn } from "./database/all-tables.ts";
import { openDeskArchive, rowsOfFile } from "./database/archive.ts";
import { copyDatabase, faultOf, isDeskFile } from "./database/backup-file.ts";
import { mustKnowSecretIn } from "./database/known-secrets.ts";
import type { Database } from "./database/open.ts";
import { badData, operator, permanent, systemCode, temporary, usage } from "./errors.ts";
import type { Clock, Ids } from "./ports.ts";
import type { ArchivedRow, RowCounts, RowSource } from "./ports-archive.ts";

export interface ArchiveOptions {
  signal: AbortSignal;
  /** Is told now and then how many rows went by. */
  seen(rows: number): void;
}

export interface BackupOptions extends ArchiveOptions {
  force: boolean;
  /** Is told now and then which share of a database file is copied, 0 to 1. */
  copied?(share: number): void;
}

export interface Backup {
  /** A database file of SQLite, or a packed dump. */
  format: "sqlite" | "dump";
  bytes: number;
  rows: RowCounts;
}

export interface Restore extends AfterRestore {
  rows: RowCounts;
}

/** The file of a SQLite desk; null where a server holds it. */
const fileOf = ({ database }: Config): string | null =>
  database.startsWith("sqlite:") ? database.replace(/^sqlite:(\/\/)?/, "") : null;

async function isOurs(path: string): Promise<boolean> {
  const kind = await writtenKind(path);
  return kind === "database" ? isDeskFile(path) : kind !== null;
}

export function openArchive(config: Config, database: Database, clock: Clock, ids: Ids) {
  const desk = openDeskArchive(database);
  const own = fileOf(config);
  const secrets = { secrets: config.keys, now: clock.now() };
  const fill = <T>(
    source: RowSource,
    options: ArchiveOptions & { keep: boolean },
    after: Parameters<typeof desk.fill<T>>[1]["after"],
  ) =>
    desk.fill<T>(source, {
      now: clock.now(),
      keep: options.keep,
      seen(rows) {
        if (options.signal.aborted) throw stopped();
        options.seen(rows);
      },
      async after(tx, rows) {
        await mustKnowSecretIn(tx, secrets);
        return await after(tx, rows);
      },
    });
  const dumpTo = async (file: string, options: ArchiveOptions & { gzip: boolean }): Promise<RowCounts> =>
    await desk.rows(
      async (source) => await writeDump(source, createWriteStream(file, { flags: "r+" }), options).catch(wasStopped),
    );
  return {
    /** Everything as JSON lines; to standard output where `file` is null. */
    async dump(file: string | null, options: ArchiveOptions & { force: boolean }): Promise<RowCounts> {
      const plain = { ...options, gzip: false };
      if (file === null)
        return await desk.rows(
          async (source) => await writeDump(source, process.stdout, plain).catch(readerLeft).catch(wasStopped),
        );
      return await putInPlace(
        file,
        { force: options.force, never: own, isOurs },
        async (part) => await dumpTo(part, plain),
      );
    },

    /** Fills this desk, which must be empty, with what `dump` wrote; all of it as it was. */
    async load(file: string | null, options: ArchiveOptions & { keep: boolean }): Promise<RowCounts> {
      const kind = file === null ? "dump" : await inputKind(file);
      if (kind === "database")
        throw usage(`${file} is a backup, not a dump.`, {
          remedy: "`maildesk restore` takes it, with sending off; nothing that it may have sent since is sent again.",
        });
      return await withDump(
        file,
        { bytesColumn, signal: options.signal },
        async (source) => await fill(source, options, async (_, rows) => rows),
      ).catch(wasStopped);
    },

    /** A copy of this moment, read back and checked before it is put in place; others go on working. */
    async backup(file: string, options: BackupOptions): Promise<Backup> {
      const format = own === null ? "dump" : "sqlite";
      const rows = await putInPlace(file, { force: options.force, never: own, isOurs }, async (part) => {
        if (own !== null) {
          const { signal, copied = () => {} } = options;
          const fault = await copyDatabase(own, part, { signal, copied }).catch(wasStopped);
          if (fault !== null)
            throw operator(`The copy is damaged: ${fault}.`, {
              remedy: "Look after the disk, and whether `maildesk doctor` finds the database itself in order.",
            });
          return await rowsOfFile(part, async (source) => await countRows(stoppable(source, signal)));
        }
        await dumpTo(part, { ...options, gzip: true });
        return await withDump(part, { bytesColumn, signal: options.signal }, countRows).catch(wasStopped);
      });
      return { format, bytes: (await stat(file)).size, rows };
    },

    /** Fills this desk, which must be empty, from a backup or a dump, and makes it safe to go on with. */
    async restore(
      file: string,
      options: ArchiveOptions & { keep: boolean; by: string; what: string },
    ): Promise<Restore> {
      const kind = await inputKind(file);
      const fault = kind === "database" ? await faultOf(file, options.signal).catch(wasStopped) : null;
      if (fault !== null) throw badData(`${file} is damaged: ${fault}.`, { remedy: "Take an older backup." });
      const cause = { commitId: ids.next("cmt"), now: clock.now(), by: options.by, what: options.what };
      const use = async (source: RowSource) =>
        await fill<Restore>(source, options, async (tx, rows) => ({ rows, ...(await afterRestore(tx, cause)) }));
      return kind === "database"
        ? await rowsOfFile(file, async (source) => await use(stoppable(source, options.signal)))
        : await withDump(file, { bytesColumn, signal: options.signal }, use).catch(wasStopped);
    },
  };
}

/** The same rows, with room for a signal between pages: a file of SQLite is read without ever waiting. */
const stoppable = ({ migration, pages }: RowSource, signal: AbortSignal): RowSource => ({
  migration,
  pages: stoppablePages(pages, signal),
});

async function* stoppablePages(pages: RowSource["pages"], signal: AbortSignal): AsyncGenerator<readonly ArchivedRow[]> {
  for await (const page of pages) {
    await turn();
    if (signal.aborted) throw stopped();
    yield page;
  }
}

async function countRows({ pages }: RowSource): Promise<RowCounts> {
  const counts: Record<string, number> = {};
  for await (const page of pages) for (const { table } of page) counts[table] = (counts[table] ?? 0) + 1;
  return counts;
}

const stopped = () => temporary("Stopped before the end: nothing was kept.");

function readerLeft(error: unknown): never {
  if (systemCode(error) !== "EPIPE") throw error;
  throw permanent("Whoever read the dump ended before it was through.", { code: "EPIPE", cause: error });
}

function wasStopped(error: unknown): never {
  throw systemCode(error) === "ABORT_ERR" ? stopped() : error;
}
