// The desk's own texts, by kind and language, what agents sign with, and what mails quote. Texts that stood in settings become rows of every
// language that has built-in words: so far everybody got them, whatever their language.
import { type Kysely, sql } from "kysely";
import { column, index, table } from "../migration-table.ts";
import type { Schema } from "../schema.ts";

const moved = [
  ["templates.acknowledgement", ["acknowledgement"]],
  ["templates.reply", ["reply", "customer-message", "project", "conversation"]],
  ["templates.shared", ["shared"]],
] as const;
const languages = ["en", "de", "fr", "es"];

export async function templates(tx: Kysely<Schema>): Promise<void> {
  await table(tx, "template", {
    id: "text",
    kind: "text",
    language: "text",
    subject: "text?",
    text: "text?",
    html: "text?",
    createdAt: "int",
    version: "int",
  });
  await column(tx, "agent", "signature", "text");
  await table(tx, "outboxQuote", { outboxId: "text", messageId: "text" }, ["outboxId", "messageId"]);
  await index(tx, "outboxQuote", ["messageId"]);
  for (const [key, kinds] of moved) {
    const { rows } = await sql<{ value: string }>`select "value" from "setting" where "id" = ${key}`.execute(tx);
    const text: unknown = JSON.parse(rows[0]?.value ?? '""');
    if (typeof text === "string" && text !== "")
      for (const kind of kinds)
        for (const language of languages)
          await sql`insert into "template" ("id", "kind", "language", "subject", "text", "html", "createdAt", "version")
            values (${`${kind}:${language}`}, ${kind}, ${language}, null, ${text}, null, 0, 1)`.execute(tx);
    await sql`delete from "setting" where "id" = ${key}`.execute(tx);
  }
}
