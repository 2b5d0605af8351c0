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
    async parse(raw) {
      const json = await line.with((child) => child.call("parse", raw));
      if (json === null) throw new Error("the reader of mails gave no answer");
      return JSON.parse(json.toString()) as ParsedMail; // what child.ts makes of it
    },
    async attachment(raw, part) {
      const bytes = await line.with((child) => child.call("attachment", raw, part));
      if (bytes === null) throw badData(`The mail has no attachment number ${part}.`);
      return bytes;
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

/**
 * A usual mail is read in a millisecond or two: one child is enough as long as it gets on. The next one works, or is
 * even started, only when all before it are busy with one mail for longer than this.
 */
const patienceMs = 50;

function openLine(children: readonly Child[]): Line {
  /** Since when each is busy; null while it is free. */
  const busySince: (number | null)[] = children.map(() => null);
  const waiting: { resolve: (index: number) => void; reject: (error: Error) => void }[] = [];
  let closed = false;
  let look: NodeJS.Timeout | undefined;

  /** The first free child whose elders are all held up. */
  function freeChild(): number | null {
    const now = performance.now();
    for (const [index, since] of busySince.entries()) {
      if (since === null) return index;
      if (now - since < patienceMs) return null;
    }
    return null;
  }

  function dispatch(): void {
    for (let index = freeChild(); index !== null && waiting.length > 0; index = freeChild()) {
      busySince[index] = performance.now();
      waiting.shift()?.resolve(index);
    }
    if (waiting.length === 0 || !busySince.includes(null)) return;
    look ??= setTimeout(() => {
      look = undefined;
      dispatch();
    }, patienceMs);
  }

  function take(): Promise<number> {
    if (closed) return Promise.reject(closing());
    if (waiting.length >= waitingMax)
      return Promise.reject(temporary("Too many mails wait to be read.", { code: "busy" }));
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      dispatch();
    });
  }

  return {
    async with(work) {
      const index = await take();
      try {
        const child = children[index];
        if (closed || child === undefined) throw closing();
        return await work(child);
      } catch (error) {
        // A child that was ended under its work did not crash.
        throw closed ? closing() : error;
      } finally {
        busySince[index] = null;
        dispatch();
      }
    },
    close() {
      closed = true;
      clearTimeout(look);
      for (const one of waiting.splice(0)) one.reject(closing());
    },
  };
}

const closing = () => temporary("The mail reader is closing.", { code: "closed" });
