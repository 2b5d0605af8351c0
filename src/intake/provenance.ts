// Whether the receiving server believes the sender (MAIL-18), where the mailbox names the server whose word counts. A mail that
// fails is flagged, not acknowledged, and acts neither as an agent's nor by a number in its subject.
import { type Authentication, authenticationOf } from "../mail/authentication-results.ts";
import type { Inbound } from "./decide.ts";
import { readSender } from "./facts.ts";

export const notFromSender = "the server says that it is not from its sender (SPF, DKIM, DMARC)";

export const notFromAgent = "its From is not the agent's own address";

/** Its sender stands in Reply-To alone, as with a contact form: whom that names is anybody's word. */
export const isIndirect = ({ mail, question }: Pick<Inbound, "mail" | "question">): boolean =>
  readSender(mail.from)?.key !== question.sender?.key;

export function provenance({
  mail,
  mailbox,
  question,
}: Pick<Inbound, "mail" | "mailbox" | "question">): Authentication {
  if (mailbox.authservId === "" || mail.from === null || isIndirect({ mail, question })) return "none";
  const { address } = mail.from;
  return authenticationOf(
    mail.authentication,
    mailbox.authservId,
    address.slice(address.lastIndexOf("@") + 1).toLowerCase(),
  );
}
