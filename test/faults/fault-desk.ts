// A desk whose processes are killed: the real command in a folder of its own, mail from Dovecot, an SMTP sink, and the
// database read from outside. `settledDesk` says what must be true whatever was killed and when.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { stringify } from "yaml";
import type { Dovecot } from "../servers/dovecot.ts";
import { type StartedProcess, startProcess, waitUntil } from "../servers/process.ts";
import { type SinkOptions, startSmtpSink } from "../servers/smtp-sink.ts";
import { tempFolder } from "../servers/temp-folder.ts";
import { databaseOf } from "../servers/test-database.ts";
import { openDeskDatabase } from "./desk-database.ts";

/** Where the process ends: see kill-at.mjs. */
export interface Fault {
  at: string;
  when: "before" | "after";
  nth?: number;
  armedBy?: string;
}

export interface RunOptions {
  fault?: Fault;
  /** The command's clock stands this much later. */
  shiftMs?: number;
}

export type FaultDesk = Awaited<ReturnType<typeof openFaultDesk>>;

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const command = fileOf("../../bin/maildesk.js");
const endsWithinMs = 100_000;
let desks = 0;

/** What stands between the desk and its servers or its disk. */
export interface Between {
  /** A relay's port, in place of the server's own. */
  imapPort?: number;
  smtpPort?: number;
  /** Another database than that of the run. */
  database?: string;
  /** A folder that the caller made and removes. */
  folder?: string;
}

/** A new desk with one mailbox of its own on this server; nothing runs yet. */
export async function openFaultDesk(
  imap: Dovecot,
  queue: string,
  sinkOptions: SinkOptions = {},
  between: Between = {},
) {
  const folder = between.folder === undefined ? tempFolder("fault") : { path: between.folder, remove() {} };
  const sink = await startSmtpSink(sinkOptions);
  desks += 1;
  const box = imap.user(`desk-${desks}`);
  const url = `imap://${box.user}:${box.password}@127.0.0.1:${between.imapPort ?? imap.port}/INBOX`;
  const databaseUrl = between.database ?? (await databaseOf(folder.path));
  const database = openDeskDatabase(databaseUrl, folder.path);
  const config = {
    database: databaseUrl,
    queue,
    outgoing: `smtp://127.0.0.1:${between.smtpPort ?? sink.port}`,
    secret: `a secret of ${folder.path}, long enough`,
    mailboxes: [{ name: "support", address: "support@desk.example", source: url, start: "all", pollEvery: "1s" }],
  };
  writeFileSync(join(folder.path, "maildesk.yaml"), stringify(config));

  const processes: StartedProcess[] = [];
  async function start(args: string[], { fault, shiftMs }: RunOptions = {}): Promise<StartedProcess> {
    const env = {
      ...process.env,
      ...(fault === undefined ? {} : { FAULT: JSON.stringify(fault) }),
      ...(shiftMs === undefined ? {} : { SHIFT_MS: String(shiftMs) }),
    };
    const loaded = ["--import", fileOf("./kill-at.mjs"), "--import", fileOf("./shift-clock.mjs")];
    const begun = await startProcess(process.execPath, [...loaded, command, ...args], { cwd: folder.path, env });
    processes.push(begun);
    return begun;
  }

  /** Runs a command and expects it to end with this exit code, or by this signal. */
  async function expectEnd(end: number | NodeJS.Signals, args: string[], options: RunOptions = {}): Promise<void> {
    const started = await start(args, options);
    await waitUntil(
      () => started.exitCode() !== null,
      () => `maildesk ${args[0]} does not end: ${started.output()}`,
      endsWithinMs,
    );
    expect(started.exitCode(), `maildesk ${args[0]}: ${started.output()}`).toBe(end);
  }

  return {
    folder: folder.path,
    /** True where its database is a SQLite file. */
    isFile: databaseUrl.startsWith("sqlite:"),
    sink,
    box,
    start,
    expectEnd,
    deliver: (raw: string) => imap.deliver(box.user, raw),
    /** Rows of a statement, from outside. */
    rows: database.rows,
    /** Rows of what follows "from". */
    count: database.count,
    /** The same; 0 also where it was killed before it made the tables. */
    countOf: (from: string): Promise<number> => database.count(from).catch(() => 0),
    /** Writes a file into the desk's folder. */
    file: (name: string, content: string) => writeFileSync(join(folder.path, name), content),
    /** Changes rows behind the desk's back, where a test plays the time that passes. */
    change: database.change,
    /** The leases name a process of another machine, of which nobody here can know that it is dead. */
    async moveLeasesElsewhere() {
      for (const table of ["email", "outbox", "mailbox"])
        await database.change(
          `update "${table}" set "leaseOwner" = 'elsewhere/1' where "leaseOwner" like '${hostname()}/%'`,
        );
    },
    /** How many mails carry the Seen flag on the server. */
    seen: () => readdirSync(join(box.maildir, "cur")).filter((name) => /:2,[A-Z]*S/.test(name)).length,
    async remove() {
      // Those of a test that failed half-way run still.
      for (const begun of processes) if (begun.exitCode() === null) await begun.stop("SIGKILL");
      await sink.stop();
      await database.close();
      folder.remove();
    },
  };
}

