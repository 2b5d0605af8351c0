// What a row says of whether mail reaches a customer: since when they asked to hear nothing, which of their addresses bounce,
// and how often mail to each failed for a while. Only what a row says of its own addresses counts.
import { parseAddress } from "../address/email.ts";
import { badData } from "../errors.ts";
import type { AddressReach, CustomerAddress } from "./customer.ts";
import type { ImportRow } from "./import-row.ts";

/** Clocks differ, and a date alone may be tomorrow's elsewhere. */
const aheadMsMax = 24 * 60 * 60_000;
const momentPattern = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

const isNone = (text: string): boolean => text.toLowerCase() === "none";

/** UTC milliseconds; null where the row says that they are not muted, undefined where it says nothing. */
export function mutedAtOf({ values }: ImportRow, now: number): number | null | undefined {
  const text = values.mutedAt;
  if (text === undefined) return undefined;
  if (isNone(text)) return null;
  const [, day = ""] = momentPattern.exec(text) ?? [];
  const dayMs = Date.parse(`${day}T00:00:00Z`);
  const atMs = Date.parse(text);
  // Date.parse alone would take 31 February for 3 March.
  if (Number.isNaN(dayMs) || Number.isNaN(atMs) || new Date(dayMs).toISOString().slice(0, 10) !== day)
    throw badData(`mutedAt is a moment: write it as 2026-11-27T10:00:00Z, or none, not "${text.slice(0, 60)}".`);
  if (atMs < 0 || atMs > now + aheadMsMax)
    throw badData(`mutedAt says since when they hear nothing: ${text} is ${atMs < 0 ? "too long ago" : "to come"}.`);
  return atMs;
}

type Known = Pick<CustomerAddress, "address"> & { key: string };

/** By key of each of the row's addresses: what the row says of it, which may be nothing. */
export function reachOf({ values }: ImportRow, own: readonly Known[]): (key: string) => Partial<AddressReach> {
  const bouncing =
    values.bouncing === undefined ? null : new Set(wordsOf(values.bouncing).map(keyAmong(own, "bouncing")));
  const soft = values.softBounces === undefined ? null : new Map(wordsOf(values.softBounces).map(countAmong(own)));
  return (key) => ({
    ...(bouncing === null ? {} : { state: bouncing.has(key) ? "bouncing" : "ok" }),
    ...(soft === null ? {} : { softBounces: soft.get(key) ?? 0 }),
  });
}

const wordsOf = (text: string): string[] => (isNone(text) ? [] : text.split(/[\s,;]+/).filter(Boolean));

const keyAmong = (own: readonly Known[], column: string) => (text: string) => {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw badData(`${column} names addresses, or none: ${parsed.text}`);
  if (own.some(({ key }) => key === parsed.key)) return parsed.key;
  throw badData(`${column} names ${parsed.address}, which is no address of this row.`);
};

const countAmong =
  (own: readonly Known[]) =>
  (text: string): [string, number] => {
    const [, address, count] = /^(.+)=(\d{1,6})$/.exec(text) ?? [];
    if (address !== undefined) return [keyAmong(own, "softBounces")(address), Number(count)];
    throw badData(`softBounces counts by address, such as ann@acme.com=2, or is none: not "${text.slice(0, 60)}".`);
  };
