// Digests on a real database: of several that are made at once for one person one counts, and what they carry stays what may be seen
// until they leave (VIS-5).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestLists } from "../../dist/database/digest.js";
import { customerById } from "../../dist/database/tombstones.js";
import { partsOf, partWords, scopeOf } from "../../dist/desk/visibility.js";
import { queueDigests } from "../../dist/worker/digest.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { ticketInDesk, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("digest");
});
afterAll(() => desk.close());

const dayMs = 86_400_000;
const silent = () => {};
const ports = () => ({
  ...{ desk: desk.desk, outbox: desk.outbox, clock: desk.clock, ids: desk.ids },
  log: { debug: silent, info: silent, warn: silent, error: silent },
  keys: [{ id: 1, secret: Buffer.from("a secret for tests, not for mail") }],
  fileOf: async () => null,
  identities: new Map([["support", { address: "support@desk.example", displayName: "Support", plusAddressing: true }]]),
});

async function told(words: readonly string[] = partWords) {
  const ticket = await ticketInDesk(desk, ["ann", "bob"], { author: "first" });
  await desk.outbox.expand([ticket.notice], [], desk.clock.now());
  const [, bob] = ticket.customers;
  if (bob === undefined) throw new Error("two people");
  const news = async (over: { words?: readonly string[]; since?: number } = {}) =>
    await digestLists(desk.database).digestNews((await customerById(desk.read, bob.id)) ?? expect.fail(), {
      deskScope: scopeOf("own"),
      parts: partsOf(over.words ?? words),
      since: over.since ?? null,
      sinceFirst: desk.clock.now() - 7 * dayMs,
      now: desk.clock.now(),
    });
  const queue = async () => {
    return await queueThat(await news());
  };
  const queueThat = async ({ tickets, lastAt }: Awaited<ReturnType<typeof news>>) => {
    const carries = tickets.flatMap(({ id, messages }) => messages.map((one) => ({ ticketId: id, messageId: one.id })));
    const address = { id: bob.address, address: bob.address };
    const one = { customer: bob, address, mailbox: "support", subject: "s", text: "t", lastAt, carries };
    return await queueDigests(ports(), [one], desk.clock.now());
  };
  const rows = () =>
    desk.read.selectFrom("outbox").selectAll().where("kind", "=", "digest").where("customerId", "=", bob.id).execute();
  const refusal = async () => {
    const [row] = await rows();
    return (await desk.outbox.acquire(row?.id ?? "", desk.clock.now()))?.refusal;
  };
  return { ticket, bob, news, queue, queueThat, rows, refusal };
}

describe("a digest", () => {
  it("is made once, whoever makes it at the same time", async () => {
    const { news, queueThat, rows, refusal } = await told();
    const looked = await news(); // each of them saw the same
    const made = await Promise.all([queueThat(looked), queueThat(looked), queueThat(looked)]);
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await rows()).toHaveLength(1);
    expect(await refusal()).toBeNull();
  });

  it("tells each message once, and what was written in the moment in which the last one was made", async () => {
    const { news, queue, ticket } = await told();
    expect((await news()).tickets).toMatchObject([{ id: ticket.ticketId, messages: [{ id: ticket.messageId }] }]);
    desk.clock.advance(1000);
    await queue();
    expect((await news()).tickets).toEqual([]);
    expect((await news({ since: desk.clock.now() - dayMs })).tickets).toHaveLength(1);
    // Written before, and committed after it.
    await desk.database.write((tx) =>
      tx.deleteFrom("digestMessage").where("messageId", "=", ticket.messageId).execute(),
    );
    expect((await news()).tickets).toMatchObject([{ messages: [{ id: ticket.messageId }] }]);
  });

  it("leaves out what may still be taken back, what is flagged, and what customers don't see", async () => {
    const waiting = await ticketInDesk(desk, ["ann", "bob"]);
    const flagged = await ticketInDesk(desk, ["ann", "bob"], { flag: "a stranger wrote it" });
    await desk.outbox.expand([flagged.notice], [], desk.clock.now());
    for (const { customers } of [waiting, flagged]) {
      const bob = (await customerById(desk.read, customers[1]?.id ?? "")) ?? expect.fail();
      const asked = { deskScope: scopeOf("own"), parts: partsOf(partWords), since: null, now: desk.clock.now() };
      const { tickets } = await digestLists(desk.database).digestNews(bob, { ...asked, sinceFirst: 0 });
      expect(tickets.flatMap(({ messages }) => messages)).toEqual([]);
    }
    const { news } = await told();
    const messages = async (words: readonly string[]) => (await news({ words })).tickets.flatMap((one) => one.messages);
    expect(await messages(partWords)).toHaveLength(1);
    expect(await messages(["conversations"])).toEqual([]);
  });

  it("may not go where its reader left the ticket, nor where its words were flagged since", async () => {
    const [left, flagged] = [await told(), await told()];
    for (const one of [left, flagged]) await one.queue();
    const id = `${left.ticket.ticketId}:${left.bob.id}`;
    await desk.database.write((tx) => tx.deleteFrom("ticketPerson").where("id", "=", id).execute());
    expect(await left.refusal()).toMatch(/^may not see #\d+ any more: not on the ticket/);
    const { messageId } = flagged.ticket;
    await write(desk, [{ table: "message", id: messageId, before: { flag: null }, after: { flag: "spam" } }]);
    expect(await flagged.refusal()).toBe("what it says was taken back");
  });
});
