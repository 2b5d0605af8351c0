// A mailbox in a Maildir as a MailSource: what an MTA or a mail fetcher delivers into a local folder. The same contract
// as IMAP; the UIDs come from uid-index.ts. It reads cur/ too, since other readers move mails there (PEERS 2).
import { mkdir } from "node:fs/promises";
import { MaildeskError, operator, systemCode } from "../errors.ts";
import type { AfterFetch, MailSource } from "../ports.ts";
import { fetchFiles } from "./fetch-files.ts";
import { finishFile, listMaildir, makeMaildir, requireMaildir, subfolder } from "./maildir-folder.ts";
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

  const reading = async <T>(work: () => Promise<T>): Promise<T> => {
    if (create) await makeMaildir(path);
    else await requireMaildir(path);
    return work();
  };

  return {
    fetch: (request, store) => reading(() => fetchFiles(path, index, request, store)),
    finish: (uidValidity, uids, after) =>
      reading(async () => {
        if (after.kind === "keep") return uids;
        const files = await listMaildir(path);
        await index.number([...files.keys()]);
        if (index.uidValidity() !== uidValidity) return [];
        if (after.kind === "move") await makeSubfolder(path, after.folder);
        const wanted = new Set(uids);
        const found = [...files.values()].filter(({ base }) => wanted.has(index.uidOf(base) ?? 0));
        await finishing(path, after, async () => {
          for (const file of found) await finishFile(path, file, after);
        });
        return uids;
      }),
    wait: (timeoutMs, signal) => waitForFile(path, index, timeoutMs, [signal, closed.signal]),
    check: () =>
      reading(async () => {
        const { size } = await listMaildir(path);
        return `${size} ${size === 1 ? "mail" : "mails"}, watched`;
      }),
    async close() {
      closed.abort();
    },
  };
}

// Some Maildir++ readers take a sub-folder for one only if this empty file is there.
async function makeSubfolder(path: string, folder: string): Promise<void> {
  const target = subfolder(path, folder);
  await makeMaildir(target);
  await writeMark(target);
}
