// The first question about a mail: is it for people at all? Our own mail, copies, machines, mail without a sender and
// senders who may not write end here or are marked; nothing that is screened out is ever answered (MAIL-5, MAIL-10).
import type { Settings } from "../desk/settings.ts";
import type { ParsedMail } from "../mail/parsed-mail.ts";
import type { EmailReason } from "./email.ts";
import type { Facts, Question } from "./facts.ts";

/** `stop`: it ends here. `machine`: kept only as an internal message of a known ticket. `person`: goes on. */
export type Screened =
  | { kind: "stop"; reason: EmailReason; text: string }
  | { kind: "machine"; what: "bounce" | "automatic"; text: string }
  | { kind: "person"; text: string };

export function screen(
  mail: ParsedMail,
  question: Question,
  facts: Facts,
  settings: Settings,
  live: boolean,
): Screened {
  if (facts.duplicateOf !== null) {
    return stop("duplicate", `From, Date, Message-ID and body are those of ${facts.duplicateOf}`);
  }
  const mark = question.tokens.find((token) => token.where === "mark");
  if (mark !== undefined) return stop("own-mail", "it carries a mark that only this desk can sign");
  if (mail.bounce !== null) {
    const whom = mail.bounce.recipients.map((one) => one.address).join(", ");
    return {
      kind: "machine",
      what: "bounce",
      text: `a delivery report about ${whom || "an unnamed recipient"}`,
    };
  }
  if (mail.automatic.length > 0) {
    return { kind: "machine", what: "automatic", text: `a machine wrote it: ${mail.automatic.join("; ")}` };
  }
  if (question.sender === null) return stop("no-sender", senderText(mail));
  if (facts.customer?.state === "blocked") return stop("blocked", `${question.sender.address} is blocked`);
  if (facts.agent?.state === "deactivated")
    return stop("agent-inactive", `${question.sender.address} is a deactivated agent`);
  const limit = settings["limits.mailsPerSenderPerHour"];
  if (live && facts.mailsOfSenderLastHour >= limit) {
    return stop(
      "sender-limit",
      `${facts.mailsOfSenderLastHour} mails within the hour, limits.mailsPerSenderPerHour is ${limit}`,
    );
  }
  return { kind: "person", text: "no sign of a machine, not seen before, sender may write" };
}

const stop = (reason: EmailReason, text: string): Screened => ({ kind: "stop", reason, text });

function senderText(mail: ParsedMail): string {
  if (mail.from === null) return "it has no From header";
  return `From "${mail.from.address}" is no address of somebody else, and Reply-To names nobody`;
}
