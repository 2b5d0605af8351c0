// The first tables. Written in the schema builder's words so that the same list serves SQLite and PostgreSQL: text,
// bigint for times and counts, integer 0/1 for yes and no. Contended truths are unique indexes (DESIGN, Database).
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";

type Column = "text" | "text?" | "int" | "int?" | "blob";

/** Rows too long to live inside an index. */
const longRows: ReadonlySet<string> = new Set(["email", "emailRaw", "message", "outboxRaw", "blob"]);

/**
 * Makes a table; a question mark allows null. The key is `id` unless named. On SQLite short rows live in their key's own
 * tree (without rowid), which halves the pages that a decision touches.
 */
async function table(
  tx: Kysely<Schema>,
  name: string,
  columns: Record<string, Column>,
  key: string[] = ["id"],
): Promise<void> {
  let builder = tx.schema.createTable(name);
  for (const [column, type] of Object.entries(columns)) {
    const stored = type === "blob" ? sql`blob` : type.startsWith("text") ? sql`text` : sql`integer`;
    builder = builder.addColumn(column, stored, (col) => (type.endsWith("?") ? col : col.notNull()));
  }
  const keyed = builder.addPrimaryKeyConstraint(`${name}_key`, key as never[]);
  await (longRows.has(name) ? keyed : keyed.modifyEnd(sql`without rowid`)).execute();
}

async function index(
  tx: Kysely<Schema>,
  on: string,
  columns: string[],
  more: { unique?: boolean; where?: string } = {},
): Promise<void> {
  const name = `${on}_${columns.join("_")}${more.where === undefined ? "" : "_some"}`;
  const list = sql.join(columns.map((column) => sql.ref(column)));
  const where = more.where === undefined ? sql`` : sql` where ${sql.raw(more.where)}`;
  const kind = more.unique === true ? sql`create unique index` : sql`create index`;
  await sql`${kind} ${sql.ref(name)} on ${sql.table(on)} (${list})${where}`.execute(tx);
}

export async function desk(tx: Kysely<Schema>): Promise<void> {
  await people(tx);
  await tickets(tx);
  await inbound(tx);
  await outbound(tx);
  await log(tx);
}

