// Rows by the million: a table at a time, in the order of its key, while no other index stands. SQLite takes them on one
// connection that waits for no disk; PostgreSQL by COPY, through psql.
import { spawn } from "node:child_process";
import { once } from "node:events";
import BetterSqlite from "better-sqlite3";
import { deskSchema, type Outside, type Value } from "./outside.ts";

export interface BulkWriter {
  tables(): Promise<string[]>;
  /** The columns of the primary key. */
  keyOf(table: string): Promise<string[]>;
  dropIndexes(): Promise<void>;
  write(table: string, columns: readonly string[], rows: Iterable<Value[]>): Promise<void>;
  makeIndexes(): Promise<void>;
}

const rowsPerCommit = 50_000;
const copyChars = 1024 * 1024;

/** `url`: the same desk's. */
export async function bulkWriter(desk: Outside, url: string): Promise<BulkWriter> {
  return desk.isPostgres ? onServer(desk, url) : onFile(desk, url.slice("sqlite:".length));
}

function indexesOf(desk: Outside, question: string) {
  let made: string[] = [];
  return {
    async dropIndexes() {
      const found = await desk.rows(question);
      made = found.map((row) => String(row.text));
      for (const { name } of found) await desk.run(`drop index "${String(name)}"`);
    },
    async makeIndexes() {
      for (const text of made) await desk.run(text);
    },
  };
}

function onFile(desk: Outside, path: string): BulkWriter {
  const { dropIndexes, makeIndexes } = indexesOf(
    desk,
    `select "name", "sql" as "text" from "sqlite_master" where "type" = 'index' and "sql" is not null`,
  );
  return {
    dropIndexes,
    async tables() {
      const rows = await desk.rows(
        `select "name" from "sqlite_master" where "type" = 'table' and "name" not like 'sqlite_%' and "name" not like 'search%' order by "name"`,
      );
      return rows.map((row) => String(row.name));
    },
    async keyOf(table) {
      const rows = await desk.rows(`select "name" from pragma_table_info('${table}') where "pk" > 0 order by "pk"`);
      return rows.map((row) => String(row.name));
    },
    async write(table, columns, rows) {
      const database = new BetterSqlite(path);
      for (const pragma of ["synchronous = OFF", "cache_size = -200000"]) database.pragma(pragma);
      const text = `insert into "${table}" (${columns.map((name) => `"${name}"`).join()}) values (${columns.map(() => "?").join()})`;
      const insert = database.prepare(text);
      let waiting: Value[][] = [];
      const flush = database.transaction(() => {
        for (const row of waiting) insert.run(row);
      });
      for (const row of rows) {
        waiting.push(row);
        if (waiting.length < rowsPerCommit) continue;
        flush();
        waiting = [];
      }
      flush();
      database.pragma("wal_checkpoint(TRUNCATE)");
      database.close();
    },
    async makeIndexes() {
      await desk.run("pragma cache_size = -200000; pragma synchronous = OFF");
      await makeIndexes();
      await desk.run("pragma wal_checkpoint(TRUNCATE)");
    },
  };
}

function onServer(desk: Outside, url: string): BulkWriter {
  const { dropIndexes, makeIndexes } = indexesOf(
    desk,
    `select "indexname" as "name", "indexdef" as "text" from "pg_indexes"
     where "schemaname" = '${deskSchema}' and "indexname" not in
       (select "conname" from "pg_constraint" where "contype" = 'p')`,
  );
  return {
    dropIndexes,
    async tables() {
      const rows = await desk.rows(
        `select "tablename" as "name" from "pg_tables" where "schemaname" = '${deskSchema}' and "tablename" not like 'search%' order by 1`,
      );
      return rows.map((row) => String(row.name));
    },
    async keyOf(table) {
      const rows = await desk.rows(
        `select "attname" as "name" from "pg_constraint" join "pg_attribute"
           on "attrelid" = "conrelid" and "attnum" = any("conkey")
         where "contype" = 'p' and "conrelid" = cast(? as regclass) order by array_position("conkey", "attnum")`,
        `${deskSchema}."${table}"`,
      );
      return rows.map((row) => String(row.name));
    },
    async write(table, columns, rows) {
      const into = `"${deskSchema}"."${table}" (${columns.map((name) => `"${name}"`).join()})`;
      await copyInto(url, `copy ${into} from stdin`, rows);
    },
    async makeIndexes() {
      await desk.run("set maintenance_work_mem = '256MB'");
      await makeIndexes();
    },
  };
}

/** Waits whenever psql has enough to read. Rejects with what psql said. */
async function copyInto(url: string, copy: string, rows: Iterable<Value[]>): Promise<void> {
  const psql = spawn("psql", ["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-c", copy, url], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let said = "";
  psql.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(0, 2000);
  });
  psql.stdin.on("error", () => undefined); // its exit tells why
  const ended = once(psql, "exit");
  let text = "";
  for (const row of rows) {
    text += `${row.map(copied).join("\t")}\n`;
    if (text.length < copyChars) continue;
    if (!psql.stdin.write(text)) await Promise.race([once(psql.stdin, "drain"), ended]);
    text = "";
    if (psql.exitCode !== null) break;
  }
  psql.stdin.end(text);
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`${copy}: ${said}`);
}

/** PostgreSQL, COPY, text format. */
function copied(value: Value): string {
  if (value === null) return "\\N";
  if (typeof value === "number") return String(value);
  if (Buffer.isBuffer(value)) return `\\\\x${value.toString("hex")}`;
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (found) => escapes[found] ?? found) : value;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
