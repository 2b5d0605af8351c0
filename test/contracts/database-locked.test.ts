// A database that another process keeps for itself for a moment, as one does that repairs it after a crash or ends as its
// last user: whoever opens it then waits, and is not told that it can't be used.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openDatabase } from "../../dist/database/open.js";
import { tempFolder } from "../servers/temp-folder.ts";

const keepsMs = 1_500;
const keeper = `
  const [path] = process.argv.slice(1);
  const database = new (require("better-sqlite3"))(path);
  database.pragma("journal_mode = wal");
  database.pragma("locking_mode = exclusive");
  database.exec("begin exclusive; create table kept (id); drop table kept; commit");
  console.log("kept");
  setTimeout(() => database.close(), ${keepsMs});
`;

it("a database that is kept by another process for a second is opened all the same", async ({ onTestFinished }) => {
  const folder = tempFolder("locked");
  onTestFinished(folder.remove);
  const path = join(folder.path, "maildesk.db");
  const open = () => openDatabase({ url: `sqlite:${path}`, migrate: true, now: () => 0 });
  const other = spawn(process.execPath, ["-e", keeper, path], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(other, "close");
  await Promise.race([once(other.stdout, "data"), ended]);
  const opened = await open();
  expect(await opened.check()).toContain("SQLite");
  await opened.close();
  expect(await ended).toEqual([0, null]);
});
