// The desk's data behind one port: settings, facts, numbers and the commit.
import { type SettingRow, type Settings, settingsFrom } from "../desk/settings.ts";
import type { Desk } from "../ports-database.ts";
import { commit } from "./commit.ts";
import { gatherFacts } from "./facts.ts";
import type { Database } from "./open.ts";
import { prepared } from "./prepared.ts";
import { decode } from "./schema.ts";

const settingRows = prepared((db, _: Record<string, never>) => db.selectFrom("setting").selectAll());
const advance = prepared((db, { sequence, count }: { sequence: string; count: number }) =>
  db
    .updateTable("sequence")
    .set((eb) => ({ value: eb("value", "+", count) }))
    .where("id", "=", sequence)
    .returning("value"),
);

/** `ownDomains`: the domains of the configured mailboxes. */
export function openDesk(database: Database, ownDomains: ReadonlySet<string>): Desk {
  const { read, writeOne } = database;
  let last: { rows: readonly { id: string; value: unknown }[]; settings: Settings } | undefined;
  /** Asked for every mail, and nearly always the same. */
  const settings = async (): Promise<Settings> => {
    const rows = await settingRows.rows(read, {});
    const isSame = (row: { id: string; value: unknown }, at: number) =>
      row.id === last?.rows[at]?.id && row.value === last.rows[at].value;
    if (last?.rows.length !== rows.length || !rows.every(isSame)) {
      const decoded = rows.map((row) => decode("setting", row as never) as SettingRow); // value is JSON text in the row
      last = { rows, settings: settingsFrom(decoded) };
    }
    return last.settings;
  };
  return {
    settings,
    facts: (question, emailId) =>
      gatherFacts(read, question, emailId, ownDomains, async () => (await settings())["customers.defaultOrganization"]),
    async draw(sequence, count) {
      const row = await writeOne((tx) => advance.first(tx, { sequence, count }));
      if (row === undefined) throw new Error(`the sequence ${sequence} is missing`);
      return row.value - count + 1;
    },
    commit: (input) => commit(database, input),
  };
}
