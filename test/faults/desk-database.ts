// A desk's database read from outside, whichever engine it is on: plain rows by plain SQL that both understand.
import { resolve } from "node:path";
import BetterSqlite from "better-sqlite3";
import pg from "pg";

export interface DeskDatabase {
  /** Rows of a statement without parameters; numbers are numbers. Rejects while there are no tables yet. */
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  /** `count(*)` of what follows "from". */
  count(from: string): Promise<number>;
  /** Changes rows, where a test plays a machine that is not there. */
  change(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** `url` as maildesk.yaml names it; `sqlite:` is meant from the desk's folder. */
export function openDeskDatabase(url: string, folder: string): DeskDatabase {
  const { rows, change, close } = url.startsWith("sqlite:")
    ? onSqlite(resolve(folder, url.slice("sqlite:".length)))
    : onPostgres(url);
  return {
    rows: async <T>(sql: string) => (await rows(sql)) as T[], // the caller names the columns
    async count(from) {
      return Number((await rows(`select count(*) as "n" from ${from}`))[0]?.n);
    },
    change,
    close,
  };
}

interface Engine {
  rows(sql: string): Promise<Record<string, unknown>[]>;
  change(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** Opened anew for each look: a connection that stays would spare the killed process's successor the recovery. */
function onSqlite(path: string): Engine {
  const using = async <T>(readonly: boolean, work: (database: BetterSqlite.Database) => T): Promise<T> => {
    const database = new BetterSqlite(path, { readonly, timeout: 5_000 });
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  return {
    rows: (sql) => using(true, (database) => database.prepare(sql).all() as Record<string, unknown>[]),
    change: (sql) => using(false, (database) => void database.exec(sql)),
    async close() {},
  };
}

const bigint = 20;

function onPostgres(url: string): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    options: "-c search_path=maildesk",
    types: {
      getTypeParser: (oid, format) => (oid === bigint ? Number : pg.types.getTypeParser(oid, format)),
    },
  });
  pool.on("error", () => undefined); // a server that is stopped under us is what some tests want
  return {
    rows: async (sql) => (await pool.query(sql)).rows,
    change: async (sql) => void (await pool.query(sql)),
    close: () => pool.end(),
  };
}
