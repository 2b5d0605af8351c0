// The generated mails as files, written once and hard-linked into one Maildir after the other, as a local delivery
// would have put them there. Dovecot numbers them by the time in their names, so they keep their order.
import { chownSync, linkSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchMail } from "./mails.ts";

export interface MailFolder {
  /** What each mail is, without its bytes. */
  mails: readonly Omit<BenchMail, "raw">[];
  /** Bytes of an average mail. */
  meanBytes: number;
  /** Links the mails from number `start` on, below `end`, into the Maildir's new/. */
  deliver(maildir: string, start?: number, end?: number): void;
  /** Deals all mails out to the Maildirs in turn, one to each. */
  deal(maildirs: readonly string[]): void;
}

/** Writes all mails into a new folder. */
export function writeMails(folder: string, mails: Iterable<BenchMail>): MailFolder {
  mkdirSync(folder, { recursive: true });
  const names: string[] = [];
  const noted: Omit<BenchMail, "raw">[] = [];
  let bytes = 0;
  const second = Math.floor(Date.now() / 1000);
  for (const { raw, ...mail } of mails) {
    const lines = raw.reduce((sum, byte) => (byte === 10 ? sum + 1 : sum), 0);
    // S= and W= are the sizes that Dovecot's own delivery notes, as stored and as sent.
    const name = `${second}.M${String(names.length).padStart(6, "0")}P1.localhost,S=${raw.length},W=${raw.length + lines}`;
    writeFileSync(join(folder, name), raw);
    names.push(name);
    noted.push(mail);
    bytes += raw.length;
  }
  return {
    mails: noted,
    meanBytes: bytes / names.length,
    deliver: (maildir, start = 0, end = names.length) => {
      for (const name of names.slice(start, end)) link(folder, name, maildir);
    },
    deal: (maildirs) => {
      for (const [at, name] of names.entries()) link(folder, name, maildirs[at % maildirs.length] ?? "");
    },
  };
}

function link(folder: string, name: string, maildir: string): void {
  const file = join(folder, name);
  const { uid, gid } = statSync(maildir); // Dovecot's user, where the bench runs as root
  if (process.getuid?.() === 0) chownSync(file, uid, gid);
  linkSync(file, join(maildir, "new", name));
}
