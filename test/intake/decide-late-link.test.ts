// MAIL-9: a mail that shows two tickets to be one. Tickets that nobody was told of become one; what somebody was told of
// stays, linked, with a note for the agent. Whatever the order, the decision must be one that the database can write.
import { describe, expect, it } from "vitest";
import type { Decision } from "../../dist/intake/decide.js";
import {
  conversationOf,
  customerOf,
  decideMail,
  type FactsOver,
  factsOf,
  made,
  referenceOf,
  threadOf,
  traceText,
} from "./desk-of.ts";
import { mailOf } from "./mail-of.ts";

const ann = { customerId: "cus_1", address: "ann@acme.example" };
const bob = { customerId: "cus_2", address: "bob@acme.example" };
const acme = { organizationId: "org_acme" };
const first = threadOf(1, { people: [ann], told: false, ticket: acme });
const second = threadOf(2, { people: [bob], told: false, ticket: acme });
const [told1, told2] = [first, second].map((thread) => ({ ...thread, told: true }));
const annHerself = customerOf("cus_1", { organizationId: "org_acme" });

/** Ann's mail, which cites a mail of each ticket; the second's first, so that it leads. */
const both = mailOf({ inReplyTo: ["b@acme.example"], references: ["a@acme.example"] });
const facts = (one: typeof first | undefined, other: typeof first | undefined, over: FactsOver = {}) =>
  factsOf({
    customer: annHerself,
    threads: [one, other].filter((thread) => thread !== undefined),
    references: [referenceOf("filed", "a@acme.example", "cnv_1"), referenceOf("filed", "b@acme.example", "cnv_2")],
    ...over,
  });

/** Every new row once: a row that is made twice can never be written. */
function expectWritable(decision: Decision, there: readonly string[] = []): void {
  const rows = decision.changes.flatMap((change) =>
    "id" in change && change.before === null ? [`${change.table} ${change.id}`] : [],
  );
  expect(rows).toEqual([...new Set(rows)]);
  for (const row of there) expect(rows).not.toContain(row);
}

const mergedAway = ({ changes }: Decision) =>
  changes.flatMap((change) =>
    "id" in change && change.after?.mergedInto != null ? [[change.id, change.after.mergedInto]] : [],
  );

describe("tickets that nobody was told of", () => {
  const decision = decideMail(both, facts(first, second));

  it("become the older one, with people and conversations", () => {
    expect(decision).toMatchObject({ reason: "reply", ticketNumber: 1, merged: ["tic_2"] });
    expect(mergedAway(decision)).toEqual([["tic_2", "tic_1"]]);
    expect(made(decision, "ticketPerson")).toMatchObject([{ id: "tic_1:cus_2", role: "requester" }]);
    expect(decision.changes).toContainEqual({
      table: "conversation",
      id: "cnv_2",
      before: { ticketId: "tic_2" },
      after: { ticketId: "tic_1" },
    });
    expect(traceText(decision)).toContain("#2 became part of it");
  });

  it("are relied on as they are: version, people, conversations, and that nobody was told", () => {
    expect(decision.guards).toEqual(
      expect.arrayContaining([
        { kind: "version", table: "ticket", id: "tic_1", version: 1 },
        { kind: "version", table: "ticket", id: "tic_2", version: 1 },
        { kind: "untold", ticketId: "tic_2" },
        { kind: "parts", ticketId: "tic_2", people: 1, conversations: 1 },
      ]),
    );
  });

  it("do not make a person twice who is on the one that stays", () => {
    expectWritable(decision, ["ticketPerson tic_1:cus_1"]);
  });

  it("do not make the author twice who is on the one that goes", () => {
    const mine = threadOf(2, { people: [ann], told: false, ticket: acme });
    const theirs = threadOf(1, { people: [bob], told: false, ticket: acme });
    expectWritable(decideMail(both, facts(theirs, mine)));
    const swapped = mailOf({ inReplyTo: ["a@acme.example"], references: ["b@acme.example"] });
    expectWritable(decideMail(swapped, facts(theirs, mine)));
  });

  it("keep a new conversation on the one that stays", () => {
    const internalOnly = threadOf(2, {
      people: [bob],
      told: false,
      ticket: acme,
      conversations: [conversationOf("cnv_2", "tic_2", { visibility: "internal" })],
    });
    const made2 = made(decideMail(both, facts(first, internalOnly)), "conversation");
    expect(made2.filter((row) => row.ticketId === "tic_2")).toEqual([]);
  });

  it("tell the people of both", () => {
    expect(decision.notices).toMatchObject([{ kind: "message", ticketId: "tic_1" }]);
  });
});

describe("tickets that somebody was told of", () => {
  it.each([
    ["both told", told1, told2, 2, "tic_1:tic_2"],
    ["the younger told: the older becomes part of it", first, told2, 2, null],
    ["the older told: the younger becomes part of it", told1, second, 1, null],
  ])("%s", (_what, one, other, number, link) => {
    const decision = decideMail(both, facts(one, other));
    expectWritable(decision);
    expect(made(decision, "ticketLink").map((row) => row.id)).toEqual(link === null ? [] : [link]);
    if (link === null) expect(decision.ticketNumber).toBe(number);
    else expect(decision.merged).toEqual([]);
  });

  it("are linked with a note that no customer can see", () => {
    const decision = decideMail(both, facts(told1, told2));
    const note = made(decision, "message").find((row) => row.authorKind === "desk");
    const conversation = made(decision, "conversation").find((row) => row.id === note?.conversationId);
    expect(conversation).toMatchObject({ visibility: "internal" });
    expect(note).toMatchObject({ text: expect.stringContaining("linked, not merged") });
  });

  it("are not linked a second time by the next mail that cites both", () => {
    const decision = decideMail(
      both,
      facts(
        threadOf(1, { people: [ann], ticket: acme, linked: ["tic_2"] }),
        threadOf(2, { people: [bob], ticket: acme, linked: ["tic_1"] }),
      ),
    );
    expect(decision.reason).toBe("reply");
    expect([
      made(decision, "ticketLink"),
      made(decision, "message").filter((row) => row.authorKind === "desk"),
    ]).toEqual([[], []]);
  });
});

describe("tickets of different people", () => {
  const beta = threadOf(2, {
    people: [ann, { customerId: "cus_5" }],
    told: false,
    ticket: { organizationId: "org_beta" },
  });

  it("never become one by a mail of somebody who is on both: nobody gains sight", () => {
    const decision = decideMail(both, facts(first, beta));
    expect(decision.merged).toEqual([]);
    expect(made(decision, "ticketPerson")).toEqual([]);
    expect(made(decision, "ticketLink")).toHaveLength(1);
  });

  it("become one where the same customer without an organization wrote them", () => {
    const mine = [threadOf(1, { people: [ann], told: false }), threadOf(2, { people: [ann], told: false })] as const;
    expect(decideMail(both, facts(mine[0], mine[1], { customer: customerOf("cus_1") })).merged).toEqual(["tic_2"]);
  });
});

describe("a stranger", () => {
  it("who cites two tickets joins nothing together", () => {
    const decision = decideMail(both, facts(first, second, { customer: customerOf("cus_8") }));
    expect(decision).toMatchObject({ reason: "stranger", merged: [] });
    expect(made(decision, "ticketLink")).toEqual([]);
  });
});
