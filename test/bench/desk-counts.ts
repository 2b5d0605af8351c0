// Whether a desk holds what its mails must give, each thing once: counted in the database from outside, and compared with
// what the mails themselves say.
import type { BenchMail } from "./mails.ts";
import { openOutside } from "./outside.ts";

export interface DeskCounts {
  mails: number;
  filed: number;
  messages: number;
  customers: number;
  addresses: number;
  organizations: number;
  domains: number;
  tickets: number;
  /** Acknowledgements that are composed, or sent; one for each ticket. */
  acknowledgements: number;
  /** Mails, people, organizations, tickets of one conversation, or mails to one person about one message that are there more than once. */
  twice: number;
}

const questions: Record<keyof DeskCounts, string> = {
  mails: `select count(*) from "email"`,
  filed: `select count(*) from "email" where "status" = 'filed'`,
  messages: `select count(*) from "message" where "direction" = 'in'`,
  customers: `select count(*) from "customer" where "state" = 'active'`,
  addresses: `select count(*) from "customerAddress"`,
  organizations: `select count(*) from "organization" where "state" = 'active'`,
  domains: `select count(*) from "organizationDomain"`,
  tickets: `select count(*) from "ticket" where "mergedInto" is null`,
  acknowledgements: `select count(*) from "outbox" where "kind" = 'acknowledgement' and "status" in ('queued', 'sent')`,
  twice: `select
    (select count(*) from (select 1 from "email" group by "messageId" having count(*) > 1) "m")
    + (select count(*) from (select 1 from "message" where "direction" = 'in' group by "emailId" having count(*) > 1) "f")
    + (select count(*) from (select 1 from "customerAddress" group by lower("address") having count(*) > 1) "a")
    + (select count(*) from (select 1 from "customer" where "state" = 'active' group by "name", "organizationId" having count(*) > 1) "c")
    + (select count(*) from (select 1 from "organization" where "state" = 'active' group by "nameKey" having count(*) > 1) "o")
    + (select count(*) from (select 1 from "outbox" where "kind" = 'acknowledgement' group by "ticketId" having count(*) > 1) "k")
    + (select count(*) from (select 1 from "outboxMessage" group by "customerId", "messageId" having count(*) > 1) "p")
    + (select count(*) from (select 1 from "commitLog" where "kind" = 'mail' group by "what" having count(*) > 1) "d")`,
};

/** `url`: the desk's database. */
export async function countsOf(url: string): Promise<DeskCounts> {
  const desk = await openOutside(url);
  try {
    const counts: Record<string, number> = {};
    for (const [name, question] of Object.entries(questions)) counts[name] = await desk.number(question);
    return counts as unknown as DeskCounts; // each name was asked for
  } finally {
    await desk.close();
  }
}

/** What these mails must give on an empty desk: every company is known by one domain, every person by one address. */
export function expectedOf(mails: readonly Pick<BenchMail, "from" | "isAnswer">[]): DeskCounts {
  const people = new Set(mails.map(({ from }) => from)).size;
  const companies = new Set(mails.map(({ from }) => from.slice(from.indexOf("@")))).size;
  const tickets = mails.filter(({ isAnswer }) => !isAnswer).length;
  return {
    mails: mails.length,
    filed: mails.length,
    messages: mails.length,
    customers: people,
    addresses: people,
    organizations: companies,
    domains: companies,
    tickets,
    acknowledgements: tickets,
    twice: 0,
  };
}

export const shownCounts = (counts: DeskCounts): string =>
  `${counts.mails} mails: ${counts.filed} filed as ${counts.messages} messages in ${counts.tickets} tickets of ${counts.customers} customers in ${counts.organizations} organizations, ${counts.acknowledgements} acknowledgements; ${counts.twice === 0 ? "none" : counts.twice} twice`;
