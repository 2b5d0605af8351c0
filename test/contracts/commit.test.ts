// One decision, one transaction (invariant 3): whatever no longer fits is a conflict with code "guard" or "fence", and then
// nothing at all is written, whichever part of it came first.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { remove, update } from "../../dist/desk/change.js";
import { newReference } from "../../dist/desk/conversation.js";
import { newCustomer } from "../../dist/desk/customer.js";
import { newOrganization, setOrganization } from "../../dist/desk/organization.js";
import { linkTickets } from "../../dist/desk/ticket.js";
import type { Commit } from "../../dist/ports-database.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { commitOf, ticketInDesk, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("commit");
});
afterAll(() => desk.close());

const tables = [
  "organization",
  "organizationDomain",
  "customer",
  "customerAddress",
  "ticket",
  "ticketPerson",
  "conversation",
  "message",
  "reference",
  "notice",
  "email",
  "outbox",
  "commitLog",
  "changeLog",
  "changeLogRow",
] as const;

/** Everything that a commit may touch, as text. */
async function everything(): Promise<string> {
  const all = await Promise.all(
    tables.map(async (table) => [
      table,
      await desk.read
        .selectFrom(table as "customer")
        .selectAll()
        .execute(),
    ]),
  );
  return JSON.stringify(all);
}

const organization = async (name: string, domain: string) => {
  const id = desk.ids.next("org");
  await write(desk, newOrganization(id, name, "hand", [domain], 1));
  const row = await desk.read.selectFrom("organization").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  return row;
};

/** Something that fits, which must not be written when something else does not. */
const harmless = () =>
  newOrganization(
    desk.ids.next("org"),
    `Harmless ${desk.ids.next("n")}`,
    "hand",
    [`${desk.ids.next("d")}.example`.replace("_", "-")],
    1,
  );

async function expectNothing(over: Partial<Commit>, code = "guard"): Promise<void> {
  const before = await everything();
  const changes = [...harmless(), ...(over.changes ?? [])];
  await expect(desk.desk.commit(commitOf(desk, { ...over, changes }))).rejects.toMatchObject({
    kind: "conflict",
    code,
  });
  expect(await everything()).toBe(before);
}

