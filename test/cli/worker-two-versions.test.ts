// An older maildesk beside a newer one: the worker of the older one ends as soon as the tables are newer, with a sentence,
// and no command of it touches them.
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, expect, it } from "vitest";
import { openDatabase } from "../../dist/database/open.js";
import { onPostgres, urlOf } from "../servers/test-database.ts";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";
import { killWorkers, startWorker } from "./running-worker.ts";

let desk: DeskFolder;
afterEach(() => {
  killWorkers();
  desk.remove();
});

it("a worker ends, and a command refuses, once a newer maildesk changed the tables", async () => {
  desk = await deskFolder();
  await desk.json("status"); // makes the tables
  const worker = startWorker(desk.path);
  await worker.until("worker-started");
  // Where `init` puts the file, unless the tests run on PostgreSQL.
  const url = onPostgres ? urlOf(desk.path) : `sqlite:${join(desk.path, "data", "maildesk.db")}`;
  const database = await openDatabase({ url, migrate: false, now: () => 0 });
  await database.write((tx) => sql`insert into "migration" ("name", "at") values ('999-tomorrow', 0)`.execute(tx));
  await database.close();
  expect(await worker.ended).toBe(69);
  const last = worker.lines().at(-1);
  expect(last).toMatchObject({
    event: "worker-failed",
    error: "The database was made by a newer maildesk (it has 999-tomorrow).",
    remedy: "Install that version; this one would not understand it.",
    exitCode: 69,
  });
  const said = await desk.run(["ticket", "list"]);
  expect([said.code, said.stderr]).toEqual([
    69,
    "maildesk: The database was made by a newer maildesk (it has 999-tomorrow).\n  Install that version; this one would not understand it.\n",
  ]);
});
