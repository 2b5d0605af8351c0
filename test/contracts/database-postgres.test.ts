// PostgreSQL as the desk's database: what its administrator may get wrong, several processes at once, a server that goes
// away and comes back, and the locks that keep commits apart. A real server, of this file alone.
import { fork } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { alone, holdLocks, type Locks, shared } from "../../dist/database/locks.js";
import { type Database, openDatabase } from "../../dist/database/open.js";
import { mustBeNewEnough } from "../../dist/database/open-postgres.js";
import { sentence } from "../../dist/errors.js";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { waitUntil } from "../servers/process.ts";

let server: PostgresServer;
let url: string;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.remove());

const open: Database[] = [];
afterEach(async () => {
  for (const database of open.splice(0)) await database.close();
});
async function opened(address = url): Promise<Database> {
  const database = await openDatabase({ url: address, migrate: true, now: () => 0 });
  open.push(database);
  return database;
}
async function newDatabase(): Promise<Database> {
  url = await server.database();
  return await opened();
}
const refusal = async (address: string): Promise<string> =>
  sentence(
    await opened(address).then(
      () => "it was opened",
      (error: unknown) => error,
    ),
  );

type Tx = Parameters<Parameters<Database["write"]>[0]>[0];
const addSequence = (tx: Tx, id: string, value = 0) => tx.insertInto("sequence").values({ id, value }).execute();
const valueIn = async (db: Tx, id: string) =>
  (await db.selectFrom("sequence").select("value").where("id", "=", id).executeTakeFirst())?.value;

