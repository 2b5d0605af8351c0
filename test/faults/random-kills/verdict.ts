// Whether the desk is as if nobody had been killed: what the story says must be there is compared with the rows, and with
// what the recipients got. Each deviation is a sentence under one heading.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { SinkMail } from "../../servers/smtp-sink.ts";
import { type KillsDesk, mailboxNames } from "./combination.ts";
import { type DeskRows, readDesk } from "./desk-rows.ts";
import { agent, type Sent, type Story } from "./story.ts";

export interface Verdict {
  /** Not there, or without an end. */
  lost: string[];
  /** There more than once. */
  doubled: string[];
  /** There without something that belongs to it. */
  partial: string[];
  /** Leases that nobody gave back. */
  leases: string[];
  /** Anything else that should not be. */
  surprises: string[];
  uncertain: { all: number; arrived: number };
}

/** `killed`: process ids of the workers that were killed. */
export async function judge(desk: KillsDesk, story: Story, killed: ReadonlySet<number>): Promise<Verdict> {
  const rows = await readDesk(desk.database);
  const verdict: Verdict = {
    lost: [],
    doubled: [],
    partial: [],
    leases: rows.leases,
    surprises: [],
    uncertain: { all: 0, arrived: 0 },
  };
  for (const mail of story.mails) judgeMail(verdict, rows, mail);
  judgeAnswers(verdict, rows, story);
  judgeThreads(verdict, rows, story);
  judgePeople(verdict, rows, story);
  judgeOutbox(verdict, rows, desk.sink.received, killed);
  judgeHearing(verdict, rows, desk.sink.received, story);
  verdict.partial.push(...rows.halves);
  const delivered = story.mails.reduce((sum, mail) => sum + mail.copies, 0);
  if (rows.emails.length !== delivered)
    verdict.surprises.push(`${rows.emails.length} mails are stored, not ${delivered}`);
  const seen = mailboxNames.reduce((sum, name) => sum + seenIn(desk.maildir(name)), 0);
  if (seen !== delivered) verdict.partial.push(`${seen} of ${delivered} mails are marked as seen on the server`);
  return verdict;
}

/** Too few are lost, too many are doubled. */
function compare(verdict: Verdict, what: string, found: number, wanted: number): void {
  if (found < wanted) verdict.lost.push(`${what}: ${found} of ${wanted}`);
  if (found > wanted) verdict.doubled.push(`${what}: ${found} instead of ${wanted}`);
}

function judgeMail(verdict: Verdict, { emails, messages }: DeskRows, mail: Sent): void {
  const mine = emails.filter((email) => email.messageId === mail.messageId);
  compare(verdict, `rows of the mail ${mail.messageId}`, mine.length, mail.copies);
  const ends = mine.map(({ status, reason, error }) => `${status} ${reason ?? ""} ${error ?? ""}`.trim());
  const wanted = [`filed ${mail.reason}`, ...Array<string>(mail.copies - 1).fill("ignored duplicate")];
  if (mine.length === mail.copies && ends.sort().join() !== wanted.join())
    verdict.lost.push(`the mail ${mail.messageId} ended as ${ends.join(", ")}`);
  const said = messages.filter((message) => message.direction === "in" && message.newText.split("\n")[0] === mail.mark);
  compare(verdict, `messages of the mail ${mail.messageId}`, said.length, 1);
  if (said.some((message) => message.ticket !== mail.thread.number))
    verdict.surprises.push(`the mail ${mail.messageId} is on ticket ${said[0]?.ticket}, not ${mail.thread.number}`);
}

function judgeAnswers(verdict: Verdict, { messages }: DeskRows, { answers }: Story): void {
  for (const { mark, thread } of answers) {
    const said = messages.filter((message) => message.direction === "out" && message.newText === mark);
    compare(verdict, `messages of the answer ${mark}`, said.length, 1);
    if (said.some((message) => message.ticket !== thread.number))
      verdict.surprises.push(`the answer ${mark} is on ticket ${said[0]?.ticket}, not ${thread.number}`);
  }
}

function judgeThreads(verdict: Verdict, { tickets, outbox }: DeskRows, { threads }: Story): void {
  compare(verdict, "tickets", tickets.length, threads.length);
  for (const { subject } of threads) {
    const mine = tickets.filter((ticket) => ticket.subject === subject);
    if (mine.length !== 1) compare(verdict, `tickets "${subject}"`, mine.length, 1);
    const told = outbox.filter((mail) => mail.kind === "acknowledgement" && mail.ticketId === mine[0]?.id);
    compare(verdict, `acknowledgements of "${subject}"`, told.length, 1);
  }
}

