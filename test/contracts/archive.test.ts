// All rows of a desk, read at one moment and written into another: no table and no row is left out, however many and
// however long they are.
import { createHash } from "node:crypto";
import { sql } from "kysely";
import { afterEach, expect, it } from "vitest";
import { allTables } from "../../dist/database/all-tables.js";
import { openDeskArchive } from "../../dist/database/archive.js";
import { tableColumns } from "../../dist/database/table-columns.js";
import type { ArchivedRow, RowSource } from "../../dist/ports-archive.js";
import { onPostgres } from "../servers/test-database.ts";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";

const atOnce = 500;
const opened: NewDesk[] = [];
afterEach(async () => {
  for (const desk of opened.splice(0)) await desk.close();
});

async function open(): Promise<NewDesk> {
  const desk = await newDesk("archive");
  opened.push(desk);
  return desk;
}

/** Each row as its table, its key and a digest of all its columns. */
async function rowsIn({ pages }: RowSource): Promise<string[]> {
  const found: string[] = [];
  for await (const page of pages) for (const row of page) found.push(digestOf(row));
  return found;
}

function digestOf({ table, row }: ArchivedRow): string {
  const hash = createHash("sha256");
  for (const [name, value] of Object.entries(row))
    hash.update(`${name}\0`).update(Buffer.isBuffer(value) ? value : String(value));
  return `${table} ${String(row.id ?? "")} ${hash.digest("hex")}`;
}

const everything = (desk: NewDesk) => openDeskArchive(desk.database).rows(rowsIn);

const copy = async (from: NewDesk, to: NewDesk, keep = true) =>
  await openDeskArchive(from.database).rows(
    async (source) =>
      await openDeskArchive(to.database).fill(source, { now: 1, keep, seen() {}, after: async (_, counts) => counts }),
  );

/** Raw mails of these sizes, and rows with keys of several columns, on both sides of where pages end. */
async function filled(sizes: readonly number[], slots: number): Promise<NewDesk> {
  const desk = await open();
  const raws = sizes.map((size, at) => ({ id: `eml_${String(at).padStart(5, "0")}`, raw: Buffer.alloc(size, at) }));
  const more = { tableName: "t", rowId: "é\u{1f600}", rowCount: 1, before: null, after: "" };
  const changes = Array.from({ length: slots }, (_, seq) => ({ commitId: `cmt_${seq % 7}`, seq, ...more }));
  await desk.database.write(async (tx) => {
    for (let at = 0; at < raws.length; at += atOnce)
      await tx
        .insertInto("emailRaw")
        .values(raws.slice(at, at + atOnce))
        .execute();
    for (let at = 0; at < changes.length; at += atOnce)
      await tx
        .insertInto("changeLog")
        .values(changes.slice(at, at + atOnce))
        .execute();
  });
  return desk;
}

it("every table of the database is in the list but those of the search, and no other", async () => {
  const desk = await open();
  const found = [...(await tableColumns(desk.read)).keys()].filter(
    (name) => name !== "migration" && !name.startsWith("search"),
  );
  expect(allTables.map(({ name }) => name).sort()).toEqual(found.sort());
});

it("the key by which a table is read is its primary key, and its bytes and its lease are named", async () => {
  const desk = await open();
  const tables = await tableColumns(desk.read);
  for (const { name, shape } of allTables) {
    const columns = [...(tables.get(name) ?? [])];
    expect([name, ...(await primaryKey(desk, name))]).toEqual([name, ...shape.key]);
    expect([name, columns.find(([, { kind }]) => kind === "bytes")?.[0]]).toEqual([name, shape.bytes]);
    const leases = columns.map(([column]) => column).filter((column) => column.startsWith("lease"));
    expect([name, ...leases.sort()]).toEqual([name, ...Object.keys(shape.free ?? {}).sort()]);
  }
});

async function primaryKey({ read }: NewDesk, table: string): Promise<string[]> {
  const asked = onPostgres
    ? sql<{ name: string }>`
        select attname as name from pg_index join pg_attribute on attrelid = indrelid and attnum = any(indkey)
        where indisprimary and indrelid = cast(${`"${table}"`} as regclass)
        order by array_position(cast(indkey as int2[]), attnum)`
    : sql<{ name: string }>`select name from pragma_table_info(${table}) where pk > 0 order by pk`;
  return (await asked.execute(read)).rows.map(({ name }) => name);
}

it("many rows and long ones arrive once each, as they were", async () => {
  const megabyte = 1024 * 1024;
  const long = [5 * megabyte, 0, 3 * megabyte, 3 * megabyte, 12 * megabyte, 1];
  const from = await filled([...Array<number>(1003).fill(20), ...long, ...Array<number>(500).fill(3)], 1_501);
  const to = await open();
  expect(await copy(from, to)).toEqual({ emailRaw: 1509, sequence: 2, ticketStatus: 4, changeLog: 1501 });
  const all = await everything(from);
  expect(all).toHaveLength(1509 + 2 + 4 + 1501);
  expect(await everything(to)).toEqual(all);
});

it("leases are another process's, and free in the copy", async () => {
  const from = await open();
  const mailbox = { uidValidity: "1", lastUid: 1, lastPollAt: null, error: null, pausedUntil: null, failures: 0 };
  const more = { startAt: null, startUid: null, failingSince: null, needsPerson: 0 };
  await from.database.write(async (tx) => {
    await tx
      .insertInto("mailbox")
      .values({ id: "support", ...mailbox, ...more, leaseOwner: "here/1/1", leaseUntil: 9_999_999_999_999 })
      .execute();
  });
  const to = await open();
  await copy(from, to);
  const row = await to.read.selectFrom("mailbox").selectAll().executeTakeFirstOrThrow();
  expect(row).toEqual({ id: "support", ...mailbox, ...more, leaseOwner: null, leaseUntil: 0 });
  expect(await everything(to)).toEqual(await everything(from));
});

