// Puts together who is told when something is wrong: by mail over a route of its own or the one that all mail takes, or by
// a program; what the desk and this process's loops know; and the minute's look.
import { hostname } from "node:os";
import { lazily, transportOf } from "./app-adapters.ts";
import { isGone } from "./app-process.ts";
import { type Config, programEnvironment } from "./config.ts";
import { withoutPassword } from "./config-url.ts";
import { openAlerts } from "./database/alerts.ts";
import type { Database } from "./database/open.ts";
import { type Alarm, unreadMsMax } from "./desk/alert.ts";
import type { Pulses } from "./health/pulse.ts";
import { maskTokens } from "./mail/token-places.ts";
import type { Clock, Ids, Log, Transport } from "./ports.ts";
import type { AlertWay } from "./ports-alerts.ts";
import type { Desk } from "./ports-database.ts";
import type { AccessTokens } from "./ports-oauth.ts";
import type { Schedules } from "./ports-schedules.ts";
import { type AlertPass, type AlertPorts, foretellAlerts, runAlerts } from "./worker/alert.ts";
import { openLoopWatch } from "./worker/alert-loops.ts";
import { openAlertMail } from "./worker/alert-mail.ts";
import { openTicker } from "./worker/schedule.ts";

export interface AppAlertPorts {
  database: Database;
  desk: Desk;
  schedules: Schedules;
  transport: Transport;
  clock: Clock;
  ids: Ids;
  log: Log;
  pulse: Pulses;
  /** Names this process. */
  process: string;
  /** What ends soon, without which an account is not reached. */
  tokens: AlertPorts["tokens"];
  /** Where the alerts' own route logs in by access tokens. */
  routeTokens: AccessTokens | null;
}

export interface AppAlerts {
  /** Addresses, or `command`; empty where nobody is told. */
  recipients: readonly string[];
  /** One look at the desk, and what is due told; nothing where nobody is to be told. */
  run(signal: AbortSignal): Promise<AlertPass>;
  /** What would be told now. */
  foretell(): Promise<Alarm[]>;
  /** Tells a test, and writes nothing down; resolves to each recipient's answer, or the error. */
  test(): Promise<{ recipient: string; response: string | null; error: unknown }[]>;
  /** Whether the way can be reached, in a short fact. */
  check(): Promise<string>;
  /**
   * What a worker does from its beginning on: a look at the desk, once in a minute over all workers, and one at its own
   * loops; nothing where nobody is to be told.
   */
  begin(): ((signal: AbortSignal) => Promise<void>)[];
  close(): Promise<void>;
}

type Go = () => Promise<boolean>;

const minuteMs = 60_000;
const nothing: AlertPass = { raised: 0, told: 0, failed: 0 };

export function openAppAlerts(config: Config, ports: AppAlertPorts): AppAlerts {
  const { desk, schedules, clock, ids, log, pulse } = ports;
  const alerts = openAlerts(ports.database, ids, ports.process);
  const way = lazily(() => openWay(config, ports));
  const isOn = config.alerts !== null;
  let aliveSinceMs = 0;
  const whole = async (): Promise<AlertPorts> => ({
    alerts,
    schedules,
    desk,
    way: await way(),
    clock,
    log,
    mailboxes: config.mailboxes.flatMap(({ name, source, pollEveryMs }) =>
      source.kind === "none" ? [] : [{ name, unreadMsMax: unreadMsMax(pollEveryMs) }],
    ),
    tokens: ports.tokens,
    aliveSinceMs: () => aliveSinceMs,
    clean: (text) => maskTokens(config.keys, withoutPassword(text)),
  });
  const loops = lazily(async () =>
    openLoopWatch({
      alerts,
      desk,
      way: await way(),
      clock,
      overdue: () => pulse.loops().filter(({ isOverdue }) => isOverdue),
      process: ports.process,
      host: hostname(),
      isGone,
    }),
  );
  const run = async (go: Go) => (isOn ? await runAlerts(await whole(), go) : nothing);
  return {
    recipients: recipientsOf(config),
    run: (signal) => run(async () => !signal.aborted),
    foretell: async () => foretellAlerts(await whole()),
    async test() {
      const { recipients, tell } = await way();
      const now = clock.now();
      const title = "this is a test";
      const text = "Somebody asked whether alerts arrive. They do; nothing is wrong.";
      const one = { id: ids.next("alr"), kind: "test" as const, day: new Date(now).toISOString(), createdAtMs: now };
      return await Promise.all(
        recipients.map(async (recipient) => {
          const alert = { ...one, subject: one.id, phase: "raised" as const, recipient, title, text };
          return await tell(alert).then(
            (response) => ({ recipient, response, error: null }),
            (error: unknown) => ({ recipient, response: null, error }),
          );
        }),
      );
    },
    async check() {
      if (!isOn) return "off";
      return `${recipientsOf(config).join(", ")} ${wayText(config)}: ${await (await way()).check()}`;
    },
    begin() {
      if (!isOn) return [];
      aliveSinceMs = clock.now();
      const schedule = { name: "alerts", everyMs: minuteMs, offsetMs: 0, run: async (go: Go) => void (await run(go)) };
      return [openTicker({ schedules, clock, log }, [schedule]), async () => await (await loops())()];
    },
    close: async () => (await way.made())?.close(),
  };
}

function recipientsOf({ alerts }: Config): readonly string[] {
  if (alerts === null) return [];
  return alerts.kind === "mail" ? alerts.to : ["command"];
}

function wayText({ alerts }: Config): string {
  if (alerts?.kind !== "mail") return "by a program";
  if (alerts.route === null) return "as all mail leaves (nobody hears of it when that fails: name alerts.route)";
  const { route } = alerts;
  return route.kind === "maildir" ? `by maildir:${route.path}` : `by ${route.host}:${route.port}`;
}

async function openWay({ alerts, keys }: Config, { transport, desk, routeTokens }: AppAlertPorts): Promise<AlertWay> {
  if (alerts === null) return { recipients: [], tell: async () => "", check: async () => "off", close: async () => {} };
  if (alerts.kind === "command") {
    const { openProgram } = await import("./program/open-program.ts");
    return openProgram({ ...alerts, env: programEnvironment() });
  }
  const own = alerts.route === null ? null : transportOf(alerts.route, routeTokens);
  const name = async () => (await desk.settings())["desk.name"];
  const way = openAlertMail({ transport: own ?? transport, keys, name }, alerts);
  return { ...way, close: async () => await own?.close() };
}
