// The mailboxes of a journey's desk and the maildesk.yaml that names them: written as an administrator writes it, in a
// folder of its own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Dovecot } from "../servers/dovecot.ts";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";
import { databaseOf } from "../servers/test-database.ts";

/** One mailbox of maildesk.yaml. */
export interface JourneyMailbox {
  name: string;
  /** Default: name@desk.example. */
  address?: string;
  /** The password in the configuration; default: the right one. Given, it stands in a file, as one that is mended. */
  password?: string;
  /** Instead of a password: the `oauth:` block for this user. */
  oauth?: (user: string) => object;
  /** Other keys of the mailbox: `after`, `start`, `plusAddressing`. */
  settings?: Record<string, string>;
}

/** A mailbox with its user on the server, and how many of its mails the desk has to know. */
export interface Box {
  name: string;
  address: string;
  user: string;
  settings: Record<string, string>;
  source:
    | string
    | { url: string; user: string; password: { file: string } }
    | { url: string; user: string; oauth: object };
  password: string | null;
  delivered: number;
  /** The UIDVALIDITY that is no more. */
  oldValidity: string | null;
}

let desks = 0;

/** Makes the users, each one new, so that desks can share a server. */
export function openBoxes(imap: Dovecot, mailboxes: JourneyMailbox[]): Box[] {
  desks += 1;
  return mailboxes.map(({ name, address = `${name}@desk.example`, password, oauth, settings = {} }) => {
    const user = `${name}-${desks}`;
    const server = `127.0.0.1:${imap.port}/INBOX`;
    const short = `imap://${user}:${imap.user(user).password}@${server}`;
    const url = `imap://${server}`;
    const source =
      oauth !== undefined
        ? { url, user, oauth: oauth(user) }
        : password === undefined
          ? short
          : { url, user, password: { file: passwordFile(name) } };
    return {
      name,
      address,
      user,
      settings,
      source,
      password: password ?? null,
      delivered: 0,
      oldValidity: null,
    };
  });
}

/** The file, below the configuration's folder, that holds a mailbox's password. */
export const passwordFile = (mailbox: string): string => `./${mailbox}.password`;

/** Writes maildesk.yaml into a new folder; `more` are other keys of it. */
export async function writeConfig(
  boxes: readonly Box[],
  queue: string,
  outgoing: string | object,
  more: object = {},
): Promise<TempFolder> {
  const folder = tempFolder("desk");
  for (const { name, password } of boxes) {
    if (password !== null) writeFileSync(join(folder.path, passwordFile(name)), password);
  }
  const config = {
    database: await databaseOf(folder.path),
    queue,
    outgoing,
    secret: `a secret of ${folder.path}, long enough`,
    mailboxes: boxes.map(({ name, address, source, settings }) => ({
      name,
      address,
      source,
      pollEvery: "1s",
      ...settings,
    })),
    ...more,
  };
  writeFileSync(join(folder.path, "maildesk.yaml"), stringify(config));
  return folder;
}

/** The mailbox of this name; the first where none is named. */
export function boxOf(boxes: readonly Box[], name = boxes[0]?.name): Box {
  const box = boxes.find((one) => one.name === name);
  if (box === undefined) throw new Error(`There is no mailbox ${name}.`);
  return box;
}
