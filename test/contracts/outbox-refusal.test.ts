// Entitlement is read again at each attempt, and a person is told a message once, whoever expands it and however often
// (invariants 6 and 7, SHA-4). What became of people and tickets in between is followed, not forgotten.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Change, remove } from "../../dist/desk/change.js";
import { mergeTickets } from "../../dist/desk/ticket.js";
import { type NewDesk, newDesk, openDeskIn } from "./desk-in-folder.ts";
import { outgoing, queuedMail } from "./outbox-row.ts";
import { ticketInDesk, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("refusal");
});
afterAll(() => desk.close());

type Ticket = Awaited<ReturnType<typeof ticketInDesk>>;
const now = () => desk.clock.now();
const firstOf = ({ customers }: Ticket) => customers[0] ?? expect.fail();
const personOf = async (ticket: Ticket) =>
  await desk.read
    .selectFrom("ticketPerson")
    .selectAll()
    .where("id", "=", `${ticket.ticketId}:${firstOf(ticket).id}`)
    .executeTakeFirstOrThrow();
const ticketRow = async ({ ticketId }: Ticket) =>
  (await desk.read.selectFrom("ticket").selectAll().where("id", "=", ticketId).executeTakeFirstOrThrow()) as Parameters<
    typeof mergeTickets
  >[0];

describe("a mail that waits is refused to a person who meanwhile", () => {
  const cases: [string, (ticket: Ticket) => Promise<Change[]>, string | null][] = [
    ["has nothing against them", async () => [], null],
    [
      "left the ticket",
      async (ticket) => [remove("ticketPerson", await personOf(ticket))],
      "has no part in the ticket any more",
    ],
    [
      "was blocked",
      async (ticket) => [
        { table: "customer", id: firstOf(ticket).id, before: { state: "active" }, after: { state: "blocked" } },
      ],
      "the customer is blocked",
    ],
    [
      "was deactivated",
      async (ticket) => [
        { table: "customer", id: firstOf(ticket).id, before: { state: "active" }, after: { state: "deactivated" } },
      ],
      "the customer is deactivated",
    ],
    [
      "has an address that bounces",
      async (ticket) => [
        {
          table: "customerAddress",
          id: firstOf(ticket).address,
          before: { state: "ok" },
          after: { state: "bouncing" },
        },
      ],
      "the address bounces",
    ],
    [
      "gave the address to somebody else",
      async (ticket) => [
        {
          table: "customerAddress",
          id: firstOf(ticket).address,
          before: { ownerId: firstOf(ticket).id },
          after: { ownerId: "cus_other" },
        },
      ],
      "the address belongs to the customer no more",
    ],
    [
      "would read what became internal",
      async (ticket) => [
        {
          table: "conversation",
          id: ticket.conversationId,
          before: { visibility: "public" },
          after: { visibility: "internal" },
        },
      ],
      "the conversation is internal",
    ],
    [
      "would read what was flagged",
      async (ticket) => [{ table: "message", id: ticket.messageId, before: { flag: null }, after: { flag: "spam" } }],
      "the message is flagged",
    ],
  ];
  it.each(cases)("%s", async (_what, changes, refusal) => {
    const { id, ticket } = await queuedMail(desk);
    await write(desk, await changes(ticket));
    const mail = (await desk.outbox.acquire(id, now())) ?? expect.fail();
    expect(mail.refusal).toBe(refusal);
    if (refusal === null) return;
    await desk.outbox.end(mail, "suppressed", refusal);
    expect(await desk.read.selectFrom("outbox").select(["status", "reason"]).where("id", "=", id).execute()).toEqual([
      { status: "suppressed", reason: refusal },
    ]);
  });

  it("but not to one who was merged into another customer: it is the same person", async () => {
    const { id, ticket } = await queuedMail(desk, ["old", "new"]);
    const [old, fresh] = ticket.customers;
    await write(desk, [
      {
        table: "customer",
        id: old?.id ?? "",
        before: { state: "active", mergedInto: null },
        after: { state: "merged", mergedInto: fresh?.id },
      },
      { table: "customerAddress", id: old?.address ?? "", before: { ownerId: old?.id }, after: { ownerId: fresh?.id } },
    ]);
    expect((await desk.outbox.acquire(id, now()))?.refusal).toBeNull();
  });

  it("nor where the person's seat on the ticket still bears the name of the one that was merged away", async () => {
    const ticket = await ticketInDesk(desk, ["old"]);
    const other = await ticketInDesk(desk, ["new"]);
    const [old, fresh] = [firstOf(ticket), firstOf(other)];
    await write(desk, [
      {
        table: "customer",
        id: old.id,
        before: { state: "active", mergedInto: null },
        after: { state: "merged", mergedInto: fresh.id },
      },
      {
        table: "customerAddress",
        id: old.address,
        before: { ownerId: old.id, isPrimary: true },
        after: { ownerId: fresh.id, isPrimary: false },
      },
    ]);
    const facts = (await desk.outbox.noticeFacts(ticket.conversationId, now())) ?? expect.fail();
    expect(facts.candidates).toMatchObject([{ customer: { id: fresh.id }, address: { id: old.address } }]);
    const mail = outgoing(desk, ticket, 0, { customerId: fresh.id });
    await desk.outbox.expand(facts.notices, [mail], now());
    expect((await desk.outbox.acquire(mail.id, now()))?.refusal).toBeNull();
  });

  it("nor where the ticket became part of another one on which the person is", async () => {
    const { id, ticket } = await queuedMail(desk);
    const into = await ticketInDesk(desk, ["bob"]);
    const conversations = [{ id: ticket.conversationId, ticketId: ticket.ticketId }];
    await write(
      desk,
      mergeTickets(
        await ticketRow(into),
        await ticketRow(ticket),
        conversations,
        [await personOf(ticket)],
        new Set(),
        now(),
      ),
    );
    expect((await desk.outbox.acquire(id, now()))?.refusal).toBeNull();
  });
});

