// What /metrics tells: the desk as it stands (every worker of a desk tells the same), and what this process did and needs.
// Names follow Prometheus's customs: base units, _total for what only grows. Labels are words of closed lists and the
// names of configured mailboxes.
import type { DeskCounts } from "../ports-health.ts";
import type { EventCounts } from "./event-counts.ts";
import type { Metric, Sample } from "./exposition.ts";
import type { LoopState } from "./pulse.ts";

export interface ProcessFacts {
  version: string;
  /** UTC milliseconds. */
  startedAt: number;
  memory: { rss: number; heapUsed: number };
  /** Microseconds of the processor, as process.cpuUsage tells. */
  cpu: { user: number; system: number };
}

const gauge = (name: string, help: string, samples: Sample[]): Metric => ({ name, help, type: "gauge", samples });
const counter = (name: string, help: string, samples: Sample[]): Metric => ({ name, help, type: "counter", samples });
const one = (value: number): Sample[] => [{ value }];
const seconds = (ms: number): number => Math.round(ms) / 1000;
const age = (atMs: number | null, now: number): number => (atMs === null ? 0 : seconds(Math.max(0, now - atMs)));

/** `counts` null: the database did not answer, and only what this process knows is told. */
export function deskMetrics(counts: DeskCounts | null, mailboxes: readonly string[], now: number): Metric[] {
  const up = gauge("maildesk_database_up", "1 where the database answers, else 0.", one(counts === null ? 0 : 1));
  if (counts === null) return [up];
  const { mails, outbox } = counts;
  return [
    up,
    gauge(
      "maildesk_mails",
      "Mails by status; held and failed ones by their reason too.",
      mails.map(({ status, reason, count }) => ({ labels: { status, reason: reason ?? "" }, value: count })),
    ),
    gauge(
      "maildesk_mail_oldest_waiting_seconds",
      "How long the mail waits that waits longest to be judged; 0 where none does.",
      one(age(counts.oldestWaitingAt, now)),
    ),
    gauge(
      "maildesk_outbox",
      "Outgoing mails by status.",
      outbox.map(({ status, count }) => ({ labels: { status }, value: count })),
    ),
    gauge(
      "maildesk_outbox_oldest_queued_seconds",
      "How long the outgoing mail waits that waits longest; 0 where none does.",
      one(age(counts.oldestQueuedAt, now)),
    ),
    gauge(
      "maildesk_sending_paused",
      "1 while sending is paused after an error.",
      one(counts.sendingPausedUntil === null ? 0 : 1),
    ),
    ...mailboxMetrics(counts, mailboxes, now),
  ];
}

function mailboxMetrics(counts: DeskCounts, names: readonly string[], now: number): Metric[] {
  const known = counts.mailboxes.filter(({ name }) => names.includes(name));
  const each = (value: (mailbox: DeskCounts["mailboxes"][number]) => number | null): Sample[] =>
    known.flatMap((mailbox) => {
      const number = value(mailbox);
      return number === null ? [] : [{ labels: { mailbox: mailbox.name }, value: number }];
    });
  return [
    gauge(
      "maildesk_mailbox_lag_seconds",
      "Time since the last good poll.",
      each(({ lastPollAt }) => (lastPollAt === null ? null : age(lastPollAt, now))),
    ),
    gauge(
      "maildesk_mailbox_last_poll_timestamp_seconds",
      "When the mailbox was last polled well.",
      each(({ lastPollAt }) => (lastPollAt === null ? null : seconds(lastPollAt))),
    ),
    gauge(
      "maildesk_mailbox_error",
      "1 where the last poll failed.",
      each(({ hasError }) => (hasError ? 1 : 0)),
    ),
    gauge(
      "maildesk_mailbox_failures",
      "Polls that failed in a row.",
      each(({ failures }) => failures),
    ),
  ];
}

export function processMetrics(facts: ProcessFacts, loops: readonly LoopState[], counts: EventCounts): Metric[] {
  const { version, startedAt, memory, cpu } = facts;
  return [
    counter(
      "maildesk_mails_judged_total",
      "Mails that this process brought to their end.",
      counts.judged().map(({ status, reason, count }) => ({ labels: { status, reason }, value: count })),
    ),
    counter(
      "maildesk_reader_kills_total",
      "Reading processes that died of a mail.",
      counts.kills().map(({ cause, count }) => ({ labels: { cause }, value: count })),
    ),
    counter(
      "maildesk_events_total",
      "Events of this process's log, whether they were written or not.",
      counts.events().map(({ event, count }) => ({ labels: { event }, value: count })),
    ),
    counter(
      "maildesk_loop_turns_total",
      "Turns of this process's loops.",
      loops.map(({ loop, turns }) => ({ labels: { loop }, value: turns })),
    ),
    gauge(
      "maildesk_loop_overdue",
      "1 where a loop should have turned long ago.",
      loops.map(({ loop, isOverdue }) => ({ labels: { loop }, value: isOverdue ? 1 : 0 })),
    ),
    gauge("maildesk_build_info", "The version that runs.", [
      { labels: { version, node: process.versions.node }, value: 1 },
    ]),
    gauge("process_resident_memory_bytes", "Memory of this process, without its readers.", one(memory.rss)),
    gauge("nodejs_heap_size_used_bytes", "Of which V8's heap.", one(memory.heapUsed)),
    counter("process_cpu_seconds_total", "Processor time of this process.", one((cpu.user + cpu.system) / 1e6)),
    gauge("process_start_time_seconds", "When this process started.", one(seconds(startedAt))),
  ];
}
