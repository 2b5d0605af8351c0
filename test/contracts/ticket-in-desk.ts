// A ticket that is really in the database, with people and a message that waits to be told, made by the same functions
// that mail and commands use. And a commit with telling defaults.
import type { Change } from "../../dist/desk/change.js";
import { newConversation, newMessage } from "../../dist/desk/conversation.js";
import { newCustomer } from "../../dist/desk/customer.js";
import type { Notice } from "../../dist/desk/notice.js";
import { addPerson, newTicket } from "../../dist/desk/ticket.js";
import type { Commit } from "../../dist/ports-database.js";
import type { DeskInFolder } from "./desk-in-folder.ts";

type Desk = Pick<DeskInFolder, "desk" | "ids" | "clock">;

export const commitOf = ({ ids, clock }: Pick<Desk, "ids" | "clock">, over: Partial<Commit> = {}): Commit => ({
  id: ids.next("cmt"),
  atMs: clock.now(),
  cause: { kind: "command", by: "operator", what: "test" },
  changes: [],
  guards: [],
  notices: [],
  ...over,
});

export const write = (desk: Desk, changes: readonly Change[], over: Partial<Commit> = {}) =>
  desk.desk.commit(commitOf(desk, { ...over, changes }));

export interface SeedOver {
  visibility?: "public" | "internal";
  author?: "agent" | "first";
  flag?: string | null;
  kind?: Notice["kind"];
  notBefore?: number;
  organizationId?: string | null;
}

/** Customers by name (the first is the requester), all on one ticket with one message, and a notice about it. */
export async function ticketInDesk(desk: Desk, people: readonly string[], over: SeedOver = {}) {
  const { ids, clock } = desk;
  const now = clock.now();
  const ticketId = ids.next("tic");
  const conversationId = ids.next("cnv");
  const number = await desk.desk.draw("ticket", 1);
  const ref = await desk.desk.draw("ref", people.length + 1);
  const customers = people.map((name, at) => ({
    id: ids.next("cus"),
    name,
    ref: ref + 1 + at,
    address: `${name}-${number}@acme.example`,
  }));
  const [first] = customers;
  const messageId = ids.next("msg");
  const notice: Notice = {
    id: ids.next("ntc"),
    kind: over.kind ?? "message",
    ticketId,
    conversationId,
    messageId,
    hadIt: [],
    agentId: "",
    notBefore: over.notBefore ?? now,
    createdAt: now,
  };
  const byAgent = over.author !== "first";
  await write(
    desk,
    [
      ...customers.flatMap(({ id, name, address, ref: own }) =>
        newCustomer(
          {
            id,
            ref: own,
            name,
            nameOrigin: "mail",
            address,
            addressKey: address,
            organization: over.organizationId == null ? null : { id: over.organizationId },
            placedBy: "domain",
          },
          now,
        ),
      ),
      newTicket(
        {
          id: ticketId,
          number,
          subject: `Subject ${number}`,
          organizationId: over.organizationId ?? null,
          mailbox: "support",
          closed: false,
        },
        now,
      ),
      newConversation(conversationId, ref, ticketId, over.visibility ?? "public", now),
      ...customers.map(({ id, address }, at) =>
        addPerson(ticketId, id, at === 0 ? "requester" : "follower", address, now),
      ),
      newMessage({
        id: messageId,
        conversationId,
        direction: byAgent ? "out" : "in",
        authorKind: byAgent ? "agent" : "customer",
        authorId: byAgent ? "agt_1" : (first?.id ?? null),
        fromName: byAgent ? "Agent" : (first?.name ?? ""),
        fromAddress: "",
        toAddresses: [],
        ccAddresses: [],
        subject: "s",
        text: "words of the message",
        newText: "words of the message",
        messageId: null,
        emailId: null,
        flag: over.flag ?? null,
        remarks: [],
        createdAt: now,
      }),
    ],
    { notices: [notice] },
  );
  return { ticketId, number, conversationId, ref, customers, messageId, notice };
}
