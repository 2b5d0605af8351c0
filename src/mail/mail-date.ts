// The Date header (RFC 5322 3.3, with the obsolete forms of 4.3 that are still written) as UTC milliseconds. JavaScript's
// own Date.parse would read "hello 1" as a day of 2001 and a missing zone as this machine's, so it is not asked.

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const zones: Record<string, number> = {
  est: -5,
  edt: -4,
  cst: -6,
  cdt: -5,
  mst: -7,
  mdt: -6,
  pst: -8,
  pdt: -7,
};
const internet =
  /(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})[\s,]+(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2}))?(?:\.\d+)?\s*(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?/i;
const ctime = /([a-z]{3})\s+(\d{1,2})\s+(\d{1,2}):(\d{2}):(\d{2})\s+(?:([a-z]{1,5})\s+)?(\d{4})/i;
const iso = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(?:([+-])(\d{2}):?(\d{2})|(z))?/i;

/** UTC milliseconds, or null where the value is no date; a time without a zone counts as UTC. */
export function readDate(value: string): number | null {
  const text = value.slice(0, 200).replace(/\([^()]*\)/g, " ");
  const numeric = iso.exec(text.trim());
  if (numeric !== null) {
    const [, year, month, day, hour, minute, second, sign, hours, minutes] = numeric;
    return moment(Number(year), Number(month) - 1, day, hour, minute, second, offset(sign, hours, minutes, undefined));
  }
  const match = internet.exec(text);
  if (match !== null) {
    const [, day, month = "", year = "", hour, minute, second, sign, hours, minutes, zone] = match;
    return moment(fullYear(year), monthOf(month), day, hour, minute, second, offset(sign, hours, minutes, zone));
  }
  const unix = ctime.exec(text);
  if (unix === null) return null;
  const [, month = "", day, hour, minute, second, zone, year] = unix;
  return moment(Number(year), monthOf(month), day, hour, minute, second, offset(undefined, "", "", zone));
}

function moment(
  year: number,
  month: number,
  day: string | undefined,
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  offsetMinutes: number,
): number | null {
  const [d, h, m, s] = [Number(day), Number(hour), Number(minute), Number(second ?? 0)];
  if (month < 0 || month > 11 || d < 1 || d > 31 || h > 24 || m > 59 || s > 60 || year < 1970 || year > 9999)
    return null;
  return Date.UTC(year, month, d, h, m, s) - offsetMinutes * 60_000;
}

const monthOf = (name: string) => months.indexOf(name.toLowerCase());

/** RFC 5322 4.3: two digits up to 49 are this century's, three digits count from 1900. */
function fullYear(year: string): number {
  const value = Number(year);
  if (year.length === 2) return value < 50 ? 2000 + value : 1900 + value;
  return year.length === 3 ? 1900 + value : value;
}

function offset(sign: string | undefined, hours = "", minutes = "", zone: string | undefined): number {
  if (sign === undefined) return (zones[zone?.toLowerCase() ?? ""] ?? 0) * 60;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
