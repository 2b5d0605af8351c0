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
const bufferSize = 256 * 1024;

/** CRLF counts as LF. Lines are gathered in one buffer: a hash call for each would cost more than the hashing. */
function hashBody(hash: Hash, raw: Buffer, start: number): void {
  let end = raw.length;
  while (end > start && isBlank(raw[end - 1])) end -= 1;
  if (raw.indexOf(carriageReturn, start) < 0) {
    hash.update(raw.subarray(start, end));
    return;
  }
  const gathered = Buffer.allocUnsafe(Math.min(bufferSize, end - start));
  let length = 0;
  for (let at = start; at < end; ) {
    const found = raw.indexOf(carriageReturn, at);
    const stop = found < 0 || found > end ? end : found;
    const isLineEnd = stop < end && raw[stop + 1] === lineFeed;
    const next = isLineEnd ? stop : Math.min(stop + 1, end);
    for (let from = at; from < next; ) {
      const copied = raw.copy(gathered, length, from, next);
      length += copied;
      from += copied;
      if (length === gathered.length) {
        hash.update(gathered);
        length = 0;
      }
    }
    at = isLineEnd ? stop + 1 : next;
  }
  hash.update(gathered.subarray(0, length));
}

function isBlank(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn || byte === 0x20 || byte === 0x09;
}
