// The named maximum of everything that a mail can be too much of (MAIL-21). Over a limit a mail is filed with a
// visible remark or held; it is never lost and never stops the mails behind it.

export const mailLimits = {
  /** Over this a mail is stored and held, not parsed. */
  sizeBytesMax: 50 * 1024 * 1024,
  headerBytesMax: 1024 * 1024,
  headerCountMax: 2_000,
  partCountMax: 1_000,
  nestingMax: 50,
  /** Text kept of one body; the rest stays in the raw mail. */
  textCharsMax: 512 * 1024,
  htmlCharsMax: 2 * 1024 * 1024,
  subjectCharsMax: 998,
  attachmentCountMax: 500,
  referenceCountMax: 100,
  recipientCountMax: 500,
  /** Time and resident memory that one mail may cost its reader. */
  parseTimeMs: 20_000,
  parseMemoryBytes: 768 * 1024 * 1024,
  /** A mail that killed its reader this often is failed. */
  parseAttemptsMax: 3,
} as const;
