// The one place that writes: units of work that share a commit and fail alone, several processes on one file, a disk that
// is full, and files that are no database. Real SQLite in a folder of its own.
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "kysely";
import { afterEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../dist/database/open.js";
import { tempFolder } from "../servers/temp-folder.ts";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function desk(): Promise<NewDesk> {
  const opened = await newDesk("database");
  cleanUp.push(() => opened.close());
  return opened;
}

type Tx = Parameters<Parameters<NewDesk["database"]["write"]>[0]>[0];
const addSequence = (tx: Tx, id: string) => tx.insertInto("sequence").values({ id, value: 0 }).execute();
const sequences = async ({ read }: NewDesk) =>
  (await read.selectFrom("sequence").select("id").execute()).map((row) => row.id).filter((id) => id.startsWith("s"));

describe("the connection for reading", () => {
  it("writes nothing, not even in a transaction, and holds up nobody who writes", async () => {
    const { database, read } = await desk();
    const writing = read.transaction().execute((tx) => addSequence(tx, "by the reader"));
    await expect(writing).rejects.toThrow(/readonly/);
    await database.write((tx) => addSequence(tx, "by the writer"));
    const rows = await read.selectFrom("sequence").select("id").execute();
    expect(rows.map((row) => row.id)).toContain("by the writer");
    expect(rows.map((row) => row.id)).not.toContain("by the reader");
  });
});

describe("of many units of work at once", () => {
  it("one that fails takes nobody along, and leaves nothing", async () => {
    const { database, ...rest } = await desk();
    const works = Array.from({ length: 200 }, (_, at) => {
      const write = at % 3 === 0 ? database.writeSoon : database.write;
      return write(async (tx) => {
        await addSequence(tx, `s${at}`);
        if (at % 50 === 7) throw new Error(`work ${at} fails`);
        return at;
      });
    });
    const ends = await Promise.allSettled(works);
    const failed = ends.flatMap((end, at) => (end.status === "rejected" ? [[at, String(end.reason)]] : []));
    expect(failed).toEqual([7, 57, 107, 157].map((at) => [at, `Error: work ${at} fails`]));
    expect(ends[8]).toEqual({ status: "fulfilled", value: 8 });
    expect(await sequences({ database, ...rest })).toHaveLength(196);
  });

  it("each sees what those before it wrote, and a reader only what was committed", async () => {
    const { database, read } = await desk();
    const seen: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        database.write(async (tx) => {
          const row = await tx.selectFrom("sequence").select("value").where("id", "=", "ref").executeTakeFirstOrThrow();
          await tx
            .updateTable("sequence")
            .set({ value: row.value + 1 })
            .where("id", "=", "ref")
            .execute();
          const outside = await read
            .selectFrom("sequence")
            .select("value")
            .where("id", "=", "ref")
            .executeTakeFirstOrThrow();
          seen.push(outside.value);
        }),
      ),
    );
    const end = await read.selectFrom("sequence").select("value").where("id", "=", "ref").executeTakeFirstOrThrow();
    expect(end.value).toBe(20);
    expect(Math.max(...seen)).toBeLessThan(20);
  });

  it("one that breaks a unique index fails alone too", async () => {
    const { database, ...rest } = await desk();
    const ends = await Promise.allSettled(
      ["s1", "s2", "s1", "s3"].map((id) => database.write((tx) => addSequence(tx, id))),
    );
    expect(ends.map((end) => end.status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(await sequences({ database, ...rest })).toEqual(["s1", "s2", "s3"]);
  });
});

describe("the reading side", () => {
  it("cannot write", async () => {
    const { read } = await desk();
    await expect(read.deleteFrom("sequence").execute()).rejects.toThrow(/readonly/);
  });
});

describe("several processes on one file", () => {
  it("make the tables once, lose no write, and never see the database busy", async () => {
    const folder = tempFolder("processes");
    cleanUp.push(() => folder.remove());
    const path = join(folder.path, "new", "desk.db");
    const writers = 4;
    const times = 150;
    const said = await Promise.all(Array.from({ length: writers }, () => writer(path, times)));
    expect(said).toEqual(Array.from({ length: writers }, () => ({ failed: 0, errors: "", code: 0 })));
    const database = await openDatabase({ url: `sqlite:${path}`, migrate: true, now: () => 0 });
    cleanUp.push(() => database.close());
    const row = await database.read
      .selectFrom("sequence")
      .select("value")
      .where("id", "=", "ref")
      .executeTakeFirstOrThrow();
    expect(row.value).toBe(writers * times);
  });
});

let waiting: (() => void)[] = [];

/** One writer; they all begin once the last of four has come so far. */
function writer(path: string, times: number): Promise<{ failed: number; errors: string; code: number | null }> {
  const child = fork(
    fileURLToPath(new URL("database-writer.mjs", import.meta.url)),
    [`sqlite:${path}`, String(times)],
    {
      silent: true,
      execArgv: [],
    },
  );
  cleanUp.push(() => child.kill("SIGKILL"));
  let errors = "";
  let failed = -1;
  child.stderr?.on("data", (text) => {
    errors += String(text);
  });
  child.on("message", (said: { failed: number }) => {
    failed = said.failed;
  });
  waiting.push(() => child.send("go"));
  if (waiting.length === 4) {
    for (const go of waiting) go();
    waiting = [];
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ failed, errors, code })));
}

