// What the command prints about people and the desk itself: read-only queries, one file a noun, gathered here for app.ts.

import { digestLists } from "./digest.ts";
import { agentLists } from "./list-agents.ts";
import { customerParts } from "./list-customer-parts.ts";
import { customerLists } from "./list-customers.ts";
import { fieldLists } from "./list-fields.ts";
import { importLists } from "./list-import.ts";
import { logLists } from "./list-log.ts";
import { memberLists } from "./list-members.ts";
import { organizationLists } from "./list-organizations.ts";
import { projectLists } from "./list-projects.ts";
import { settingLists } from "./list-settings.ts";
import { statusLists } from "./list-statuses.ts";
import { teamLists } from "./list-teams.ts";
import { traceLists } from "./list-trace.ts";
import type { Database } from "./open.ts";
import { optOutLists } from "./opt-outs.ts";
import { templateLists } from "./preview-facts.ts";
import { sightLists } from "./sight.ts";
import { undoLists } from "./undo-facts.ts";

export function peopleLists(database: Database) {
  return {
    ...organizationLists(database),
    ...memberLists(database),
    ...customerLists(database),
    ...customerParts(database),
    ...agentLists(database),
    ...teamLists(database),
    ...projectLists(database),
    ...fieldLists(database),
    ...statusLists(database),
    ...importLists(database),
    ...settingLists(database),
    ...templateLists(database),
    ...logLists(database),
    ...traceLists(database),
    ...optOutLists(database),
    ...sightLists(database),
    ...digestLists(database),
    ...undoLists(database),
  };
}
