// What the texts of mails need (ports-words): the desk's own templates with each batch, in one short statement; names of
// organizations, projects and fields only where such a template is there that asks for them; earlier messages only where an
// agent's message may quote them.
import { sql } from "kysely";
import { type Quoted, quotedCharsMax } from "../desk/history.ts";
import type { Template } from "../desk/template.ts";
import type { NoticeFacts } from "../ports-database.ts";
import { type NamedFacts, noNamed, type WordFacts } from "../ports-words.ts";
import { statusNames } from "./list-statuses.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { prepared } from "./prepared.ts";

type Read = Database["read"];

const templatesMax = 1_000;

const templateRows = prepared((db, _: Record<string, never>) =>
  db.selectFrom("template").selectAll().orderBy("id").limit(sql.lit(templatesMax)),
);
const earlierIn = prepared((db, v: { conversationId: string; until: number; dueIds: readonly string[] }, max) =>
  db
    .selectFrom("message")
    .select(["id", "authorKind", "authorId", "fromName", "flag", "createdAt", "toAddresses", "ccAddresses"])
    .select(sql<string>`substr("newText", 1, ${sql.lit(quotedCharsMax + 1)})`.as("newText"))
    .where("conversationId", "=", v.conversationId)
    .where("createdAt", "<=", v.until)
    .where("id", "not in", v.dueIds)
    .orderBy("createdAt", "desc")
    .orderBy("id", "desc")
    .limit(sql.lit(Number(max))),
);

interface Told extends Pick<NoticeFacts, "messages" | "about" | "candidates"> {
  notices: readonly Pick<NoticeFacts["notices"][number], "kind">[];
  conversation: Pick<NoticeFacts["conversation"], "id" | "visibility">;
}

export async function wordFacts(read: Read, facts: Told, earlierMax: number): Promise<WordFacts> {
  const templates: Template[] = await templateRows.rows(read, {});
  const earlier = await earlierOf(read, facts, earlierMax);
  return {
    templates,
    earlier,
    told: await toldOf(
      read,
      facts.candidates.map(({ customer }) => customer.id),
      earlier.map(({ id }) => id),
    ),
    named: await namedFor(
      read,
      templates,
      facts.about,
      facts.candidates.map(({ customer }) => customer),
    ),
  };
}

/** By kind and language. */
export const templateList = async (read: Read): Promise<Template[]> => await templateRows.rows(read, {});

async function earlierOf(read: Read, { notices, messages, conversation }: Told, earlierMax: number): Promise<Quoted[]> {
  const isTold = notices.some(({ kind }) => kind === "message");
  if (earlierMax === 0 || !isTold || !messages.some(({ authorKind }) => authorKind === "agent")) return [];
  if (conversation.visibility !== "public") return [];
  const until = Math.max(...messages.map(({ createdAt }) => createdAt));
  const dueIds = messages.map(({ id }) => id);
  const found = await earlierIn.rows(read, { conversationId: conversation.id, until, dueIds }, String(earlierMax));
  const earlier = found.map((row) => ({
    ...row,
    toAddresses: JSON.parse(row.toAddresses) as string[], // as encode writes them
    ccAddresses: JSON.parse(row.ccAddresses) as string[],
  }));
  return [...earlier, ...messages].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

async function toldOf(read: Read, customerIds: readonly string[], messageIds: readonly string[]): Promise<Set<string>> {
  const told = new Set<string>();
  if (messageIds.length === 0) return told;
  for (const ids of idLists(customerIds))
    for (const { customerId, messageId } of await read
      .selectFrom("outboxMessage")
      .select(["customerId", "messageId"])
      .where("customerId", "in", ids)
      .where("messageId", "in", [...messageIds])
      .execute())
      told.add(`${customerId} ${messageId}`);
  return told;
}

type Named = Pick<NoticeFacts["about"], "ticketId" | "organizationId" | "projectId">;

/** What these templates name of the ticket and of these customers. */
export async function namedFor(
  read: Read,
  templates: readonly Template[],
  about: Named,
  customers: readonly { id: string; organizationId: string | null }[],
): Promise<NamedFacts> {
  const words = templates.map(({ subject, text, html }) => `${subject}\n${text}\n${html}`).join("\n");
  if (words === "") return noNamed;
  const organizations = new Map<string, string>();
  const projects = new Map<string, string>();
  if (words.includes("organization")) {
    const ids = new Set(
      [about.organizationId, ...customers.map((one) => one.organizationId)].filter((id) => id !== null),
    );
    for (const list of idLists([...ids]))
      for (const row of await read.selectFrom("organization").select(["id", "name"]).where("id", "in", list).execute())
        organizations.set(row.id, row.name);
  }
  if (words.includes("project") && about.projectId !== null) {
    const row = await read
      .selectFrom("project")
      .select(["id", "name"])
      .where("id", "=", about.projectId)
      .executeTakeFirst();
    if (row !== undefined) projects.set(row.id, row.name);
  }
  const statuses = words.includes("status") ? await statusNames(read) : noNamed.statuses;
  const ownerIds = [about.ticketId, ...customers.map(({ id }) => id)];
  return {
    organizations,
    projects,
    statuses,
    ...(words.includes("fields") ? await fieldsOf(read, ownerIds) : noFieldsAsked),
  };
}

const noFieldsAsked = { fields: noNamed.fields, keys: noNamed.keys };

async function fieldsOf(read: Read, ownerIds: readonly string[]): Promise<Pick<NamedFacts, "fields" | "keys">> {
  const defined = await read.selectFrom("field").select(["id", "key", "appliesTo"]).execute();
  const keyOf = new Map(defined.map(({ id, key }) => [id, key]));
  const fields = new Map<string, Record<string, string>>();
  for (const list of idLists(ownerIds))
    for (const row of await read
      .selectFrom("fieldValue")
      .select(["fieldId", "ownerId", "value"])
      .where("ownerId", "in", list)
      .execute())
      fields.set(row.ownerId, { ...fields.get(row.ownerId), [keyOf.get(row.fieldId) ?? ""]: row.value });
  const keysOf = (owner: string) => defined.filter(({ appliesTo }) => appliesTo === owner).map(({ key }) => key);
  return { fields, keys: { "ticket.fields": keysOf("ticket"), "customer.fields": keysOf("customer") } };
}
