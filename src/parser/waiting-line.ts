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
  /** It may be given to a second child, where it stands behind a mail that takes its time: who is first answers. */
  copies: number;
  settled: boolean;
  load(): Promise<Buffer>;
  resolve(bytes: Buffer | null): void;
  reject(error: unknown): void;
}

/** More callers than this are turned away, to come again. */
const waitingMax = 10_000;
/** A handful has at most so many bytes, but for a single mail that is larger. */
const handfulBytesMax = 1024 * 1024;
/**
 * A usual mail is read in a millisecond or two: one child is enough as long as it gets on. The next one works, or is even
 * started, only when all before it are held up: at so many looks in a row they had finished nothing more.
 */
const lookEveryMs = 50;
const quietLooksMax = 2;
/** A process needs a while to start. */
const quietLooksAtStart = 40;

/** A child and what it is busy with. */
interface Seat {
  child: Child;
  /** Null while it is free; empty while its mails are fetched. */
  calls: readonly Waiting[] | null;
  hasStarted: boolean;
  answered: number;
  quietLooks: number;
}

export function openLine(children: readonly Child[]): Line {
  const waiting: Waiting[] = [];
  const seats = children.map((child): Seat => ({ child, calls: null, hasStarted: false, answered: 0, quietLooks: 0 }));
  let closed = false;
  let look: NodeJS.Timeout | undefined;

  /** The first free seat whose elders are all held up. */
  function freeSeat(): Seat | null {
    const seat = seats.find((one) => one.calls === null || !isHeldUp(one));
    return seat?.calls === null ? seat : null;
  }

  function dispatch(): void {
    for (let seat = freeSeat(); seat !== null && waiting.length > 0; seat = freeSeat()) void serve(seat);
    const mayNeedHelp = seats.some(({ calls }) => calls === null) && seats.some(({ calls }) => calls !== null);
    // What a child has said already is heard before it is called slow, even if this process was held up itself.
    if (mayNeedHelp) look ??= setTimeout(() => setImmediate(relieve), lookEveryMs);
  }

  /** Lets others read what stands behind a mail that takes its time. */
  function relieve(): void {
    look = undefined;
    for (const seat of seats) {
      if (seat.calls === null) continue;
      const answered = seat.child.answered();
      seat.quietLooks = answered === seat.answered ? seat.quietLooks + 1 : 0;
      seat.answered = answered;
      if (!isHeldUp(seat)) continue;
      const behind = seat.calls.slice(answered + 1).filter((call) => call.copies === 1);
      for (const call of behind) call.copies = 2;
      waiting.unshift(...behind);
    }
    if (!closed) dispatch();
  }

  async function serve(seat: Seat): Promise<void> {
    Object.assign(seat, { calls: [], hasStarted: seat.child.pid() !== null, answered: 0, quietLooks: 0 });
    const { calls, mails } = await handful(waiting);
    seat.calls = calls;
    const [first] = calls;
    if (first !== undefined && !closed) {
      const settled = await seat.child.call(first.method, mails, first.part).catch((error: unknown) => error as Error);
      const outcomes = settled instanceof Error ? calls.map(() => failed(settled)) : settled;
      const unread = calls.filter((call, at) => !tell(call, outcomes[at], closed));
      waiting.unshift(...unread);
    } else waiting.unshift(...calls);
    if (closed) turnAway();
    seat.calls = null;
    if (seat !== seats[0] && waiting.length === 0) goHome(seat);
    dispatch();
  }

  /** Who only helped out ends when nothing is left to do: a process is a hundred megabytes. */
  function goHome({ child }: Seat): void {
    void child.close();
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
        waiting.push({ method, part, copies: 1, settled: false, load, resolve, reject });
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

const isHeldUp = ({ hasStarted, quietLooks }: Seat): boolean =>
  quietLooks >= (hasStarted ? quietLooksMax : quietLooksAtStart);

/** Takes mails from the front of the line: several to be read, or a single other call. */
async function handful(waiting: Waiting[]): Promise<{ calls: Waiting[]; mails: Buffer[] }> {
  const calls: Waiting[] = [];
  const mails: Buffer[] = [];
  let bytes = 0;
  while (calls.length < sheetMailsMax && bytes < handfulBytesMax) {
    const next = waiting[0];
    if (next === undefined || (calls.length > 0 && next.method !== "parse")) break;
    waiting.shift();
    if (next.settled) continue;
    try {
      const raw = await next.load();
      if (calls.length > 0 && bytes + raw.length > handfulBytesMax) {
        waiting.unshift(next);
        break;
      }
      calls.push(next);
      mails.push(raw);
      bytes += raw.length;
      if (next.method !== "parse") break;
    } catch (error) {
      next.settled = true;
      next.reject(error);
    }
  }
  return { calls, mails };
}

/** False where the mail was read by nobody and must wait again. */
function tell(call: Waiting, outcome: Outcome | undefined, isClosed: boolean): boolean {
  call.copies -= 1;
  if (call.settled) return true;
  if (outcome === undefined || outcome.kind === "unread") {
    if (call.copies > 0) return true; // another child has it, or will
    call.copies = 1;
    return false;
  }
  call.settled = true;
  // A child that was ended under its work did not crash.
  if (outcome.kind === "error") call.reject(isClosed ? closing() : outcome.error);
  else if (outcome.kind === "mistake") call.reject(new Error(`the reader of mails made a mistake: ${outcome.bytes}`));
  else call.resolve(outcome.kind === "bytes" ? outcome.bytes : null);
  return true;
}

const failed = (error: Error): Outcome => ({ kind: "error", error });

const closing = () => temporary("The mail reader is closing.", { code: "closed" });
