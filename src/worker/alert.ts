// Tells the administrator what is wrong, once per kind, subject and day, and once when it is gone (OPS-12). One look reads
// the desk, writes down what is to be told, and tells what is due; any number of workers may look at the same time.
import {
  type Alarm,
  type AlertSnapshot,
  digestsOf,
  goneAlarm,
  isRipe,
  type Trouble,
  troublesOf,
} from "../desk/alert.ts";
import { planAlerts } from "../desk/alert-plan.ts";
import { type DailyTime, localDay, readDailyTime } from "../desk/day.ts";
import type { Settings } from "../desk/settings.ts";
import { isKind, sentence } from "../errors.ts";
import type { Clock, Log } from "../ports.ts";
import type { Alerts, AlertWay, LeasedAlert } from "../ports-alerts.ts";
import type { Desk } from "../ports-database.ts";
import type { Schedules } from "../ports-schedules.ts";
import { backoffMs } from "./backoff.ts";

export interface AlertPorts {
  alerts: Alerts;
  schedules: Schedules;
  desk: Pick<Desk, "settings">;
  way: AlertWay;
  clock: Clock;
  log: Log;
  /** The mailboxes that are read, with how long each may be left alone. */
  mailboxes: readonly { name: string; unreadMsMax: number }[];
  /** What ends soon, without which an account is not reached. */
  tokens(): Promise<AlertSnapshot["tokens"]>;
  /** Since when somebody looks after this desk; 0 for a single look, which takes everything as it is. */
  aliveSinceMs(): number;
  /** Takes secrets and tokens out of servers' words. */
  clean(text: string): string;
}

export interface AlertPass {
  /** Rows that were made: alarms times recipients. */
  raised: number;
  told: number;
  /** Not told in this pass; all but those that the way refuses for good are tried again. */
  failed: number;
}

const digestSchedule = "alerts-digest";
const hourMs = 3_600_000;
/** Where there is no digest, what stands is told again at this hour. */
const withoutDigest: DailyTime = { minute: 8 * 60, zone: "UTC" };
const toldMax = 200;
const longestWaitMs = hourMs;
const giveUpAfterMs = 5 * 24 * hourMs;

/** One look, and what is due told. `go` resolves to false once the worker is to stop. */
export async function runAlerts(ports: AlertPorts, go: () => Promise<boolean>): Promise<AlertPass> {
  const raised = (await lookAtDesk(ports)) + (await raiseDigest(ports));
  return { raised, ...(await tellDue(ports, go)) };
}

/** What would be raised now if nothing had been told before; the digest is among it. */
export async function foretellAlerts(ports: AlertPorts): Promise<Alarm[]> {
  const { at, settings } = await today(ports);
  const now = ports.clock.now();
  const troubles = (await troublesNow(ports, settings, at.zone, now)).filter((one) =>
    isRipe(one, now, ports.aliveSinceMs()),
  );
  return [
    ...troubles.map(({ kind, subject, title, text }) => ({ kind, subject, title, text })),
    ...(await digestNow(ports, settings)),
  ];
}

/** The day, minute and hour of the digest as the settings have them. */
export async function today({ desk, clock }: Pick<AlertPorts, "desk" | "clock">) {
  const settings = await desk.settings();
  const read = readDailyTime(settings["alerts.digestAt"]);
  const at = read === "off" || read === null ? withoutDigest : read;
  const now = clock.now();
  return { settings, at, hasDigest: read !== "off", now, ...localDay(now, at.zone) };
}

/** `now` is the moment by which it is judged what is ripe: what is wrong since just now would else be wrong in the future. */
async function troublesNow(ports: AlertPorts, settings: Settings, zone: string, now: number): Promise<Trouble[]> {
  const { alerts, clean } = ports;
  const facts = await alerts.facts();
  const read = new Map(ports.mailboxes.map((one) => [one.name, one.unreadMsMax]));
  const troubles = troublesOf(
    {
      now,
      ...facts,
      mailboxes: facts.mailboxes.flatMap((row) => {
        const unreadMsMax = read.get(row.name);
        return unreadMsMax === undefined ? [] : [{ ...row, unreadMsMax }];
      }),
      unreachableSince: settings["mail.sending"] ? facts.unreachableSince : null,
      tokens: await ports.tokens(),
    },
    zone,
  );
  return troubles.map((trouble) => ({ ...trouble, text: clean(trouble.text) }));
}

