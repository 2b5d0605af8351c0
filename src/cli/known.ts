// From what somebody typed to the row that they mean: an organization by id, name or domain, a customer or an agent by
// id or address. What is not there is refused with "did you mean".
import { parseAddress } from "../address/email.ts";
import type { App } from "../app.ts";
import { foldName, type Organization } from "../desk/organization.ts";
import { conflict, type MaildeskError, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";

export type CustomerRecord = NonNullable<Awaited<ReturnType<App["lists"]["customerByRef"]>>>;
export type AgentRow = NonNullable<Awaited<ReturnType<App["lists"]["agentByRef"]>>>;

export async function knownOrganization({ lists }: App, ref: string): Promise<Organization> {
  const found = await lists.organizationByRef(ref);
  if (found !== null) return found;
  const near = didYouMean(ref, ref.trim() === "" ? [] : await lists.organizationNames(ref));
  throw usage(`There is no organization "${ref}"${near}.`, {
    remedy: "`maildesk org list` shows them; name one by id, name or domain.",
  });
}

/**
 * Before a refusal by what was read after it: where somebody wrote in between, what was read does not fit together, and the
 * decision is made again.
 */
export async function mustStillStand({ lists }: App, ref: string, read: Organization): Promise<void> {
  const { id, name, version } = read;
  const now = await lists.organizationByRef(ref);
  if (now?.id !== id || now.version !== version)
    throw conflict(`${name} (${id}) changed meanwhile.`, { code: "guard", remedy: "Try again." });
}

/** Names of organizations are unique without regard to case (ORG-1). */
export async function nameMustBeFree({ lists }: App, name: string, ownId: string | null): Promise<void> {
  const other = await lists.organizationByRef(name);
  if (other === null || other.nameKey !== foldName(name) || other.id === ownId) return;
  throw conflict(`There is an organization named ${other.name} already (${other.id}).`, {
    remedy: `To give it a domain: maildesk org domain add ${JSON.stringify(other.name)} DOMAIN`,
  });
}

/** `none` is no organization; undefined where nothing was asked. */
export async function organizationOrNone(app: App, ref: string | undefined): Promise<Organization | null | undefined> {
  if (ref === undefined) return undefined;
  return ref.trim().toLowerCase() === "none" ? null : await knownOrganization(app, ref);
}

export async function knownCustomer({ lists }: App, ref: string): Promise<CustomerRecord> {
  const found = await lists.customerByRef(ref);
  if (found !== null) return found;
  const agent = await lists.agentByRef(ref);
  if (agent !== null)
    throw usage(`${ref} is the agent ${agent.name || agent.address}, and no customer.`, {
      remedy: `maildesk agent show ${agent.address}`,
    });
  throw usage(`There is no customer "${ref}"${didYouMean(ref, await lists.addressesLike(ref, "customer"))}.`, {
    remedy: "`maildesk customer list TEXT` searches; name one by id or address.",
  });
}

export async function knownAgent({ lists }: App, ref: string): Promise<AgentRow> {
  const found = await lists.agentByRef(ref);
  if (found !== null) return found;
  const customer = await lists.customerByRef(ref);
  if (customer !== null)
    throw usage(`${ref} is the customer ${customer.customer.name || customer.customer.id}, and no agent.`, {
      remedy: `maildesk customer show ${ref}`,
    });
  const { rows } = await lists.agentList({ limit: agentsMax });
  const near = didYouMean(
    ref,
    rows.flatMap((row) => [row.address, row.name]).filter((text) => text !== ""),
  );
  throw usage(`There is no agent "${ref}"${near}.`, {
    remedy: "`maildesk agent list` shows them; name one by id or address.",
  });
}

const agentsMax = 1_000;

/** An address that nobody has yet, as customer or agent; else a conflict that names its owner and the remedy (CUS-3). */
export async function freeAddress(
  app: App,
  text: string,
  wanted: "customer" | "agent",
): Promise<{ address: string; key: string; domain: string }> {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw usage(parsed.text);
  if (app.ownKeys.has(parsed.key))
    throw conflict(`${parsed.address} is an address of the desk itself.`, {
      remedy: "Give the person's own address.",
    });
  const taken = await app.lists.addressOwner(parsed.key);
  if (taken !== null) throw takenError(parsed.address, taken.address.ownerKind, taken.name, wanted);
  return parsed;
}

function takenError(
  address: string,
  kind: "customer" | "agent",
  name: string,
  wanted: "customer" | "agent",
): MaildeskError {
  const whose = `${address} belongs to ${name === "" ? (kind === "agent" ? "an agent" : "a customer") : `the ${kind} ${name}`} already`;
  if (kind === wanted) return conflict(`${whose}.`, { remedy: `maildesk ${kind} show ${address}` });
  const remedy =
    kind === "customer"
      ? "Nobody is both: use another address for the agent, or take it from the customer first."
      : "Nobody is both: use another address for the customer.";
  return conflict(`${whose}.`, { remedy });
}
