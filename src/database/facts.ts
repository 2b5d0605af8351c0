// Answers the question of a decision: whose address, which domain, which conversations. Others may write between two of
// its statements; what a decision relies on is guarded when it is committed.
// It judges nothing; it follows tombstones, so that a merged ticket or organization is seen as what it became.
import { sql } from "kysely";
import { parentDomains, registrableDomain } from "../address/domain.ts";
import type { Agent } from "../desk/agent.ts";
import type { Customer, CustomerAddress } from "../desk/customer.ts";
import { foldName, type Organization } from "../desk/organization.ts";
import { type Facts, noFacts, type Question } from "../intake/facts.ts";
import { leaveClaims } from "../intake/leave.ts";
import { leavingOf } from "./leaving.ts";
import type { Database } from "./open.ts";
import { copiedFacts, internalLines, namedFacts } from "./other-facts.ts";
import { ownersOf } from "./owners.ts";
import { prepared } from "./prepared.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { findThreads } from "./threads.ts";
import { customerById, organizationById } from "./tombstones.ts";

const hourMs = 3_600_000;

type Read = Database["read"];

/** A mail with these words, that date and that sender, other than the one in hand. */
export const otherWithDigest = prepared((db, { digest, not }: { digest: string; not: string }) =>
  db.selectFrom("email").select("id").where("digest", "=", digest).where("id", "!=", not),
);
const named = prepared((db, { names }: { names: readonly string[] }) =>
  db
    .selectFrom("organization")
    .select("id")
    .where("nameKey", "in", names)
    .where("state", "=", sql.lit("active"))
    .limit(sql.lit(1)),
);
/** Mails of the sender, and acknowledgements to them: one question, as it is asked for every mail. */
const countsOfSender = prepared((db, { key, since }: { key: string; since: number }) =>
  db.selectNoFrom((eb) => [
    eb
      .selectFrom("email")
      .select((some) => some.fn.countAll<number>().as("n"))
      .where("senderKey", "=", key)
      .where("storedAt", ">", since)
      .where("arrival", "=", "live")
      .as("mails"),
    eb
      .selectFrom("outbox")
      .select((some) => some.fn.countAll<number>().as("n"))
      .where("toKey", "=", key)
      .where("createdAt", ">", since)
      .where("kind", "=", "acknowledgement")
      .as("told"),
    eb
      .selectFrom("agent")
      .select((some) => some.fn.countAll<number>().as("n"))
      .where("state", "=", "active")
      .where("hears", "!=", "none")
      .as("agents"),
  ]),
);
/** Agents are few and customers many: not a join, which would begin with the customers. */
export const addressesOfAgents = prepared((db, _: Record<string, never>) =>
  db
    .selectFrom("customerAddress")
    .select("id")
    .where("ownerId", "in", (some) => some.selectFrom("agent").select("id"))
    .limit(sql.lit(5000)),
);

/** `ownDomains`: the domains of the mailboxes. `defaultOrganization`: tells the setting, an id or a name, or "". */
export async function gatherFacts(
  read: Read,
  question: Question,
  emailId: string | null,
  ownDomains: ReadonlySet<string>,
  defaultOrganization: () => Promise<string>,
): Promise<Facts> {
  const duplicate = await otherWithDigest.first(read, { digest: question.digest, not: emailId ?? "" });
  if (duplicate !== undefined) return { ...noFacts, duplicateOf: duplicate.id };
  const person = await findPerson(read, question.sender?.key ?? null);
  const isNew = person.customer === null && person.agent === null;
  const isAgent = person.agent !== null;
  const copied = await copiedFacts(read, question);
  const hasNew = isNew || copied.some(({ customer, isAgent: isOne }) => customer === null && !isOne);
  const threads = await findThreads(read, question, person.customer);
  return {
    duplicateOf: null,
    ...person,
    ...(isNew
      ? await domainFacts(read, question, ownDomains)
      : { owners: new Map(), internalDomain: false, nameTaken: false }),
    defaultOrganization: hasNew
      ? await organizationNamed(read, question.defaultOrganization ?? (await defaultOrganization()))
      : null,
    ...threads,
    leaving: await leavingFacts(read, question),
    recipients: await tokenRecipients(read, question),
    ...(await senderCounts(read, question)),
    behalf: isAgent ? await behalfFacts(read, question, ownDomains, defaultOrganization) : null,
    copied,
    named: isAgent ? await namedFacts(read, question, threads.threads) : noFacts.named,
    internalLines: isAgent ? await internalLines(read, threads.threads) : [],
  };
}

