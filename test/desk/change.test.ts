// The one mechanism: lists of changes that say before and after, can be read by people, and taken back. The same
// property is shown on a real database in test/contracts/commit-undo.test.ts.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Change, insert, invert, describe as inWords, isSet, remove, update } from "../../dist/desk/change.js";
import { customerOf, organizationOf, threadOf } from "../intake/desk-of.ts";

type State = Map<string, Record<string, unknown>>;

/** What a database does, in three lines: refuses what does not fit, else writes. */
function applied(state: State, changes: readonly Change[]): State {
  const next: State = new Map([...state].map(([id, row]) => [id, { ...row }]));
  for (const change of changes) {
    for (const id of isSet(change) ? change.ids : [change.id]) {
      const row = next.get(`${change.table} ${id}`);
      if ((change.before === null) !== (row === undefined)) throw new Error(`${id} does not fit`);
      for (const [column, value] of Object.entries(change.before ?? {}))
        if (row?.[column] !== value) throw new Error(`${id}.${column} does not fit`);
      if (change.after === null) next.delete(`${change.table} ${id}`);
      else next.set(`${change.table} ${id}`, { ...row, ...change.after });
    }
  }
  return next;
}

const step = fc.record({
  kind: fc.constantFrom("insert", "update", "remove", "set"),
  id: fc.integer({ min: 0, max: 4 }),
  value: fc.constantFrom("a", "b", "c"),
});

/** Steps that fit the rows as they stand when their turn comes. */
function changesOf(start: State, steps: readonly { kind: string; id: number; value: string }[]): Change[] {
  let state = start;
  const changes: Change[] = [];
  for (const { kind, id, value } of steps) {
    const key = `c${id}`;
    const row = state.get(`customer ${key}`);
    const change = changeOf(state, kind, key, row, value);
    if (change === null) continue;
    changes.push(change);
    state = applied(state, [change]);
  }
  return changes;
}

function changeOf(
  state: State,
  kind: string,
  id: string,
  row: Record<string, unknown> | undefined,
  value: string,
): Change | null {
  if (kind === "insert" && row === undefined)
    return { table: "customer", id, before: null, after: { type: value, notes: value } };
  if (kind === "remove" && row !== undefined) return { table: "customer", id, before: row, after: null };
  if (kind === "update" && row !== undefined)
    return { table: "customer", id, before: { type: row.type }, after: { type: value } };
  if (kind !== "set") return null;
  const ids = [...state].filter(([, one]) => one.type === "a").map(([key]) => key.slice("customer ".length));
  return ids.length === 0 ? null : { table: "customer", ids, before: { type: "a" }, after: { type: value } };
}

describe("changes taken back", () => {
  it("give the start again, whatever they were", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 20 }), (before, steps) => {
        const start = applied(new Map(), changesOf(new Map(), before));
        const changes = changesOf(start, steps);
        const back = applied(applied(start, changes), invert(changes));
        expect(Object.fromEntries(back)).toEqual(Object.fromEntries(start));
      }),
    );
  });

  it("twice are the changes themselves", () => {
    const changes = changesOf(new Map(), [
      { kind: "insert", id: 1, value: "a" },
      { kind: "set", id: 0, value: "b" },
      { kind: "remove", id: 1, value: "a" },
    ]);
    expect(invert(invert(changes))).toEqual(changes);
  });
});

describe("a change of a row", () => {
  it("holds only the columns that really change", () => {
    const acme = organizationOf("org_acme");
    expect(update("organization", acme, { name: "org_acme", phone: "1" })).toEqual({
      table: "organization",
      id: "org_acme",
      before: { phone: "" },
      after: { phone: "1" },
    });
    expect(update("organization", acme, { name: "org_acme" })).toBeNull();
  });

  it("made anew and taken away never carries id or version among the columns", () => {
    const { version: _version, ...row } = customerOf("cus_1");
    expect(Object.keys(insert("customer", row).after ?? {})).not.toContain("id");
    const removed = remove("customer", customerOf("cus_1"));
    expect(removed.before).not.toHaveProperty("version");
    expect(removed.before).toEqual(insert("customer", row).after);
  });
});

describe("a change in words", () => {
  const { ticket } = threadOf(1);
  it.each([
    [
      update("ticket", ticket, { status: "closed", state: "closed" }),
      "~ ticket tic_1: status waiting -> closed, state waiting -> closed",
    ],
    [update("ticket", ticket, { assigneeId: "agt_1" }), "~ ticket tic_1: assigneeId none -> agt_1"],
    [remove("organization", organizationOf("org_acme", { name: "Acme" })), '- organization org_acme "Acme"'],
    [
      { table: "customer", ids: ["a", "b"], before: { organizationId: "x" }, after: { organizationId: null } } as const,
      "~ customer (2 rows): organizationId x -> none",
    ],
  ])("is one line", (change, line) => {
    if (change === null) throw new Error("a change");
    expect(inWords(change)).toBe(line);
  });

  it("never shows what a message says", () => {
    const message = {
      table: "message",
      id: "msg_1",
      before: null,
      after: { text: "a secret", newText: "a secret", subject: "Hello" },
    } as const;
    expect(inWords(message)).not.toContain("a secret");
  });
});
