// Which changes need somebody who may administer (AGT-1). Everyday work is every agent's: tickets, answers, customers and
// organizations with their details, where people belong, who is blocked. What defines the desk (agents, teams, settings,
// types, fields, statuses) and what makes one of two, two of one, or an end (merge, split, delete, promote) is not. Read from the
// changes, so that it holds for every command alike, and for an `undo` of one.
import { type Change, type Columns, isSet, type TableName } from "./change.ts";
import { endedStates } from "./refers.ts";

const defining: ReadonlySet<TableName> = new Set([
  "agent",
  "team",
  "teamMember",
  "setting",
  "template",
  "type",
  "field",
  "ticketStatus",
]);

export const needsAdministrator = (changes: readonly Change[]): boolean => changes.some(isAdministering);

function isAdministering(change: Change): boolean {
  const { table, before, after } = change;
  if (defining.has(table)) return true;
  if (table === "customerAddress")
    return (
      isAgents(before) || isAgents(after) || (before !== null && after !== null && before.ownerId !== after.ownerId)
    );
  if (table === "organization" || table === "customer") return ends(before) || ends(after);
  // Of whom a split makes somebody else, the messages go along.
  return table === "message" && isSet(change) && "authorId" in change.after;
}

const isAgents = (columns: Columns | null): boolean => columns?.ownerKind === "agent";

const ends = (columns: Columns | null): boolean => typeof columns?.state === "string" && endedStates.has(columns.state);