function judgePeople(verdict: Verdict, { customers, organizations }: DeskRows, { mails, threads }: Story): void {
  const people = new Set(mails.map(({ author }) => author));
  compare(verdict, "customers", customers.length, people.size);
  compare(verdict, "customers' addresses", new Set(customers.map(({ address }) => address)).size, people.size);
  compare(verdict, "organizations", organizations, new Set(threads.map(({ company }) => company)).size);
}

/** What was sent arrived once; what is in doubt was in the hands of a process that was killed, and arrived once or not. */
function judgeOutbox(verdict: Verdict, rows: DeskRows, received: SinkMail[], killed: ReadonlySet<number>): void {
  const arrived = new Map<string, number>();
  for (const mail of received) arrived.set(keyOf(mail), (arrived.get(keyOf(mail)) ?? 0) + 1);
  for (const [key, count] of arrived) if (count > 1) verdict.doubled.push(`${key} arrived ${count} times`);
  const known = new Set<string>();
  for (const mail of rows.outbox) {
    const key = `${mail.toAddress} ${mail.messageId}`;
    known.add(key);
    if (mail.status === "sent" && !arrived.has(key)) verdict.lost.push(`${key} is called sent and did not arrive`);
    else if (mail.status === "uncertain") {
      verdict.uncertain.all += 1;
      if (arrived.has(key)) verdict.uncertain.arrived += 1;
      const owner = Number(mail.leaseOwner?.split("/")[1]);
      if (!killed.has(owner)) verdict.surprises.push(`${key} is in doubt and ${mail.leaseOwner} was not killed`);
    } else if (mail.status !== "sent") {
      verdict.surprises.push(`${key} is ${mail.status}: ${mail.reason}`);
      if (arrived.has(key)) verdict.surprises.push(`${key} is ${mail.status} and arrived`);
    }
  }
  for (const key of arrived.keys()) if (!known.has(key)) verdict.surprises.push(`${key} arrived and is in no row`);
}

/** Each person read each word at most once, and exactly once what is not in doubt; nobody reads what is not for them. */
function judgeHearing(verdict: Verdict, rows: DeskRows, received: SinkMail[], story: Story): void {
  const reading = new Map<string, number>();
  for (const { to, raw } of received)
    for (const mark of new Set(raw.match(/\bmk\d+z\b/g) ?? []))
      reading.set(`${to} ${mark}`, (reading.get(`${to} ${mark}`) ?? 0) + 1);
  for (const [key, count] of reading) if (count > 1) verdict.doubled.push(`${key} was read ${count} times`);

  const inDoubt = new Set(rows.told.filter((one) => one.status === "uncertain").map((one) => `${one.to} ${one.mark}`));
  const told = new Map<string, number>();
  for (const { to, mark } of rows.told) told.set(`${to} ${mark}`, (told.get(`${to} ${mark}`) ?? 0) + 1);
  for (const [key, count] of told) if (count > 1) verdict.doubled.push(`${key} is in ${count} outgoing mails`);
  const words = [...story.mails, ...story.answers.map((answer) => ({ ...answer, author: agent }))];
  for (const { mark, hearers, thread, author } of words) {
    // The one agent hears of everything, as nobody takes care of it.
    for (const hearer of author === agent ? hearers : [...hearers, agent]) {
      const key = `${hearer} ${mark}`;
      if (!told.has(key)) verdict.lost.push(`${key} was told to nobody`);
      else if (!reading.has(key) && !inDoubt.has(key)) verdict.lost.push(`${key} was not read`);
    }
    const allowed = [...thread.people, agent].filter((person) => person !== author);
    for (const key of reading.keys())
      if (key.endsWith(` ${mark}`) && !allowed.includes(key.split(" ")[0] ?? ""))
        verdict.surprises.push(`${key} of ${author} was read, and is for ${allowed.join(", ")} alone`);
  }
}

const keyOf = ({ to, raw }: SinkMail): string => `${to} ${/^Message-ID:\s*<(.*?)>/im.exec(raw)?.[1]}`;

const seenIn = (maildir: string): number =>
  readdirSync(join(maildir, "cur")).filter((name) => /:2,[A-Z]*S/.test(name)).length;
