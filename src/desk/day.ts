// Days as the people of a desk count them: which day and minute it is in their time zone, and a time of the day that a
// setting names. The moment is always an argument; zones are those that Intl knows (IANA).

/** A time of each day, `08:00 Europe/Berlin`. */
export interface DailyTime {
  /** Minutes since midnight. */
  minute: number;
  zone: string;
}

/** `08:00`, `08:00 Europe/Berlin` or `off`; null for anything else. Without a zone it is UTC. */
export function readDailyTime(text: string): DailyTime | "off" | null {
  const value = text.trim();
  if (["off", "no", "false"].includes(value.toLowerCase())) return "off";
  const [, hours = "", minutes = "", zone = "UTC"] =
    /^(\d{1,2}):(\d\d)(?:\s+([\w+-]+(?:\/[\w+-]+)*))?$/.exec(value) ?? [];
  if (hours === "" || Number(hours) > 23 || Number(minutes) > 59 || !isZone(zone)) return null;
  return { minute: Number(hours) * 60 + Number(minutes), zone };
}

function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** `day` is written 2026-11-27, `minute` counts from midnight. */
export function localDay(atMs: number, zone: string): { day: string; minute: number } {
  const part = partsOf(atMs, zone);
  return {
    day: `${part("year")}-${part("month")}-${part("day")}`,
    minute: Number(part("hour")) * 60 + Number(part("minute")),
  };
}

/** `2026-11-27 08:14 Europe/Berlin`. */
export function localTime(atMs: number, zone: string): string {
  const part = partsOf(atMs, zone);
  return `${part("year")}-${part("month")}-${part("day")} ${part("hour")}:${part("minute")} ${zone}`;
}

function partsOf(atMs: number, zone: string): (type: Intl.DateTimeFormatPartTypes) => string {
  const parts = formatOf(zone).formatToParts(new Date(atMs));
  return (type) => parts.find((one) => one.type === type)?.value ?? "";
}

const formatOf = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
