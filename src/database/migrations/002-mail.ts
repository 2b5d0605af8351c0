// The state machines beside the desk's data: the spool of inbound mail, notices, the outbox, and the log of changes.
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function mail(tx: Kysely<Schema>): Promise<void> {
  await inbound(tx);
  await outbound(tx);
  await log(tx);
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
  await table(tx, "changeLogRow", { commitId: "text", seq: "int", rowId: "text" }, ["commitId", "seq", "rowId"]);
  await index(tx, "changeLogRow", ["rowId"]);
}
