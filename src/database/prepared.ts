// Statements of the hot path: Kysely builds and compiles each once, and afterwards only the values change. Making the
// text anew for every call costs more than the database's own work, and it is made hundreds of times for one mail.
import type { CompiledQuery, Kysely } from "kysely";
import { cacheOf, directOf } from "./direct.ts";
import type { Schema } from "./schema.ts";

/** What a column takes. */
export type Value = string | number | null | Buffer;
type Values = Readonly<Record<string, Value | readonly Value[]>>;

interface Buildable<Row> {
  compile(): CompiledQuery<Row>;
}

export interface Prepared<V extends Values, Row> {
  rows(db: Kysely<Schema>, values: V, variant?: string): Promise<Row[]>;
  first(db: Kysely<Schema>, values: V, variant?: string): Promise<Row | undefined>;
  /** Resolves to the number of rows that it changed. */
  run(db: Kysely<Schema>, values: V, variant?: string): Promise<number>;
}

/** Stands for a value while the statement is built; `at` is its place in a list, null for a single value. */
interface StandIn {
  [standIn]: { name: string; at: number | null };
}

const standIn = Symbol("value to come");

interface Statement<Row> {
  compiled: CompiledQuery<Row>;
  /** For each parameter, where its value comes from. */
  sources: ((values: Values) => unknown)[];
}

const statementsMax = 500;

/**
 * `build` gets stand-ins for the values and must do nothing with them but hand them to Kysely, which makes parameters of
 * them. It runs once for each `variant` and each length of the lists among the values. Limits, and what a partial index
 * names (`status = 'pending'`), are written with sql.lit: as parameters they make SQLite plan a statement anew at each run.
 */
export function prepared<V extends Values, Row>(
  build: (db: Kysely<Schema>, values: V, variant: string) => Buildable<Row>,
): Prepared<V, Row> {
  const statementOf = (db: Kysely<Schema>, values: V, variant: string): Statement<Row> => {
    const statements = cacheOf<Statement<Row>>(db, build);
    let key = variant;
    for (const name in values) {
      const value = values[name];
      if (Array.isArray(value)) key += `,${name}:${value.length}`;
    }
    let statement = statements.get(key);
    if (statement === undefined) {
      if (statements.size >= statementsMax) statements.clear();
      const compiled = build(db, standIns(values), variant).compile();
      statement = { compiled, sources: compiled.parameters.map(sourceOf) };
      statements.set(key, statement);
    }
    return statement;
  };
  const call = (db: Kysely<Schema>, values: V, variant = ""): CompiledQuery<Row> => {
    const { compiled, sources } = statementOf(db, values, variant);
    return { ...compiled, parameters: sources.map((source) => source(values)) };
  };
  return {
    async rows(db, values, variant) {
      const query = call(db, values, variant);
      const direct = directOf(db);
      if (direct !== undefined) return (await direct.rows(query.sql, query.parameters)) as Row[]; // the rows that Kysely typed
      return (await db.executeQuery(query)).rows;
    },
    async first(db, values, variant) {
      const query = call(db, values, variant);
      const direct = directOf(db);
      if (direct !== undefined) return (await direct.first(query.sql, query.parameters)) as Row | undefined;
      return (await db.executeQuery(query)).rows[0];
    },
    async run(db, values, variant) {
      const query = call(db, values, variant);
      const direct = directOf(db);
      if (direct !== undefined) return await direct.run(query.sql, query.parameters);
      return Number((await db.executeQuery(query)).numAffectedRows ?? 0n);
    },
  };
}

function standIns<V extends Values>(values: V): V {
  const stand = (name: string, at: number | null): StandIn => ({ [standIn]: { name, at } });
  const all = Object.entries(values).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map((_, at) => stand(name, at)) : stand(name, null),
  ]);
  return Object.fromEntries(all) as V; // Kysely looks at no value, it only collects them
}

/** A parameter that `build` wrote itself, such as a limit, is the same each time. */
function sourceOf(parameter: unknown): (values: Values) => unknown {
  const to = (parameter as Partial<StandIn> | null)?.[standIn];
  if (to === undefined) return () => parameter;
  const { name, at } = to;
  return at === null ? (values) => values[name] : (values) => (values[name] as readonly Value[])[at]; // it was a list
}
