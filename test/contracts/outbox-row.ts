// One outgoing mail as the expansion hands it to the outbox, for a ticket that is really there.
import type { NewOutgoing } from "../../dist/ports-database.js";
import type { DeskInFolder } from "./desk-in-folder.ts";
import { type SeedOver, ticketInDesk } from "./ticket-in-desk.ts";

type Ticket = Awaited<ReturnType<typeof ticketInDesk>>;

export function outgoing(
  { ids }: Pick<DeskInFolder, "ids">,
  ticket: Ticket,
  at = 0,
  over: Partial<NewOutgoing> = {},
): NewOutgoing {
  const customer = ticket.customers[at] ?? { id: "cus_none", address: "none@acme.example" };
  const id = ids.next("out");
  return {
    id,
    kind: ticket.notice.kind,
    ticketId: ticket.ticketId,
    conversationId: ticket.conversationId,
    customerId: customer.id,
    to: customer.address,
    toKey: customer.address,
    mailbox: "support",
    subject: "s",
    messageId: `${id}@desk.example`,
    mailFrom: "support@desk.example",
    raw: Buffer.from(`mail ${id}`),
    suppressed: null,
    messageIds: [ticket.messageId],
    ...over,
  };
}

/** A ticket whose message was told to its first person: the mail is queued. */
export async function queuedMail(desk: DeskInFolder, people: readonly string[] = ["ann"], over: SeedOver = {}) {
  const ticket = await ticketInDesk(desk, people, over);
  const mail = outgoing(desk, ticket);
  if (!(await desk.outbox.expand([ticket.notice], [mail], desk.clock.now())))
    throw new Error("expanded by nobody else");
  return { ticket, id: mail.id, mail };
}
