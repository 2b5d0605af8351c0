// What the verdict reads of the desk's database when all is done: the rows that the story is compared with, the leases that
// are left, and everything that stands there without its other half.
import type { DeskDatabase } from "../desk-database.ts";

export interface DeskRows {
  emails: { messageId: string; status: string; reason: string | null; error: string | null }[];
  messages: { direction: string; newText: string; ticket: number }[];
  /** Those that live. */
  tickets: { id: string; number: number; subject: string }[];
  customers: { id: string; address: string }[];
  organizations: number;
  outbox: {
    kind: string;
    ticketId: string;
    toAddress: string;
    messageId: string;
    status: string;
    reason: string | null;
    leaseOwner: string | null;
  }[];
  /** Who was told which word by an outgoing mail in which state; acknowledgements tell no word. */
  told: { to: string; mark: string; status: string }[];
  leases: string[];
  halves: string[];
}

/** Each finds the ids of rows whose other half is missing. */
const halves: Record<string, string> = {
  "a filed mail without its one message": `select "id" from "email" where "status" = 'filed'
    and (select count(*) from "message" where "message"."emailId" = "email"."id") <> 1`,
  "a mail without its one commit": `select "id" from "email" where
    (select count(*) from "commitLog" where "kind" = 'mail' and "what" = "email"."id")
    <> case "status" when 'filed' then 1 else 0 end`,
  "a mail that ended while its bytes are gone": `select "id" from "email" where
    not exists (select 1 from "emailRaw" where "emailRaw"."id" = "email"."id")`,
  "a filed mail without its ticket": `select "id" from "email" where "status" = 'filed'
    and not exists (select 1 from "ticket" where "ticket"."id" = "email"."ticketId")`,
  "a commit of filed mail that logs no change": `select "id" from "commitLog" where "kind" = 'mail'
    and exists (select 1 from "email" where "email"."id" = "what" and "status" = 'filed')
    and not exists (select 1 from "changeLog" where "commitId" = "commitLog"."id")`,
  "a ticket without a message": `select "id" from "ticket" where "mergedInto" is null and not exists
    (select 1 from "conversation" join "message" on "message"."conversationId" = "conversation"."id"
     where "conversation"."ticketId" = "ticket"."id")`,
  "a ticket without a requester": `select "id" from "ticket" where "mergedInto" is null and not exists
    (select 1 from "ticketPerson" where "ticketPerson"."ticketId" = "ticket"."id" and "role" = 'requester')`,
  "a message without its conversation": `select "id" from "message" where not exists
    (select 1 from "conversation" where "conversation"."id" = "message"."conversationId")`,
  "a first message without its acknowledgement's notice": `select "id" from "email" where "reason" = 'new-ticket'
    and (select count(*) from "notice" join "message" on "message"."id" = "notice"."messageId"
         where "message"."emailId" = "email"."id" and "notice"."kind" = 'acknowledgement') <> 1`,
  "an answer without its one notice": `select "id" from "message" where "direction" = 'out' and
    (select count(*) from "notice" where "notice"."messageId" = "message"."id" and "notice"."kind" = 'message') <> 1`,
  "a notice that nobody expanded": `select "id" from "notice" where "state" = 'waiting'`,
  "a customer without an address": `select "id" from "customer" where not exists
    (select 1 from "customerAddress" where "customerAddress"."ownerId" = "customer"."id")`,
  "an organization without its domain": `select "id" from "organization" where not exists
    (select 1 from "organizationDomain" where "organizationDomain"."organizationId" = "organization"."id")`,
  "an outgoing mail without its text": `select "id" from "outbox" where not exists
    (select 1 from "outboxRaw" where "outboxRaw"."id" = "outbox"."id")`,
  "an outgoing mail that tells nothing": `select "id" from "outbox" where not exists
    (select 1 from "outboxMessage" where "outboxMessage"."outboxId" = "outbox"."id")`,
  "a mail that the server was not told of": `select "id" from "email" where "afterDone" = 0`,
};

const leases: Record<string, string> = {
  email: `select "id" from "email" where "status" = 'pending' or "leaseUntil" > 0`,
  outbox: `select "id" from "outbox" where "leaseUntil" > 0`,
  mailbox: `select "id" from "mailbox" where "leaseOwner" is not null`,
  alert: `select "id" from "alert" where "leaseUntil" > 0`,
  slot: `select "schedule" as "id" from "slot" where "doneAt" is null`,
};

export async function readDesk(database: DeskDatabase): Promise<DeskRows> {
  const named = async (queries: Record<string, string>): Promise<string[]> => {
    const found: string[] = [];
    for (const [what, sql] of Object.entries(queries))
      for (const { id } of await database.rows<{ id: string }>(sql)) found.push(`${what}: ${id}`);
    return found;
  };
  return {
    emails: await database.rows(`select "messageId", "status", "reason", "error" from "email"`),
    messages: await database.rows(`select "direction", "newText", "ticket"."number" as "ticket" from "message"
      join "conversation" on "conversation"."id" = "message"."conversationId"
      join "ticket" on "ticket"."id" = "conversation"."ticketId"`),
    tickets: await database.rows(`select "id", "number", "subject" from "ticket" where "mergedInto" is null`),
    customers: await database.rows(`select "customer"."id", "address" from "customer"
      left join "customerAddress" on "customerAddress"."ownerId" = "customer"."id"`),
    organizations: await database.count(`"organization" where "state" = 'active'`),
    outbox: await database.rows(
      `select "kind", "ticketId", "toAddress", "messageId", "status", "reason", "leaseOwner" from "outbox"`,
    ),
    told: await toldOf(database),
    leases: await named(leases),
    halves: await named(halves),
  };
}

async function toldOf(database: DeskDatabase): Promise<DeskRows["told"]> {
  const rows = await database.rows<{ to: string; newText: string; status: string }>(
    `select "toAddress" as "to", "newText", "outbox"."status" as "status" from "outbox"
     join "outboxMessage" on "outboxMessage"."outboxId" = "outbox"."id"
     join "message" on "message"."id" = "outboxMessage"."messageId"
     where "outbox"."kind" in ('message', 'notification')`,
  );
  return rows.map(({ to, newText, status }) => ({ to, mark: newText.split("\n")[0] ?? "", status }));
}
