// What all benchmarks of one run stand on: a folder that is removed, a Dovecot with mailboxes, the size that was asked
// for, and how figures are told.
import { cpus } from "node:os";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { tempFolder } from "../servers/temp-folder.ts";
import type { BenchSource } from "./bench-desk.ts";

export const isQuick = process.env.BENCH_QUICK === "1";
const only = (process.env.BENCH_ONLY ?? "").split(",").filter(Boolean);

/** True where this benchmark was not asked for. */
export const isLeftOut = (name: string): boolean => only.length > 0 && !only.includes(name);

export type Box = BenchSource & { maildir: string };

export interface BenchRun {
  folder: string;
  newMailbox(): Box;
  remove(): Promise<void>;
}

export async function openBench(): Promise<BenchRun> {
  const scratch = tempFolder("bench");
  const dovecot: Dovecot = await startDovecot();
  let users = 0;
  say(`${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.versions.node}, Dovecot on 127.0.0.1`);
  return {
    folder: scratch.path,
    newMailbox() {
      users += 1;
      return { port: dovecot.port, ...dovecot.user(`box-${users}`) };
    },
    async remove() {
      await dovecot.remove();
      scratch.remove();
    },
  };
}

export const say = (line: string): void => console.log(line);