describe("a disk that is full", () => {
  it("is the administrator's to mend, loses nothing that was written, and goes on once there is room", async () => {
    const { database, read } = await desk();
    const pages = await database.write(
      async (tx) => (await sql<{ page_count: number }>`pragma page_count`.execute(tx)).rows[0]?.page_count ?? 0,
    );
    const limit = (count: number) => database.write((tx) => sql`pragma max_page_count = ${sql.lit(count)}`.execute(tx));
    const blob = (id: string) =>
      database.write((tx) =>
        tx
          .insertInto("blob")
          .values({ id, bytes: Buffer.alloc(200_000) })
          .execute(),
      );
    await database.write((tx) =>
      tx
        .insertInto("blob")
        .values({ id: "there", bytes: Buffer.alloc(10) })
        .execute(),
    );
    await limit(pages + 5);
    const ends = await Promise.allSettled([blob("a"), blob("b")]);
    for (const end of ends) {
      expect(end).toMatchObject({
        status: "rejected",
        reason: { kind: "operator", code: "SQLITE_FULL", remedy: expect.stringContaining("Make room") },
      });
    }
    await limit(1_000_000);
    await blob("c");
    const rows = await read.selectFrom("blob").select("id").orderBy("id").execute();
    expect(rows.map((row) => row.id)).toEqual(["c", "there"]);
  });
});

describe("a file that is no database", () => {
  it.each([
    ["some text", "file is not a database", /something else/],
    [null, "directory", /may write/],
  ])("(%j) is refused with its path and what to do", async (text, _reason, remedy) => {
    const folder = tempFolder("nodb");
    cleanUp.push(() => folder.remove());
    const path = text === null ? folder.path : join(folder.path, "desk.db");
    if (text !== null) writeFileSync(path, text.repeat(1000));
    const opening = openDatabase({ url: `sqlite:${path}`, migrate: true, now: () => 0 });
    await expect(opening).rejects.toMatchObject({
      kind: "operator",
      message: expect.stringContaining(path),
      remedy: expect.stringMatching(remedy),
    });
  });

  it("nor is one that a newer maildesk made", async () => {
    const { database, url } = await desk();
    await database.write((tx) => sql`insert into "migration" ("name", "at") values ('999-tomorrow', 0)`.execute(tx));
    await expect(openDatabase({ url, migrate: true, now: () => 0 })).rejects.toMatchObject({
      kind: "operator",
      message: expect.stringContaining("999-tomorrow"),
    });
  });
});

describe("a database that was opened before", () => {
  it("is opened again as it was", async () => {
    const { database, url } = await desk();
    await database.write((tx) => addSequence(tx, "s1"));
    const again = await openDatabase({ url: url.replace("sqlite:", "sqlite://"), migrate: true, now: () => 0 });
    cleanUp.push(() => again.close());
    expect(await again.read.selectFrom("sequence").select("id").orderBy("id").execute()).toEqual([
      { id: "ref" },
      { id: "s1" },
      { id: "ticket" },
    ]);
    expect(await again.check()).toContain(url.slice("sqlite:".length));
  });
});
