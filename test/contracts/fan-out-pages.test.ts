// Whatever happens between two pages of a fan-out, each person who should hear a message hears it once: a seat that is given or
// taken, a ticket that leaves its project or goes to another one, a project that is closed (SHA-4, SHA-7).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insert, remove } from "../../dist/desk/change.js";
import { newCustomer } from "../../dist/desk/customer.js";
import { freeze, unfreeze } from "../../dist/desk/freeze.js";
import { newOrganization } from "../../dist/desk/organization.js";
import { newProject, share } from "../../dist/desk/project.js";
import { addPerson } from "../../dist/desk/ticket.js";
import { expandConversation } from "../../dist/worker/expand.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { ticketInDesk, write } from "./ticket-in-desk.ts";

const keys = [{ id: 1, secret: Buffer.from("a secret for tests, not for mail") }];
const identity = { address: "support@desk.example", displayName: "Support", plusAddressing: true };
const silent = () => {};

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("pages");
});
afterAll(() => desk.close());

const page = async (conversationId: string) => {
  const log = { debug: silent, info: silent, warn: silent, error: silent };
  const identities = new Map([["support", identity]]);
  return await expandConversation({ ...desk, log, keys, identities, fileOf: async () => null }, conversationId);
};

async function tellAll(conversationId: string): Promise<void> {
  for (let pages = 0; pages < 20; pages++) if (!(await page(conversationId)).more) return;
  throw new Error("it comes to no end");
}

/** An organization with so many customers, and a project that it follows. */
async function followed(count: number) {
  const now = desk.clock.now();
  const [organizationId, projectId] = [desk.ids.next("org"), desk.ids.next("prj")];
  const ref = await desk.desk.draw("ref", count + 1);
  const people = Array.from({ length: count }, () => desk.ids.next("cus"));
  const organization = { id: organizationId };
  await write(desk, [
    ...newOrganization(organizationId, organizationId, "hand", [], now),
    newProject(projectId, projectId, now),
    ...people.flatMap((id, at) =>
      newCustomer(
        {
          ...{ id, ref: ref + at, name: "", nameOrigin: "hand", placedBy: "hand", organization },
          ...{ address: `${id}@acme.example`, addressKey: `${id}@acme.example` },
        },
        now,
      ),
    ),
  ]);
  const follow = share({ id: projectId }, { customerId: null, organizationId }, "replies", null, now);
  await write(desk, follow === null ? [] : [follow]);
  return { projectId, people };
}

/** A ticket of the project whose message has files so large that a page takes two people beside those of the ticket. */
async function largeTicket(projectId: string) {
  const ticket = await ticketInDesk(desk, ["ann"]);
  await write(desk, [
    { table: "ticket", id: ticket.ticketId, before: { projectId: null }, after: { projectId } },
    insert("attachment", {
      ...{ id: desk.ids.next("att"), messageId: ticket.messageId, emailId: null, part: 0, sha256: "none" },
      ...{ filename: "plan.pdf", contentType: "application/pdf", sizeBytes: 30 * 1024 * 1024 },
      ...{ inline: false, contentId: null },
    }),
  ]);
  const [ann] = ticket.customers;
  return { ...ticket, annId: ann?.id ?? "" };
}

async function heard(conversationId: string): Promise<string[]> {
  const rows = await desk.read
    .selectFrom("outboxMessage")
    .innerJoin("outbox", "outbox.id", "outboxMessage.outboxId")
    .select("outboxMessage.customerId")
    .where("outbox.conversationId", "=", conversationId)
    .execute();
  return rows.map(({ customerId }) => customerId).sort();
}
const waiting = (conversationId: string) =>
  desk.read
    .selectFrom("notice")
    .select("id")
    .where("conversationId", "=", conversationId)
    .where("state", "=", "waiting")
    .execute();

