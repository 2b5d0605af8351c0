// What the shell's completion may know of a desk: names, where there is a configuration and a database that answers. It
// opens no desk, makes no database, migrates none, and is silent about whatever is wrong: somebody is in the middle of a line.
// So it reads of the configuration only where the database is, and never runs a command that gives a secret: each Tab would
// unlock a password store. Where a command gives the database itself, there are no names.
import { databasePlace, mailboxNames } from "./config.ts";
import { type NameKind, namesIn } from "./database/list-names.ts";

export type CompletedKind = NameKind | "mailbox";

/** Names of that kind that begin so; none where the desk can't be asked. `path` is what --config says. */
export async function namesOfDesk(path: string | undefined, kind: CompletedKind, begin: string): Promise<string[]> {
  try {
    if (kind === "mailbox") return mailboxNames({ path }).filter((name) => name.startsWith(begin));
    return await namesIn(databasePlace({ path }), kind, begin);
  } catch {
    return [];
  }
}