it("what is written while it is read is not in it", async () => {
  const from = await filled([1, 2, 3], 0);
  const before = await everything(from);
  const found = await openDeskArchive(from.database).rows(async (source) => {
    await from.database.write(async (tx) => {
      await tx
        .insertInto("emailRaw")
        .values({ id: "eml_later", raw: Buffer.from("later") })
        .execute();
    });
    return await rowsIn(source);
  });
  expect(found).toEqual(before);
  expect(await everything(from)).toHaveLength(before.length + 1);
});

it("a copy that is only tried, or that breaks off, leaves the desk empty", async () => {
  const from = await filled([1, 2, 3], 3);
  const to = await open();
  const empty = await everything(to);
  expect(await copy(from, to, false)).toMatchObject({ emailRaw: 3 });
  expect(await everything(to)).toEqual(empty);
  const broken = async function* () {
    yield [{ table: "emailRaw", row: { id: "a", raw: Buffer.alloc(1) }, line: null }];
    throw new Error("the disk is gone");
  };
  const options = { now: 1, keep: true, seen() {}, after: async () => true };
  const { migration } = await openDeskArchive(from.database).rows(async (source) => source);
  await expect(openDeskArchive(to.database).fill({ migration, pages: broken() }, options)).rejects.toThrow(
    "the disk is gone",
  );
  expect(await everything(to)).toEqual(empty);
  await copy(from, to);
  expect(await everything(to)).toEqual(await everything(from));
});

/** A row in each table that programs fill without anybody's doing. */
async function runFor(
  desk: NewDesk,
  ...sealed: { id: string; sealed: string | null; usedAt: number }[]
): Promise<void> {
  const free = { leaseOwner: "here/1/1", leaseUntil: 9_999_999_999_999 };
  const times = { createdAt: 1, toldAt: 2, goneAt: null, clearedAt: null, nextAttemptAt: 1 };
  const told = { status: "told", phase: "raised" as const, attempts: 1, response: null, error: null, owner: null };
  const words = { subject: "support", day: "2026-11-27", recipient: "eve@desk.example", title: "t", text: "t" };
  const cursor = {
    uidValidity: "7",
    lastUid: 4,
    lastPollAt: 1,
    error: "no",
    pausedUntil: 9,
    failures: 1,
    needsPerson: 0,
  };
  await desk.database.write(async (tx) => {
    await tx
      .insertInto("slot")
      .values({ schedule: "digest", slot: "1", claimedAt: 1, ...free, fence: 1, doneAt: null, error: null })
      .execute();
    await tx.insertInto("diskUse").values({ id: "raw", rows: 1, bytes: 1, measuredAt: 1 }).execute();
    await tx.insertInto("retention").values({ id: "raw", beforeAt: 1, ranAt: 1, removed: 0, bytes: 0 }).execute();
    await tx
      .insertInto("alert")
      .values({ id: "alr_1", kind: "mailbox", ...words, ...told, ...times, ...free, fence: 1 })
      .execute();
    await tx
      .insertInto("mailbox")
      .values({ id: "support", ...cursor, startAt: 1, startUid: 1, failingSince: 1, ...free })
      .execute();
    for (const row of sealed)
      await tx
        .insertInto("credential")
        .values({ ...row, generation: 3, refreshEndsAt: null, ...free })
        .execute();
  });
}

const credentialsOf = async (desk: NewDesk) =>
  (await desk.read.selectFrom("credential").select(["id", "sealed"]).orderBy("id").execute()).map(
    ({ id, sealed }) => `${id} ${sealed}`,
  );

it("what programs left by themselves makes way, but for a token that is nowhere else", async () => {
  const from = await filled([1], 0);
  await runFor(from, ...["a", "b", "c"].map((id) => ({ id, sealed: "brought", usedAt: 20 })));
  const to = await open();
  const own = [
    { id: "a", sealed: "older", usedAt: 10 },
    { id: "b", sealed: "newer", usedAt: 30 },
    { id: "c", sealed: null, usedAt: 30 },
    { id: "d", sealed: "only here", usedAt: 10 },
  ];
  await runFor(to, ...own);
  const before = await everything(to);
  expect(await copy(from, to, false)).toMatchObject({ emailRaw: 1, mailbox: 1, alert: 1, credential: 3 });
  expect(await everything(to)).toEqual(before);
  await copy(from, to);
  expect(await credentialsOf(to)).toEqual(["a brought", "b newer", "c brought", "d only here"]);
  const isOther = (line: string) => !line.startsWith("credential ");
  expect((await everything(to)).filter(isOther)).toEqual((await everything(from)).filter(isOther));
});

it("a desk that holds anything of anybody's is not empty", async () => {
  const from = await filled([1], 0);
  for (const table of ["setting", "commitLog"] as const) {
    const to = await open();
    await runFor(to, { id: "a", sealed: "kept", usedAt: 1 });
    await to.database.write(async (tx) => {
      if (table === "setting") await tx.insertInto("setting").values({ id: "x", value: "1", version: 1 }).execute();
      else
        await tx
          .insertInto("commitLog")
          .values({ id: "c", at: 1, kind: "command", by: "operator", what: "x", undoes: null, undoneBy: null })
          .execute();
    });
    const before = await everything(to);
    await expect(copy(from, to)).rejects.toThrow(`This desk is not empty (rows in ${table})`);
    expect(await everything(to)).toEqual(before);
  }
});
