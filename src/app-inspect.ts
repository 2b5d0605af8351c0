// The composition for `inspect` alone: a parser and a bench, no database, no server, so that it starts at once and needs
// no configuration. With a desk, that desk's facts are the bench, read and never written.

import type { App } from "./app.ts";
import { settingsFrom } from "./desk/settings.ts";
import { isKind, sentence } from "./errors.ts";
import { type Bench, emptyBench, type Inspection, inspectMail, inspectUnread } from "./intake/inspect.ts";
import { mailLimits } from "./mail/limits.ts";
import { openParser } from "./parser/open-parser.ts";

export interface Inspector {
  /**
   * What would become of the mail; a mail that kills its reader is "failed". `file` is repeated in the answer.
   * Of a mail over `sizeBytesMax` any beginning will do, with its real size.
   */
  inspect(file: string, raw: Buffer, sizeBytes?: number): Promise<Inspection>;
  sizeBytesMax: number;
  /** How many mails are read at once. */
  concurrency: number;
  close(): Promise<void>;
}

export interface InspectorOptions {
  children: number;
  /** Null: an empty desk. */
  bench: Bench | null;
  now(): number;
}

/** Opens a reader; its children start with the first mail. */
export function openInspector({ children, bench, now }: InspectorOptions): Inspector {
  const parser = openParser({ children });
  const judging = bench ?? emptyBench(settingsFrom([]));
  return {
    concurrency: children,
    sizeBytesMax: mailLimits.sizeBytesMax,
    async inspect(file, raw, sizeBytes = raw.length) {
      if (raw.length === 0) return inspectUnread(file, "empty", "0 bytes");
      if (sizeBytes > mailLimits.sizeBytesMax)
        return inspectUnread(file, "too-large", `${sizeBytes} bytes, ${mailLimits.sizeBytesMax} are allowed`);
      try {
        return await inspectMail(file, await parser.parse(raw), judging, now());
      } catch (error) {
        if (!isKind(error, "temporary")) throw error;
        return inspectUnread(file, "unreadable", sentence(error));
      }
    },
    close: () => parser.close(),
  };
}

/** A real desk as the bench; the mailbox is the named one, else the first. */
export async function benchOf(app: App, mailbox: string | null): Promise<Bench | null> {
  const [first] = app.mailboxes.values();
  const found = mailbox === null ? first : app.mailboxes.get(mailbox);
  if (found === undefined) return null;
  return {
    keys: app.keys,
    ownKeys: app.ownKeys,
    mailbox: found,
    settings: await app.desk.settings(),
    nextTicketNumber: await app.lists.nextTicketNumber(),
    facts: (question) => app.desk.facts(question, null),
  };
}
