// What the queue needs of the place where BullMQ keeps its jobs, so that one code drives Redis and PostgreSQL.
import type { Processor, Queue, QueueOptions, Worker, WorkerOptions } from "bullmq";
import type { MaildeskError } from "../errors.ts";

/** The jobs of both stores: the id of a row. */
export interface Wake {
  id: string;
}
interface Reports {
  on(event: "error", listener: (error: Error) => void): unknown;
}
export type WakeQueue = Reports &
  Pick<Queue<Wake>, "addBulk" | "getJobCounts" | "getActive" | "getDelayed" | "waitUntilReady" | "close">;
export type WakeWorker = Reports & Pick<Worker<Wake>, "isPaused" | "pause" | "resume" | "waitUntilReady" | "close">;

/** What openBullmq needs of the place where the jobs are: a Redis, or a PostgreSQL through BullMQ's own backend. */
export interface BullmqStore {
  /** True where a worker that was made while the store was away never recovers. */
  needsFirstContact: boolean;
  /** For adding and counting: a command that can't be sent now fails at once. */
  openQueue(topic: string, options: Omit<QueueOptions, "connection">): WakeQueue;
  /** For workers: a command waits until the store is back. */
  openWorker(topic: string, processor: Processor<Wake>, options: Omit<WorkerOptions, "connection">): WakeWorker;
  /** Resolves when a push can be sent; rejects within seconds with temporary (`code: "connection"`) or operator. */
  ready(): Promise<void>;
  /** What an error of a command or a connection means. */
  trouble(error: unknown): MaildeskError;
  /** Resolves to a short fact; rejects with operator where the store would lose jobs. */
  check(): Promise<string>;
  /** From now on nothing connects again; resolves when each connection is either up or given up. */
  settle(): Promise<void>;
  disconnect(): void;
}
