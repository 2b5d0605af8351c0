// A mailbox on an IMAP server as a MailSource: one folder, one connection, made anew whenever it is lost.
// imapflow lives only in this room. RFC 3501.
import type { MailSource } from "../ports.ts";
import { type ImapConfig, prepareConnection } from "./connection.ts";
import { fetchNew } from "./fetch.ts";
import { finishMails } from "./finish.ts";
import { imapError } from "./imap-error.ts";
import { waitForMail } from "./wait.ts";

export type { ImapConfig } from "./connection.ts";

/** A source that connects at its first use; its methods reject with temporary (`code: "connection"`) or operator. */
export function openImap(config: ImapConfig): MailSource {
  const connection = prepareConnection(config);
  const speaking = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw imapError(cause, config);
    }
  };
  return {
    fetch: (request, store) => fetchNew(connection, request, store),
    finish: (uidValidity, uids, after) => speaking(() => finishMails(connection, uidValidity, uids, after)),
    wait: (timeoutMs, signal) => waitForMail(connection, timeoutMs, signal),
    check: () =>
      speaking(async () => {
        const { client } = await connection.open();
        const mails = client.mailbox ? client.mailbox.exists : 0;
        return `${mails} ${mails === 1 ? "mail" : "mails"}, ${client.capabilities.has("IDLE") ? "IDLE" : "no IDLE: asked every 30 seconds"}`;
      }),
    close: () => connection.close(),
  };
}
