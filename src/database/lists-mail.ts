// All that the command prints about tickets, mails in and out, mailboxes and alerts, in one object.
import { restoreLists } from "./after-restore.ts";
import { alertLists } from "./list-alerts.ts";
import { conversationLists } from "./list-conversations.ts";
import { emailLists } from "./list-emails.ts";
import { mailboxLists } from "./list-mailboxes.ts";
import { outboxLists } from "./list-outbox.ts";
import { surgeryLists } from "./list-surgery.ts";
import { ticketView } from "./list-ticket.ts";
import { ticketLists } from "./list-tickets.ts";
import type { Database } from "./open.ts";
import { searchLists } from "./search.ts";

/** Indexed queries with a limit. */
export const mailLists = (database: Database) => ({
  ...ticketLists(database),
  ...ticketView(database),
  ...surgeryLists(database),
  ...searchLists(database),
  ...conversationLists(database),
  ...emailLists(database),
  ...outboxLists(database),
  ...mailboxLists(database),
  ...restoreLists(database),
  ...alertLists(database),
});