async function lookAtDesk(ports: AlertPorts): Promise<number> {
  const { alerts, way } = ports;
  const { settings, at, ...day } = await today(ports);
  const troubles = await troublesNow(ports, settings, at.zone, day.now);
  const ripe = troubles.filter((one) => isRipe(one, day.now, ports.aliveSinceMs()));
  const early = troubles.filter((one) => !ripe.includes(one));
  return await settle(alerts, ripe, early, await alerts.standing(false), way.recipients, day, at, null);
}

/** Writes down what one look showed; resolves to how many rows are new. `owner`: whose loops they are. */
export async function settle(
  alerts: Alerts,
  ripe: readonly Alarm[],
  early: readonly Alarm[],
  standing: Awaited<ReturnType<Alerts["standing"]>>,
  recipients: readonly string[],
  day: { now: number; day: string; minute: number },
  at: DailyTime,
  owner: string | null,
): Promise<number> {
  const { raise, missing, back, over } = planAlerts(ripe, early, standing, day, at.minute);
  await alerts.mark(missing, day.now);
  await alerts.mark(back, null);
  const ends = over.flatMap(({ kind, subject, sinceMs }) => goneAlarm(kind, subject, sinceMs, at.zone) ?? []);
  const cleared = await alerts.clear(over, ends, recipients, day);
  return cleared + (await alerts.raise(raise, recipients, day, owner));
}

/** Once a day from its hour on, by whoever comes first; a worker that is killed in the middle leaves it to another. */
async function raiseDigest(ports: AlertPorts): Promise<number> {
  const { alerts, schedules, way } = ports;
  const { settings, at, hasDigest, now, day, minute } = await today(ports);
  if (!hasDigest || minute < at.minute) return 0;
  const lease = await schedules.claim(digestSchedule, day, now);
  if (lease === "done" || lease === "held") return 0;
  const made = await alerts.raise(await digestNow(ports, settings), way.recipients, { now, day }, null);
  await schedules.done(lease, now);
  return made;
}

async function digestNow({ alerts, clock }: AlertPorts, settings: Settings): Promise<Alarm[]> {
  const hours = settings["alerts.unassignedHours"];
  const now = clock.now();
  const { held, count, oldest } = await alerts.digest(hours === 0 ? null : now - hours * hourMs);
  return digestsOf({ now, held, unassigned: { count, oldest, hours } });
}

async function tellDue(ports: AlertPorts, go: () => Promise<boolean>): Promise<Omit<AlertPass, "raised">> {
  const { alerts, clock } = ports;
  const result = { told: 0, failed: 0 };
  const tried = new Set<string>();
  while (tried.size < toldMax) {
    // One that follows on another is due only once that one is told.
    const ids = (await alerts.due(clock.now(), toldMax)).filter((id) => !tried.has(id));
    if (ids.length === 0) break;
    for (const id of ids) {
      tried.add(id);
      if (!(await go())) return result;
      const alert = await alerts.acquire(id, clock.now());
      if (alert === null) continue;
      if (await tellOne(ports, alert)) result.told += 1;
      else result.failed += 1;
    }
  }
  return result;
}

/** True where it was told. */
async function tellOne({ alerts, way, clock, log }: AlertPorts, alert: LeasedAlert): Promise<boolean> {
  const { kind, subject, phase, recipient, attempts } = alert;
  if (!way.recipients.includes(recipient)) {
    await alerts.end(alert, "dropped", "the configuration names this recipient no more");
    return false;
  }
  try {
    const response = await way.tell(alert);
    log.info("alert", { kind, subject, phase, recipient });
    // What cannot be written down now is told again when the lease ends, as the same mail.
    await alerts.told(alert, response, clock.now()).catch((error: unknown) => {
      log.warn("tick-failed", { error: sentence(error) });
    });
    return true;
  } catch (error) {
    const text = sentence(error).split("\n")[0] ?? "";
    const final = isKind(error, "permanent") || clock.now() - alert.createdAtMs > giveUpAfterMs;
    log.warn("alert-failed", { kind, subject, recipient, attempts, final, error: text });
    if (final) await alerts.end(alert, "failed", text);
    else await alerts.again(alert, clock.now() + Math.min(longestWaitMs, backoffMs(attempts)), text);
    return false;
  }
}
