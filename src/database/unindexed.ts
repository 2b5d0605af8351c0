// Keeps a planner from the indexes over what waits. They are short as a rule, so that it likes to walk through one of them
// for a row that has a key of its own; but then ten thousand mails come at once, and it walks past all of them for each.
import { type RawBuilder, sql } from "kysely";

/** The text of this column, by whichever index but its own. */
export const unindexed = (column: string): RawBuilder<string> => sql<string>`(${sql.ref(column)} || '')`;
