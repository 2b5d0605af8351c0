// A real database in a folder of its own, with the three ports on it and a clock that can be moved. Several can be opened
// on one file, as several processes would.
import { monotonicFactory } from "ulid";
import { openDatabase } from "../../dist/database/open.js";
import { openDesk } from "../../dist/database/open-desk.js";
import { openOutbox } from "../../dist/database/outbox.js";
import { openSpool } from "../../dist/database/spool.js";
import { tempFolder } from "../servers/temp-folder.ts";
import { databaseOf } from "../servers/test-database.ts";

export type DeskInFolder = Awaited<ReturnType<typeof openDeskIn>>;

export const ulids = () => {
  const ulid = monotonicFactory();
  return { next: (prefix: string) => `${prefix}_${ulid().toLowerCase()}` };
};

/** Real time, moved on by `advance`. */
export function movableClock() {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(ms: number) {
      ahead += ms;
    },
  };
}

/** Opens the ports on the database of this folder. */
export async function openDeskIn(folder: string, clock = movableClock()) {
  const url = await databaseOf(folder);
  const database = await openDatabase({ url, migrate: true, now: () => clock.now() });
  const ids = ulids();
  return {
    url,
    database,
    clock,
    ids,
    read: database.read,
    spool: openSpool(database, ids, clock),
    desk: openDesk(database, new Set(["desk.example"])),
    outbox: openOutbox(database, clock),
    close: () => database.close(),
  };
}

/** A new desk in a new folder; `close` removes both. */
export async function newDesk(purpose = "desk") {
  const folder = tempFolder(purpose);
  const desk = await openDeskIn(folder.path);
  return {
    ...desk,
    folder: folder.path,
    async close() {
      await desk.close();
      folder.remove();
    },
  };
}

export type NewDesk = Awaited<ReturnType<typeof newDesk>>;