describe("between two pages", () => {
  it("nothing happens: the people of the ticket and all who follow are told", async () => {
    const { projectId, people } = await followed(5);
    const ticket = await largeTicket(projectId);
    expect((await page(ticket.conversationId)).more).toBe(true);
    expect(await heard(ticket.conversationId)).toHaveLength(3);
    await tellAll(ticket.conversationId);
    expect(await heard(ticket.conversationId)).toEqual([ticket.annId, ...people].sort());
  });

  it("it is frozen: nobody more is told, and later the rest are, once each", async () => {
    const { projectId, people } = await followed(5);
    const ticket = await largeTicket(projectId);
    expect((await page(ticket.conversationId)).more).toBe(true);
    const told = { ticketId: ticket.ticketId, conversationId: null };
    await write(
      desk,
      [freeze(told, null, "test", desk.clock.now())].flatMap((one) => one ?? []),
    );
    expect(await page(ticket.conversationId)).toEqual({ made: [], more: false });
    expect(await desk.outbox.dueConversations(desk.clock.now(), 10)).not.toContain(ticket.conversationId);
    const queued = await desk.outbox.due(desk.clock.now(), 1_000);
    expect(await heard(ticket.conversationId)).toHaveLength(3);
    const row = await desk.read.selectFrom("freeze").selectAll().where("id", "=", ticket.ticketId).executeTakeFirst();
    await write(
      desk,
      [unfreeze(row ?? null, desk.clock.now())].flatMap((one) => one ?? []),
    );
    expect((await desk.outbox.due(desk.clock.now(), 1_000)).length).toBe(queued.length + 3);
    await tellAll(ticket.conversationId);
    expect(await heard(ticket.conversationId)).toEqual([ticket.annId, ...people].sort());
  });

  it.each([
    [
      "leaves its project",
      async (ticketId: string, projectId: string) => {
        await write(desk, [{ table: "ticket", id: ticketId, before: { projectId }, after: { projectId: null } }]);
      },
    ],
    [
      "has its project closed",
      async (_: string, projectId: string) => {
        await write(desk, [{ table: "project", id: projectId, before: { state: "open" }, after: { state: "closed" } }]);
      },
    ],
  ])("a ticket %s: nobody else is told, and the message comes to its end", async (_, happens) => {
    const { projectId } = await followed(5);
    const ticket = await largeTicket(projectId);
    await page(ticket.conversationId);
    await happens(ticket.ticketId, projectId);
    await tellAll(ticket.conversationId);
    expect(await heard(ticket.conversationId)).toHaveLength(3);
    expect(await waiting(ticket.conversationId)).toEqual([]);
  });

  it("a ticket goes to another project: all who follow that one are told, and nobody twice", async () => {
    const [one, two] = [await followed(5), await followed(5)];
    const ticket = await largeTicket(two.projectId);
    await page(ticket.conversationId);
    const begun = await heard(ticket.conversationId);
    const both = share(
      { id: one.projectId },
      { customerId: begun.find((id) => two.people.includes(id)) ?? "", organizationId: null },
      "all",
      null,
      desk.clock.now(),
    );
    await write(desk, [
      {
        table: "ticket",
        id: ticket.ticketId,
        before: { projectId: two.projectId },
        after: { projectId: one.projectId },
      },
      ...(both === null ? [] : [both]),
    ]);
    await tellAll(ticket.conversationId);
    expect(await heard(ticket.conversationId)).toEqual([...new Set([...begun, ...one.people])].sort());
  });

  it("a seat is given or taken: whoever has it, or follows, is told once", async () => {
    const { projectId, people } = await followed(6);
    const ticket = await largeTicket(projectId);
    const [first = "", , , , late = ""] = people;
    await write(desk, [addPerson(ticket.ticketId, first, "follower", `${first}@acme.example`, desk.clock.now())]);
    await page(ticket.conversationId);
    const seat = await desk.read
      .selectFrom("ticketPerson")
      .selectAll()
      .where("id", "=", `${ticket.ticketId}:${first}`)
      .executeTakeFirstOrThrow();
    await write(desk, [
      remove("ticketPerson", seat),
      addPerson(ticket.ticketId, late, "follower", `${late}@acme.example`, desk.clock.now()),
    ]);
    await tellAll(ticket.conversationId);
    expect(await heard(ticket.conversationId)).toEqual([ticket.annId, ...people].sort());
    expect(await waiting(ticket.conversationId)).toEqual([]);
  });
});
