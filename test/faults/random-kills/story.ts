// What happens to the desk while its processes die: new mails, copies of them in the other mailbox, answers of customers and
// of agents, each with a word of its own that nobody else writes. It knows what must have come of it in the end.
import type { Random } from "../../bench/random.ts";
import { mailText } from "../../journeys/mail-text.ts";
import type { MailboxName } from "./combination.ts";

/** One conversation: it goes on only when its last step is written down, so that who hears what is certain. */
export interface Thread {
  subject: string;
  company: number;
  mailbox: MailboxName;
  /** Message-ID of the first mail. */
  root: string;
  requester: string;
  /** Who is on the ticket for sure, the requester first. */
  people: string[];
  /** Null until its first mail is filed. */
  number: number | null;
  busy: boolean;
}

/** A mail that was delivered, and how it must end: once `reason`, and as `duplicate` for each further copy. */
export interface Sent {
  messageId: string;
  mark: string;
  thread: Thread;
  author: string;
  reason: "new-ticket" | "reply";
  copies: number;
  /** Who must hear of it. */
  hearers: string[];
}

/** An agent's answer: written once the command said so. */
export interface Answered {
  mark: string;
  thread: Thread;
  hearers: string[];
}

export type Step =
  | { kind: "mail"; mail: Sent; raw: string; mailboxes: MailboxName[] }
  | { kind: "answer"; answer: Answered };

export interface Story {
  threads: Thread[];
  mails: Sent[];
  answers: Answered[];
  /** What comes next; an answer stands in `answers` from now on. */
  next(wantsAnswer: boolean): Step;
  /** A mail is filed, or an answer is written. */
  done(step: { messageId: string; ticket: number } | { mark: string }): void;
}

export const agent = "dora@desk.example";
const companies = 60;
const copied = 0.15;
const goesOn = 0.5;
const large = 0.05;
const attachmentBytes = 40_000;

export function openStory(random: Random): Story {
  const threads: Thread[] = [];
  const mails: Sent[] = [];
  const answers: Answered[] = [];
  const waiting = new Map<string, Sent>();
  let marks = 0;
  const newMark = () => `mk${++marks}z`;
  const idle = () => threads.filter((thread) => !thread.busy && thread.number !== null);

  function write(thread: Thread, author: string, isFirst: boolean): Step {
    const mark = newMark();
    const messageId = isFirst ? thread.root : `a${mails.length + 1}@company-${thread.company}.example`;
    const mail: Sent = {
      messageId,
      mark,
      thread,
      author,
      reason: isFirst ? "new-ticket" : "reply",
      copies: random.next() < copied ? 2 : 1,
      hearers: thread.people.filter((person) => person !== author),
    };
    thread.busy = true;
    mails.push(mail);
    waiting.set(messageId, mail);
    const other: MailboxName = thread.mailbox === "support" ? "sales" : "support";
    const raw = mailText({
      from: `${author.split("@")[0]} of ${thread.company} <${author}>`,
      to: `${thread.mailbox}@desk.example`,
      subject: isFirst ? thread.subject : `Re: ${thread.subject}`,
      messageId,
      text: random.next() < large ? `${mark}\n\n${padding(random)}` : mark,
      ...(isFirst ? {} : { inReplyTo: thread.root, references: [thread.root] }),
    });
    return { kind: "mail", mail, raw, mailboxes: mail.copies === 2 ? [thread.mailbox, other] : [thread.mailbox] };
  }

  function begin(): Step {
    const company = random.below(companies);
    const requester = personOf(company, random.below(3));
    const thread: Thread = {
      subject: `Question ${threads.length + 1} of ${company}`,
      company,
      mailbox: random.next() < 0.5 ? "support" : "sales",
      root: `q${threads.length + 1}@company-${company}.example`,
      requester,
      people: [requester],
      number: null,
      busy: true,
    };
    threads.push(thread);
    return write(thread, requester, true);
  }

  return {
    threads,
    mails,
    answers,
    next(wantsAnswer) {
      const open = idle();
      if (open.length > 0 && wantsAnswer) {
        const thread = random.pick(open);
        const answer: Answered = { mark: newMark(), thread, hearers: [...thread.people] };
        thread.busy = true;
        answers.push(answer);
        return { kind: "answer", answer };
      }
      if (open.length === 0 || random.next() >= goesOn) return begin();
      const thread = random.pick(open);
      return write(thread, personOf(thread.company, random.below(3)), false);
    },
    done(step) {
      if ("mark" in step) {
        const answer = answers.find((one) => one.mark === step.mark);
        if (answer !== undefined) answer.thread.busy = false;
        return;
      }
      const mail = waiting.get(step.messageId);
      if (mail === undefined) return;
      waiting.delete(step.messageId);
      mail.thread.number ??= step.ticket;
      mail.thread.busy = false;
      if (!mail.thread.people.includes(mail.author)) mail.thread.people.push(mail.author);
    },
  };
}

const personOf = (company: number, person: number): string => `person${person}@company-${company}.example`;

const padding = (random: Random): string =>
  Array.from({ length: attachmentBytes / 80 }, () => random.next().toString(36).padEnd(79, "x")).join("\n");
