// `maildesk customer move`: where a customer belongs, by hand (ORG-7). Their tickets stay with the old organization unless
// they are taken along, and what sight of it remains is said.
import type { Command } from "commander";
import { type Change, present, remove } from "../desk/change.ts";
import { placeByHand, stillThat } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import type { Cli, DeskSession } from "./context.ts";
import { customerJson } from "./customer-show.ts";
import { type CustomerRecord, knownCustomer, organizationOrNone } from "./known.ts";
import { liveGuard } from "./org-domain.ts";
import { counted, type Output } from "./output.ts";
import { verb } from "./verb.ts";

interface MoveOptions {
  withTickets?: boolean;
  dropFollows?: boolean;
}

export function registerMove(customer: Command, cli: Cli): void {
  verb(
    customer,
    "move <customer> <org>",
    "Put a customer into an organization, or into none; their tickets stay with the old one.",
    [
      "customer move ann@acme.com Globex",
      "customer move ann@acme.com Globex --with-tickets --drop-follows --dry-run",
      "customer move ann@acme.com none",
    ],
  )
    .option("--with-tickets", "the tickets that they requested go along")
    .option("--drop-follows", "they follow no ticket of the old organization any more")
    .action((ref: string, org: string, options: MoveOptions) =>
      cli.withDesk((desk) => move(desk, cli.out, ref, org, options)),
    );
}

async function move(desk: DeskSession, out: Output, ref: string, org: string, options: MoveOptions): Promise<void> {
  const { app } = desk;
  const flags = `${options.withTickets === true ? " --with-tickets" : ""}${options.dropFollows === true ? " --drop-follows" : ""}`;
  const done = await desk.change(`customer move ${ref} ${org}${flags}`, async () => {
    const record = await knownCustomer(app, ref);
    const organization = (await organizationOrNone(app, org)) ?? null;
    const from = record.customer.organizationId;
    const isThere = from === (organization?.id ?? null);
    const seats = isThere ? [] : await app.lists.seatsIn(record.customer.id, from);
    const requested = seats.filter(({ seat }) => seat.role === "requester");
    const followed = seats.filter(({ seat }) => seat.role === "follower");
    const taken = options.withTickets === true ? requested : [];
    const dropped = options.dropFollows === true ? followed : [];
    const changes = [
      ...present([placeByHand(record.customer, organization)]),
      ...takenAlong(taken, organization),
      ...dropped.map(({ seat }) => remove("ticketPerson", seat)),
    ];
    const told = tellingOf(record, {
      organization,
      isThere,
      taken: taken.length,
      dropped: dropped.length,
      requested: requested.length - taken.length,
      followed: followed.length - dropped.length,
    });
    return {
      changes,
      guards: [stillThat(record.customer), ...(organization === null ? [] : [liveGuard(organization)])],
      summary: told,
      result: { record, told },
    };
  });
  if (done === null) return;
  const { record, told } = done;
  if (out.isJson) return out.json(customerJson(await knownCustomer(app, record.customer.id)));
  const [first = "", ...rest] = told;
  out.line(first);
  for (const line of rest) out.note(line);
}

type Seated = { ticket: { id: string; organizationId: string | null } };

/** Tickets carry the organization that they had, which may be one that was merged away since. */
function takenAlong(tickets: readonly Seated[], organization: Organization | null): Change[] {
  const byOrigin = new Map<string | null, string[]>();
  for (const { ticket } of tickets)
    byOrigin.set(ticket.organizationId, [...(byOrigin.get(ticket.organizationId) ?? []), ticket.id]);
  return [...byOrigin].map(([organizationId, ids]) => ({
    table: "ticket",
    ids,
    before: { organizationId },
    after: { organizationId: organization?.id ?? null },
  }));
}

interface Moved {
  organization: Organization | null;
  isThere: boolean;
  taken: number;
  dropped: number;
  /** What stays behind. */
  requested: number;
  followed: number;
}

function tellingOf(record: CustomerRecord, moved: Moved): string[] {
  const { organization, isThere, taken, dropped, requested, followed } = moved;
  const who = record.addresses[0]?.address ?? record.customer.id;
  const where = organization === null ? "no organization" : organization.name;
  const old = record.organization?.name ?? "no organization";
  if (isThere) return [`${who} is in ${where} already, and stays there by hand from now on.`];
  const lines = [`${who} is in ${where} now, by hand: no domain moves them any more.`];
  if (taken > 0) lines.push(`${counted(taken, "ticket")} of theirs ${taken === 1 ? "goes" : "go"} along.`);
  if (dropped > 0) lines.push(`They follow ${counted(dropped, "ticket")} of ${old} no more.`);
  if (requested > 0)
    lines.push(
      `${counted(requested, "ticket")} of theirs ${requested === 1 ? "stays" : "stay"} with ${old}; they still hear of ${requested === 1 ? "it" : "them"} (--with-tickets takes them along).`,
    );
  if (followed > 0)
    lines.push(`They still follow ${counted(followed, "ticket")} of ${old} (--drop-follows ends that).`);
  return lines;
}
