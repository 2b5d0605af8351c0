// What happens on the server to mails that are safely stored: marked as seen, moved, or deleted (MAIL-1). UIDs that are
// gone count as done. It must never expunge a mail that it was not told to delete.
// RFC 3501 (STORE, COPY), RFC 4315 (UID EXPUNGE), RFC 6851 (MOVE).
import type { ImapFlow } from "imapflow";
import { operator } from "../errors.ts";
import type { AfterFetch } from "../ports.ts";
import { type Connection, folderPath } from "./connection.ts";
import { imapError, isLost, serverWords } from "./imap-error.ts";
import { packUids, type UidSet } from "./uid-set.ts";

const finishedAtOnceMax = 500;

/** See MailSource.finish in ports.ts. */
export async function finishMails(
  connection: Connection,
  uidValidity: string,
  uids: number[],
  after: AfterFetch,
): Promise<number[]> {
  if (after.kind === "keep" || uids.length === 0) return uids;
  const folder = await connection.open();
  if (folder.uidValidity !== uidValidity) return [];
  const done: number[] = [];
  for (const set of packUids(
    [...uids].sort((a, b) => a - b),
    finishedAtOnceMax,
  )) {
    done.push(...(await finishSet(connection, folder.client, set, after)));
  }
  if (done.length === 0) throw refusal(connection, after);
  return done;
}

// A set that is refused as a whole is repeated one by one, so that one odd mail does not hold up the others.
async function finishSet(connection: Connection, client: ImapFlow, { set, uids }: UidSet, after: AfterFetch) {
  if (await finishRange(client, set, after)) return uids;
  if (!client.usable) throw imapError(connection.lastRefusal(), connection.config);
  if (after.kind === "move") {
    // It may exist already: some servers answer a plain NO then, without ALREADYEXISTS (RFC 5530).
    await client.mailboxCreate(folderPath(after.folder)).catch(() => {});
    if (await finishRange(client, set, after)) return uids;
  }
  const done: number[] = [];
  for (const uid of uids) {
    if (await finishRange(client, String(uid), after)) done.push(uid);
    else if (!client.usable) throw imapError(connection.lastRefusal(), connection.config);
    // A server that refuses the first refuses all of them.
    else if (done.length === 0) return done;
  }
  return done;
}

async function finishRange(client: ImapFlow, range: string, after: AfterFetch): Promise<boolean> {
  switch (after.kind) {
    case "keep":
      return true;
    case "seen":
      return client.messageFlagsAdd(range, ["\\Seen"], { uid: true, silent: true });
    case "delete":
      return remove(client, range);
    case "move": {
      const folder = folderPath(after.folder);
      if (client.capabilities.has("MOVE")) return (await client.messageMove(range, folder, { uid: true })) !== false;
      return (await client.messageCopy(range, folder, { uid: true })) !== false && (await remove(client, range));
    }
  }
}

// Without UIDPLUS, EXPUNGE would also remove what other clients marked as deleted: there, the mark must do.
async function remove(client: ImapFlow, range: string): Promise<boolean> {
  if (client.capabilities.has("UIDPLUS")) return client.messageDelete(range, { uid: true });
  return client.messageFlagsAdd(range, ["\\Deleted"], { uid: true, silent: true });
}

function refusal(connection: Connection, after: AfterFetch) {
  const cause = connection.lastRefusal();
  const { host, port, folder } = connection.config;
  if (cause !== null && isLost(cause)) return imapError(cause, connection.config);
  const what =
    after.kind === "move" ? `moved to ${after.folder}` : after.kind === "seen" ? "marked as seen" : "deleted";
  const words = cause === null ? "" : ` It says: ${serverWords(cause)}`;
  return operator(`Mails in ${folder} cannot be ${what} on the IMAP server at ${host}:${port}.${words}`, {
    remedy: "Give the user the right to do so, or set `after: keep` for this mailbox.",
    code: "after",
    cause,
  });
}
