// A mail that cites one which waits lets that one go first (MAIL-9), through whole chains; where mails cite each other in
// a circle nobody waits, or all would wait for ever.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { newMail } from "./spool-mail.ts";
import { commitOf } from "./ticket-in-desk.ts";

let desk: NewDesk;
let chains = 0;
beforeAll(async () => {
  desk = await newDesk("waiting");
});
afterAll(() => desk.close());

/** Stores mails by name, each citing others by name; resolves to who waits for whom, by name. */
async function waiting(
  cites: Record<string, string[]>,
  done: readonly string[] = [],
): Promise<Record<string, string | null>> {
  const chain = ++chains;
  const messageId = (name: string) => `${name.replace(/'+$/, "")}.${chain}@acme.example`;
  const names = Object.keys(cites);
  const stored = await desk.spool.store(
    "box",
    null,
    names.map((name) => newMail({ id: messageId(name), cites: (cites[name] ?? []).map(messageId) })),
    null,
  );
  const ids = new Map(names.map((name, at) => [name, stored[at]?.id ?? ""]));
  for (const name of done) {
    const mail = (await desk.spool.acquire(ids.get(name) ?? "", desk.clock.now())) ?? expect.fail(name);
    const decision = {
      status: "filed",
      reason: "new-ticket",
      ticketId: null,
      ticketNumber: null,
      customerId: null,
      trace: [],
    } as const;
    await desk.desk.commit(
      commitOf(desk, {
        email: { mail, decision: { ...decision, trace: [] }, digest: null, duplicateOf: null, senderKey: null },
      }),
    );
  }
  const waits: Record<string, string | null> = {};
  for (const name of names) {
    const parent = await desk.spool.waitsFor(ids.get(name) ?? "");
    waits[name] = parent === null ? null : (names.find((other) => ids.get(other) === parent) ?? "somebody else");
  }
  return waits;
}

describe("a mail waits for", () => {
  it.each([
    ["its parent", { a: [], b: ["a"] }, [], { a: null, b: "a" }],
    [
      "each its own parent, through a chain",
      { a: [], b: ["a"], c: ["b"], d: ["c"] },
      [],
      { a: null, b: "a", c: "b", d: "c" },
    ],
    ["nobody once the parent is filed", { a: [], b: ["a"] }, ["a"], { a: null, b: null }],
    ["nobody where the parent never came", { b: ["a"] }, [], { b: null }],
    ["a grandparent whom it cites, where the parent never came", { a: [], c: ["a", "b"] }, [], { a: null, c: "a" }],
    ["nobody where two cite each other", { a: ["b"], b: ["a"] }, [], { a: null, b: null }],
    ["nobody where three go in a circle", { a: ["c"], b: ["a"], c: ["b"] }, [], { a: null, b: null, c: null }],
    ["one in a circle, from outside it", { a: ["b"], b: ["a"], c: ["b"] }, [], { a: null, b: null, c: "b" }],
    ["nobody where it cites itself", { a: ["a"] }, [], { a: null }],
    ["nobody where it cites itself and its copy waits too", { a: ["a"], "a'": ["a"] }, [], { a: null, "a'": null }],
  ])("%s", async (_title, cites, done, expected) => {
    const waits = await waiting(cites as Record<string, string[]>, done);
    for (const [name, parent] of Object.entries(expected)) expect([name, waits[name]]).toEqual([name, parent]);
  });
});

describe("whatever mails cite", () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const graph = fc.record(Object.fromEntries(names.map((name) => [name, fc.subarray(names)])));

  it("somebody can always go first: following who waits for whom comes to an end", async () => {
    await fc.assert(
      fc.asyncProperty(graph, async (cites) => {
        const waits = await waiting(cites);
        for (const name of names) {
          const seen = new Set<string>();
          for (let at: string | null = name; at !== null; at = waits[at] ?? null) {
            if (seen.has(at)) expect.fail(`${[...seen].join(" -> ")} -> ${at} wait for each other`);
            seen.add(at);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
