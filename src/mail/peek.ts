// What can be said of a mail without opening its body: shown while it waits in the spool, and used to find its parent.
// Reads the header block only, at most its limit, in microseconds. Good enough for lists; parse.ts reads exactly.
import { readIds, readMessageId } from "./cited-ids.ts";
import { decodeWords } from "./encoded-word.ts";
import { type Field, firstField, readHead } from "./head.ts";
import { mailLimits } from "./limits.ts";
import { withLineFeeds } from "./line-ends.ts";
import type { MailPeek } from "./parsed-mail.ts";
import { cut, storable } from "./storable.ts";

const citedMax = 50;
const fromCharsMax = 320;

/** Message-ID, cited ids, From and Subject of a raw mail; any bytes give some answer. */
export function peekMail(raw: Buffer): MailPeek {
  const beginning = withLineFeeds(raw.subarray(0, mailLimits.headerBytesMax));
  const { fields } = readHead(beginning, 0, beginning.length);
  return {
    messageId: readMessageId(fields),
    cited: citedIds(fields),
    from: shown(firstField(fields, "from"), fromCharsMax),
    subject: shown(firstField(fields, "subject"), mailLimits.subjectCharsMax),
  };
}

/** The address of a From value as it stands, without a display name; "" where there is none. */
export function senderAddress(value: string): string {
  const bare = value.slice(0, 4096).replace(/"(?:[^"\\]|\\.)*"/gs, "");
  const bracketed = /<\s*([^<>]*?)\s*>/.exec(bare)?.[1];
  return bracketed ?? /[^\s,;:()<>]+@[^\s,;:()<>]+/.exec(bare)?.[0] ?? "";
}

/** References, then In-Reply-To, which names the direct parent: newest last. */
function citedIds(fields: Field[]): string[] {
  const ids = ["references", "in-reply-to"].flatMap((name) =>
    fields.filter((field) => field.name === name).flatMap((field) => readIds(field.value)),
  );
  // Kept where it stands last.
  return [...new Set(ids.reverse())].slice(0, citedMax).reverse();
}

function shown(value: string | null, charsMax: number): string {
  const text = storable(decodeWords((value ?? "").slice(0, 16 * 1024)));
  return cut(
    text
      .replace(/\p{Cc}/gu, " ")
      .replace(/\s+/g, " ")
      .trim(),
    charsMax,
  );
}
