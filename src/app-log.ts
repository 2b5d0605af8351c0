// What stands between the loops and the log: servers' sentences may repeat what we told them, such as a login in a URL or
// a signed reply address, by which anybody could answer in a customer's name. Such things are masked before a line is made.
import { withoutPassword } from "./config-url.ts";
import type { TokenKey } from "./mail/token.ts";
import { maskTokens } from "./mail/token-places.ts";
import type { Log, LogEvent } from "./ports-log.ts";

/** The same log without passwords in URLs and without tokens of these keys; `seen` is told of each event first. */
export function discreetLog(
  log: Log,
  keys: readonly TokenKey[],
  seen: (event: LogEvent, fields: Readonly<Record<string, unknown>>) => void,
): Log {
  const clean = (text: string) => maskTokens(keys, withoutPassword(text));
  const masked = <F extends Readonly<Record<string, unknown>>>(fields: F): F =>
    mapped(fields, (value) =>
      typeof value === "string" ? clean(value) : value instanceof Error ? cleanError(value, clean) : value,
    );
  const at =
    (level: keyof Log): Log["info"] =>
    (event, fields) => {
      seen(event, fields);
      log[level](event, masked(fields));
    };
  return { info: at("info"), warn: at("warn"), error: at("error") };
}

function cleanError(error: Error, clean: (text: string) => string): Error {
  const copy = new Error(clean(error.message));
  copy.stack = clean(error.stack ?? error.message);
  return copy;
}

const mapped = <F extends Readonly<Record<string, unknown>>>(fields: F, change: (value: unknown) => unknown): F =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)])) as F; // the same names, the same kinds
