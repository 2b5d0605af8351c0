// Taking back, on a real database: any list of changes, then their inversion, leaves every row as it was. Versions go on
// counting, as somebody may have read the row in between.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Change, invert, isSet } from "../../dist/desk/change.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { commitOf, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("undo");
});
afterAll(() => desk.close());

type Row = Record<string, unknown>;
type State = Map<string, Row>;
interface Step {
  kind: "insert" | "update" | "remove" | "set";
  table: "setting" | "organizationDomain" | "message";
  id: number;
  value: number;
}

const steps = (maxLength: number) =>
  fc.array(
    fc.record<Step>({
      kind: fc.constantFrom("insert", "update", "remove", "set"),
      table: fc.constantFrom("setting", "organizationDomain", "message"),
      id: fc.integer({ min: 0, max: 3 }),
      value: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength },
  );

/** Values of each kind that is stored: lists, yes and no, numbers, text with what PostgreSQL refuses, and null. */
const settingValues = [["a", "b"], true, "x"];
const words = ["plain", "nul\u0000 and lone \ud800", ""];
const message = (value: number): Row => ({
  conversationId: "cnv_1",
  direction: "in",
  authorKind: "customer",
  authorId: value === 0 ? null : "cus_1",
  fromName: words[value],
  fromAddress: "",
  toAddresses: ["a"],
  ccAddresses: [],
  subject: words[value],
  text: words[value],
  newText: "",
  messageId: null,
  emailId: null,
  flag: value === 1 ? "stranger" : null,
  remarks: [],
  createdAt: value,
});
const rowOf = (table: Step["table"], value: number): Row =>
  table === "setting"
    ? { value: settingValues[value] }
    : table === "organizationDomain"
      ? { organizationId: `org_${value}`, createdAt: 1 }
      : message(value);
const columnOf = { setting: "value", organizationDomain: "organizationId", message: "flag" } as const;

/** Changes that fit the rows as they stand when their turn comes; `state` follows. */
function changesOf(state: State, prefix: string, list: readonly Step[]): Change[] {
  const changes: Change[] = [];
  for (const { kind, table, id, value } of list) {
    const key = `${prefix}${id}`;
    const row = state.get(`${table} ${key}`);
    const column = columnOf[table];
    const after = { [column]: rowOf(table, value)[column] };
    if (kind === "insert" && row === undefined) {
      changes.push({ table, id: key, before: null, after: rowOf(table, value) });
      state.set(`${table} ${key}`, rowOf(table, value));
    } else if (kind === "remove" && row !== undefined) {
      changes.push({ table, id: key, before: row, after: null });
      state.delete(`${table} ${key}`);
    } else if (kind === "update" && row !== undefined) {
      changes.push({ table, id: key, before: { [column]: row[column] }, after });
      state.set(`${table} ${key}`, { ...row, ...after });
    } else if (kind === "set") {
      const before = { [column]: rowOf(table, 1)[column] };
      const alike = [...state].filter(([name, one]) => name.startsWith(`${table} `) && one[column] === before[column]);
      if (alike.length === 0) continue;
      changes.push({ table, ids: alike.map(([name]) => name.slice(table.length + 1)), before, after });
      for (const [name, one] of alike) state.set(name, { ...one, ...after });
    }
  }
  return changes;
}

async function rows(prefix: string): Promise<string> {
  const all = await Promise.all(
    (["setting", "organizationDomain", "message"] as const).map((table) =>
      desk.read
        .selectFrom(table as "setting")
        .selectAll()
        .where("id", "like", `${prefix}%`)
        .orderBy("id")
        .execute(),
    ),
  );
  return JSON.stringify(all.flat().map(({ version: _version, ...row }) => row));
}

let runs = 0;

describe("changes that are taken back", () => {
  it("leave every row as it was, whatever they were", async () => {
    await fc.assert(
      fc.asyncProperty(steps(10), steps(14), async (first, then) => {
        const prefix = `r${++runs}-`;
        const state: State = new Map();
        await write(desk, changesOf(state, prefix, first));
        const before = await rows(prefix);
        const changes = changesOf(state, prefix, then);
        const commit = commitOf(desk, { changes });
        await desk.desk.commit(commit);
        await write(desk, invert(changes), changes.length === 0 ? {} : { undoes: commit.id });
        expect(await rows(prefix)).toBe(before);
      }),
      { numRuns: 80 },
    );
  });

  it("are taken back once, by one of two who try at the same time", async () => {
    const commit = commitOf(desk, { changes: [{ table: "setting", id: "once", before: null, after: { value: 1 } }] });
    await desk.desk.commit(commit);
    const undo = () => write(desk, invert(commit.changes), { undoes: commit.id });
    const ends = await Promise.allSettled([undo(), undo()]);
    expect(ends.map((end) => end.status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(undo()).rejects.toMatchObject({ code: "guard" });
  });

  it("are refused where a changed column went on, and not where another one did", async () => {
    await write(desk, [{ table: "message", id: "later", before: null, after: message(0) }]);
    const changes: Change[] = [{ table: "message", id: "later", before: { flag: null }, after: { flag: "stranger" } }];
    await write(desk, changes);
    await write(desk, [{ table: "message", id: "later", before: { subject: words[0] }, after: { subject: "other" } }]);
    await write(desk, invert(changes));
    await write(desk, changes);
    await write(desk, [{ table: "message", id: "later", before: { flag: "stranger" }, after: { flag: "spam" } }]);
    await expect(write(desk, invert(changes))).rejects.toMatchObject({ code: "guard" });
  });

  it("over many thousand rows are one line of the log, which names every row", async () => {
    const ids = Array.from({ length: 2_500 }, (_, at) => `many${at}`);
    await write(
      desk,
      ids.map((id) => ({ table: "setting", id, before: null, after: { value: "a" } })),
    );
    const change: Change = { table: "setting", ids, before: { value: "a" }, after: { value: "b" } };
    const commit = commitOf(desk, { changes: [change] });
    await desk.desk.commit(commit);
    expect(isSet(change)).toBe(true);
    expect(
      await desk.read.selectFrom("changeLog").select(["rowCount"]).where("commitId", "=", commit.id).execute(),
    ).toEqual([{ rowCount: 2_500 }]);
    const named = await desk.read
      .selectFrom("changeLogRow")
      .select("rowId")
      .where("commitId", "=", commit.id)
      .execute();
    expect(new Set(named.map((row) => row.rowId))).toEqual(new Set(ids));
    await write(desk, invert([change]));
    const back = await desk.read.selectFrom("setting").select("id").where("value", "=", '"a"').execute();
    expect(back.length).toBeGreaterThanOrEqual(2_500);
  });
});
