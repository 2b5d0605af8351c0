// Mails whose lines end in a bare CR, as old Macintosh programs and careless exports write them, get LF for it, so that
// everything else may look for LF. Other mails pass untouched and uncopied.

/** The same bytes, each CR an LF where the mail has no LF at all. */
export function withLineFeeds(raw: Buffer): Buffer {
  if (raw.includes(0x0a) || !raw.includes(0x0d)) return raw;
  return Buffer.from(raw.toString("latin1").replaceAll("\r", "\n"), "latin1");
}
