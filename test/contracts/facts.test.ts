// One answer to a decision's question, from a real database: tombstones followed, owners and counts found, and nothing
// left out that a guard relies on, however popular a Message-ID is.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newAgent } from "../../dist/desk/agent.js";
import { newReference } from "../../dist/desk/conversation.js";
import { newOrganization } from "../../dist/desk/organization.js";
import { linkTickets, mergeTickets } from "../../dist/desk/ticket.js";
import type { Question } from "../../dist/intake/facts.js";
import type { TokenClaims } from "../../dist/mail/token.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { newMail } from "./spool-mail.ts";
import { commitOf, ticketInDesk, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("facts");
});
afterAll(() => desk.close());

const question = (over: Partial<Question> = {}): Question => ({
  digest: "nobody's",
  messageId: null,
  cited: [],
  bounced: null,
  sender: null,
  domains: [],
  tokens: [],
  taggedNumber: null,
  behalf: null,
  copied: [],
  commands: { commands: [], rest: "", wrong: null },
  now: desk.clock.now(),
  ...over,
});
const sender = (address: string) => ({
  name: "",
  address,
  key: address,
  domain: address.slice(address.indexOf("@") + 1),
});
const ask = (over: Partial<Question>) => desk.desk.facts(question(over), null);
const token = (conversation: number, recipient: number) => {
  const claims: TokenClaims = { purpose: "reply", conversation, recipient, visibility: "public" };
  return { claims, where: "address" as const };
};

describe("the sender", () => {
  it("is the customer of any of their addresses, in the key's spelling", async () => {
    const { customers } = await ticketInDesk(desk, ["ann"]);
    const [ann] = customers;
    expect((await ask({ sender: sender(ann?.address ?? "") })).customer).toMatchObject({ id: ann?.id });
  });

  it("is the customer that a merged one became", async () => {
    const { customers } = await ticketInDesk(desk, ["old", "new"]);
    const [old, fresh] = customers;
    await write(desk, [
      {
        table: "customer",
        id: old?.id ?? "",
        before: { state: "active", mergedInto: null },
        after: { state: "merged", mergedInto: fresh?.id },
      },
    ]);
    expect((await ask({ sender: sender(old?.address ?? "") })).customer).toMatchObject({
      id: fresh?.id,
      state: "active",
    });
  });

  it("is an agent and then no customer", async () => {
    await write(
      desk,
      newAgent(
        {
          id: "agt_1",
          ref: 5000,
          name: "Agent",
          address: "agent@helpers.example",
          addressKey: "agent@helpers.example",
          mayAnswer: true,
          mayAdminister: false,
        },
        1,
      ),
    );
    expect(await ask({ sender: sender("agent@helpers.example") })).toMatchObject({
      customer: null,
      agent: { id: "agt_1", mayAnswer: true },
      senderAddress: { ownerKind: "agent" },
    });
  });

  it("is internal in the domain of a mailbox or of an agent, and below it", async () => {
    const internal = async (address: string) =>
      (await ask({ sender: sender(address), domains: [sender(address).domain] })).internalDomain;
    expect(await internal("x@desk.example")).toBe(true);
    expect(await internal("x@helpers.example")).toBe(true);
    expect(await internal("x@eu.helpers.example")).toBe(true);
    expect(await internal("x@nothelpers.example")).toBe(false);
    expect(await internal("x@acme.example")).toBe(false);
  });

  it("is counted by the live mails of the last hour, whatever became of them", async () => {
    const stored = await desk.spool.store("box", null, [newMail(), newMail(), newMail({ arrival: "history" })], null);
    for (const [at, { id }] of stored.entries()) {
      const mail = (await desk.spool.acquire(id, desk.clock.now())) ?? expect.fail();
      const decision = {
        status: "held" as const,
        reason: "sender-limit" as const,
        ticketId: null,
        ticketNumber: null,
        customerId: null,
        trace: [],
      };
      await desk.desk.commit(
        commitOf(desk, {
          email: { mail, decision, digest: `counted ${at}`, duplicateOf: null, senderKey: "busy@acme.example" },
        }),
      );
    }
    const counted = async () => (await ask({ sender: sender("busy@acme.example") })).mailsOfSenderLastHour;
    expect(await counted()).toBe(2);
    desk.clock.advance(3_600_001);
    expect(await counted()).toBe(0);
  });
});

