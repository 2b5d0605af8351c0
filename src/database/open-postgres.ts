// A desk in a PostgreSQL database: in a schema of its own, by three small pools. Transactions are READ COMMITTED; what a
// decision relies on is held by locks that `locks.ts` takes first, so that no other commit changes it meanwhile. A commit
// that need not wait for the disk does not (synchronous_commit), and the log of PostgreSQL is in order as SQLite's is.
import { type Kysely, sql } from "kysely";
import pg from "pg";
import { operator, temporary } from "../errors.ts";
import { migrate } from "./migrate.ts";
import type { Database, DatabaseConfig } from "./open.ts";
import { kyselyOn } from "./postgres-client.ts";
import { isDeadlock, isLost, isStale, postgresError } from "./postgres-error.ts";
import type { Schema } from "./schema.ts";
import { mustBeWhole } from "./table-columns.ts";
import { mustBeOurs } from "./whose-tables.ts";

type Tx = Kysely<Schema>;

/** Connections of one process: of what waits for the disk, of what does not, and of what only reads. */
const writersMax = 5;
const soonMax = 6;
const readersMax = 5;
const connectMs = 5_000;
const lookMs = 1_000;
/** How long one waits for others: locks are held for a decision's time, or a large command's. */
const lockMs = 60_000;
/** Nothing of ours takes so long; a connection through which nothing comes back must not hold a worker for ever. */
const answerMs = 10 * 60_000;
/** A writer that stopped in the middle, its machine frozen, gives its locks up. */
const idleMs = 60_000;
/** For a transaction that waits for what is outside of the database. */
const patient = "set local idle_in_transaction_session_timeout = 0";
/** Pauses before each new try of what has not begun, such as a server that restarts. */
const againMs = [50, 200, 500, 1_000, 2_000];
const attemptsMax = 5;
/** The oldest release that its makers still mend. */
export const versionMin = 14;

/** Integers as numbers: ours are milliseconds, counts and small numbers, all far below 2^53. */
const numberTypes: ReadonlySet<number> = new Set([20, 1700]); // int8, and numeric as sum() returns it
const types: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: "text" | "binary") =>
    numberTypes.has(id) ? (value: string) => Number(value) : pg.types.getTypeParser(id, format as "text"),
};

/** The schema in which a desk's tables stand: `?schema=NAME` of the URL, or `maildesk`. */
function readUrl(url: string) {
  const parsed = new URL(url);
  const schema = parsed.searchParams.get("schema") ?? "maildesk";
  // `pg` would let those of the URL win over ours.
  const options = parsed.searchParams.get("options") ?? "";
  for (const name of ["schema", "options"]) parsed.searchParams.delete(name);
  const { hostname, port, pathname } = parsed;
  return {
    connectionString: parsed.href,
    schema,
    options,
    name: `PostgreSQL at ${hostname}:${port || 5432}${pathname}`,
  };
}

