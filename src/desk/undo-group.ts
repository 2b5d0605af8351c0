// Taking back what was written in many commits, such as an import: looked through as a whole first, so that nothing is
// taken back where a part of it can't be. Only one commit's changes are in hand at a time, for there may be a hundred thousand.
import { type Bearing, bearingOf } from "./bears.ts";
import { type Change, isSet, type TableName } from "./change.ts";
import { type Reach, reachOf } from "./refers.ts";
import { inverse } from "./undo.ts";

/** What the undo of the whole does, of which each part must know. */
export interface GroupReach extends Pick<Reach, "own" | "revived"> {
  /** Words that it defines, and rows that it takes away or that will bear another. */
  words: Pick<Bearing, "given" | "own">;
  /** Rows that go, come back, or change, by table. */
  rows: ReadonlyMap<TableName, Record<Fate, number>>;
}

export type Fate = "gone" | "back" | "changed";

/** `parts`: the changes of each commit. */
export async function groupReach(parts: AsyncIterable<readonly Change[]>): Promise<GroupReach> {
  const own = new Set<string>();
  const revived = new Set<string>();
  const words = { given: new Set<string>(), own: new Set<string>() };
  const rows = new Map<TableName, Record<Fate, number>>();
  for await (const changes of parts) {
    const undone = inverse(changes);
    const reach = reachOf(undone);
    for (const key of reach.own) own.add(key);
    for (const id of reach.revived) revived.add(id);
    const bearing = bearingOf(undone);
    for (const key of bearing.given) words.given.add(key);
    for (const key of bearing.own) words.own.add(key);
    for (const change of undone) {
      const counts = rows.get(change.table) ?? { gone: 0, back: 0, changed: 0 };
      rows.set(change.table, counts);
      counts[fateOf(change)] += isSet(change) ? change.ids.length : 1;
    }
  }
  return { own, revived, words, rows };
}

const fateOf = ({ before, after }: Change): Fate => (after === null ? "gone" : before === null ? "back" : "changed");

/** `removes 12 customers and 12 addresses, changes 3 customers`: what it does, in few words. */
export function groupText({ rows }: GroupReach): string {
  const verbs: Record<Fate, string> = { gone: "removes", back: "brings back", changed: "changes" };
  const parts = (Object.keys(verbs) as Fate[]).flatMap((fate) => {
    const counts = [...rows]
      .filter(([, of]) => of[fate] > 0)
      .map(([table, of]) => `${of[fate]} ${words(table, of[fate])}`);
    return counts.length === 0 ? [] : [`${verbs[fate]} ${counts.join(", ")}`];
  });
  return parts.join("; ");
}

const called: Partial<Record<TableName, readonly [string, string]>> = {
  customerAddress: ["address", "addresses"],
  organizationDomain: ["domain", "domains"],
  fieldValue: ["field value", "field values"],
};

const words = (table: TableName, count: number): string => {
  const [one, many] = called[table] ?? [table, `${table}s`];
  return count === 1 ? one : many;
};
