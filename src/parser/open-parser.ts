// The Parser port: mail/parse.ts behind a fence of child processes, so that a mail which takes too much time or memory,
// or crashes its reader, costs a child and not the worker. Hands each call to a child that is free; callers wait in
// line, first come first served. No attachment bytes come back with a parsed mail.
import { fileURLToPath } from "node:url";
import { badData, temporary } from "../errors.ts";
import { mailLimits } from "../mail/limits.ts";
import type { ParsedMail } from "../mail/parsed-mail.ts";
import type { Parser } from "../ports.ts";
import { type Child, openChild } from "./child-process.ts";

export interface ParserOptions {
  /** How many mails are read at once. */
  children: number;
  timeMs?: number;
  memoryBytes?: number;
  /** Another program in place of child.js: tests bring one that misbehaves on demand. */
  childScript?: string;
}

/** More callers than this are turned away, to come again. */
const waitingMax = 10_000;

/** Opens the parser; children start when the first mails come. */
export function openParser(options: ParserOptions): Parser {
  const script = options.childScript ?? fileURLToPath(new URL("./child.js", import.meta.url));
  const timeMs = options.timeMs ?? mailLimits.parseTimeMs;
  const memoryBytes = options.memoryBytes ?? mailLimits.parseMemoryBytes;
  const children = Array.from({ length: Math.max(1, options.children) }, () =>
    openChild({ script, timeMs, memoryBytes }),
  );
  const line = openLine(children);
  return {
    parse: (raw) => line.with((child) => child.call<ParsedMail>("parse", [raw])),
    async attachment(raw, part) {
      const bytes = await line.with((child) => child.call<Uint8Array | null>("attachment", [raw, part]));
      if (bytes === null) throw badData(`The mail has no attachment number ${part}.`);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    pids: () => children.map((child) => child.pid()).filter((pid) => pid !== null),
    async close() {
      line.close();
      await Promise.all(children.map((child) => child.close()));
    },
  };
}

interface Line {
  /** Runs `work` with a child of its own. */
  with<Result>(work: (child: Child) => Promise<Result>): Promise<Result>;
  close(): void;
}

function openLine(children: Child[]): Line {
  const free = [...children];
  const waiting: { resolve: (child: Child) => void; reject: (error: Error) => void }[] = [];
  let closed = false;

  function take(): Promise<Child> {
    if (closed) return Promise.reject(closing());
    // The child that worked last: under little load the others need not even start.
    const child = free.pop();
    if (child !== undefined) return Promise.resolve(child);
    if (waiting.length >= waitingMax)
      return Promise.reject(temporary("Too many mails wait to be read.", { code: "busy" }));
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }

  return {
    async with(work) {
      const child = await take();
      try {
        if (closed) throw closing();
        return await work(child);
      } catch (error) {
        // A child that was ended under its work did not crash.
        throw closed ? closing() : error;
      } finally {
        const next = waiting.shift();
        if (next === undefined) free.push(child);
        else next.resolve(child);
      }
    },
    close() {
      closed = true;
      for (const one of waiting.splice(0)) one.reject(closing());
    },
  };
}

const closing = () => temporary("The mail reader is closing.", { code: "closed" });
