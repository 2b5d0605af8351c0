// A SQLite file of another program that `database:` names by mistake: refused, and not changed.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import BetterSqlite from "better-sqlite3";
import { afterEach, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

let desk: DeskFolder;
afterEach(() => desk.remove());

describe("a file of another program", () => {
  it.each([
    ["create table sequence (id integer)", "sequence"],
    ["create table migration (name text, at integer); insert into migration values ('2019_create', 1)", "migration"],
    ["create table notes (text text)", "notes"],
  ])("(%s) is refused and not changed by a byte", async (made, table) => {
    desk = await deskFolder();
    const path = join(desk.path, "their.db");
    const database = new BetterSqlite(path);
    database.exec(made);
    database.close();
    const before = readFileSync(path);
    const said = await desk.run(["status"], { env: { MAILDESK_DATABASE: `sqlite:${path}` } });
    expect([said.code, said.stderr]).toEqual([
      69,
      `maildesk: The file ${path} holds tables of another program (${table}).\n` +
        "  Name another file under `database:` in maildesk.yaml; nothing was changed in this one.\n",
    ]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
