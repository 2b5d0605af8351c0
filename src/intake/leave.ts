// A mail that asks to leave, as mail clients send for their unsubscribe button (RFC 2369 3.2): to an address that carries a token of
// ours, or with the token as its whole subject or text. The token says who leaves what, whoever sends the mail. It makes no
// ticket and no customer, and is answered by nothing.
import { type LeaveClaims, type Left, leave } from "../desk/opt-out.ts";
import type { ParsedMail } from "../mail/parsed-mail.ts";
import type { Facts, Question } from "./facts.ts";

/** The claims of the token by which the mail asks to leave; null where it does not. */
export function leaveClaims({ tokens }: Pick<Question, "tokens">): LeaveClaims | null {
  const asking = tokens.find(
    ({ claims, where }) => claims.purpose === "leave" && (where === "address" || where === "request"),
  );
  return asking === undefined ? null : asking.claims;
}

/** What follows from it; null for a mail that is judged as any other. Reports and our own mail ask for nothing. */
export function leaveByMail(
  mail: Pick<ParsedMail, "bounce">,
  question: Pick<Question, "tokens">,
  facts: Pick<Facts, "leaving" | "duplicateOf">,
  now: number,
): (Left & { customerId: string | null }) | null {
  if (leaveClaims(question) === null || facts.duplicateOf !== null || mail.bounce !== null) return null;
  if (question.tokens.some(({ where }) => where === "mark")) return null;
  if (facts.leaving === null)
    return { changes: [], guards: [], text: "whom or what the token names is there no more", customerId: null };
  return { ...leave(facts.leaving, now), customerId: facts.leaving.customer.id };
}