/** Opens and migrates. Rejects: temporary where the server can't be reached, operator where a person must mend something. */
export async function openPostgres(config: DatabaseConfig): Promise<Database> {
  const { connectionString, schema, options, name } = readUrl(config.url);
  const poolOf = (max: number, session: string) => {
    const pool = new pg.Pool({
      connectionString,
      max,
      types,
      connectionTimeoutMillis: connectMs,
      query_timeout: answerMs,
      keepAlive: true,
      application_name: "maildesk",
      options: `${options} -c search_path="${schema}" -c lock_timeout=${lockMs} -c idle_in_transaction_session_timeout=${idleMs} ${session}`,
    });
    // A connection that breaks is told of by the statement that it broke, or was not in use.
    pool.on("error", () => undefined);
    pool.on("connect", (client) => client.on("error", () => undefined));
    return pool;
  };
  const readers = poolOf(readersMax, "-c default_transaction_read_only=on");
  const writers = poolOf(writersMax, "");
  const soon = poolOf(soonMax, "-c synchronous_commit=off");
  const reading = gate(readersMax);
  const read = kyselyOn((query) => reading(() => again(name, () => readers.query(query))));
  const write = writeBy(writers, gate(writersMax), name, "begin");
  const sooner = gate(soonMax);
  const writeSoon = writeBy(soon, sooner, name, "begin");
  const alone = kyselyOn((query) => soon.query(query));
  const writeOne: Database["writeOne"] = (work) => sooner(() => again(name, () => work(alone)));
  // Whoever reads all of it may wait for a slow disk or a pipe, and holds nobody up.
  const snapshot = writeBy(readers, reading, name, `begin isolation level repeatable read read only; ${patient}`);
  const close = async () => {
    await Promise.all([readers.end(), writers.end(), soon.end()]);
  };
  try {
    const version = await mustSuit(read, name);
    if (config.migrate) await write((tx) => prepareSchema(tx, schema, config.now()));
    return {
      read,
      write,
      writeSoon,
      writeOne,
      snapshot,
      async check() {
        await mustSuit(read, name);
        await mustBeWhole(read, name);
        return `PostgreSQL ${version}, ${name.slice("PostgreSQL at ".length)}, schema ${schema}${await risks(read)}`;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One connection for one look, which does not wait for a server that is slow to answer. */
export async function withClient<T>(url: string, work: (db: Tx) => Promise<T>): Promise<T> {
  const { connectionString, schema, options } = readUrl(url);
  const client = new pg.Client({
    ...{
      connectionString,
      types,
      connectionTimeoutMillis: lookMs,
      query_timeout: lookMs,
      application_name: "maildesk",
    },
    options: `${options} -c search_path="${schema}" -c default_transaction_read_only=on`,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await work(kyselyOn((query) => client.query(query)));
  } finally {
    await client.end();
  }
}

/** The server's version as it names it. Rejects: operator, where it is too old or keeps text in another encoding. */
async function mustSuit(read: Tx, name: string): Promise<string> {
  const { rows } = await sql<{ number: number; version: string; encoding: string }>`
    select cast(current_setting('server_version_num') as integer) as number,
      current_setting('server_version') as version, current_setting('server_encoding') as encoding`.execute(read);
  const [found] = rows;
  if (found === undefined) throw new Error("PostgreSQL answered without a row");
  mustBeNewEnough(name, found.number, found.version);
  if (found.encoding !== "UTF8")
    throw operator(`${name} keeps text as ${found.encoding}, which can't hold every mail.`, {
      remedy: "Make the desk's database with createdb --encoding=UTF8 --template=template0.",
    });
  return found.version.split(" ")[0] ?? found.version;
}

/** Where the server itself may forget at a power failure what it was made to promise: said, as it may be meant. */
async function risks(read: Tx): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select name from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off'
    order by name`.execute(read);
  const names = rows.map((row) => row.name).join(", ");
  return names === "" ? "" : `; ${names} off: after a power failure a mail may be sent twice`;
}

/** `number` as server_version_num has it: 150015 for 15.15. */
export function mustBeNewEnough(name: string, number: number, version: string): void {
  if (number >= versionMin * 10_000) return;
  throw operator(`${name} is version ${version}, and maildesk needs ${versionMin} or newer.`, {
    remedy: "Upgrade that server, or name another one under `database` in maildesk.yaml.",
  });
}

/** The schema and its tables, by one process at a time. */
async function prepareSchema(tx: Tx, schema: string, now: number): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`maildesk migrates ${schema}`}, 0))`.execute(tx);
  const there = await sql<{ n: number }>`
    select count(*) as n from pg_namespace where nspname = ${schema}`.execute(tx);
  if (there.rows[0]?.n === 0) await sql`create schema ${sql.id(schema)}`.execute(tx);
  const tables = await sql<{ name: string; isOurs: boolean }>`
    select tablename as name, tablename = 'migration' and 2 = (
      select count(*) from information_schema.columns
      where table_schema = schemaname and table_name = tablename and column_name in ('name', 'at')) as "isOurs"
    from pg_tables where schemaname = ${schema} order by 1`.execute(tx);
  const made = tables.rows.some((row) => row.isOurs)
    ? (await sql<{ name: string }>`select "name" from "migration"`.execute(tx)).rows
    : null;
  mustBeOurs(
    `The schema ${schema} of this database`,
    tables.rows.map((row) => row.name),
    made?.map((row) => row.name) ?? null,
    "Write ?schema=NAME at the end of `database` in maildesk.yaml: maildesk makes a schema of that name.",
  );
  await migrate(tx, now);
}

/** One connection of the pool, and the Kysely on it. */
interface Writer {
  client: pg.PoolClient;
  db: Tx;
}

/** Lets so many in at once; the others wait for their turn, however long: `connectMs` is for connecting. */
function gate(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let inside = 0;
  return async (work) => {
    if (inside < max) inside += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve)); // who leaves hands the place on
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}

function writeBy(pool: pg.Pool, gated: ReturnType<typeof gate>, name: string, begin: string): Database["write"] {
  const dbs = new WeakMap<pg.PoolClient, Tx>();
  const dbOf = (client: pg.PoolClient): Tx => {
    const made = dbs.get(client) ?? kyselyOn((query) => client.query(query));
    dbs.set(client, made);
    return made;
  };
  /** A transaction that has begun; a server that was away for a moment costs nobody anything. */
  const start = (): Promise<Writer> =>
    again(name, async () => {
      const client = await pool.connect();
      try {
        await client.query(begin);
        return { client, db: dbOf(client) };
      } catch (error) {
        client.release(true);
        throw error;
      }
    });
  const once = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const { client, db } = await start();
    let finishing = false;
    try {
      const result = await work(db);
      finishing = true;
      const { command } = await client.query("commit");
      if (command !== "COMMIT") throw new Error("a unit of work went on after one of its statements had failed");
      client.release();
      return result;
    } catch (error) {
      // What can't roll back is closed, and then the server does it.
      await client.query("rollback").then(
        () => client.release(isStale(error)),
        () => client.release(true),
      );
      throw finishing && isLost(error) ? inDoubt(name, error) : error;
    }
  };
  return async (work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await gated(() => once(work));
      } catch (error) {
        if (!(isDeadlock(error) || isStale(error)) || attempt >= attemptsMax) throw postgresError(name, error);
        await new Promise((resolve) => setTimeout(resolve, attempt * 20));
      }
    }
  };
}

/** Nobody knows whether the server wrote it. Worker and spool find out by looking; a person must. */
const inDoubt = (name: string, cause: unknown) =>
  temporary(`${name} was lost while a change was being written: it may be there or not.`, {
    code: "busy",
    cause,
    remedy: "Look before you do it again: maildesk log list.",
  });

/** Tries again while the server is away, for some seconds: for what changes nothing, or may be done twice. */
async function again<T>(name: string, ask: () => Promise<T>): Promise<T> {
  for (const pauseMs of againMs) {
    try {
      return await ask();
    } catch (error) {
      if (!isLost(error) && !isStale(error)) throw postgresError(name, error);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return await ask().catch((error: unknown) => {
    throw postgresError(name, error);
  });
}