describe("a server that can't hold a desk", () => {
  it("is too old", () => {
    expect(() => mustBeNewEnough("PostgreSQL at db:5432/desk", 130_014, "13.14")).toThrow(
      "PostgreSQL at db:5432/desk is version 13.14, and maildesk needs 14 or newer.",
    );
    expect(() => mustBeNewEnough("PostgreSQL", 140_000, "14.0")).not.toThrow();
  });

  it("has no such database, refuses the user, or is not there: each in one sentence that says what to do", async () => {
    const at = `127.0.0.1:${server.port}`;
    expect(await refusal(`postgres://postgres@${at}/nowhere`)).toBe(
      `PostgreSQL at ${at}/nowhere has no such database: database "nowhere" does not exist.\n` +
        "  Make it with createdb, or correct its name in `database` of maildesk.yaml.",
    );
    expect(await refusal(`postgres://nobody:secret-word@${at}/postgres`)).toBe(
      `PostgreSQL at ${at}/postgres refused the login: role "nobody" does not exist.\n` +
        "  Correct the user and the password in `database` of maildesk.yaml.",
    );
    const gone = await refusal("postgres://postgres:secret-word@127.0.0.1:1/desk");
    expect(gone).toMatch(/^PostgreSQL at 127\.0\.0\.1:1\/desk can't be used: .*\n {2}Start it, or correct/);
    expect(gone).not.toContain("secret-word");
  });

  it("gives the user no right to make a schema; one made for them is enough", async () => {
    url = await server.database();
    await server.query("create role clerk login", url);
    const theirs = url.replace("postgres@", "clerk@");
    expect(await refusal(theirs)).toMatch(/does not let this user keep a desk: permission denied for database desk\d+/);
    await server.query("create schema maildesk authorization clerk", url);
    expect(await (await opened(theirs)).check()).toMatch(
      /^PostgreSQL \d+\.\d+, 127\.0\.0\.1:\d+\/desk\d+, schema maildesk; fsync off: after a power failure/,
    );
  });

  it("keeps text as Latin-1", async () => {
    await server.query("create database latin encoding 'LATIN1' locale 'C' template template0");
    expect(await refusal(`postgres://postgres@127.0.0.1:${server.port}/latin`)).toMatch(/keeps text as LATIN1/);
  });

  it("holds another program's tables in that schema: another schema of the same database will do", async () => {
    url = await server.database();
    await server.query('create schema maildesk; create table maildesk."ticket" (id integer)', url);
    expect(await refusal(url)).toMatch(/holds tables of another program.\n {2}Write \?schema=NAME/);
    const other = await opened(`${url}?schema=desk2`);
    expect(await other.check()).toMatch(/schema desk2; /);
  });

  it("was used by a newer maildesk", async () => {
    const { write } = await newDatabase();
    await write((tx) => sql`insert into "migration" ("name", "at") values ('999-tomorrow', 0)`.execute(tx));
    expect(await refusal(url)).toBe(
      "The database was made by a newer maildesk (it has 999-tomorrow).\n" +
        "  Install that version; this one would not understand it.",
    );
  });
});

describe("the tables", () => {
  it("are made once, though many processes begin at the same moment", async () => {
    url = await server.database();
    const all = await Promise.all(Array.from({ length: 6 }, () => opened()));
    expect(await valueIn((all[5] as Database).read, "ticket")).toBe(0);
    const rows = await server.query('select name, count(*)::int as n from maildesk."migration" group by 1', url);
    expect(rows.every((row) => row.n === 1)).toBe(true);
  });

  it("are there as a whole or not at all, where the process that makes them is killed", async () => {
    url = await server.database();
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    // Whoever makes the table of that name waits for this transaction.
    await other.query('create schema maildesk; begin; create table maildesk."customer" (id integer)');
    const child = fork(fileURLToPath(new URL("database-writer.mjs", import.meta.url)), [url, "1"], { execArgv: [] });
    child.send("go");
    await waitUntil(
      async () => (await server.query("select 1 from pg_locks where not granted", url)).length > 0,
      () => "the process does not come as far as its third table",
    );
    const ended = new Promise((resolve) => child.on("close", (_code, signal) => resolve(signal)));
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    await other.query("rollback");
    await other.end();
    expect(await server.query("select tablename from pg_tables where schemaname = 'maildesk'", url)).toEqual([]);
    expect(await valueIn((await opened()).read, "ref")).toBe(0);
  });

  it("keep numbers as numbers, bytes as bytes, and order text by its bytes", async () => {
    const { read, write } = await newDatabase();
    await write(async (tx) => {
      for (const id of ["a", "B", "\u00e4", "z", "Z"]) await addSequence(tx, id, 9_007_199_254_740_991);
      await tx
        .insertInto("blob")
        .values({ id: "x", bytes: Buffer.from([0, 255, 1]) })
        .execute();
    });
    const rows = await read.selectFrom("sequence").selectAll().where("value", ">", 0).orderBy("id").execute();
    expect(rows.map((row) => row.id)).toEqual(["B", "Z", "a", "z", "\u00e4"]);
    expect(rows[0]?.value).toBe(9_007_199_254_740_991);
    expect((await read.selectFrom("blob").select("bytes").executeTakeFirst())?.bytes).toEqual(Buffer.from([0, 255, 1]));
    const sums = await read
      .selectFrom("sequence")
      .select((eb) => eb.fn.sum<number>("value").as("n"))
      .execute();
    expect(typeof sums[0]?.n).toBe("number");
  });
});

describe("units of work", () => {
  it("fail alone, and leave nothing", async () => {
    const { read, write } = await newDatabase();
    const ends = await Promise.allSettled(
      Array.from({ length: 60 }, (_, at) =>
        write(async (tx) => {
          await addSequence(tx, `s${at % 50}`);
          if (at === 7) throw new Error("no");
        }),
      ),
    );
    const failed = ends.filter((end) => end.status === "rejected").length;
    const { n } = await read
      .selectFrom("sequence")
      .select((eb) => eb.fn.countAll<number>().as("n"))
      .where("id", "like", "s%")
      .executeTakeFirstOrThrow();
    expect(n).toBe(60 - failed);
    expect(failed).toBeGreaterThanOrEqual(10);
  });

  it("that wait for each other are begun again, and both end", async () => {
    const { read, write } = await newDatabase();
    await write(async (tx) => {
      await addSequence(tx, "one");
      await addSequence(tx, "two");
    });
    let begun = 0;
    const add = (first: string, second: string) =>
      write(async (tx) => {
        begun += 1;
        const raise = (id: string) =>
          tx
            .updateTable("sequence")
            .set((eb) => ({ value: eb("value", "+", 1) }))
            .where("id", "=", id)
            .execute();
        await raise(first);
        if (begun <= 2) await pause(200);
        await raise(second);
      });
    await Promise.all([add("one", "two"), add("two", "one")]);
    expect([await valueIn(read, "one"), await valueIn(read, "two")]).toEqual([2, 2]);
    expect(begun).toBeGreaterThan(2);
  });

  it("that go on after a statement failed are a mistake of ours and write nothing", async () => {
    const { read, write } = await newDatabase();
    const going = write(async (tx) => {
      await addSequence(tx, "one");
      await addSequence(tx, "one").catch(() => undefined);
    });
    await expect(going).rejects.toThrow("went on after one of its statements had failed");
    expect(await valueIn(read, "one")).toBeUndefined();
  });

  it("are the writing side's: the reading side refuses", async () => {
    const { read } = await newDatabase();
    await expect(addSequence(read, "one")).rejects.toMatchObject({ kind: "operator" });
  });
});

describe("locks on names", () => {
  const hold = (tx: Tx, names: readonly string[], take: typeof alone) => {
    const locks: Locks = new Map();
    for (const name of names) take(locks, name);
    return holdLocks(tx, locks);
  };
  /** Reads a counter, lets go of the thread, and writes it back one higher. */
  async function raise(tx: Tx): Promise<void> {
    const value = (await valueIn(tx, "ref")) ?? 0;
    await pause(1);
    await tx
      .updateTable("sequence")
      .set({ value: value + 1 })
      .where("id", "=", "ref")
      .execute();
  }

  it("keep those apart that hold one alone, in whichever order they name them, over several processes", async () => {
    const first = await newDatabase();
    const second = await opened();
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        (at % 2 === 0 ? first : second).write(async (tx) => {
          await hold(tx, at % 3 === 0 ? ["a", "b", `own ${at}`] : ["b", "a"], alone);
          await raise(tx);
        }),
      ),
    );
    expect(await valueIn(first.read, "ref")).toBe(40);
  });

  it("keep a large one apart from all others", async () => {
    const { read, write } = await newDatabase();
    const many = Array.from({ length: 5_000 }, (_, at) => `row ${at}`);
    await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        write(async (tx) => {
          if (at % 3 === 0) await hold(tx, many, alone);
          else await hold(tx, ["the same"], alone);
          await raise(tx);
        }),
      ),
    );
    expect(await valueIn(read, "ref")).toBe(12);
  });

  it("that are shared are held by many at once", async () => {
    const { write } = await newDatabase();
    let inside = 0;
    let open: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      open = resolve;
    });
    // Each ends only once all are inside: were one kept out, none would.
    await Promise.all(
      Array.from({ length: 5 }, () =>
        write(async (tx) => {
          await hold(tx, ["shared"], shared);
          inside += 1;
          if (inside === 5) open();
          await all;
        }),
      ),
    );
    expect(inside).toBe(5);
  });
});