describe("the owner of a domain", () => {
  it("is found for the domain and those above it, by name and id as a default too", async () => {
    await write(desk, [
      ...newOrganization("org_acme", "Acme Ltd.", "hand", ["acme.example", "eu.acme.example"], 1),
      { table: "setting", id: "customers.defaultOrganization", before: null, after: { value: "ACME ltd." } },
    ]);
    const facts = await ask({
      sender: sender("new@x.eu.acme.example"),
      domains: ["x.eu.acme.example", "eu.acme.example", "acme.example"],
    });
    expect([...facts.owners.keys()].sort()).toEqual(["acme.example", "eu.acme.example"]);
    expect(facts.defaultOrganization).toMatchObject({ id: "org_acme" });
  });

  it("may have the name that a new organization would get", async () => {
    await write(desk, newOrganization("org_named", "Gamma.example", "hand", [], 1));
    expect(await ask({ sender: sender("x@gamma.example"), domains: ["gamma.example"] })).toMatchObject({
      nameTaken: true,
    });
    expect(await ask({ sender: sender("x@delta.example"), domains: ["delta.example"] })).toMatchObject({
      nameTaken: false,
    });
  });
});

describe("a thread", () => {
  it("is found by a cited id, a token or a tag, with people, links and whether anybody was told", async () => {
    const { conversationId, ref, number, ticketId, customers } = await ticketInDesk(desk, ["ann", "bob"]);
    await write(desk, [
      newReference("filed", "a@acme.example", conversationId, 1),
      linkTickets(ticketId, "tic_other", 1),
      linkTickets("tic_third", ticketId, 1),
    ]);
    const found = [
      await ask({ cited: ["a@acme.example"] }),
      await ask({ tokens: [token(ref, customers[0]?.ref ?? 0)] }),
      await ask({ taggedNumber: number }),
    ];
    for (const facts of found) {
      const thread = facts.threads.get(conversationId);
      expect(thread).toMatchObject({ ticket: { number }, told: false, mailsLastHour: 0 });
      expect(thread?.people.map((person) => person.customerId)).toEqual(customers.map((one) => one.id));
      expect([...(thread?.linked ?? [])]).toEqual(expect.arrayContaining(["tic_other", "tic_third"]));
    }
    expect(found[1]?.byRef.get(ref)).toBe(conversationId);
    expect(found[1]?.recipients.get(customers[0]?.ref ?? 0)).toMatchObject({
      customer: { id: customers[0]?.id },
      address: [{ id: customers[0]?.address }],
    });
    expect(found[2]?.tagged).toBe(conversationId);
  });

  it("of a ticket that was merged away is that of the ticket which it became, by id and by the old number", async () => {
    const [from, into] = [await ticketInDesk(desk, ["ann"]), await ticketInDesk(desk, ["bob"])];
    const ticket = async (id: string) =>
      (await desk.read.selectFrom("ticket").selectAll().where("id", "=", id).executeTakeFirstOrThrow()) as never;
    const people = await desk.read
      .selectFrom("ticketPerson")
      .selectAll()
      .where("ticketId", "=", from.ticketId)
      .execute();
    const changes = mergeTickets(
      await ticket(into.ticketId),
      await ticket(from.ticketId),
      [{ id: from.conversationId, ticketId: from.ticketId }],
      people,
      new Set(),
      5,
    );
    await write(desk, [...changes, newReference("filed", "merged@acme.example", from.conversationId, 1)]);
    const facts = await ask({ cited: ["merged@acme.example"], taggedNumber: from.number });
    const thread = facts.threads.get(from.conversationId);
    expect(thread?.ticket.number).toBe(into.number);
    expect(thread?.conversations.map((one) => one.id).sort()).toEqual(
      [from.conversationId, into.conversationId].sort(),
    );
    expect(thread?.people.map((one) => one.customerId).sort()).toEqual(
      [from.customers[0]?.id, into.customers[0]?.id].sort(),
    );
    expect(facts.threads.get(facts.tagged ?? "")?.ticket.number).toBe(into.number);
  });

  it("by a tag is the public conversation, also where an internal one is older", async () => {
    const { conversationId, ticketId, number } = await ticketInDesk(desk, ["ann"]);
    await write(desk, [
      {
        table: "conversation",
        id: "cnv_internal",
        before: null,
        after: { ref: 70_001, ticketId, visibility: "internal", createdAt: 0 },
      },
    ]);
    expect((await ask({ taggedNumber: number })).tagged).toBe(conversationId);
  });

  it("counts the mails of the last hour over all its conversations", async () => {
    const { conversationId } = await ticketInDesk(desk, ["ann"], { author: "first" });
    await write(desk, [newReference("filed", "count@acme.example", conversationId, 1)]);
    expect((await ask({ cited: ["count@acme.example"] })).threads.get(conversationId)?.mailsLastHour).toBe(1);
    desk.clock.advance(3_600_001);
    expect((await ask({ cited: ["count@acme.example"] })).threads.get(conversationId)?.mailsLastHour).toBe(0);
  });
});

