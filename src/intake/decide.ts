// THE recipe: what becomes of one inbound mail. Facts in, one decision out: status and reason, every change with the
// guards that it relies on, what must be told, and each step's evidence. Nothing is looked up and nothing is written.
import type { Change, Guard } from "../desk/change.ts";
import type { Notice } from "../desk/notice.ts";
import { defaultRules, settle } from "../desk/rule.ts";
import type { Settings } from "../desk/settings.ts";
import type { Authentication } from "../mail/authentication-results.ts";
import type { ParsedMail } from "../mail/parsed-mail.ts";
import { fileAgent } from "./agent-mail.ts";
import { type Arrival, type EmailReason, type EmailStatus, reasons, type TraceStep } from "./email.ts";
import type { Facts, MailboxFacts, Question } from "./facts.ts";
import { type Filed, fileCustomer, fileMachine } from "./file.ts";
import { type Identified, identify } from "./identify.ts";
import { leaveByMail } from "./leave.ts";
import { notFromSender, provenance } from "./provenance.ts";
import { screen } from "./screen.ts";
import { fileStandalone, fileStandaloneMachine } from "./standalone.ts";
import { findThread, type Threaded } from "./thread.ts";

export interface Draw {
  id(prefix: string): string;
  /** A short unique number for tokens. */
  ref(): number;
  /** The next ticket number, or null: then the decision says that it needs one and is asked again. */
  ticketNumber: number | null;
}

export interface Inbound {
  emailId: string;
  mail: ParsedMail;
  question: Question;
  facts: Facts;
  mailbox: MailboxFacts;
  settings: Settings;
  arrival: Arrival;
  closed: boolean;
  receivedAtMs: number;
  now: number;
}

export interface Decision {
  status: Exclude<EmailStatus, "pending">;
  reason: EmailReason;
  ticketId: string | null;
  ticketNumber: number | null;
  customerId: string | null;
  changes: Change[];
  guards: Guard[];
  notices: Notice[];
  /** Tickets that were merged away: what they still had to tell is told by the one that they became. */
  merged: string[];
  trace: TraceStep[];
}

export type Decided = Decision | { needs: "ticket-number" };

/** What becomes of the mail. */
export function decide(input: Inbound, draw: Draw): Decided {
  const { mail, question, facts, settings } = input;
  const trace: TraceStep[] = [{ step: "read", text: readText(input) }];
  const left = leaveByMail(mail, question, facts, input.now);
  if (left !== null) return leaves(left, trace);
  const screened = screen(mail, question, facts, settings, input.arrival === "live");
  trace.push({ step: "screen", text: screened.text });
  if (screened.kind === "stop") return ends(screened.reason, trace);
  if (screened.kind === "machine") {
    const threaded = findThread(question, facts, null);
    trace.push({ step: "thread", text: threaded?.text ?? "it answers nothing that maildesk knows" });
    if (threaded === null) return ends(screened.what === "bounce" ? "bounce-unknown" : "automatic", trace);
    const filed =
      threaded.kind === "ticket"
        ? fileMachine(input, draw, screened.what, threaded)
        : fileStandaloneMachine(input, draw, screened.what, threaded);
    return finish(filed, trace, input);
  }
  if (question.sender === null) return ends("no-sender", trace);
  const identified = identify(question.sender, facts, settings, draw, input.now, input.mailbox);
  const origin = provenance(input);
  trace.push({ step: "identify", text: `${identified.text}${originText[origin]}` });
  const threaded = findThread(question, origin === "fail" ? { ...facts, tagged: null } : facts, identified.author);
  trace.push({ step: "thread", text: threadText(threaded, input) });
  const filed =
    threaded?.kind === "standalone"
      ? fileStandalone(input, draw, identified, threaded)
      : filePerson(input, draw, identified, threaded);
  if (filed === null) return { needs: "ticket-number" };
  return finish(filed, trace, input);
}

/** Null where a new ticket is needed and no number was drawn yet. */
function filePerson(input: Inbound, draw: Draw, identified: Identified, threaded: Threaded | null): Filed | null {
  const { author, ...rest } = identified;
  return author.kind === "agent"
    ? fileAgent(input, draw, { author, ...rest }, threaded)
    : fileCustomer(input, draw, { author, ...rest }, threaded);
}

const originText: Record<Authentication, string> = {
  pass: "; the server found it to be from there",
  fail: `; ${notFromSender}`,
  none: "",
};

/** The end of a mail that never reached a reader: nothing of it is known. */
export function endUnread(reason: EmailReason, text: string): Decision {
  return ends(reason, [{ step: "read", text }]);
}

function finish(filed: Filed, trace: TraceStep[], input: Inbound): Decision {
  const settled = settle(filed.events, defaultRules, input.now);
  trace.push({ step: "file", text: filed.text });
  for (const firing of settled.firings) trace.push({ step: "tell", text: `${firing.rule}: ${firing.text}` });
  for (const text of filed.told) trace.push({ step: "tell", text });
  return {
    status: reasons[filed.reason].status,
    reason: filed.reason,
    ticketId: filed.ticketId,
    ticketNumber: filed.ticketNumber,
    customerId: filed.customerId,
    changes: [...filed.changes, ...settled.changes],
    guards: filed.guards,
    notices: [...filed.notices, ...settled.notices],
    merged: filed.merged,
    trace,
  };
}

function leaves(
  { customerId, changes, guards, text }: NonNullable<ReturnType<typeof leaveByMail>>,
  trace: TraceStep[],
) {
  const end = ends("left", [...trace, { step: "screen", text: `it asks to leave: ${text}` }]);
  return { ...end, customerId, changes, guards };
}

function ends(reason: EmailReason, trace: TraceStep[]): Decision {
  return {
    status: reasons[reason].status,
    reason,
    ticketId: null,
    ticketNumber: null,
    customerId: null,
    changes: [],
    guards: [],
    notices: [],
    merged: [],
    trace: [...trace, { step: "file", text: reasons[reason].text }],
  };
}

function threadText(threaded: ReturnType<typeof findThread>, { question, facts }: Inbound): string {
  if (threaded === null && facts.tagged !== null) {
    return `[#${question.taggedNumber}] stands in the subject, but its sender has no part in that ticket: something new`;
  }
  if (threaded === null) return "it answers nothing that maildesk knows: something new";
  return threaded.stranger ? `${threaded.text}; its sender has no part in it` : threaded.text;
}

function readText({ mail }: Inbound): string {
  const parts = mail.attachments.length;
  const remarks = mail.remarks.length === 0 ? "" : `; ${mail.remarks.join("; ")}`;
  return `${mail.text.length} characters of text, ${mail.newText.length} of them new, ${parts} attachment${parts === 1 ? "" : "s"}${remarks}`;
}
