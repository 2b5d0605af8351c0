// The composition root: configuration in, a working desk out. The only file that knows both the ports and the adapters,
// and the order in which things start and stop.
import { randomFillSync } from "node:crypto";
import { monotonicFactory } from "ulid";
import { lazily, openQueue, sourceOf, transportOf } from "./app-adapters.ts";
import { openAppAlerts } from "./app-alerts.ts";
import { openArchive } from "./app-archive.ts";
import { mustAgree } from "./app-clock.ts";
import { openErasure, openRedaction } from "./app-erasure.ts";
import { openAppHealth } from "./app-health.ts";
import { discreetLog } from "./app-log.ts";
import { machineChecks } from "./app-machine.ts";
import { identitiesOf, mailboxFacts, startAtMs } from "./app-mailbox.ts";
import { endWhenNewer } from "./app-newer.ts";
import { openAppOauth } from "./app-oauth.ts";
import { isGone, processName } from "./app-process.ts";
import { openAppRetention } from "./app-retention.ts";
import { mailsOfCommands } from "./app-sending.ts";
import { openTemplates } from "./app-template.ts";
import { openAppWeb } from "./app-web.ts";
import type { Config, MailboxConfig } from "./config.ts";
import { openCredentials } from "./database/credentials.ts";
import { openDeskHealth } from "./database/health.ts";
import { adoptSecrets, mustKnowSecret } from "./database/known-secrets.ts";
import { mailLists } from "./database/lists-mail.ts";
import { peopleLists } from "./database/lists-people.ts";
import { type Database, openDatabase } from "./database/open.ts";
import { openDesk } from "./database/open-desk.ts";
import { openOutbox } from "./database/outbox.ts";
import { openOutboxConsole } from "./database/outbox-console.ts";
import { recoverDead } from "./database/recover.ts";
import { openSchedules } from "./database/schedules.ts";
import { openSpool } from "./database/spool.ts";
import type { Arrival } from "./intake/email.ts";
import { mailDigest } from "./mail/digest.ts";
import { peekMail } from "./mail/peek.ts";
import { readMails, readStandardInput } from "./maildir/read-files.ts";
import { openParser } from "./parser/open-parser.ts";
import type { Clock, Ids, Log, MailSource, Queue } from "./ports.ts";
import type { NewEmail } from "./ports-database.ts";
import { openDeliverer } from "./worker/deliver.ts";
import { type FetchMailbox, pollMailbox } from "./worker/fetch.ts";
import { deliverPass, processPass } from "./worker/passes.ts";
import { openProcessor } from "./worker/process.ts";
import { reconcileMailbox } from "./worker/reconcile.ts";
import { runWorker } from "./worker/run.ts";
import { forgetSlots, openTicker } from "./worker/schedule.ts";
import { storedFile } from "./worker/stored-file.ts";
import { warnOfTokens } from "./worker/token-ending.ts";

export {
  actingAgent,
  configName,
  editorCommand,
  type LogLevel,
  loadConfig,
  redactConfig,
  sourceWay,
} from "./config.ts";

export { readMappingFile } from "./config-mapping.ts";

export type App = Awaited<ReturnType<typeof openApp>>;

/** What tests and the command may replace. */
export interface AppOptions {
  log: Log;
  clock?: Clock;
  processConcurrency?: number;
  deliverConcurrency?: number;
  sweepEveryMs?: number;
  /** Also a desk that knows other secrets than the configuration has: for `adoptSecrets` only. */
  anySecret?: boolean;
}

/** At once on their way from the spool to their end; those that wait for a reader take no memory. */
const mailsInHand = 64;

export const systemClock: Clock = { now: () => Date.now() };

/** Sortable within one process too: two ids of the same millisecond keep their order. */
export function openIds(): Ids {
  const ulid = monotonicFactory(randomShares());
  return { next: (prefix) => `${prefix}_${ulid().toLowerCase()}` };
}

/** Random numbers from 0 to 1, drawn in blocks: ulid by itself asks the system for every character. */
function randomShares(): () => number {
  const block = Buffer.alloc(4096);
  let at = block.length;
  return () => {
    if (at >= block.length) {
      randomFillSync(block);
      at = 0;
    }
    return (block[at++] ?? 0) / 256;
  };
}

