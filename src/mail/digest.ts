// What makes two copies of one mail equal (MAIL-5): Message-ID, Date, From address and body, and no header that transport
// writes, so that the copy in another mailbox has the same digest. A Message-ID alone proves nothing.
import { createHash, type Hash } from "node:crypto";
import { readMessageId } from "./cited-ids.ts";
import { firstField, type Head, readHead } from "./head.ts";
import { withLineFeeds } from "./line-ends.ts";
import { senderAddress } from "./peek.ts";

/** Lower-case hex SHA-256; line ends and trailing blank lines of the body do not count. */
export function mailDigest(raw: Buffer): string {
  const bytes = withLineFeeds(raw);
  return digestOf(bytes, readHead(bytes, 0, bytes.length));
}

/** The same for a mail whose head was read already; `raw` as withLineFeeds() gave it. */
export function digestOf(raw: Buffer, head: Pick<Head, "fields" | "bodyStart">): string {
  const hash = createHash("sha256");
  const from = senderAddress(firstField(head.fields, "from") ?? "").toLowerCase();
  const date = (firstField(head.fields, "date") ?? "").replace(/\s+/g, " ");
  hash.update(JSON.stringify([readMessageId(head.fields), date, from]));
  hashBody(hash, raw, head.bodyStart);
  return hash.digest("hex");
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** A large mail is not held a second and third time. */
const blockBytes = 1024 * 1024;

/** CRLF counts as LF. A string's own replacement is quicker than looking for each line's end among the bytes. */
function hashBody(hash: Hash, raw: Buffer, start: number): void {
  let end = raw.length;
  while (end > start && isBlank(raw[end - 1])) end -= 1;
  if (raw.indexOf(carriageReturn, start) < 0) {
    hash.update(raw.subarray(start, end));
    return;
  }
  for (let at = start; at < end; ) {
    let stop = Math.min(at + blockBytes, end);
    if (stop < end && raw[stop - 1] === carriageReturn) stop += 1; // a line end stays in one piece
    hash.update(raw.toString("latin1", at, stop).replaceAll("\r\n", "\n"), "latin1");
    at = stop;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn || byte === 0x20 || byte === 0x09;
}