describe("a commit writes nothing at all where", () => {
  it("a column is not any more what the change says that it was", async () => {
    const acme = await organization("Acme 1", "acme1.example");
    const other = { ...acme, phone: "old" };
    await expectNothing({ changes: [update("organization", other, { phone: "new" })].flatMap((one) => one ?? []) });
  });

  it("a row that it changes is gone", async () => {
    await expectNothing({
      changes: [{ table: "organization", id: "org_gone", before: { phone: "" }, after: { phone: "1" } }],
    });
    await expectNothing({
      changes: [{ table: "ticket", id: "tic_gone", before: { updatedAt: 1 }, after: { updatedAt: 2 } }],
    });
  });

  it("a row that it takes away has changed", async () => {
    const acme = await organization("Acme 2", "acme2.example");
    await expectNothing({ changes: [remove("organization", { ...acme, notes: "other" } as never)] });
  });

  it("a row that it makes is there", async () => {
    const { ticketId } = await ticketInDesk(desk, ["ann"]);
    await write(desk, [linkTickets(ticketId, "tic_other", 1)]);
    await expectNothing({ changes: [linkTickets(ticketId, "tic_other", 2)] });
  });

  it("one of many rows of a set does not fit", async () => {
    const { customers } = await ticketInDesk(desk, ["ann", "bob", "carl"]);
    await write(desk, [
      { table: "customer", id: customers[1]?.id ?? "", before: { type: "" }, after: { type: "vip" } },
    ]);
    await expectNothing({
      changes: [
        { table: "customer", ids: customers.map((one) => one.id), before: { type: "" }, after: { type: "gold" } },
      ],
    });
  });

  it("a domain is taken", async () => {
    await organization("Acme 3", "acme3.example");
    await expectNothing({
      changes: newOrganization(desk.ids.next("org"), "Acme 3 again", "automatic", ["acme3.example"], 1),
    });
  });

  it("a name is taken, in whatever case, by a new organization or by a renamed one", async () => {
    await organization("Acme 4", "acme4.example");
    const other = await organization("Acme 5", "acme5.example");
    await expectNothing({ changes: newOrganization(desk.ids.next("org"), "ACME  4", "automatic", [], 1) });
    await expectNothing({ changes: [setOrganization(other as never, { name: "acme 4" })].flatMap((one) => one ?? []) });
  });

  it("an address is taken", async () => {
    const { customers } = await ticketInDesk(desk, ["ann"]);
    const taken = customers[0]?.address ?? "";
    const customer = {
      id: desk.ids.next("cus"),
      ref: 999_999,
      name: "",
      nameOrigin: "mail",
      address: taken,
      addressKey: taken,
      organization: null,
      placedBy: "nothing",
    } as const;
    await expectNothing({ changes: newCustomer(customer, 1) });
  });

  it("a row that it relied on has a new version", async () => {
    const acme = await organization("Acme 6", "acme6.example");
    const guard = { kind: "version", table: "organization", id: acme.id, version: 1 } as const;
    await desk.desk.commit(commitOf(desk, { guards: [guard] }));
    await write(
      desk,
      [setOrganization(acme as never, { phone: "1" })].flatMap((one) => one ?? []),
    );
    await expectNothing({ guards: [guard] });
    await expectNothing({ guards: [{ ...guard, id: "org_gone" }] });
  });

  it("an id that nobody had cited is cited now", async () => {
    const { conversationId } = await ticketInDesk(desk, ["ann"]);
    const guard = { kind: "absent", table: "reference", column: "key", value: "new@acme.example" } as const;
    await desk.desk.commit(commitOf(desk, { guards: [guard] }));
    await write(desk, [newReference("cited", "new@acme.example", conversationId, 1)]);
    await expectNothing({ guards: [guard] });
  });

  it("somebody was told of a ticket of which nobody was", async () => {
    const { ticketId, notice } = await ticketInDesk(desk, ["ann"]);
    const guard = { kind: "untold", ticketId } as const;
    await desk.desk.commit(commitOf(desk, { guards: [guard] }));
    const mail = {
      id: desk.ids.next("out"),
      kind: "message",
      ticketId,
      conversationId: notice.conversationId,
      customerId: "cus_x",
      to: "a@b.example",
      toKey: "a@b.example",
      mailbox: "support",
      subject: "",
      messageId: "x",
      mailFrom: "",
      raw: null,
      suppressed: "bounces",
      messageIds: [],
    } as const;
    await desk.outbox.expand([notice], [{ ...mail, messageIds: [] }], 1);
    await expectNothing({ guards: [guard] });
  });

  it("a person or a conversation joined a ticket that is to become part of another", async () => {
    const { ticketId } = await ticketInDesk(desk, ["ann", "bob"]);
    const guard = { kind: "parts", ticketId, people: 2, conversations: 1 } as const;
    await desk.desk.commit(commitOf(desk, { guards: [guard] }));
    await expectNothing({ guards: [{ ...guard, people: 1 }] });
    await expectNothing({ guards: [{ ...guard, conversations: 0 }] });
  });

  it("the mail that it ends is another worker's by now", async () => {
    const [stored] = await desk.spool.store(
      "support",
      null,
      [
        {
          uid: null,
          raw: Buffer.from("x"),
          error: null,
          receivedAtMs: 1,
          arrival: "live",
          peek: { messageId: null, cited: [], from: "", subject: "" },
          closed: false,
        },
      ],
      null,
    );
    const id = stored?.id ?? "";
    const mine = await desk.spool.acquire(id, desk.clock.now());
    desk.clock.advance(121_000);
    const theirs = await desk.spool.acquire(id, desk.clock.now());
    const decision = {
      status: "filed",
      reason: "new-ticket",
      ticketId: null,
      ticketNumber: null,
      customerId: null,
      trace: [],
    } as const;
    const end = (fence: number) => ({
      mail: { id, fence },
      decision: { ...decision, trace: [] },
      digest: `digest ${id}`,
      duplicateOf: null,
      senderKey: null,
    });
    await expectNothing({ email: end(mine?.fence ?? 0) }, "fence");
    await desk.desk.commit(commitOf(desk, { email: end(theirs?.fence ?? 0) }));
    await expectNothing({ email: end(theirs?.fence ?? 0) }, "fence");
  });
});

describe("bookkeeping", () => {
  it("neither counts as a change of version nor is compared: two mails on one ticket do not disturb each other", async () => {
    const { ticketId } = await ticketInDesk(desk, ["ann"]);
    const guards = [{ kind: "version", table: "ticket", id: ticketId, version: 1 }] as const;
    for (const updatedAt of [5, 6]) {
      await desk.desk.commit(
        commitOf(desk, {
          guards,
          changes: [{ table: "ticket", id: ticketId, before: { updatedAt: 1 }, after: { updatedAt } }],
        }),
      );
    }
    const row = await desk.read.selectFrom("ticket").selectAll().where("id", "=", ticketId).executeTakeFirstOrThrow();
    expect(row).toMatchObject({ updatedAt: 6, version: 1 });
  });
});
