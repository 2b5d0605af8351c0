// What is taken away for good: a person's words everywhere, and words of one message.
import { type Erasing, erase, whatIsErased } from "./database/erase.ts";
import type { Database } from "./database/open.ts";
import { type Redacting, redact, whatIsRedacted } from "./database/redact.ts";

/** What there is of a person, and its end. */
export const openErasure = (database: Database) => ({
  look: (customerId: string) => whatIsErased(database, customerId),
  erase: (erasing: Erasing) => erase(database, erasing),
});

/** Words of one message that nobody may read any more; `pattern` null is all of it. */
export const openRedaction = (database: Database) => ({
  look: (messageId: string, pattern: string | null) => whatIsRedacted(database, messageId, pattern),
  redact: (redacting: Redacting) => redact(database, redacting),
});
