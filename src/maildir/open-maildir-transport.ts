// Outgoing mail into a Maildir instead of to a server: for the demo, for tests, and for an MTA that takes it from there.
// The file's name is made of Message-ID and recipient, so the same mail sent again is recognised, not doubled.
import { createHash } from "node:crypto";
import { open, rename, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { MaildeskError, operator, permanent, systemCode, temporary } from "../errors.ts";
import type { Accepted, Envelope, Transport } from "../ports.ts";
import { listPart, makeMaildir } from "./maildir-folder.ts";

/** A transport that writes each mail to tmp/, flushes it, and renames it into new/. Makes the folders. */
export function openMaildirTransport({ path }: { path: string }): Transport {
  return {
    async send(envelope, raw, handing) {
      await makeMaildir(path);
      const name = fileName(envelope, raw);
      if (await isThere(path, name)) return accepted(name);
      const written = join(path, "tmp", `${name}.${process.pid}`);
      await writing(path, () => writeFlushed(written, Buffer.concat([traceLines(envelope, raw), raw])));
      try {
        await handing();
      } catch (error) {
        await unlink(written).catch(() => {});
        throw error;
      }
      // A rename happens or does not, so its failure is an answer, never "uncertain".
      await writing(path, () => rename(written, join(path, "new", name)));
      await flushFolder(join(path, "new"));
      return accepted(name);
    },
    async check() {
      await makeMaildir(path);
      const probe = join(path, "tmp", `check.${process.pid}`);
      await writing(path, () => writeFlushed(probe, Buffer.alloc(0)));
      await unlink(probe).catch(() => {});
      return `Maildir ${path} can be written`;
    },
    async close() {},
  };
}

const accepted = (name: string): Accepted => ({ response: `250 2.0.0 stored as ${name}`, messageId: null });

const headerBytesMax = 1024 * 1024;

function fileName(envelope: Envelope, raw: Buffer): string {
  const hash = createHash("sha256");
  const messageId = /^message-id:\s*(\S+)/im.exec(headerOf(raw));
  if (messageId === null) hash.update(raw);
  else hash.update(messageId[1] ?? "");
  return `${hash.update(`\n${envelope.to}`).digest("hex").slice(0, 40)}.maildesk`;
}

function headerOf(raw: Buffer): string {
  const text = raw.toString("latin1", 0, headerBytesMax);
  const end = /\r?\n\r?\n/.exec(text);
  return end === null ? text : text.slice(0, end.index);
}

// What an MTA writes on top when it delivers (RFC 5321 section 4.4), with the line ends of the mail.
function traceLines({ from, to }: Envelope, raw: Buffer): Buffer {
  if (/[\0-\x1f\x7f]/.test(from + to)) {
    throw permanent(`The address ${JSON.stringify(to)} contains control characters.`, { code: "address" });
  }
  const firstEnd = raw.indexOf("\n");
  const lineEnd = firstEnd > 0 && raw[firstEnd - 1] === 0x0d ? "\r\n" : "\n";
  return Buffer.from(`Return-Path: <${from}>${lineEnd}Delivered-To: ${to}${lineEnd}`);
}

// A reader may have moved it to cur/ already, where flags follow the name.
async function isThere(path: string, name: string): Promise<boolean> {
  const isNew = await stat(join(path, "new", name)).then(
    () => true,
    () => false,
  );
  return isNew || (await writing(path, () => listPart(path, "cur"))).some(({ base }) => base === name);
}

async function writeFlushed(path: string, content: Buffer): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

// Only after this the name survives a power cut; the mail is in new/ whether or not it succeeds.
async function flushFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, "r");
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    throw temporary(`It is not known whether the disk kept the mail in ${path}.`, {
      code: "uncertain",
      cause,
    });
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MaildeskError) throw cause;
    throw operator(`Mail cannot be written to the Maildir ${path} (${systemCode(cause) ?? "unknown"}).`, {
      remedy: "Give maildesk the right to write there, and space on the disk.",
      code: systemCode(cause) ?? "maildir",
      cause,
    });
  }
}
