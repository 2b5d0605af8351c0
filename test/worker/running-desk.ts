// A desk that runs, without queue and servers: a real database, the real reader of mail in this process, and a transport
// that keeps what it is given. `workers` processors share the spool, as that many processes would.
import { attachmentBytes, parseMail } from "../../dist/mail/parse.js";
import type { ParsedMail } from "../../dist/mail/parsed-mail.js";
import { peekMail } from "../../dist/mail/peek.js";
import type { Transport } from "../../dist/ports.js";
import type { NewEmail } from "../../dist/ports-database.js";
import { openDeliverer } from "../../dist/worker/deliver.js";
import { deliverPass, processPass } from "../../dist/worker/passes.js";
import { openProcessor } from "../../dist/worker/process.js";
import { newDesk } from "../contracts/desk-in-folder.ts";

export const ownAddress = "support@desk.example";
export const keys = [{ id: 1, secret: Buffer.from("a secret for tests, not for mail") }];
const never = new AbortController().signal;

export interface Sent {
  from: string;
  to: string;
  raw: string;
}

export type RunningDesk = Awaited<ReturnType<typeof runningDesk>>;

export interface RunningOver {
  workers?: number;
  concurrency?: number;
  parser?: (raw: Buffer) => Promise<ParsedMail>;
}

export async function runningDesk(over: RunningOver = {}) {
  const { workers = 1, concurrency = 8 } = over;
  const desk = await newDesk("worker");
  const sent: Sent[] = [];
  const logged: { event: string; fields: Record<string, unknown> | undefined }[] = [];
  const line = (event: string, fields?: Record<string, unknown>) => void logged.push({ event, fields });
  const ownKeys = new Set([ownAddress]);
  const base = {
    clock: desk.clock,
    ids: desk.ids,
    desk: desk.desk,
    spool: desk.spool,
    outbox: desk.outbox,
    keys,
    ownKeys,
    log: { info: line, warn: line, error: line },
    queue: { push: async () => undefined },
    parser: {
      parse: async (mail: Buffer | (() => Promise<Buffer>)) =>
        (over.parser ?? parseMail)(typeof mail === "function" ? await mail() : mail),
      html: () => Promise.reject(new Error("nobody asks")),
      attachment: () => Promise.reject(new Error("nobody asks")),
      pids: () => [],
      close: async () => undefined,
    },
    mailboxes: new Map([
      [
        "support",
        { name: "support", address: ownAddress, ownKeys, acknowledge: true, cc: "known" as const, authservId: "" },
      ],
    ]),
    fileOf: async (emailId: string, part: number) =>
      await attachmentBytes((await desk.spool.raw(emailId)) ?? Buffer.alloc(0), part),
    identities: new Map([["support", { address: ownAddress, displayName: "Desk", plusAddressing: true }]]),
  };
  const transport: Transport = {
    async send({ from, to }, raw, handing) {
      await handing();
      sent.push({ from, to, raw: String(raw) });
      return { response: "250 ok", messageId: null };
    },
    check: async () => "ok",
    close: async () => undefined,
  };
  const processors = Array.from({ length: workers }, () => openProcessor(base));
  const deliverers = Array.from({ length: workers }, () => openDeliverer({ ...base, transport }));
  const { read } = desk;

  return {
    ...desk,
    base,
    transport,
    sent,
    logged,
    processors,
    /** Stores mails as one poll would; resolves to their ids. */
    async store(mails: readonly (string | Buffer)[], more: Partial<NewEmail> = {}): Promise<string[]> {
      const stored = await desk.spool.store(
        "support",
        null,
        mails.map((mail) => stored1(mail, desk.clock.now(), more)),
        null,
      );
      return stored.map((one) => one.id);
    },
    /** Every worker makes a pass at the same time; resolves to how many mails they say they brought to their end. */
    async process(): Promise<number> {
      const passes = await Promise.all(processors.map((processor) => processPass(base, processor, concurrency, never)));
      return passes.reduce((sum, pass) => sum + pass.handled, 0);
    },
    async deliver(): Promise<void> {
      await Promise.all(deliverers.map((deliverer) => deliverPass(base, deliverer, concurrency, never)));
    },
    emails: () => read.selectFrom("email").selectAll().orderBy("id").execute(),
    /** Tickets that are there, without those that became part of another one. */
    tickets: () => read.selectFrom("ticket").selectAll().where("mergedInto", "is", null).orderBy("number").execute(),
    /** Subjects of the mails on each ticket, by the ticket's number. */
    async threads(): Promise<Record<number, string[]>> {
      const rows = await read
        .selectFrom("message")
        .innerJoin("conversation", "conversation.id", "message.conversationId")
        .innerJoin("ticket", "ticket.id", "conversation.ticketId")
        .select(["ticket.number", "message.subject"])
        .where("message.authorKind", "!=", "desk")
        .orderBy("message.subject")
        .execute();
      const threads: Record<number, string[]> = {};
      for (const { number, subject } of rows) threads[number] = [...(threads[number] ?? []), subject];
      return threads;
    },
  };
}

function stored1(mail: string | Buffer, now: number, more: Partial<NewEmail>): NewEmail {
  const raw = Buffer.isBuffer(mail) ? mail : Buffer.from(mail.replace(/\r?\n/g, "\r\n"));
  return {
    uid: null,
    raw,
    error: null,
    receivedAtMs: now,
    arrival: "live",
    peek: peekMail(raw),
    closed: false,
    ...more,
  };
}
