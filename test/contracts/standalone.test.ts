// An organization of many customers is told page by page (ORG-14): however many workers do it at once, and wherever one stops,
// each customer is told once; and who left meanwhile is refused at the attempt.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { peopleAtOnce, standaloneOf } from "../../dist/database/standalone.js";
import { newCustomer } from "../../dist/desk/customer.js";
import { newOrganization } from "../../dist/desk/organization.js";
import { openStandalone, sayStandalone } from "../../dist/desk/standalone.js";
import { expandConversation } from "../../dist/worker/expand.js";
import { type DeskInFolder, type NewDesk, newDesk, openDeskIn } from "./desk-in-folder.ts";
import { write } from "./ticket-in-desk.ts";

const many = 2 * peopleAtOnce + 7;
const writer = { kind: "desk", id: null, name: "Support", address: "support@desk.example" } as const;
const keys = [{ id: 1, secret: Buffer.from("a secret for tests, not for mail") }];
const identity = { address: "support@desk.example", displayName: "Support", plusAddressing: true };
const silent = () => {};

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("standalone");
});
afterAll(() => desk.close());

const portsOf = (one: DeskInFolder) => ({
  desk: one.desk,
  outbox: one.outbox,
  clock: one.clock,
  ids: one.ids,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  keys,
  fileOf: async () => null,
  identities: new Map([["support", identity]]),
});

/** An organization with so many customers, and a conversation with it that waits to be told. */
async function conversationWith(count: number) {
  const now = desk.clock.now();
  const organizationId = desk.ids.next("org");
  const ref = await desk.desk.draw("ref", count + 10);
  const customers = Array.from({ length: count }, (_, at) => ({ id: desk.ids.next("cus"), at }));
  await write(desk, newOrganization(organizationId, organizationId, "hand", [], now));
  await write(
    desk,
    customers.flatMap(({ id, at }) =>
      newCustomer(
        {
          id,
          ref: ref + at,
          name: "",
          nameOrigin: "hand",
          address: `${id}@acme.example`,
          addressKey: `${id}@acme.example`,
          organization: { id: organizationId },
          placedBy: "hand",
        },
        now,
      ),
    ),
  );
  let next = ref + count;
  const draw = { id: (prefix: string) => desk.ids.next(prefix), ref: () => next++ };
  const opened = openStandalone(
    {
      subject: "Works on Sunday",
      organizationId,
      customerId: null,
      projectId: null,
      visibility: "public",
      mailbox: "support",
      answers: "agents",
      writer,
      words: { text: "The service rests.", files: [] },
      holdMs: 0,
      now,
    },
    draw,
  );
  await write(desk, opened.changes, { notices: opened.notices });
  return { organizationId, customers, conversationId: opened.conversationId, draw };
}

const toldIn = (conversationId: string) =>
  desk.read
    .selectFrom("outbox")
    .select(["customerId", "id", "status"])
    .where("conversationId", "=", conversationId)
    .execute();
const waitingIn = (conversationId: string) =>
  desk.read
    .selectFrom("notice")
    .select(["state", "reached"])
    .where("conversationId", "=", conversationId)
    .where("state", "=", "waiting")
    .where("kind", "=", "message")
    .execute();

async function tellAll(one: DeskInFolder, conversationId: string): Promise<number> {
  let pages = 0;
  while ((await waitingIn(conversationId)).length > 0) {
    await expandConversation(portsOf(one), conversationId);
    pages += 1;
  }
  return pages;
}

describe("an organization of many customers", () => {
  it("is told page by page, each customer once", async () => {
    const { conversationId, customers, organizationId } = await conversationWith(many);
    expect(await expandConversation(portsOf(desk), conversationId)).toMatchObject({ more: true });
    expect(await toldIn(conversationId)).toHaveLength(peopleAtOnce);
    expect(await waitingIn(conversationId)).toEqual([
      { state: "waiting", reached: `${organizationId} ${customers[peopleAtOnce - 1]?.id}` },
    ]);
    expect(await tellAll(desk, conversationId)).toBe(2);
    const told = await toldIn(conversationId);
    expect(told.map(({ customerId }) => customerId).sort()).toEqual(customers.map(({ id }) => id).sort());
    expect(await expandConversation(portsOf(desk), conversationId)).toEqual({ made: [], more: false });
  });

  it("is told once by two workers at the same time", async () => {
    const { conversationId, customers } = await conversationWith(many);
    const other = await openDeskIn(desk.folder, desk.clock);
    try {
      await Promise.all([tellAll(desk, conversationId), tellAll(other, conversationId)]);
    } finally {
      await other.close();
    }
    const told = await toldIn(conversationId);
    expect(told.map(({ customerId }) => customerId).sort()).toEqual(customers.map(({ id }) => id).sort());
  });

  it("hears a second message after the first, also where that was told to some only", async () => {
    const { conversationId, customers, draw } = await conversationWith(many);
    await expandConversation(portsOf(desk), conversationId);
    const found = (await standaloneOf(desk.read, conversationId)) ?? expect.fail();
    const said = sayStandalone(
      found,
      { writer, words: { text: "And on Monday.", files: [] }, holdMs: 0, now: desk.clock.now() },
      draw,
    );
    await write(desk, said.changes, { notices: said.notices });
    await tellAll(desk, conversationId);
    const carried = await desk.read
      .selectFrom("outboxMessage")
      .innerJoin("outbox", "outbox.id", "outboxMessage.outboxId")
      .select(["outboxMessage.customerId", "outboxMessage.messageId"])
      .where("outbox.conversationId", "=", conversationId)
      .execute();
    const pairs = carried.map(({ customerId, messageId }) => `${customerId} ${messageId}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(pairs).toHaveLength(2 * customers.length);
  });

  it("is refused to who left it before the mail was handed over", async () => {
    const { conversationId, customers, organizationId } = await conversationWith(2);
    await tellAll(desk, conversationId);
    const [stays, leaves] = customers;
    await write(desk, [
      {
        table: "customer",
        id: leaves?.id ?? "",
        before: { organizationId },
        after: { organizationId: null },
      },
    ]);
    const refusals = new Map<string, string | null>();
    for (const { id, customerId } of await toldIn(conversationId))
      refusals.set(customerId, (await desk.outbox.acquire(id, desk.clock.now()))?.refusal ?? null);
    expect(refusals.get(stays?.id ?? "")).toBeNull();
    expect(refusals.get(leaves?.id ?? "")).toBe(`is not in ${organizationId} any more`);
  });

  it("is told as what it was merged into", async () => {
    const { conversationId, customers, organizationId } = await conversationWith(2);
    const into = await conversationWith(1);
    await write(desk, [
      {
        table: "customer",
        ids: customers.map(({ id }) => id),
        before: { organizationId },
        after: { organizationId: into.organizationId },
      },
      {
        table: "organization",
        id: organizationId,
        before: { state: "active", mergedInto: null },
        after: { state: "merged", mergedInto: into.organizationId },
      },
    ]);
    await tellAll(desk, conversationId);
    expect(await toldIn(conversationId)).toHaveLength(3);
  });
});