describe("a Message-ID that hundreds of conversations know", () => {
  it("hides no other id that the mail cites, nor the conversation that this one leads to", async () => {
    const mine = await ticketInDesk(desk, ["ann"]);
    const rows = Array.from({ length: 400 }, (_, at) =>
      newReference("cited", "newsletter@acme.example", `cnv_reader${at}`, at),
    );
    await write(desk, [...rows, newReference("filed", "mine@acme.example", mine.conversationId, 1_000_000)]);
    const facts = await ask({ cited: ["newsletter@acme.example", "mine@acme.example"], messageId: "own@acme.example" });
    expect(new Set(facts.references.map((row) => row.key))).toEqual(
      new Set(["newsletter@acme.example", "mine@acme.example"]),
    );
    expect(facts.threads.has(mine.conversationId)).toBe(true);
  });

  it("still leads to a conversation where such a mail was filed", async () => {
    const mine = await ticketInDesk(desk, ["ann"]);
    const rows = Array.from({ length: 60 }, (_, at) =>
      newReference("cited", "popular@acme.example", `cnv_popular${at}`, at),
    );
    await write(desk, [...rows, newReference("filed", "popular@acme.example", mine.conversationId, 1_000_000)]);
    expect((await ask({ cited: ["popular@acme.example"] })).threads.has(mine.conversationId)).toBe(true);
  });

  it("leads a reader to what they wrote about it themselves", async () => {
    const readers = await Promise.all(
      Array.from({ length: 40 }, () => ticketInDesk(desk, ["reader"], { author: "first" })),
    );
    await write(
      desk,
      readers.map(({ conversationId }, at) => newReference("cited", "offer@acme.example", conversationId, at)),
    );
    const last = readers.at(-1) ?? expect.fail();
    const facts = await ask({ cited: ["offer@acme.example"], sender: sender(last.customers[0]?.address ?? "") });
    expect(facts.threads.has(last.conversationId)).toBe(true);
  });
});

describe("the same mail", () => {
  it("is found by its digest, and nothing else is looked up", async () => {
    const [stored] = await desk.spool.store("box", null, [newMail()], null);
    const mail = (await desk.spool.acquire(stored?.id ?? "", desk.clock.now())) ?? expect.fail();
    const decision = {
      status: "ignored" as const,
      reason: "automatic" as const,
      ticketId: null,
      ticketNumber: null,
      customerId: null,
      trace: [],
    };
    await desk.desk.commit(
      commitOf(desk, { email: { mail, decision, digest: "the same", duplicateOf: null, senderKey: null } }),
    );
    expect((await ask({ digest: "the same" })).duplicateOf).toBe(mail.id);
    expect((await desk.desk.facts(question({ digest: "the same" }), mail.id)).duplicateOf).toBeNull();
  });
});

describe("numbers", () => {
  it("are drawn once, by whoever asks at the same time", async () => {
    const firsts = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        desk.desk.draw("ticket", 1 + (at % 3)).then((first) => [first, 1 + (at % 3)] as const),
      ),
    );
    const all = firsts.flatMap(([first, count]) => Array.from({ length: count }, (_, at) => first + at));
    expect(new Set(all).size).toBe(all.length);
  });
});
