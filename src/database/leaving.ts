// What a signed token lets somebody leave, as things are now (SHA-10): mail and web ask the same.
import type { Customer } from "../desk/customer.ts";
import type { LeaveClaims, Leaving, LeavingFrom } from "../desk/opt-out.ts";
import { levelOf } from "./followers.ts";
import type { Database } from "./open.ts";
import { optOutOf } from "./opt-outs.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { standaloneOf } from "./standalone.ts";
import { customerById, ticketById } from "./tombstones.ts";

type Read = Database["read"];

/** Null where the token names nobody, or no place, that is still there. */
export async function leavingOf(read: Read, { conversation, recipient }: LeaveClaims): Promise<Leaving | null> {
  const named = await read.selectFrom("customer").select("id").where("ref", "=", recipient).executeTakeFirst();
  const customer = named === undefined ? null : await customerById(read, named.id);
  if (customer === null || customer.state === "erased") return null;
  const leaving = async (from: LeavingFrom, about: string | null): Promise<Leaving> => ({
    customer,
    from,
    why: "",
    before: await optOutOf(read, customer.id, about),
  });
  if (conversation === 0) return await leaving({ kind: "digest" }, null);
  const row = await read
    .selectFrom("conversation")
    .select(["id", "ticketId"])
    .where("ref", "=", conversation)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.ticketId !== null) return await leavingTicket(read, customer, row.ticketId, leaving);
  const found = await standaloneOf(read, row.id);
  if (found === null) return null;
  const { project, standalone } = found;
  if (project !== null) return await leavingProject(read, customer, project, leaving);
  return await leaving({ kind: "conversation", id: standalone.id, subject: standalone.subject }, standalone.id);
}

type Made = (from: LeavingFrom, about: string | null) => Promise<Leaving>;

/** Who has a seat leaves the ticket; who hears of it by following its project leaves that. */
async function leavingTicket(read: Read, customer: Customer, ticketId: string, made: Made): Promise<Leaving | null> {
  const ticket = await ticketById(read, ticketId);
  if (ticket === null) return null;
  const seat = await rowById(read, "ticketPerson", `${ticket.id}:${customer.id}`);
  if (seat?.role === "requester")
    return { customer, from: null, why: `#${ticket.number} is a ticket of their own`, before: null };
  if (seat !== undefined) return await made({ kind: "ticket", ticket, seat: decode("ticketPerson", seat) }, ticket.id);
  const before = await optOutOf(read, customer.id, ticket.id);
  if (before !== null) return { customer, from: null, why: `they left #${ticket.number} before`, before };
  const project = ticket.projectId === null ? undefined : await rowById(read, "project", ticket.projectId);
  if (project !== undefined) return await leavingProject(read, customer, project, made);
  return { customer, from: null, why: `they have no part in #${ticket.number} any more`, before: null };
}

async function leavingProject(
  read: Read,
  customer: Customer,
  project: { id: string; name: string },
  made: Made,
): Promise<Leaving> {
  const follow = (await rowById(read, "follow", `${project.id}:${customer.id}`)) ?? null;
  const leaving = await made({ kind: "project", project, follow }, project.id);
  if (follow !== null || leaving.before !== null || (await levelOf(read, project.id, customer)) !== null)
    return leaving;
  return { customer, from: null, why: `they do not follow ${project.name} any more`, before: null };
}
