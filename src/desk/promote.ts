// A customer who becomes an agent (CUS-6), for good. Nobody is both, so they leave their organization, their seats on
// tickets and what they follow, and their addresses are the agent's; what they wrote as a customer stays theirs in the record. The customer's
// row stays as a tombstone that leads to the agent: no mail can belong to it, and none goes to it.
import { conflict } from "../errors.ts";
import { type AgentDraft, agentRow } from "./agent.ts";
import { type Guard, present, remove, update } from "./change.ts";
import type { CustomerBelongings } from "./customer-merge.ts";
import type { Decided } from "./organization-merge.ts";
import { unshare } from "./project.ts";
import { rowKey } from "./refers.ts";

export function promoteCustomer(
  own: Pick<CustomerBelongings, "customer" | "addresses" | "seats" | "follows" | "optOuts">,
  draft: AgentDraft,
  now: number,
): Decided {
  const { customer, addresses, seats, follows, optOuts } = own;
  if (customer.state !== "active")
    throw conflict(`A customer who is ${customer.state} can't become an agent.`, {
      remedy: `Make them active first: maildesk customer ${customer.state === "blocked" ? "unblock" : "reactivate"} ${addresses[0]?.address ?? customer.id}`,
    });
  if (addresses.length === 0) throw conflict("A customer without an address can't become an agent.");
  const { id, version } = customer;
  const except = new Set([
    ...addresses.map((row) => rowKey("customerAddress", row.id)),
    ...seats.map((row) => rowKey("ticketPerson", row.id)),
    ...follows.map((row) => rowKey("follow", row.id)),
    ...optOuts.map((row) => rowKey("optOut", row.id)),
  ]);
  const guards: Guard[] = [
    { kind: "version", table: "customer", id, version },
    { kind: "unreferenced", table: "customer", id, except, live: true },
  ];
  return {
    changes: [
      agentRow(draft, now),
      ...present(addresses.map((row) => update("customerAddress", row, { ownerKind: "agent", ownerId: draft.id }))),
      ...seats.map((seat) => remove("ticketPerson", seat)),
      ...follows.map(unshare),
      ...optOuts.map((row) => remove("optOut", row)),
      ...present([update("customer", customer, { state: "promoted", mergedInto: draft.id, organizationId: null })]),
    ],
    guards,
  };
}