/** Opens the database and prepares everything else; no server is spoken to before it is needed. */
export async function openApp(config: Config, options: AppOptions) {
  const clock = options.clock ?? systemClock;
  const ids = openIds();
  const mailboxes = new Map(config.mailboxes.map((mailbox) => [mailbox.name, mailboxFacts(mailbox)]));
  const ownKeys = new Set([...mailboxes.values()].flatMap((mailbox) => [...mailbox.ownKeys]));
  const ownDomains = new Set([...ownKeys].map((key) => key.slice(key.lastIndexOf("@") + 1)));
  const database = await openDatabase({ url: config.database, migrate: true, now: () => clock.now() });
  const secrets = { secrets: config.keys, now: clock.now() };
  if (options.anySecret !== true) await closingOnError(database, () => mustKnowSecret(database, secrets));
  const deskHealth = openDeskHealth(database);
  const agree = () => mustAgree(deskHealth, systemClock);
  const health = openAppHealth(config, deskHealth, clock, systemClock);
  const log = discreetLog(options.log, config.keys, health.seen);
  const owner = processName();
  const spool = openSpool(database, ids, clock, owner);
  const desk = openDesk(database, ownDomains);
  const outbox = openOutbox(database, clock, owner);
  const schedules = openSchedules(database, owner);
  const parser = openParser({ children: config.parser.children });
  const queue = lazily(() => openQueue(config, log, clock));
  const oauth = openAppOauth(config, { credentials: openCredentials(database), clock, log, keys: config.keys, owner });
  const transport = transportOf(config.outgoing, oauth.outgoing);
  const sources = new Map<string, MailSource>();
  const push: Queue["push"] = async (topic, list, notBeforeMs) => {
    if (working) await (await queue()).push(topic, list, notBeforeMs);
  };
  let working = false;

  const { pulse } = health;
  const base = { process: owner, clock, ids, log, desk, outbox, spool, keys: config.keys, queue: { push }, pulse };
  const processor = openProcessor({ ...base, parser, mailboxes, ownKeys });
  const ways = { identities: identitiesOf(config), web: config.web?.address ?? null };
  const sending = { ...ways, transport, fileOf: storedFile(spool, parser) };
  const deliverer = openDeliverer({ ...base, ...sending });
  const web = openAppWeb(config, { ...base, database });
  const timed = { schedules, clock, log };
  const alerts = openAppAlerts(config, {
    ...{ database, desk, schedules, transport, clock, ids, log, pulse, process: owner },
    tokens: async () =>
      (await oauth.tokenEndings(clock.now())).map(({ endsAt, ...one }) => ({ ...one, endsAtMs: endsAt })),
    routeTokens: oauth.alerts,
  });
  const retention = openAppRetention(config, { database, desk, clock, log, agree });
  const tick = openTicker(timed, [forgetSlots(timed), retention.schedule, warnOfTokens({ clock, log, oauth })]);
  const concurrency = options.processConcurrency ?? mailsInHand;

  const fetchMailbox = (mailbox: MailboxConfig): FetchMailbox | null => {
    if (mailbox.source.kind === "none") return null;
    const source = sources.get(mailbox.name) ?? sourceOf(mailbox, oauth.ofMailbox(mailbox.name));
    sources.set(mailbox.name, source);
    return { name: mailbox.name, source, after: mailbox.after, startAtMs: (now) => startAtMs(mailbox, now) };
  };
  const never = new AbortController().signal;
  /** Frees what a killed process of this host still holds, before anything is taken. */
  const recover = async () => {
    const resend = (await desk.settings())["mail.uncertain"] === "resend";
    const freed = await recoverDead(database, isGone, clock.now(), resend);
    if (freed > 0) log.warn("recovered", { freed });
  };

  /** Before a pass: a clock that is wrong would take from others what they have in hand. */
  const begin = async () => {
    await agree();
    await recover();
  };

  return {
    config,
    clock,
    ids,
    log,
    database,
    spool,
    desk,
    outbox,
    parser,
    mailboxes,
    ownKeys,
    ownDomains,
    processor,
    deliverer,
    queue,
    transport,
    /** Accounts that log in by access tokens, and what of them is going to end. */
    oauth,
    keys: config.keys,
    /** The configured secrets count from now on, whatever the desk knew before. */
    adoptSecrets: () => adoptSecrets(database, secrets),
    /** Who is told when something is wrong. */
    alerts,
    /** How long what is kept, and how much room it takes. */
    retention,
    /** What can be wrong with the machine that a desk runs on, for `doctor`. */
    machine: { ...machineChecks(config, deskHealth, systemClock), web: web.check },
    /** The desk as one file, and back. */
    archive: openArchive(config, database, clock, ids),
    /** The desk's texts: whether one may be saved, and how a mail by them would look. */
    templates: openTemplates({ config, database, settings: () => desk.settings(), now: () => clock.now() }),
    ...mailsOfCommands({ ...base, ...sending }),
    /** What a person may do to one outgoing mail. */
    outboxConsole: openOutboxConsole(database),
    erasure: openErasure(database),
    redaction: openRedaction(database),
    /** Mails out of files, folders, mbox and Maildir, or from an MTA's pipe. */
    readMails,
    readStandardInput,
    /** A mail as the spool takes it from a file or a pipe: it has no UID, and nothing is left behind on a server. */
    newMail: (raw: Buffer, receivedAtMs: number, arrival: Arrival, closed: boolean): NewEmail => ({
      uid: null,
      raw,
      error: null,
      receivedAtMs,
      arrival,
      closed,
      peek: peekMail(raw),
      ...(arrival === "history" ? { digest: mailDigest(raw) } : {}),
    }),
    /** What the command prints: indexed queries with a limit. */
    lists: { ...peopleLists(database), ...mailLists(database) },
    /** The source of one mailbox for `mailbox test`, `doctor` and `poll`; null for one that only `ingest` fills. */
    fetchMailbox,
    /** One pass over one mailbox; `force` tries although it is paused. */
    async poll(mailbox: MailboxConfig, signal: AbortSignal = never, force = true) {
      const fetched = fetchMailbox(mailbox);
      if (fetched === null) return null;
      await begin();
      return await pollMailbox(base, fetched, signal, force);
    },
    /** Compares all of a mailbox with what was stored, and fetches what is missing; null for one that only `ingest` fills. */
    async reconcile(mailbox: MailboxConfig, dryRun: boolean, signal: AbortSignal = never) {
      const fetched = fetchMailbox(mailbox);
      if (fetched === null) return null;
      await begin();
      return await reconcileMailbox(base, fetched, signal, dryRun);
    },
    async process(signal: AbortSignal = never, seen?: (handled: number) => void) {
      await begin();
      return await processPass(base, processor, concurrency, signal, seen);
    },
    async deliver(signal: AbortSignal = never) {
      await begin();
      try {
        return await deliverPass(base, deliverer, options.deliverConcurrency ?? 4, signal);
      } finally {
        await alerts.run(signal); // cron has no other look at the desk
      }
    },
    /** Watches, processes, delivers and sweeps until `signal` is aborted. */
    async work(signal: AbortSignal) {
      await agree();
      const opened = await queue();
      const stopHealth = await health.listen(log);
      const stopWeb = await closingOnError({ close: stopHealth }, web.listen);
      working = true;
      const watched = config.mailboxes.flatMap((mailbox) => {
        const fetched = fetchMailbox(mailbox);
        return fetched === null ? [] : [{ mailbox: fetched, everyMs: mailbox.pollEveryMs }];
      });
      await recover(); // before a slot that a killed worker held is looked at
      const lookRound = async () => {
        await health.lookAtClock(log);
        await recover();
      };
      const newer = endWhenNewer(deskHealth, signal);
      await runWorker(
        {
          ...{ ...base, queue: { ...opened, push }, processor, deliverer, recover: lookRound },
          ticks: [tick, ...alerts.begin(), newer.look],
        },
        {
          mailboxes: watched,
          processConcurrency: concurrency,
          deliverConcurrency: options.deliverConcurrency ?? 4,
          sweepEveryMs: options.sweepEveryMs ?? 1000,
        },
        newer.signal,
      ).finally(() => Promise.all([stopWeb(), stopHealth()]));
      working = false;
      newer.verdict();
    },
    /** Lets go of everything, in the reverse order of need. */
    async close() {
      for (const source of sources.values()) await source.close();
      await (await queue.made())?.close();
      await alerts.close();
      await transport.close();
      await parser.close();
      await database.close();
    },
  };
}

async function closingOnError<T>(opened: Pick<Database, "close">, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await opened.close();
    throw error;
  }
}
