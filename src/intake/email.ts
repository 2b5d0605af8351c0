// One inbound mail as a record with a life: stored before anything judges it, and ending in one of four states with
// one reason from a closed list (MAIL-4). The same words stand in the database, the log, the screens and --json.

export type EmailStatus = "pending" | "filed" | "ignored" | "held" | "failed";

/** Every reason there is, with the sentence that `email explain` prints. A reason belongs to one status only. */
export const reasons = {
  // filed
  "new-ticket": { status: "filed", text: "A new ticket was made of it." },
  reply: { status: "filed", text: "It answers a conversation that maildesk knows." },
  "follow-up": {
    status: "filed",
    text: "It answers a ticket closed too long ago, so a new, linked ticket was made.",
  },
  stranger: {
    status: "filed",
    text: "Its sender has no part in the conversation: filed and flagged, shown to no customer.",
  },
  "auto-reply": { status: "filed", text: "A machine answered a mail of ours: kept as an internal message." },
  bounce: {
    status: "filed",
    text: "It reports that a mail of ours was not delivered: kept as an internal message.",
  },
  forwarded: {
    status: "filed",
    text: "An agent forwarded a customer's mail: a ticket of that customer was made of it.",
  },
  "agent-mail": {
    status: "filed",
    text: "An agent wrote to a customer with the desk in copy: a ticket whose first message that customer has already.",
  },
  "agent-answer": { status: "filed", text: "An agent answered customers by mail, as their signed token allows." },
  "agent-note": { status: "filed", text: "An agent wrote it: kept as an internal message." },
  "agent-ticket": { status: "filed", text: "An agent wrote it: kept as an internal ticket." },
  left: {
    status: "filed",
    text: "It asked to leave, by a signed token: whom that names hears no more of it. No ticket is made, and nobody answers.",
  },
  // ignored
  duplicate: { status: "ignored", text: "The same mail was stored before." },
  "own-mail": { status: "ignored", text: "maildesk itself sent it, as its signed mark shows." },
  automatic: { status: "ignored", text: "A machine wrote it, and it answers nothing of ours." },
  "bounce-unknown": {
    status: "ignored",
    text: "It reports that a mail was not delivered, but that mail is not ours.",
  },
  expired: {
    status: "ignored",
    text: "It was held for longer than the setting retention.heldDays, and nobody asked for it.",
  },
  erased: { status: "ignored", text: "Whoever wrote it was erased, and it with them." },
  // held
  empty: { status: "held", text: "It has no content at all." },
  "no-sender": { status: "held", text: "It has no sender address that could be answered." },
  "too-large": { status: "held", text: "It is larger than the limit for one mail." },
  blocked: { status: "held", text: "Its sender is blocked." },
  "agent-inactive": { status: "held", text: "Its sender is an agent who was deactivated." },
  "sender-limit": {
    status: "held",
    text: "Its sender wrote more mails within the hour than the limit allows.",
  },
  // failed
  unreadable: { status: "failed", text: "Reading it took too long or too much memory, three times." },
  "not-fetched": { status: "failed", text: "The server lists it but does not hand it over." },
  bug: {
    status: "failed",
    text: "maildesk made a mistake with it; the raw mail is kept, `email retry` tries again.",
  },
} as const satisfies Record<string, { status: Exclude<EmailStatus, "pending">; text: string }>;

export type EmailReason = keyof typeof reasons;

/** How a mail came in decides what may be said about it: only live mail is ever answered (MAIL-3). */
export type Arrival = "live" | "history";

/** One step of a decision with its evidence, as `explain` and `inspect` print it: "thread: In-Reply-To names #12". */
export interface TraceStep {
  step: "read" | "screen" | "identify" | "thread" | "file" | "tell" | "retention" | "erase";
  text: string;
}
