// What would become of one mail, as plain data for `inspect` (MAIL-19): the reader's findings beside the decision's words.
// The shape is a contract with outside programs: fields are added, never renamed. Changes nothing, looks nothing up.

import type { Settings } from "../desk/settings.ts";
import type { MailAddress, ParsedMail } from "../mail/parsed-mail.ts";
import type { TokenKey } from "../mail/token.ts";
import { type Decision, decide, endUnread } from "./decide.ts";
import type { EmailReason, TraceStep } from "./email.ts";
import { type Facts, type MailboxFacts, noFacts, type Question, questionOf } from "./facts.ts";

export type Verdict = "ticket" | "reply" | "ignored" | "held" | "failed";

export interface Inspection {
  /** As it was given. */
  file: string;
  verdict: Verdict;
  reason: EmailReason;
  from: MailAddress | null;
  replyTo: string[];
  to: string[];
  cc: string[];
  subject: string;
  /** ISO 8601 UTC. */
  date: string | null;
  /** Ids are without angle brackets. */
  messageId: string | null;
  inReplyTo: string[];
  references: string[];
  text: string;
  newText: string;
  attachments: { filename: string; contentType: string; size: number; sha256: string; inline: boolean }[];
  automatic: string[];
  forwarded: { from: MailAddress; subject: string } | null;
  bounce: {
    recipients: { address: string; status: string; action: "failed" | "delayed"; hard: boolean }[];
    originalMessageId: string | null;
  } | null;
  /** Limits that were applied, in words. */
  remarks: string[];
  /** The ticket that it would be filed on; a new one's number is only likely. */
  ticket: number | null;
  trace: TraceStep[];
}

/** The desk that judges: a real one, or an empty one with the settings as they are delivered. */
export interface Bench {
  keys: readonly TokenKey[];
  ownKeys: ReadonlySet<string>;
  mailbox: MailboxFacts;
  settings: Settings;
  /** The number that the next ticket would have. */
  nextTicketNumber: number;
  facts(question: Question): Promise<Facts>;
}

/** A desk that nobody wrote to yet. */
export function emptyBench(settings: Settings): Bench {
  const mailbox = {
    name: "inspect",
    address: "support@desk.example",
    ownKeys: new Set<string>(),
    acknowledge: true,
    cc: "known" as const,
    authservId: "",
  };
  return {
    keys: [],
    ownKeys: mailbox.ownKeys,
    mailbox,
    settings,
    nextTicketNumber: 1,
    facts: async () => noFacts,
  };
}

/** Decides about a mail as if it came in now; what the decision would change is left out. */
export async function inspectMail(file: string, mail: ParsedMail, bench: Bench, now: number): Promise<Inspection> {
  const question = questionOf(mail, bench.keys, bench.ownKeys, now, bench.mailbox);
  const facts = await bench.facts(question);
  let drawn = 0;
  const decided = decide(
    {
      emailId: "eml_inspected",
      mail,
      question,
      facts,
      mailbox: bench.mailbox,
      settings: bench.settings,
      arrival: "live",
      closed: false,
      receivedAtMs: now,
      now,
    },
    { id: (prefix) => `${prefix}_${++drawn}`, ref: () => ++drawn, ticketNumber: bench.nextTicketNumber },
  );
  if ("needs" in decided) throw new Error("a decision asked for a second ticket number");
  return inspectionOf(file, mail, decided);
}

/** The same for a mail that no reader got through. */
export const inspectUnread = (file: string, reason: EmailReason, text: string): Inspection =>
  inspectionOf(file, unread, endUnread(reason, text));

function inspectionOf(file: string, mail: ParsedMail, decision: Decision): Inspection {
  const { bounce, forwarded } = mail;
  return {
    file,
    verdict: verdictOf(decision),
    reason: decision.reason,
    from: mail.from,
    replyTo: addresses(mail.replyTo),
    to: addresses(mail.to),
    cc: addresses(mail.cc),
    subject: mail.subject,
    date: mail.dateMs === null ? null : new Date(mail.dateMs).toISOString(),
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: mail.references,
    text: mail.text,
    newText: mail.newText,
    attachments: mail.attachments.map(({ filename, contentType, sizeBytes, sha256, inline }) => ({
      filename,
      contentType,
      size: sizeBytes,
      sha256,
      inline,
    })),
    automatic: mail.automatic,
    forwarded: forwarded === null ? null : { from: forwarded.from, subject: forwarded.subject },
    bounce:
      bounce === null
        ? null
        : {
            recipients: bounce.recipients.map(({ address, status, action, hard }) => ({
              address,
              status,
              action,
              hard,
            })),
            originalMessageId: bounce.originalMessageId,
          },
    remarks: mail.remarks,
    ticket: decision.ticketNumber,
    trace: decision.trace,
  };
}

const ticketReasons: ReadonlySet<EmailReason> = new Set<EmailReason>([
  "new-ticket",
  "follow-up",
  "agent-ticket",
  "forwarded",
  "agent-mail",
]);

function verdictOf({ status, reason }: Decision): Verdict {
  if (status !== "filed") return status;
  return ticketReasons.has(reason) ? "ticket" : "reply";
}

const addresses = (list: readonly MailAddress[]): string[] => list.map((one) => one.address);

const unread: ParsedMail = {
  messageId: null,
  inReplyTo: [],
  references: [],
  dateMs: null,
  from: null,
  replyTo: [],
  to: [],
  cc: [],
  subject: "",
  text: "",
  newText: "",
  attachments: [],
  automatic: [],
  bounce: null,
  forwarded: null,
  authentication: [],
  marks: [],
  digest: "",
  remarks: [],
};