/** A short mail of a person; `cites` is the Message-ID that it answers. */
export function mailFrom(sender: string, subject: string, messageId: string, cites?: string): string {
  const headers = [
    `From: ${sender}`,
    "To: support@desk.example",
    `Subject: ${subject}`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${messageId}>`,
    ...(cites === undefined ? [] : [`In-Reply-To: <${cites}>`, `References: <${cites}>`]),
  ];
  return `${headers.join("\n")}\n\nThis is the text of ${messageId}.\n`;
}

/** True once nothing is under way: all `mails` are stored and decided, what must be told is expanded and has left. */
export async function isSettled(desk: FaultDesk, mails: number): Promise<boolean> {
  const [row] = await desk.rows<{ busy: number }>(
    `select case when (select count(*) from "email") < ${mails}
       or exists (select 1 from "email" where "status" = 'pending' or "afterDone" = 0)
       or exists (select 1 from "notice" where "state" = 'waiting')
       or exists (select 1 from "outbox" where "status" in ('queued', 'sending', 'handing'))
       then 1 else 0 end as "busy"`,
  );
  return row?.busy === 0;
}

/** Starts the worker; resolves once it works and listens for signals. */
export async function startWorker(desk: FaultDesk, options: RunOptions = {}): Promise<StartedProcess> {
  const worker = await desk.start(["worker"], options);
  const isWorking = () => worker.output().includes("worker-started");
  await waitUntil(isWorking, () => `the worker does not start: ${worker.output()}`);
  return worker;
}

/** Runs the worker until all is settled, then ends it as an administrator does. */
export async function workToTheEnd(
  desk: FaultDesk,
  mails: number,
  options: RunOptions = {},
  timeoutMs = 60_000,
): Promise<void> {
  const worker = await startWorker(desk, options);
  try {
    await waitUntil(
      () => isSettled(desk, mails),
      async () => `not settled: ${await describe(desk)}\n${worker.output()}`,
      timeoutMs,
    );
  } finally {
    await worker.stop();
  }
  expect(worker.exitCode(), worker.output()).toBe(0);
}

/** One pass of each, as cron does it. */
export async function onePassOfEach(desk: FaultDesk, options: RunOptions = {}): Promise<void> {
  for (const verb of ["poll", "process", "deliver"]) await desk.expectEnd(0, [verb], options);
}

const describe = async (desk: FaultDesk): Promise<string> =>
  JSON.stringify([
    await desk.rows(
      `select "status", "reason", "error", "afterDone", count(*) as "n" from "email" group by 1, 2, 3, 4`,
    ),
    await desk.rows(`select "status", "reason", count(*) as "n" from "outbox" group by 1, 2`),
  ]);

/**
 * What holds after any fault: the database is whole, each of the `mails` has one end and was filed by one commit, each
 * message stands once, nobody got a message twice, what the desk calls sent was sent, and nobody holds a lease.
 */
export async function expectNothingLostOrDoubled(desk: FaultDesk, mails: number): Promise<void> {
  const { count } = desk;
  if (desk.isFile) expect(await desk.rows(`pragma integrity_check`)).toEqual([{ integrity_check: "ok" }]);
  expect(await desk.rows(`select "status", count(*) as "n" from "email" group by 1`)).toEqual([
    { status: "filed", n: mails },
  ]);
  expect(await count(`(select distinct "messageId" from "email") as "ids"`)).toBe(mails);
  expect(await count(`"commitLog" where "kind" = 'mail'`)).toBe(mails);
  expect(await count(`(select distinct "what" from "commitLog" where "kind" = 'mail') as "ids"`)).toBe(mails);
  expect(await count(`"message" where "direction" = 'in'`)).toBe(mails);
  expect(await count(`(select distinct "emailId" from "message" where "direction" = 'in') as "ids"`)).toBe(mails);
  expect(desk.seen()).toBe(mails);

  const received = desk.sink.received.map((mail) => `${mail.to} ${/^Message-ID:\s*<(.*?)>/im.exec(mail.raw)?.[1]}`);
  expect(new Set(received).size, received.join("\n")).toBe(received.length);
  const sent = await desk.rows<{ key: string }>(
    `select "toAddress" || ' ' || "messageId" as "key" from "outbox" where "status" = 'sent'`,
  );
  for (const { key } of sent) expect(received).toContain(key);
  const doubtful = await desk.rows<{ key: string }>(
    `select "toAddress" || ' ' || "messageId" as "key" from "outbox" where "status" = 'uncertain'`,
  );
  const known = [...sent, ...doubtful].map(({ key }) => key);
  for (const key of received) expect(known).toContain(key);
  expect(
    await count(`(select 1 from "outboxMessage" group by "customerId", "messageId" having count(*) > 1) as "twice"`),
  ).toBe(0);

  expect(await desk.rows(`select "id" from "email" where "status" = 'pending' or "leaseUntil" > 0`)).toEqual([]);
  expect(await desk.rows(`select "id" from "outbox" where "leaseUntil" > 0`)).toEqual([]);
  expect(await desk.rows(`select "id" from "mailbox" where "leaseOwner" is not null`)).toEqual([]);
}

/** Process ids of the children of a process that runs. */
export const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
