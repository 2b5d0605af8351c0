// Whether the receiving server believes the sender (MAIL-18), where the mailbox names the server whose word counts. A mail that
// fails is flagged, not acknowledged, and acts neither as an agent's nor by a number in its subject.
import { type Authentication, authenticationOf } from "../mail/authentication-results.ts";
import type { Inbound } from "./decide.ts";

export const notFromSender = "the server says that it is not from its sender (SPF, DKIM, DMARC)";

export function provenance({
  mail,
  mailbox,
  question,
}: Pick<Inbound, "mail" | "mailbox" | "question">): Authentication {
  if (mailbox.authservId === "" || mail.from === null || question.sender === null) return "none";
  const { address } = mail.from;
  return authenticationOf(
    mail.authentication,
    mailbox.authservId,
    address.slice(address.lastIndexOf("@") + 1).toLowerCase(),
  );
}
