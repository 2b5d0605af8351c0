// Who hears a message: author, visibility, role and state as a table, and the promise that whatever is on a ticket, no
// internal and no flagged message is ever heard by anybody (SHA-1, SHA-7, invariant 6).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, recipients } from "../../dist/desk/recipients.js";
import { addressOf, customerOf } from "../intake/desk-of.ts";

type Customer = Candidate["customer"];
type Address = NonNullable<Candidate["address"]>;

const candidate = (
  id: string,
  over: { role?: "requester" | "follower"; state?: Customer["state"]; address?: Partial<Address> | null } = {},
): Candidate => ({
  part: `${over.role ?? "requester"} of the ticket`,
  lastAddress: `${id}@acme.example`,
  customer: customerOf(id, { state: over.state ?? "active" }),
  address: over.address === null ? null : addressOf(`${id}@acme.example`, id, over.address),
});

const message = { kind: "message", hadIt: [] } as { kind: "message" | "acknowledgement"; hadIt: string[] };
const acknowledgement = { ...message, kind: "acknowledgement" as const };
const byAgent = { authorKind: "agent", authorId: "agt_1", flag: null } as const;
const byAnn = { authorKind: "customer", authorId: "ann", flag: null } as const;
const inPublic = { visibility: "public" } as const;
const inside = { visibility: "internal" } as const;

const table = [
  [
    "an agent's message reaches the requester",
    message,
    byAgent,
    inPublic,
    candidate("ann"),
    true,
    "requester of the ticket",
  ],
  [
    "an agent's message reaches a follower",
    message,
    byAgent,
    inPublic,
    candidate("bob", { role: "follower" }),
    true,
    "follower of the ticket",
  ],
  [
    "a customer's message reaches the others",
    message,
    byAnn,
    inPublic,
    candidate("bob", { role: "follower" }),
    true,
    "follower of the ticket",
  ],
  ["a customer's message never comes back", message, byAnn, inPublic, candidate("ann"), false, "wrote it"],
  [
    "the desk's own message reaches the requester",
    message,
    { authorKind: "desk", authorId: null, flag: null },
    inPublic,
    candidate("ann"),
    true,
    "requester of the ticket",
  ],
  [
    "an agent with the id of a customer is somebody else",
    message,
    { ...byAgent, authorId: "ann" },
    inPublic,
    candidate("ann"),
    true,
    "requester of the ticket",
  ],
  [
    "an acknowledgement reaches the author",
    acknowledgement,
    byAnn,
    inPublic,
    candidate("ann"),
    true,
    "requester of the ticket",
  ],
  [
    "an acknowledgement reaches nobody else",
    acknowledgement,
    byAnn,
    inPublic,
    candidate("bob"),
    false,
    "only the author is acknowledged",
  ],
  [
    "who stood in To or Cc has it already",
    { ...message, hadIt: ["bob@acme.example"] },
    byAnn,
    inPublic,
    candidate("bob"),
    false,
    "had it already: To or Cc of the mail",
  ],
  [
    "a deactivated customer hears nothing",
    message,
    byAgent,
    inPublic,
    candidate("ann", { state: "deactivated" }),
    false,
    "the customer is deactivated",
  ],
  [
    "a blocked customer hears nothing",
    message,
    byAgent,
    inPublic,
    candidate("ann", { state: "blocked" }),
    false,
    "the customer is blocked",
  ],
  [
    "a bouncing address gets nothing",
    message,
    byAgent,
    inPublic,
    candidate("ann", { address: { state: "bouncing" } }),
    false,
    "the address bounces",
  ],
  [
    "an address that is the customer's no more gets nothing",
    message,
    byAgent,
    inPublic,
    candidate("ann", { address: null }),
    false,
    "the address belongs to the customer no more",
  ],
  ["an internal message reaches nobody", message, byAgent, inside, candidate("ann"), false, "the message is internal"],
  [
    "a flagged message reaches nobody",
    message,
    { ...byAnn, flag: "a stranger" },
    inPublic,
    candidate("bob"),
    false,
    "the message is flagged: a stranger",
  ],
  [
    "a flagged message is not acknowledged",
    acknowledgement,
    { ...byAnn, flag: "a stranger" },
    inPublic,
    candidate("ann"),
    false,
    "the message is flagged: a stranger",
  ],
] as const;

describe("who hears a message, and why", () => {
  it.each(table)("%s", (_title, notice, written, conversation, one, hears, why) => {
    expect(recipients({ ...notice, hadIt: [...notice.hadIt] }, written, conversation, [one])).toMatchObject([
      { hears, why, customer: { id: one.customer.id } },
    ]);
  });

  it("is answered for everybody on the ticket, in their order", () => {
    const people = ["ann", "bob", "carl"].map((id) => candidate(id));
    expect(recipients(message, byAnn, inPublic, people).map(({ customer, hears }) => [customer.id, hears])).toEqual([
      ["ann", false],
      ["bob", true],
      ["carl", true],
    ]);
  });

  it("says where a mail would go even where there is no address any more", () => {
    expect(recipients(message, byAgent, inPublic, [candidate("ann", { address: null })])).toMatchObject([
      { address: "ann@acme.example" },
    ]);
  });
});

describe("nobody", () => {
  const people = fc.array(
    fc.record({
      id: fc.constantFrom("ann", "bob", "carl"),
      role: fc.constantFrom("requester" as const, "follower" as const),
      state: fc.constantFrom("active" as const, "deactivated" as const, "blocked" as const),
      bouncing: fc.boolean(),
    }),
    { maxLength: 6 },
  );
  const anything = fc.record({
    notice: fc.record({
      kind: fc.constantFrom("message" as const, "acknowledgement" as const),
      hadIt: fc.subarray(["ann@acme.example", "bob@acme.example"]),
    }),
    written: fc.record({
      authorKind: fc.constantFrom("customer" as const, "agent" as const, "machine" as const, "desk" as const),
      authorId: fc.constantFrom(null, "ann", "bob"),
      flag: fc.constantFrom(null, "", "a stranger"),
    }),
    visibility: fc.constantFrom("public" as const, "internal" as const),
    people,
  });

  it("ever hears an internal or a flagged message", () => {
    fc.assert(
      fc.property(anything, ({ notice, written, visibility, people: all }) => {
        const candidates = all.map(({ id, role, state, bouncing }) =>
          candidate(id, { role, state, address: { state: bouncing ? "bouncing" : "ok" } }),
        );
        const hearing = recipients(notice, written, { visibility }, candidates).filter((one) => one.hears);
        if (visibility === "internal" || written.flag !== null) expect(hearing).toEqual([]);
        for (const { customer } of hearing) {
          expect(customer.state).toBe("active");
          expect(notice.hadIt).not.toContain(`${customer.id}@acme.example`);
          const isAuthor = written.authorKind === "customer" && written.authorId === customer.id;
          expect(isAuthor).toBe(notice.kind === "acknowledgement");
        }
      }),
      { numRuns: 500 },
    );
  });
});
