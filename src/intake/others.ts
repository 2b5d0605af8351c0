// Who else a mail concerns besides its sender: the customer for whom an agent's mail is filed (MAIL-14), and those who stand
// in To and Cc (MAIL-13). Only what the mail itself says, and the shape of what the desk says of them.
import type { Guard } from "../desk/change.ts";
import { copiedMax } from "../desk/copied.ts";
import type { Customer } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import type { MailAddress, ParsedMail } from "../mail/parsed-mail.ts";
import { type MailboxFacts, readSender, type Sender } from "./facts.ts";

/** `forward`: whose mail it forwards; `copy`: to whom it was written, with the desk among the others. */
export interface Behalf {
  how: "forward" | "copy";
  person: Sender;
}

/** What the desk knows of one who stands in To or Cc. */
export interface CopiedFacts {
  person: Sender;
  customer: Customer | null;
  isAgent: boolean;
  /** Who owns the domain, and those above it, as far as anybody does. */
  owners: ReadonlyMap<string, Organization>;
}

/** Whom a command names, by the name as it was written; null where nobody or several bear it. */
export interface NamedFacts {
  assignees: ReadonlyMap<string, { id: string; isActive: boolean; guard: Guard } | null>;
  projects: ReadonlyMap<string, { id: string; isOpen: boolean; isFollowed: boolean; guard: Guard } | null>;
  /** Ids of tickets on which a public message waits to be told; looked at where a command names a project. */
  waiting: ReadonlySet<string>;
}

/** Also those of other customers: whose mail it is not is decided where it is known that an agent wrote it. */
export function behalfOf(mail: ParsedMail, sender: Sender | null, ownKeys: MailboxFacts["ownKeys"]): Behalf | null {
  if (sender === null) return null;
  const original = mail.forwarded === null ? null : readSender(mail.forwarded.from);
  if (original !== null && isOther(original, sender, ownKeys)) return { how: "forward", person: original };
  if (mail.forwarded !== null || !hasOwn([...mail.to, ...mail.cc], ownKeys)) return null;
  const [person] = others(mail.to, sender, ownKeys);
  return person === undefined ? null : { how: "copy", person };
}

/** A mail that reached the desk by a list or as a blind copy names nobody of ours: whom it was written to, it does not tell. */
const hasOwn = (list: readonly MailAddress[], ownKeys: MailboxFacts["ownKeys"]): boolean =>
  list.some((one) => ownKeys.has(withoutTag(readSender(one)?.key ?? "")));

/** Each once, those in To first; of very many the first. */
export const copiedIn = (mail: ParsedMail, sender: Sender | null, ownKeys: MailboxFacts["ownKeys"]): Sender[] =>
  sender === null ? [] : others([...mail.to, ...mail.cc], sender, ownKeys).slice(0, copiedMax * 2);

function others(list: readonly MailAddress[], sender: Sender, ownKeys: MailboxFacts["ownKeys"]): Sender[] {
  const found = new Map<string, Sender>();
  for (const one of list) {
    const person = readSender(one);
    if (person !== null && isOther(person, sender, ownKeys) && !found.has(person.key)) found.set(person.key, person);
  }
  return [...found.values()];
}

const isOther = (person: Sender, sender: Sender, ownKeys: MailboxFacts["ownKeys"]): boolean =>
  person.key !== sender.key && !ownKeys.has(person.key) && !ownKeys.has(withoutTag(person.key));

/** Answers stand at `support+TOKEN@`. */
const withoutTag = (key: string): string => key.replace(/\+[^@]*(?=@)/, "");
