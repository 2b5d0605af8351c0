// What PostgreSQL knows of a desk that was loaded a moment ago: without statistics its planner would guess, and read large
// tables whole for each mail until it looks for itself.
import { afterAll, beforeAll, expect, it } from "vitest";
import { openDeskArchive } from "../../dist/database/archive.js";
import { openDatabase } from "../../dist/database/open.js";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ autovacuum: "off" });
});
afterAll(() => server.remove());

it("a desk that was loaded has statistics of all its tables", async () => {
  const [oldUrl, newUrl] = [await server.database(), await server.database()];
  const [old, fresh] = await Promise.all(
    [oldUrl, newUrl].map((url) => openDatabase({ url, migrate: true, now: () => 0 })),
  );
  if (old === undefined || fresh === undefined) throw new Error("two desks were opened");
  const looked = async (url: string): Promise<unknown[]> =>
    await server.query(
      `select relname from pg_stat_user_tables where schemaname = 'maildesk' and last_analyze is not null order by 1`,
      url,
    );
  try {
    await old.write((tx) =>
      tx.insertInto("setting").values({ id: "desk.name", value: '"Help"', version: 1 }).execute(),
    );
    const options = { now: 0, keep: true, seen: () => undefined, after: async () => "loaded" };
    expect(await openDeskArchive(old).rows((source) => openDeskArchive(fresh).fill(source, options))).toBe("loaded");
    expect(await fresh.read.selectFrom("setting").select("value").execute()).toEqual([{ value: '"Help"' }]);
    // The server gathers its own counts with a delay.
    await expect.poll(async () => (await looked(newUrl)).length, { timeout: 20_000 }).toBeGreaterThan(20);
    expect(await looked(oldUrl)).toEqual([]);
  } finally {
    await Promise.all([old.close(), fresh.close()]);
  }
});
