// How much room each kind takes, measured page by page: exact over more rows than a page has, and given up at once when the
// worker is to stop, with the last figures kept.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRetention } from "../../dist/database/retention.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("disk-use");
  await desk.database.write(async (tx) => {
    for (let commit = 0; commit < commits; commit += 1) {
      const id = `cmt_${String(commit).padStart(6, "0")}`;
      const row = { id, at: commit, kind: "command", by: "operator", what: "a test", undoes: null, undoneBy: null };
      await tx.insertInto("commitLog").values(row).execute();
      for (let seq = 0; seq < 2; seq += 1) {
        const change = {
          commitId: id,
          seq,
          tableName: "setting",
          rowId: "x",
          rowCount: 1,
          before: null,
          after: "12345",
        };
        await tx.insertInto("changeLog").values(change).execute();
      }
    }
  });
});
afterAll(() => desk.close());

const commits = 2_345;
const rowsOf = () => desk.read.selectFrom("diskUse").select(["id", "rows", "bytes", "measuredAt"]).execute();

describe("what the desk takes", () => {
  it("is not kept where measuring was stopped", async () => {
    let pages = 0;
    await openRetention(desk.database).measure(1, async () => ++pages < 5);
    expect(pages).toBe(5);
    expect(await rowsOf()).toEqual([]);
  });

  it("is counted to the last row, over all pages", async () => {
    await openRetention(desk.database).measure(7, async () => true);
    expect(await rowsOf()).toContainEqual({ id: "log", rows: commits * 2, bytes: commits * 2 * 5, measuredAt: 7 });
    expect(await rowsOf()).toHaveLength(4);
  });
});
