// The small HTTP server of a running worker: GET /healthz and GET /metrics, and nothing else. It reads and never changes
// anything, asks the database seldom however often it is asked itself, and speaks to few at a time.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Address, forMetrics, listen, shownAddress } from "../listen.ts";
import type { DeskCounts, DeskHealth } from "../ports-health.ts";
import { deskMetrics, processMetrics } from "./desk-metrics.ts";
import type { EventCounts } from "./event-counts.ts";
import { exposition, expositionType } from "./exposition.ts";
import { kept } from "./kept.ts";
import type { Pulses } from "./pulse.ts";
import { healthReport } from "./report.ts";

export interface HealthOptions extends Address {
  desk: DeskHealth;
  pulses: Pulses;
  counts: EventCounts;
  /** Names of the configured mailboxes. */
  mailboxes: readonly string[];
  version: string;
  /** The desk's clock, UTC milliseconds. */
  now(): number;
  /** How far the machine's clock is from the database's, where that is too far. */
  clockAheadMs(): number | null;
}

export interface Health {
  /** `http://127.0.0.1:9464`. */
  address: string;
  close(): Promise<void>;
}

interface Page {
  code: number;
  type: string;
  text: string;
}

const connectionsMax = 32;
const requestMs = 10_000;
/** A database that takes longer does not answer. */
const answerMs = 5_000;
const plain = "text/plain; charset=utf-8";

/** Listens; rejects like `listen`. */
export async function openHealth(options: HealthOptions): Promise<Health> {
  const pages = openPages(options);
  const server = createServer((request, response) => void answer(pages, request, response));
  server.maxConnections = connectionsMax;
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  await listen(server, options, forMetrics);
  return {
    address: `http://${shownAddress(options)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Pages = Record<string, () => Promise<Page>>;

function openPages({ desk, pulses, counts, mailboxes, version, now, clockAheadMs }: HealthOptions): Pages {
  const steadyMs = () => performance.now();
  const known = kept(() => within(answerMs, desk.counts(now())), steadyMs);
  const alive = kept(() => within(answerMs, desk.ping()), steadyMs);
  const startedAt = Date.now() - process.uptime() * 1000;
  const countsNow = (): Promise<DeskCounts | null> => known().catch(() => null);
  return {
    "/healthz": async () => {
      const answers = await alive().then(
        () => true,
        () => false,
      );
      const report = healthReport({
        loops: pulses.loops(),
        answers,
        counts: answers ? await countsNow() : null,
        mailboxes,
        clockAheadMs: clockAheadMs(),
        version,
        uptimeSeconds: Math.round(process.uptime()),
      });
      const code = report.status === "failing" ? 503 : 200;
      return { code, type: "application/json", text: `${JSON.stringify(report)}\n` };
    },
    "/metrics": async () => {
      const facts = { version, startedAt, memory: process.memoryUsage(), cpu: process.cpuUsage() };
      const metrics = [
        ...deskMetrics(await countsNow(), mailboxes, now()),
        ...processMetrics(facts, pulses.loops(), counts),
      ];
      return { code: 200, type: expositionType, text: exposition(metrics) };
    },
  };
}

async function answer(pages: Pages, { method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const page = pages[(url ?? "").replace(/\?.*$/s, "")];
  const { code, type, text } =
    page === undefined
      ? { code: 404, type: plain, text: "Here are /healthz and /metrics.\n" }
      : method === "GET" || method === "HEAD"
        ? await page()
        : { code: 405, type: plain, text: "Only GET.\n" };
  response.writeHead(code, { "content-type": type, "cache-control": "no-store", "x-content-type-options": "nosniff" });
  response.end(method === "HEAD" ? undefined : text);
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
