// The desk's own data: people, organizations, tickets, conversations, settings. Contended truths, such as who owns a
// domain or an address, are unique keys (DESIGN, Database).
import type { Kysely } from "kysely";
import { index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

export async function desk(tx: Kysely<Schema>): Promise<void> {
  await people(tx);
  await tickets(tx);
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
