// What the command prints about people and the desk itself: read-only queries, one file a noun, gathered here for app.ts.
import { agentLists } from "./list-agents.ts";
import { customerLists } from "./list-customers.ts";
import { organizationLists } from "./list-organizations.ts";
import type { Database } from "./open.ts";

export function peopleLists(database: Database) {
  return { ...organizationLists(database), ...customerLists(database), ...agentLists(database) };
}
