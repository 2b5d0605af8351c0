// Kysely on connections of `pg`. Statements of the hot path are prepared once on each connection (by name); all others go
// as they are. Every error that comes out of here is ours or a bug.
import { createHash } from "node:crypto";
import {
  type CompiledQuery,
  type DatabaseConnection,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from "kysely";
import type pg from "pg";
import { offerDirect } from "./direct.ts";
import type { Schema } from "./schema.ts";

/** Runs one statement and gives its connection back. */
export type Ask = (query: { text: string; values: unknown[]; name?: string }) => Promise<pg.QueryResult>;

/** One for all connections, so that what Kysely compiled for one serves the others (direct.ts). */
const adapter = new PostgresAdapter();
/** Each takes memory of every connection; those with long lists come in hundreds of lengths. */
const namedCharsMax = 1_500;
const names = new Map<string, string>();

/** A statement's name is its text's digest: the server knows a connection's statements by it. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = createHash("sha256").update(text).digest("hex").slice(0, 32);
    names.set(text, name);
  }
  return name;
}

/** A Kysely whose every statement goes to `ask`; it begins no transactions. */
export function kyselyOn(ask: Ask): Kysely<Schema> {
  const connection: DatabaseConnection = {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const { command, rowCount, rows } = await ask({ text: sql, values: [...parameters] });
      const changes = ["INSERT", "UPDATE", "DELETE", "MERGE"].includes(command);
      return { rows: rows as R[], ...(changes ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
    },
    // biome-ignore lint/correctness/useYield: it only refuses
    async *streamQuery() {
      throw new Error("ask for pages instead");
    },
  };
  const refuse = () => Promise.reject(new Error("only database/open-postgres begins transactions"));
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => adapter,
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (made) => new PostgresIntrospector(made),
      createDriver: () => ({
        init: async () => undefined,
        acquireConnection: async () => connection,
        releaseConnection: async () => undefined,
        beginTransaction: refuse,
        commitTransaction: refuse,
        rollbackTransaction: refuse,
        destroy: async () => undefined,
      }),
    },
  });
  const prepared = (text: string, values: readonly unknown[]) =>
    ask({ text, values: [...values], ...(text.length <= namedCharsMax ? { name: nameOf(text) } : {}) });
  offerDirect(db, {
    rows: async (text, values) => (await prepared(text, values)).rows,
    first: async (text, values) => (await prepared(text, values)).rows[0],
    run: async (text, values) => (await prepared(text, values)).rowCount ?? 0,
  });
  return db;
}
