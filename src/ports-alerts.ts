// Telling the administrator, as the worker sees it: what the desk knows of its own troubles, the alerts that were made of
// them, and a way out. An alert is a small state machine of its own: due -> sending -> told, and due again after a failure.
import type { Alarm, AlertKind, AlertSnapshot, DigestSnapshot } from "./desk/alert.ts";
import type { Standing } from "./desk/alert-plan.ts";

/** `raised`: something is wrong; `cleared`: it is gone again. */
export type AlertPhase = "raised" | "cleared";

export interface AlertDay {
  now: number;
  /** 2026-11-27, as the desk's time zone counts. */
  day: string;
}

/** One thing to tell to one recipient; bytes and Message-ID are made of these alone, so that a second try sends the same. */
export interface Alert {
  id: string;
  kind: AlertKind | "test";
  subject: string;
  day: string;
  phase: AlertPhase;
  /** An address; `command` where a program is told. */
  recipient: string;
  title: string;
  text: string;
  createdAtMs: number;
}

/** An alert that this process holds; `fence` proves it. */
export interface LeasedAlert extends Alert {
  fence: number;
  /** This one included. */
  attempts: number;
}

export interface Alerts {
  /** Mailboxes are those of the database; which of them are configured is not known here. */
  facts(): Promise<{
    mailboxes: Omit<AlertSnapshot["mailboxes"][number], "unreadMsMax">[];
    conditions: AlertSnapshot["conditions"];
    uncertain: number;
    unreachableSince: number | null;
  }>;
  /** `unassignedBefore`: tickets made before this moment count; null for none. */
  digest(unassignedBefore: number | null): Promise<Pick<DigestSnapshot, "held"> & { count: number; oldest: number[] }>;
  /** Alarms that were told and are not over; `loops`: those of workers' loops, else all others. */
  standing(loops: boolean): Promise<(Standing & { owner: string | null })[]>;
  /** One row for each recipient, unless this kind and subject was told today; resolves to how many are new. */
  raise(alarms: readonly Alarm[], recipients: readonly string[], at: AlertDay, owner: string | null): Promise<number>;
  /** Notes since when alarms are missing; null: they are there. */
  mark(standing: readonly Standing[], goneMs: number | null): Promise<void>;
  /** The alarms are over, and `told` says so, where anything is to be said. */
  clear(
    over: readonly Standing[],
    told: readonly Alarm[],
    recipients: readonly string[],
    at: AlertDay,
  ): Promise<number>;
  /** Ids of what may be told now, the oldest first; what follows on an alert that is not told yet waits for that. */
  due(now: number, limit: number): Promise<string[]>;
  /** Takes one by a lease, on disk before anything leaves; null where it is told or another process holds it. */
  acquire(id: string, now: number): Promise<LeasedAlert | null>;
  told(alert: LeasedAlert, response: string, now: number): Promise<void>;
  again(alert: LeasedAlert, nextAttemptAtMs: number, error: string): Promise<void>;
  /** `failed`: the way refuses it for good; `dropped`: that recipient is configured no more. */
  end(alert: LeasedAlert, status: "failed" | "dropped", error: string): Promise<void>;
}

/** How an alert reaches a person. */
export interface AlertWay {
  /** Addresses, or `command`. */
  recipients: readonly string[];
  /** Resolves to the answer. Rejects: permanent where it is of no use to try again; anything else is tried again. */
  tell(alert: Alert): Promise<string>;
  /** Whether it can be reached, in a short fact; tells nothing. */
  check(): Promise<string>;
  close(): Promise<void>;
}
