// Address lists as nearly all mails have them: plain ASCII, each address bare or in angle brackets behind a name without
// tricks. Read here at once; whatever has a comment, a group, an encoded word, an escape or a fault is letterhead.ts's,
// and mailparser's. For what is read here both give the same (test/mail/plain-addresses.test.ts).
import type { MailAddress } from "./parsed-mail.ts";

// Every repetition has an end: whatever stands there, a mailbox is read or given up after some hundred characters.
// Domains of the xn-- kind are not read here, for mailparser shows them in another form.
const addrSpec = /[\w.+-]{1,100}@(?!xn--)[\w.-]{1,253}/.source;
const quotedName = /"(\w[\w .,'&/+()-]{0,200})"/.source;
const bareName = /(\w[\w .'&/+-]{0,200})/.source;
const mailbox = new RegExp(
  `(?:(?:${quotedName}|${bareName})? {0,9}<(${addrSpec})>|(${addrSpec}))[ \\t]*(?:,[ \\t]*|$)`,
  "y",
);

/** The mailboxes of a list, or null where it is not so plain that any reader must read the same in it. */
export function plainAddresses(list: string): MailAddress[] | null {
  const found: MailAddress[] = [];
  mailbox.lastIndex = 0;
  while (mailbox.lastIndex < list.length) {
    const match = mailbox.exec(list);
    if (match === null) return null;
    const [, quoted, bare, bracketed, alone] = match;
    found.push({ name: (quoted ?? bare ?? "").trim(), address: bracketed ?? alone ?? "" });
  }
  return found;
}