/** The same of the one for whom an agent's mail would be filed. */
async function behalfFacts(
  read: Read,
  question: Question,
  ownDomains: ReadonlySet<string>,
  defaultOrganization: () => Promise<string>,
): Promise<Facts["behalf"]> {
  if (question.behalf === null) return null;
  const { person: sender } = question.behalf;
  const person = await findPerson(read, sender.key);
  const isNew = person.customer === null && person.agent === null;
  return {
    ...person,
    ...(isNew
      ? await domainFacts(read, { sender, domains: parentDomains(sender.domain) }, ownDomains)
      : { owners: new Map(), internalDomain: false, nameTaken: false }),
    defaultOrganization: isNew
      ? await organizationNamed(read, question.defaultOrganization ?? (await defaultOrganization()))
      : null,
  };
}

async function findPerson(
  read: Read,
  key: string | null,
): Promise<Pick<Facts, "customer" | "agent" | "senderAddress">> {
  const nobody = { customer: null, agent: null, senderAddress: null };
  if (key === null) return nobody;
  const row = await rowById(read, "customerAddress", key);
  if (row === undefined) return nobody;
  const senderAddress = decode("customerAddress", row);
  if (senderAddress.ownerKind === "agent")
    return { customer: null, agent: await agentById(read, senderAddress.ownerId), senderAddress };
  return { customer: await customerById(read, senderAddress.ownerId), agent: null, senderAddress };
}

async function agentById(read: Read, id: string): Promise<Agent | null> {
  const row = await rowById(read, "agent", id);
  return row === undefined ? null : decode("agent", row);
}

async function domainFacts(
  read: Read,
  question: Pick<Question, "domains" | "sender">,
  ownDomains: ReadonlySet<string>,
): Promise<Pick<Facts, "owners" | "internalDomain" | "nameTaken">> {
  const { domains, sender } = question;
  const owners = await ownersOf(read, domains);
  const registrable = sender === null ? null : registrableDomain(sender.domain);
  const names = sender === null ? [] : [sender.domain, ...(registrable === null ? [] : [registrable])];
  const taken = names.length === 0 ? undefined : await named.first(read, { names: names.map(foldName) });
  return {
    owners,
    internalDomain: await isInternal(read, names, ownDomains),
    nameTaken: taken !== undefined,
  };
}

async function isInternal(read: Read, names: readonly string[], ownDomains: ReadonlySet<string>): Promise<boolean> {
  if (names.some((name) => ownDomains.has(name))) return true;
  if (names.length === 0) return false;
  const agents = await addressesOfAgents.rows(read, {});
  return agents.some((row) => names.some((name) => row.id.endsWith(`@${name}`)));
}

/** A live one, or what one of this id or name became; null for "". */
export async function organizationNamed(read: Read, idOrName: string): Promise<Organization | null> {
  if (idOrName === "") return null;
  const known = await organizationById(read, idOrName);
  if (known !== null) return decode("organization", known);
  const row = await read
    .selectFrom("organization")
    .selectAll()
    .where("nameKey", "=", foldName(idOrName))
    .where("state", "=", sql.lit("active"))
    .executeTakeFirst();
  if (row !== undefined) return decode("organization", row);
  const merged = await read
    .selectFrom("organization")
    .select("id")
    .where("nameKey", "=", foldName(idOrName))
    .where("mergedInto", "is not", null)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return merged === undefined ? null : await organizationById(read, merged.id);
}

async function leavingFacts(read: Read, question: Question): Promise<Facts["leaving"]> {
  const claims = leaveClaims(question);
  return claims === null ? null : await leavingOf(read, claims);
}

async function tokenRecipients(read: Read, question: Question): Promise<Facts["recipients"]> {
  const refs = [...new Set(question.tokens.map((token) => token.claims.recipient))].filter((ref) => ref > 0);
  const found = new Map<number, { customer: Customer; address: CustomerAddress[] }>();
  if (refs.length === 0) return found;
  const rows = await read.selectFrom("customer").select(["id", "ref"]).where("ref", "in", refs).execute();
  for (const { id, ref } of rows) {
    const customer = await customerById(read, id);
    if (customer === null) continue;
    const addresses = await read
      .selectFrom("customerAddress")
      .selectAll()
      .where("ownerId", "=", customer.id)
      .limit(100)
      .execute();
    found.set(ref, { customer, address: addresses.map((row) => decode("customerAddress", row)) });
  }
  return found;
}

async function senderCounts(
  read: Read,
  question: Question,
): Promise<Pick<Facts, "mailsOfSenderLastHour" | "acknowledgementsLastHour" | "agentsListen">> {
  const key = question.sender?.key ?? null;
  if (key === null) return { mailsOfSenderLastHour: 0, acknowledgementsLastHour: 0, agentsListen: false };
  const counts = await countsOfSender.first(read, { key, since: question.now - hourMs });
  return {
    mailsOfSenderLastHour: Number(counts?.mails ?? 0),
    acknowledgementsLastHour: Number(counts?.told ?? 0),
    agentsListen: Number(counts?.agents ?? 0) > 0,
  };
}
