// The desk under the kills: one of the four ways in which database and queue can be put together, two mailboxes on a real
// Dovecot, an SMTP server that remembers what it took, and the real command in a folder of its own.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { type Dovecot, startDovecot } from "../../servers/dovecot.ts";
import { type PostgresServer, startPostgres } from "../../servers/postgres.ts";
import { type StartedProcess, startProcess, waitUntil } from "../../servers/process.ts";
import { type RedisServer, startRedis } from "../../servers/redis.ts";
import { type SmtpSink, startSmtpSink } from "../../servers/smtp-sink.ts";
import { tempFolder } from "../../servers/temp-folder.ts";
import { type DeskDatabase, openDeskDatabase } from "../desk-database.ts";

export interface Combination {
  database: "sqlite" | "postgres";
  queue: "embedded" | "redis" | "postgres";
}

export type MailboxName = "support" | "sales";
export const mailboxNames: readonly MailboxName[] = ["support", "sales"];

export interface KillsDesk {
  database: DeskDatabase;
  sink: SmtpSink;
  /** The Maildir of a mailbox. */
  maildir(mailbox: MailboxName): string;
  deliver(mailbox: MailboxName, raw: string): Promise<void>;
  startWorker(): Promise<StartedProcess>;
  /** Runs a command to its end; resolves to its exit code and what it said. */
  command(args: string[]): Promise<{ code: number | NodeJS.Signals | null; said: string }>;
  close(): Promise<void>;
}

const launcher = fileURLToPath(new URL("../../../bin/maildesk.js", import.meta.url));
const commandMs = 60_000;
/** The SMTP server thinks so long after the last dot, as real ones do: the moment in which a kill leaves a doubt. */
const answerMs = 25;

/** Starts the servers and writes the configuration; no worker runs yet. */
export async function openKillsDesk({ database, queue }: Combination): Promise<KillsDesk> {
  const folder = tempFolder("kills");
  const servers: (Dovecot | RedisServer | PostgresServer)[] = [];
  const imap = await startDovecot();
  servers.push(imap);
  const redis = queue === "redis" ? await startRedis() : null;
  const postgres = database === "postgres" || queue === "postgres" ? await startPostgres() : null;
  for (const server of [redis, postgres]) if (server !== null) servers.push(server);
  const url = (await postgres?.database()) ?? "";
  const sink = await startSmtpSink({ onData: () => pause(answerMs) });
  const boxes = mailboxNames.map((name) => ({ name, ...imap.user(name) }));
  const databaseUrl = database === "sqlite" ? "sqlite:./maildesk.db" : url;
  const config = {
    database: databaseUrl,
    queue: redis?.url ?? (queue === "postgres" ? url : queue),
    outgoing: `smtp://127.0.0.1:${sink.port}`,
    secret: `a secret of ${folder.path}, long enough`,
    mailboxes: boxes.map(({ name, user, password }) => ({
      name,
      address: `${name}@desk.example`,
      source: `imap://${user}:${password}@127.0.0.1:${imap.port}/INBOX`,
      start: "all",
      pollEvery: "1s",
    })),
  };
  writeFileSync(join(folder.path, "maildesk.yaml"), stringify(config));
  const opened = openDeskDatabase(databaseUrl, folder.path);
  const start = (args: string[]) => startProcess(process.execPath, [launcher, ...args], { cwd: folder.path });

  return {
    database: opened,
    sink,
    maildir: (mailbox) => imap.user(mailbox).maildir,
    deliver: (mailbox, raw) => imap.deliver(mailbox, raw),
    startWorker: () => start(["worker", "--log", "json"]),
    async command(args) {
      const started = await start(args);
      await waitUntil(
        () => started.exitCode() !== null,
        () => `maildesk ${args.join(" ")} does not end: ${started.output()}`,
        commandMs,
      );
      return { code: started.exitCode(), said: started.output() };
    },
    async close() {
      await opened.close();
      await sink.stop();
      for (const server of servers) await server.remove();
      folder.remove();
    },
  };
}
