// What the shell's completion may know of a desk: names, where there is a configuration and a database that answers. It
// opens no desk, makes no database, migrates none, and is silent about whatever is wrong: somebody is in the middle of a line.
import { loadConfig } from "./config.ts";
import { type NameKind, namesIn } from "./database/list-names.ts";

export type CompletedKind = NameKind | "mailbox";

/** Names of that kind that begin so; none where the desk can't be asked. `path` is what --config says. */
export async function namesOfDesk(path: string | undefined, kind: CompletedKind, begin: string): Promise<string[]> {
  try {
    const config = loadConfig({ path });
    if (kind === "mailbox") return config.mailboxes.map(({ name }) => name).filter((name) => name.startsWith(begin));
    return await namesIn(config.database, kind, begin);
  } catch {
    return [];
  }
}
