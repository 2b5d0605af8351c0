// PostgreSQL's errors in our words, each with what to do. Codes are SQLSTATE, as appendix A of its manual lists them.
// No sentence contains the password: PostgreSQL's own words never do.
import { conflict, MaildeskError, operator, systemCode, temporary } from "../errors.ts";

/** One of two transactions that waited for each other: as if it had never begun. */
export const isDeadlock = (error: unknown): boolean => ["40P01", "40001"].includes(systemCode(error) ?? "");

/** The tables were changed under a prepared statement: a new connection prepares it anew. */
export const isStale = (error: unknown): boolean => systemCode(error) === "0A000";

/** The server is gone, ends its sessions, starts up or has no room for one more: a new connection may fare better. */
export function isLost(error: unknown): boolean {
  const code = systemCode(error) ?? "";
  if (/^(08|57P0[1-5]$|53300$|25P03$)/.test(code) || networkCodes.has(code)) return true;
  return code === "" && error instanceof Error && /connection|timeout/i.test(error.message);
}

const networkCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** What people mend, by SQLSTATE or the beginning of one: what is wrong, and the remedy. */
const mendable: readonly (readonly [code: string, what: string, remedy: string])[] = [
  ["28", "refused the login", "Correct the user and the password in `database` of maildesk.yaml."],
  ["3D000", "has no such database", "Make it with createdb, or correct its name in `database` of maildesk.yaml."],
  [
    "42501",
    "does not let this user keep a desk",
    "Let it make its schema: GRANT CREATE ON DATABASE name TO user. Or make the schema yourself and give it to the user.",
  ],
  ["25006", "is read-only, as a standby is", "Name the primary server in `database` of maildesk.yaml."],
  ["53100", "has no room on its disk", "Make room there; nothing was lost."],
  ["42P01", "misses a table", "Run maildesk doctor, and restore a backup if somebody removed tables."],
];

/** Wraps whatever `pg` threw; errors that are ours, and mistakes of ours, stay as they are. */
export function postgresError(name: string, error: unknown): unknown {
  if (error instanceof MaildeskError) return error;
  const code = systemCode(error) ?? "";
  const words = (error instanceof Error ? error.message : String(error)) || code || "no reason given";
  const known = mendable.find(([start]) => code.startsWith(start));
  if (known !== undefined) return operator(`${name} ${known[1]}: ${words}.`, { code, cause: error, remedy: known[2] });
  if (isLost(error))
    return temporary(`${name} can't be used: ${words}.`, {
      code: "busy",
      cause: error,
      remedy: "Start it, or correct `database` in maildesk.yaml; nothing was lost.",
    });
  // A limit of the server's, a fault of its own, or tables that a newer maildesk changed a moment ago: no mail's fault.
  if (/^(57014|55P03|53...|58...|XX...|0A000|42703|23502)$/.test(code))
    return temporary(`${name} is too busy: ${words}.`, { code: "busy", cause: error, remedy: "Try again." });
  if (isDeadlock(error)) return conflict("Others changed the same meanwhile.", { code: "guard", remedy: "Try again." });
  return error;
}
