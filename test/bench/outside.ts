// A desk's database seen from outside, on either engine: rows by a question, and statements that no desk would run.
// Questions are written with `?` and quoted names; integers come as numbers.
import BetterSqlite from "better-sqlite3";
import pg from "pg";

export type Value = string | number | null | Buffer;
export type Row = Record<string, Value>;

export interface Outside {
  isPostgres: boolean;
  rows(question: string, ...values: Value[]): Promise<Row[]>;
  /** The first column of the first row; 0 where there is none or it is null. */
  number(question: string, ...values: Value[]): Promise<number>;
  run(text: string): Promise<void>;
  close(): Promise<void>;
}

/** The schema in which maildesk keeps a desk on PostgreSQL. */
export const deskSchema = "maildesk";

/** `url`: as in `database` of maildesk.yaml, with an absolute path. */
export async function openOutside(url: string): Promise<Outside> {
  const engine = url.startsWith("sqlite:") ? openFile(url.slice("sqlite:".length)) : await openServer(url);
  return {
    ...engine,
    async number(question, ...values) {
      const [row] = await engine.rows(question, ...values);
      return Number(Object.values(row ?? {})[0] ?? 0);
    },
  };
}

type Engine = Omit<Outside, "number">;

function openFile(path: string): Engine {
  const database = new BetterSqlite(path);
  const statements = new Map<string, BetterSqlite.Statement>();
  const prepared = (text: string) => {
    const statement = statements.get(text) ?? database.prepare(text);
    statements.set(text, statement);
    return statement;
  };
  return {
    isPostgres: false,
    rows: async (question, ...values) => prepared(question).all(values) as Row[], // the caller names the columns
    run: async (text) => void database.exec(text),
    close: async () => void database.close(),
  };
}

async function openServer(url: string): Promise<Engine> {
  const client = new pg.Client({ connectionString: url, options: `-c search_path=${deskSchema}` });
  client.setTypeParser(pg.types.builtins.INT8, Number);
  await client.connect();
  return {
    isPostgres: true,
    async rows(question, ...values) {
      let place = 0;
      const { rows } = await client.query(
        question.replace(/\?/g, () => `$${++place}`),
        values,
      );
      return rows as Row[]; // the caller names the columns
    },
    run: async (text) => void (await client.query(text)),
    close: () => client.end(),
  };
}
