// The configured mailboxes with what is known of their reading, as `status`, `mailbox list` and `doctor` print them.
import type { App } from "../app.ts";
import { type Column, isoTime, shortTime } from "./output.ts";

export interface MailboxRow {
  name: string;
  address: string;
  source: string;
  lastPollAt: number | null;
  /** Seconds since the last poll; null before the first. */
  lagSeconds: number | null;
  error: string | null;
  pausedUntil: number | null;
  /** Since when every poll failed. */
  failingSince: number | null;
  /** Waiting does not help: a person must mend it. */
  needsPerson: boolean;
  /** What proves who we are: password, oauth, or nothing. */
  login: "password" | "oauth" | null;
  /** When the refresh token or the client secret ends, where that is known. */
  tokenEndsAt: number | null;
}

type MailboxConfig = App["config"]["mailboxes"][number];

/** Where mail comes from, without user and password. */
export function sourceText({ source }: MailboxConfig): string {
  if (source.kind === "maildir") return `maildir:${source.path}`;
  if (source.kind === "none") return "ingest only";
  const scheme = { tls: "imaps", starttls: "imap+starttls", none: "imap" }[source.secure];
  return `${scheme}://${source.host}:${source.port}/${source.folder}`;
}

/** In the order of the configuration. */
export async function mailboxRows({ config, lists, clock, oauth }: App): Promise<MailboxRow[]> {
  const states = new Map((await lists.mailboxList()).map((row) => [row.name, row]));
  const now = clock.now();
  const rows = config.mailboxes.map(async (mailbox): Promise<MailboxRow> => {
    const { source } = mailbox;
    const state = states.get(mailbox.name);
    const lastPollAt = state?.lastPollAt ?? null;
    return {
      name: mailbox.name,
      address: mailbox.address,
      source: sourceText(mailbox),
      lastPollAt,
      lagSeconds: lastPollAt === null ? null : Math.max(0, Math.round((now - lastPollAt) / 1000)),
      error: state?.error ?? null,
      pausedUntil: state?.pausedUntil ?? null,
      failingSince: state?.failingSince ?? null,
      needsPerson: state?.needsPerson ?? false,
      login: source.kind === "imap" ? (source.oauth === null ? "password" : "oauth") : null,
      tokenEndsAt: (await oauth.ofMailbox(mailbox.name)?.ending())?.endsAt ?? null,
    };
  });
  return await Promise.all(rows);
}

export const mailboxJson = ({ lastPollAt, pausedUntil, failingSince, tokenEndsAt, ...row }: MailboxRow) => ({
  ...row,
  lastPollAt: isoTime(lastPollAt),
  pausedUntil: isoTime(pausedUntil),
  failingSince: isoTime(failingSince),
  tokenEndsAt: isoTime(tokenEndsAt),
});

export const mailboxColumns: readonly Column<MailboxRow>[] = [
  { head: "MAILBOX", value: (row) => row.name, max: 24 },
  { head: "SOURCE", value: (row) => row.source, max: 44 },
  { head: "LAST POLL", value: (row) => (row.lastPollAt === null ? "never" : shortTime(row.lastPollAt)) },
  { head: "ERROR", value: (row) => row.error ?? "", max: 60 },
];