describe("a message that must be told", () => {
  it("is told once, by whichever of two processes is first", async () => {
    const other = await openDeskIn(desk.folder);
    try {
      for (let round = 0; round < 10; round++) {
        const ticket = await ticketInDesk(desk, ["ann", "bob"]);
        const both = [outgoing(desk, ticket, 0), outgoing(desk, ticket, 1)];
        const again = [outgoing(other, ticket, 0), outgoing(other, ticket, 1)];
        const first = await Promise.all([
          desk.outbox.expand([ticket.notice], both, now()),
          other.outbox.expand([ticket.notice], again, now()),
        ]);
        expect(first.sort()).toEqual([false, true]);
        expect(
          await desk.read.selectFrom("outbox").select("id").where("ticketId", "=", ticket.ticketId).execute(),
        ).toHaveLength(2);
      }
    } finally {
      await other.close();
    }
  });

  it("is told once to a person even by a second notice, and then nothing of it is written", async () => {
    const { ticket } = await queuedMail(desk, ["ann", "bob"]);
    const notice = { ...ticket.notice, id: desk.ids.next("ntc") };
    await write(desk, [], { notices: [notice] });
    expect(await desk.outbox.expand([notice], [outgoing(desk, ticket, 1), outgoing(desk, ticket, 0)], now())).toBe(
      false,
    );
    expect(
      await desk.read.selectFrom("outbox").select("id").where("ticketId", "=", ticket.ticketId).execute(),
    ).toHaveLength(1);
  });

  it("is due once nothing in its conversation is held any more, and all of it goes together", async () => {
    const ticket = await ticketInDesk(desk, ["ann"], { notBefore: now() + 60_000 });
    const due = async () => (await desk.outbox.dueConversations(now(), 500)).includes(ticket.conversationId);
    expect([await due(), await desk.outbox.noticeFacts(ticket.conversationId, now())]).toEqual([false, null]);
    await write(desk, [], { notices: [{ ...ticket.notice, id: desk.ids.next("ntc"), notBefore: now() + 120_000 }] });
    desk.clock.advance(60_001);
    expect([await due(), await desk.outbox.noticeFacts(ticket.conversationId, now())]).toEqual([true, null]);
    desk.clock.advance(60_000);
    expect((await desk.outbox.noticeFacts(ticket.conversationId, now()))?.notices).toHaveLength(2);
  });

  it("to nobody, because nobody may hear it, is a row that says why", async () => {
    const ticket = await ticketInDesk(desk, ["ann"]);
    const silent = outgoing(desk, ticket, 0, { raw: null, suppressed: "the address bounces", messageIds: [] });
    expect(await desk.outbox.expand([ticket.notice], [silent], now())).toBe(true);
    expect(await desk.outbox.acquire(silent.id, now())).toBeNull();
    expect(
      await desk.read.selectFrom("outbox").select(["status", "reason"]).where("id", "=", silent.id).execute(),
    ).toEqual([{ status: "suppressed", reason: "the address bounces" }]);
  });
});

describe("what a merged ticket still had to tell", () => {
  it("is told by the ticket that it became, but for its acknowledgement", async () => {
    const from = await ticketInDesk(desk, ["ann", "bob"]);
    const into = await ticketInDesk(desk, ["carl"]);
    const acknowledgement = { ...from.notice, id: desk.ids.next("ntc"), kind: "acknowledgement" as const };
    await write(desk, [], { notices: [acknowledgement] });
    const stale = (await desk.outbox.noticeFacts(from.conversationId, now())) ?? expect.fail();
    const conversations = [{ id: from.conversationId, ticketId: from.ticketId }];
    await write(desk, mergeTickets(await ticketRow(into), await ticketRow(from), conversations, [], new Set(), now()), {
      merged: [from.ticketId],
    });
    expect(
      await desk.outbox.expand(
        stale.notices.filter((one) => one.kind === "message"),
        [outgoing(desk, from)],
        now(),
      ),
    ).toBe(false);
    const facts = (await desk.outbox.noticeFacts(from.conversationId, now())) ?? expect.fail();
    expect(facts.notices).toMatchObject([{ id: from.notice.id, ticketId: into.ticketId }]);
    expect(facts.about.number).toBe(into.number);
  });
});
