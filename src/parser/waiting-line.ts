// Mails that wait to be read, first come first served, and which child reads them. A child is given a handful at a time;
// what stands behind a mail that holds it up, or that it died of, waits again in front of the others.
import { temporary } from "../errors.ts";
import type { Child, Outcome } from "./child-process.ts";
import { sheetMailsMax } from "./sheet.ts";

export interface Line {
  /** `load` is asked for the mail when its turn has come. Null where the child has no answer. */
  read(method: string, load: () => Promise<Buffer>, part?: number): Promise<Buffer | null>;
  /** Turns away who waits and who comes. */
  close(): void;
}

interface Waiting {
  method: string;
  part: number;
  /** It stood behind a mail that takes its time, and waits for another child as well: who is first answers. */
  again: boolean;
  load(): Promise<Buffer>;
  resolve(bytes: Buffer | null): void;
  reject(error: unknown): void;
}

/** More callers than this are turned away, to come again. */
const waitingMax = 10_000;
/** A handful has at most so many bytes, but for a single mail that is larger. */
const handfulBytesMax = 1024 * 1024;
/**
 * A usual mail is read in a millisecond or two: one child is enough as long as it gets on. The next one works, or is
 * even started, only when all before it are busy with one handful for longer than this.
 */
const patienceMs = 100;
const startMsMax = 2_000;

export function openLine(children: readonly Child[]): Line {
  const waiting: Waiting[] = [];
  /** Whether each child has read anything yet: a process needs a while to start. */
  const hasStarted: boolean[] = children.map(() => false);
  /** Since when each child is busy; null while it is free. */
  const busySince: (number | null)[] = children.map(() => null);
  const inHand: Waiting[][] = children.map(() => []);
  let closed = false;
  let look: NodeJS.Timeout | undefined;

  /** The first free child whose elders are all held up. */
  function freeChild(): number | null {
    const now = performance.now();
    for (const [index, since] of busySince.entries()) {
      if (since === null) return index;
      if (now - since < patienceFor(index)) return null;
    }
    return null;
  }

  const patienceFor = (index: number) => (hasStarted[index] === true ? patienceMs : startMsMax);

  function dispatch(): void {
    for (let index = freeChild(); index !== null && waiting.length > 0; index = freeChild()) void serve(index);
    if (busySince.includes(null) && busySince.some((since) => since !== null)) look ??= setTimeout(relieve, patienceMs);
  }

  /** Lets others read what stands behind a mail that takes its time. */
  function relieve(): void {
    look = undefined;
    const now = performance.now();
    for (const [index, since] of busySince.entries()) {
      if (since === null || now - since < patienceFor(index)) continue;
      const behind = (inHand[index] ?? []).slice((children[index]?.finished() ?? 0) + 1).filter((call) => !call.again);
      for (const call of behind) call.again = true;
      waiting.unshift(...behind);
    }
    dispatch();
  }

  async function serve(index: number): Promise<void> {
    busySince[index] = performance.now();
    const child = children[index];
    const { calls, mails } = await handful(waiting);
    inHand[index] = calls;
    const [first] = calls;
    if (child !== undefined && first !== undefined && !closed) {
      const settled = await child.call(first.method, mails, first.part).catch((error: unknown) => error as Error);
      const outcomes = settled instanceof Error ? calls.map(() => failed(settled)) : settled;
      const unread = calls.filter((call, at) => !tell(call, outcomes[at], closed));
      waiting.unshift(...unread);
    } else waiting.unshift(...calls);
    if (closed) turnAway();
    hasStarted[index] = true;
    busySince[index] = null;
    inHand[index] = [];
    // Who only helped out goes home when nothing is left to do; a process is a hundred megabytes.
    if (index > 0 && waiting.length === 0) {
      hasStarted[index] = false;
      void child?.close();
    }
    dispatch();
  }

  function turnAway(): void {
    for (const one of waiting.splice(0)) one.reject(closing());
  }

  return {
    read(method, load, part = 0) {
      if (closed) return Promise.reject(closing());
      if (waiting.length >= waitingMax)
        return Promise.reject(temporary("Too many mails wait to be read.", { code: "busy" }));
      return new Promise((resolve, reject) => {
        waiting.push({ method, part, again: false, load, resolve, reject });
        if (waiting.length === 1) queueMicrotask(dispatch); // who comes in the same moment comes along
      });
    },
    close() {
      closed = true;
      clearTimeout(look);
      turnAway();
    },
  };
}

/** Takes mails from the front of the line: several to be read, or a single other call. */
async function handful(waiting: Waiting[]): Promise<{ calls: Waiting[]; mails: Buffer[] }> {
  const calls: Waiting[] = [];
  const mails: Buffer[] = [];
  let bytes = 0;
  while (calls.length < sheetMailsMax && bytes < handfulBytesMax) {
    const next = waiting[0];
    if (next === undefined || (calls.length > 0 && next.method !== "parse")) break;
    waiting.shift();
    try {
      const raw = await next.load();
      calls.push(next);
      mails.push(raw);
      bytes += raw.length;
      if (next.method !== "parse") break;
    } catch (error) {
      next.reject(error);
    }
  }
  return { calls, mails };
}

/** False where the mail was not read and must wait again. */
function tell(call: Waiting, outcome: Outcome | undefined, isClosed: boolean): boolean {
  if (outcome === undefined || outcome.kind === "unread") return call.again;
  // A child that was ended under its work did not crash.
  if (outcome.kind === "error") call.reject(isClosed ? closing() : outcome.error);
  else if (outcome.kind === "mistake") call.reject(new Error(`the reader of mails made a mistake: ${outcome.bytes}`));
  else call.resolve(outcome.kind === "bytes" ? outcome.bytes : null);
  return true;
}

const failed = (error: Error): Outcome => ({ kind: "error", error });

const closing = () => temporary("The mail reader is closing.", { code: "closed" });
