// The customer whom a command names for a ticket: known by id or address, or made on the spot as a mail from that address
// would make them, organization included (ORG-3). An agent is no customer.
import { parentDomains } from "../address/domain.ts";
import { parseAddress } from "../address/email.ts";
import type { Change, Guard } from "../desk/change.ts";
import type { Customer, CustomerAddress } from "../desk/customer.ts";
import type { Requester } from "../desk/ticket-open.ts";
import type { AnswerDraw } from "../desk/words.ts";
import { conflict, usage } from "../errors.ts";
import { concernsNobodyElse } from "../intake/facts.ts";
import type { DeskSession } from "./context.ts";

export interface NamedCustomer {
  requester: Requester;
  customer: Pick<Customer, "id" | "name" | "state" | "mutedAt">;
  address: Pick<CustomerAddress, "id" | "address" | "state">;
  /** True where the changes make them. */
  isNew: boolean;
  changes: Change[];
  guards: Guard[];
}

/** `mailbox`: of the ticket. Rejects with usage where nobody has that id, or the text is no address; with conflict where it is an agent's. */
export async function customerNamed(
  desk: DeskSession,
  ref: string,
  name: string,
  draw: AnswerDraw,
  mailbox: string,
): Promise<NamedCustomer> {
  const { app } = desk;
  const known = await app.lists.customerByRef(ref);
  const parsed = parseAddress(ref);
  if (known !== null) {
    const { customer, addresses } = known;
    const address = addresses.find((one) => parsed.ok && one.id === parsed.key) ?? addresses[0];
    if (address === undefined) throw usage(`${customer.name || customer.id} has no address.`);
    const requester = {
      customerId: customer.id,
      organizationId: customer.organizationId,
      address: address.address,
    };
    const guards: Guard[] = [{ kind: "version", table: "customer", id: customer.id, version: customer.version }];
    return { requester, customer, address, isNew: false, changes: [], guards };
  }
  if (!parsed.ok) throw usage(ref.includes("@") ? parsed.text : `There is no customer "${ref}".`);
  return await newcomer(desk, { name, address: parsed.address, key: parsed.key, domain: parsed.domain }, draw, mailbox);
}

async function newcomer(
  { app }: DeskSession,
  sender: { name: string; address: string; key: string; domain: string },
  draw: AnswerDraw,
  mailbox: string,
): Promise<NamedCustomer> {
  const { identify } = await import("../intake/identify.ts"); // brings the lists of domains along
  const now = app.clock.now();
  const by = app.mailboxes.get(mailbox);
  if (app.ownKeys.has(sender.key)) throw conflict(`${sender.address} is an address of the desk itself.`);
  const question = {
    digest: "",
    messageId: null,
    cited: [],
    bounced: null,
    sender,
    domains: parentDomains(sender.domain),
    tokens: [],
    taggedNumber: null,
    ...concernsNobodyElse,
    ...(by?.defaultOrganization === undefined ? {} : { defaultOrganization: by.defaultOrganization }),
    now,
  };
  const facts = await app.desk.facts(question, null);
  if (facts.agent !== null)
    throw conflict(`${sender.address} is the agent ${facts.agent.name || facts.agent.id}, and no customer.`);
  const { author, changes, guards } = identify(sender, facts, await app.desk.settings(), draw, now, by);
  if (author.kind === "agent") throw conflict(`${sender.address} is an agent, and no customer.`);
  return {
    requester: {
      customerId: author.customerId,
      organizationId: author.organizationId,
      address: sender.address,
    },
    customer: { id: author.customerId, name: sender.name, state: "active", mutedAt: null },
    address: { id: sender.key, address: sender.address, state: "ok" },
    isNew: true,
    changes,
    guards,
  };
}
