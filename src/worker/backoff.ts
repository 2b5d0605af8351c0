// When to try again: doubling from half a minute to four hours, so that a server's short trouble costs minutes and a
// long one costs nobody's patience. The attempt is counted in the row, so both queues behave alike (invariant 4).

const firstMs = 30_000;
const longestMs = 4 * 3_600_000;

/** Delay in milliseconds before attempt number `attempts + 1`; `attempts` counts from 1. */
export const backoffMs = (attempts: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(20, Math.max(0, attempts - 1)));

/** Outgoing mail is given up after this long (RFC 5321 section 4.5.4.1 asks for 4 to 5 days). */
export const giveUpAfterMs = 5 * 86_400_000;
