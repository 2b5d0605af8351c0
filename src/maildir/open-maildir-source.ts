// A mailbox in a Maildir as a MailSource: what an MTA or a mail fetcher delivers into a local folder. The same contract
// as IMAP; the UIDs come from uid-index.ts. It reads cur/ too, since other readers move mails there (PEERS 2).
import type { MailSource } from "../ports.ts";
import { fetchFiles } from "./fetch-files.ts";
import { finishFile, listMaildir, makeMaildir, makeSubfolder, onDisk, requireMaildir } from "./maildir-folder.ts";
import { prepareUidIndex } from "./uid-index.ts";
import { waitForFile } from "./wait-for-file.ts";

export interface MaildirConfig {
  /** The mailbox's name in maildesk.yaml. */
  name: string;
  path: string;
  /** Makes the Maildir where it is missing; otherwise a missing one is an operator error. */
  create?: boolean;
}

/** A source that touches the disk at its first use; its methods reject with operator or temporary. */
export function openMaildirSource({ path, create = false }: MaildirConfig): MailSource {
  const index = prepareUidIndex(path);
  const closed = new AbortController();
  const ready = () => (create ? makeMaildir(path) : requireMaildir(path));

  return {
    async fetch(request, store) {
      await ready();
      return fetchFiles(path, index, request, store);
    },
    async finish(uidValidity, uids, after) {
      if (after.kind === "keep" || uids.length === 0) return uids;
      await ready();
      const files = await onDisk(path, () => listMaildir(path));
      // Reads the numbers and gives none: what arrived meanwhile must still be news for `wait` and `fetch`.
      await index.number([]);
      if (index.uidValidity() !== uidValidity) return [];
      if (after.kind === "move") await makeSubfolder(path, after.folder);
      const wanted = new Set(uids);
      for (const file of files.values()) {
        if (wanted.has(index.uidOf(file.base) ?? 0)) await onDisk(path, () => finishFile(path, file, after));
      }
      return uids;
    },
    wait: (timeoutMs, signal) => waitForFile(path, index, timeoutMs, [signal, closed.signal]),
    async check() {
      await ready();
      const { size } = await onDisk(path, () => listMaildir(path));
      return `${size} ${size === 1 ? "mail" : "mails"}, watched`;
    },
    async close() {
      closed.abort();
    },
  };
}