async function people(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "organization", {
    id: "text",
    name: "text",
    nameKey: "text",
    origin: "text",
    state: "text",
    mergedInto: "text?",
    website: "text",
    phone: "text",
    postalAddress: "text",
    notes: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "organization", ["nameKey"], { unique: true, where: `"state" = 'active'` });
  await table(tx, "organizationDomain", {
    id: "text",
    organizationId: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "organizationDomain", ["organizationId"]);
  await table(tx, "customer", {
    id: "text",
    ref: "int",
    name: "text",
    nameOrigin: "text",
    organizationId: "text?",
    placedBy: "text",
    state: "text",
    mergedInto: "text?",
    phone: "text",
    title: "text",
    postalAddress: "text",
    timeZone: "text",
    language: "text",
    type: "text",
    notes: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "customer", ["ref"], { unique: true });
  await index(tx, "customer", ["organizationId", "id"]);
  await table(tx, "customerAddress", {
    id: "text",
    address: "text",
    ownerKind: "text",
    ownerId: "text",
    isPrimary: "int",
    state: "text",
    softBounces: "int",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "customerAddress", ["ownerId"]);
  await table(tx, "agent", {
    id: "text",
    ref: "int",
    name: "text",
    state: "text",
    mayAnswer: "int",
    mayAdminister: "int",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "agent", ["ref"], { unique: true });
  await table(tx, "setting", { id: "text", value: "text", version: "int" });
}

async function tickets(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "ticket", {
    id: "text",
    number: "int",
    subject: "text",
    status: "text",
    state: "text",
    priority: "int",
    type: "text",
    organizationId: "text?",
    assigneeId: "text?",
    mailbox: "text",
    mergedInto: "text?",
    createdAt: "int",
    updatedAt: "int",
    closedAt: "int?",
    version: "int",
  });
  await index(tx, "ticket", ["number"], { unique: true });
  await index(tx, "ticket", ["state", "number"]);
  await index(tx, "ticket", ["organizationId", "state"], { where: `"organizationId" is not null` });
  await index(tx, "ticket", ["assigneeId", "state"], { where: `"assigneeId" is not null` });
  await table(tx, "ticketPerson", {
    id: "text",
    ticketId: "text",
    customerId: "text",
    role: "text",
    address: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "ticketPerson", ["ticketId"]);
  await index(tx, "ticketPerson", ["customerId"]);
  await table(tx, "ticketLink", {
    id: "text",
    ticketId: "text",
    otherId: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "ticketLink", ["ticketId"]);
  await index(tx, "ticketLink", ["otherId"]);
  await table(tx, "conversation", {
    id: "text",
    ref: "int",
    ticketId: "text?",
    visibility: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "conversation", ["ref"], { unique: true });
  await index(tx, "conversation", ["ticketId"]);
  await table(tx, "message", {
    id: "text",
    conversationId: "text",
    direction: "text",
    authorKind: "text",
    authorId: "text?",
    fromName: "text",
    fromAddress: "text",
    toAddresses: "text",
    ccAddresses: "text",
    subject: "text",
    text: "text",
    newText: "text",
    html: "text?",
    messageId: "text?",
    emailId: "text?",
    flag: "text?",
    remarks: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "message", ["conversationId", "createdAt"]);
  await table(tx, "attachment", {
    id: "text",
    messageId: "text",
    emailId: "text?",
    part: "int",
    filename: "text",
    contentType: "text",
    sizeBytes: "int",
    sha256: "text",
    inline: "int",
    contentId: "text?",
    version: "int",
  });
  await index(tx, "attachment", ["messageId"]);
  await table(tx, "reference", {
    id: "text",
    key: "text",
    kind: "text",
    conversationId: "text",
    createdAt: "int",
    version: "int",
  });
  await index(tx, "reference", ["key"]);
}

async function inbound(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "email", {
    id: "text",
    mailbox: "text",
    uidValidity: "text?",
    uid: "int?",
    digest: "text?",
    duplicateOf: "text?",
    messageId: "text?",
    cites: "text",
    sender: "text",
    senderKey: "text?",
    subject: "text",
    status: "text",
    reason: "text?",
    ticketId: "text?",
    ticketNumber: "int?",
    customerId: "text?",
    arrival: "text",
    closed: "int",
    receivedAt: "int",
    storedAt: "int",
    decidedAt: "int?",
    attempts: "int",
    nextAttemptAt: "int",
    leaseUntil: "int",
    leaseOwner: "text?",
    fence: "int",
    error: "text?",
    sizeBytes: "int",
    afterDone: "int",
    trace: "text",
  });
  await index(tx, "email", ["mailbox", "uidValidity", "uid"], { unique: true, where: `"uid" is not null` });
  await index(tx, "email", ["digest"], { unique: true, where: `"digest" is not null` });
  await index(tx, "email", ["nextAttemptAt"], { where: `"status" = 'pending'` });
  await index(tx, "email", ["messageId", "status"], { where: `"messageId" is not null` });
  await index(tx, "email", ["mailbox"], { where: `"afterDone" = 0` });
  await index(tx, "email", ["status", "id"]);
  await index(tx, "email", ["ticketId"], { where: `"ticketId" is not null` });
  await index(tx, "email", ["senderKey", "storedAt"]);
  await table(tx, "emailRaw", { id: "text", raw: "blob" });
  await table(tx, "mailbox", {
    id: "text",
    uidValidity: "text?",
    lastUid: "int",
    lastPollAt: "int?",
    error: "text?",
    pausedUntil: "int?",
    failures: "int",
    leaseOwner: "text?",
    leaseUntil: "int",
    startAt: "int?",
    startUid: "int?",
  });
}

async function outbound(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "notice", {
    id: "text",
    kind: "text",
    ticketId: "text",
    conversationId: "text",
    messageId: "text",
    hadIt: "text",
    state: "text",
    notBefore: "int",
    createdAt: "int",
  });
  await index(tx, "notice", ["notBefore"], { where: `"state" = 'waiting'` });
  await index(tx, "notice", ["conversationId"], { where: `"state" = 'waiting'` });
  await index(tx, "notice", ["messageId"]);
  await table(tx, "outbox", {
    id: "text",
    kind: "text",
    ticketId: "text",
    conversationId: "text",
    customerId: "text",
    toAddress: "text",
    toKey: "text",
    mailbox: "text",
    subject: "text",
    status: "text",
    reason: "text?",
    attempts: "int",
    messageId: "text",
    mailFrom: "text",
    nextAttemptAt: "int",
    createdAt: "int",
    sentAt: "int?",
    response: "text?",
    leaseUntil: "int",
    leaseOwner: "text?",
    fence: "int",
  });
  await index(tx, "outbox", ["nextAttemptAt"], { where: `"status" = 'queued'` });
  await index(tx, "outbox", ["leaseUntil"], { where: `"status" in ('sending', 'handing')` });
  await index(tx, "outbox", ["status", "id"]);
  await index(tx, "outbox", ["ticketId"]);
  await index(tx, "outbox", ["conversationId", "customerId"]);
  await index(tx, "outbox", ["toKey", "createdAt"]);
  await table(tx, "outboxRaw", { id: "text", raw: "blob" });
  await table(tx, "outboxMessage", { outboxId: "text", messageId: "text", customerId: "text" }, [
    "customerId",
    "messageId",
  ]);
  await index(tx, "outboxMessage", ["outboxId"]);
  await table(tx, "blob", { id: "text", bytes: "blob" });
  await table(tx, "condition", { id: "text", error: "text", untilAt: "int", sinceAt: "int" });
  await table(tx, "sequence", { id: "text", value: "int" });
  await tx
    .insertInto("sequence")
    .values([
      { id: "ticket", value: 0 },
      { id: "ref", value: 0 },
    ])
    .execute();
}

async function log(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "commitLog", {
    id: "text",
    at: "int",
    kind: "text",
    by: "text",
    what: "text",
    undoes: "text?",
    undoneBy: "text?",
  });
  await index(tx, "commitLog", ["by", "id"]);
  await table(
    tx,
    "changeLog",
    {
      commitId: "text",
      seq: "int",
      tableName: "text",
      rowId: "text",
      rowCount: "int",
      before: "text?",
      after: "text?",
    },
    ["commitId", "seq"],
  );
  await index(tx, "changeLog", ["rowId"]);
  await table(tx, "changeLogRow", { commitId: "text", seq: "int", rowId: "text" }, [
    "commitId",
    "seq",
    "rowId",
  ]);
  await index(tx, "changeLogRow", ["rowId"]);
}