describe("a server that goes away", () => {
  it("for a restart is waited for by what has not begun, and what was under way is told so", async () => {
    const { read, write } = await newDatabase();
    await write((tx) => addSequence(tx, "before"));
    const underWay = write(async (tx) => {
      await addSequence(tx, "under way");
      await server.restart("immediate");
      await addSequence(tx, "never");
    });
    await expect(underWay).rejects.toMatchObject({ kind: "temporary", code: "busy" });
    await write((tx) => addSequence(tx, "after"));
    const rows = await read.selectFrom("sequence").select("id").where("value", "=", 0).orderBy("id").execute();
    expect(rows.map((row) => row.id)).toEqual(["after", "before", "ref", "ticket"]);
  });

  it("and cuts its connections costs a reader nothing", async () => {
    const { read } = await newDatabase();
    expect(await valueIn(read, "ref")).toBe(0);
    for (let round = 0; round < 3; round++) {
      await server.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'maildesk'");
      expect(await valueIn(read, "ref")).toBe(0);
    }
  });

  it("for longer is a temporary error that says what to do", async () => {
    const { read } = await newDatabase();
    await server.stop();
    const failure = await valueIn(read, "ref").catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "temporary", message: expect.stringContaining("can't be used") });
    await server.restart();
    expect(await valueIn(read, "ref")).toBe(0);
  });
});
