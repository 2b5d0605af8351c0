// Times as people give them to a list (TIC-3): how long ago ("<2h", ">3d"), a day, and from one day to another. Days are those
// of the machine's time zone, in which the command also shows times; `dayStart` knows it.
import { usage } from "../errors.ts";
import { readDuration } from "./settings.ts";

/** From `fromMs` on, and before `untilMs`; null: no bound. */
export interface TimeRange {
  fromMs: number | null;
  untilMs: number | null;
}

const day = /^(\d{4})-(\d\d)-(\d\d)$/;
const weekMs = 7 * 86_400_000;

/** The moment at which a day begins, moved on by some days; null where there is no such day. */
function dayStart(text: string, daysOn = 0): number | null {
  const [, year = "", month = "", date = ""] = day.exec(text) ?? [];
  if (year === "") return null;
  const at = new Date(Number(year), Number(month) - 1, Number(date));
  if (at.getMonth() !== Number(month) - 1 || at.getDate() !== Number(date)) return null;
  return new Date(Number(year), Number(month) - 1, Number(date) + daysOn).getTime();
}

/** `3d`, `2h`, `90m`, and weeks: `2w`; null for anything else. */
function spanMs(text: string): number | null {
  const weeks = /^(\d{1,4})w$/.exec(text);
  return weeks === null ? readDuration(text) : Number(weeks[1]) * weekMs;
}

/**
 * `>3d` is longer ago than three days, `<2h` or `2h` less than two hours ago; `2026-11-01` is on that day, `>2026-11-01` after it,
 * `<2026-11-01` before it, `2026-11-01..2026-11-30` from the first to the end of the last, each of which may be left out.
 */
export function readTimeRange(flag: string, text: string, now: number): TimeRange {
  const said = text.trim();
  const [, from, until] = /^(\d{4}-\d\d-\d\d)?\.\.(\d{4}-\d\d-\d\d)?$/.exec(said) ?? [];
  if (from !== undefined || until !== undefined) {
    const range = {
      fromMs: from === undefined ? null : dayStart(from),
      untilMs: until === undefined ? null : dayStart(until, 1),
    };
    if ((from !== undefined && range.fromMs === null) || (until !== undefined && range.untilMs === null))
      throw notATime(flag, text);
    if (range.fromMs !== null && range.untilMs !== null && range.untilMs <= range.fromMs)
      throw usage(`${flag} ${said} ends before it begins.`);
    return range;
  }
  const [, sign = "", value = ""] = /^([<>]?)\s*(\S+)$/.exec(said) ?? [];
  const span = spanMs(value);
  if (span !== null)
    return sign === ">" ? { fromMs: null, untilMs: now - span } : { fromMs: now - span, untilMs: null };
  const [begin, end] = [dayStart(value), dayStart(value, 1)];
  if (begin === null || end === null) throw notATime(flag, text);
  if (sign === ">") return { fromMs: end, untilMs: null };
  return sign === "<" ? { fromMs: null, untilMs: begin } : { fromMs: begin, untilMs: end };
}

/** The moment since which something is: a day, or so long ago. */
export function readSince(text: string, now: number): number {
  const said = text.trim();
  const span = spanMs(said);
  const at = span === null ? dayStart(said) : now - span;
  if (at === null) throw usage(`"${text}" is no time.`, { remedy: "Write a day such as 2026-11-01, or 3d, 12h, 2w." });
  return at;
}

const laterMaxMs = 366 * 86_400_000;

/** A moment to come, within a year: in so long, or an ISO date and time; UTC where it names no zone. */
export function readLater(text: string, now: number): number {
  const said = text.trim();
  const span = spanMs(said);
  const zoned = /(?:Z|[+-]\d\d:?\d\d)$/i.test(said) ? said : `${said}Z`;
  const at = span === null ? (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(said) ? Date.parse(zoned) : Number.NaN) : now + span;
  if (Number.isNaN(at))
    throw usage(`"${text}" is no time.`, { remedy: "Write 2h or 3d from now, or a moment such as 2026-12-01T09:00." });
  if (at <= now) throw usage(`${text} is over already.`, { remedy: "Leave --at out to send it now." });
  if (at - now > laterMaxMs) throw usage(`${text} is more than a year from now.`);
  return at;
}

const notATime = (flag: string, text: string): Error =>
  usage(`"${text}" is no time for ${flag}.`, {
    remedy: 'Write ">3d" for longer ago, "<2h" for less, a day such as 2026-11-01, or 2026-11-01..2026-11-30.',
  });
