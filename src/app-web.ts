// Puts the pages for customers together: the desk's keys, what a token lets somebody leave, and the commit. Only a worker listens, and
// only where `web:` says so. What a page changes goes the same way as what a mail changes.
import type { Config } from "./config.ts";
import { leavingOf } from "./database/leaving.ts";
import type { Database } from "./database/open.ts";
import { leave } from "./desk/opt-out.ts";
import { MaildeskError } from "./errors.ts";
import { readToken, type TokenClaims, type TokenKey } from "./mail/token.ts";
import type { Clock, Ids, Log } from "./ports.ts";
import type { Desk } from "./ports-database.ts";

export interface AppWebPorts {
  database: Pick<Database, "read">;
  desk: Desk;
  clock: Clock;
  ids: Ids;
  log: Log;
  keys: readonly TokenKey[];
}

const decideAgainMax = 20;

export function openAppWeb({ web }: Pick<Config, "web">, ports: AppWebPorts) {
  const claimsOf = (token: string): TokenClaims | null => {
    const claims = readToken(ports.keys, token);
    return claims?.purpose === "leave" ? claims : null;
  };
  return {
    /** Listens where the configuration says so; resolves to how to stop. */
    async listen(): Promise<() => Promise<void>> {
      if (web?.listen == null) return async () => {};
      const { openWeb } = await import("./web/open-web.ts");
      const opened = await openWeb({
        ...web.listen,
        isToken: (token) => claimsOf(token) !== null,
        leave: async (token) => {
          const claims = claimsOf(token);
          if (claims !== null) await leaveBy(ports, claims);
        },
        failed: (error) => ports.log.error("web-failed", { error }),
      });
      ports.log.info("web-listening", { address: opened.address });
      return opened.close;
    },
    /** For `doctor`: a short fact, or what to do. */
    async check(): Promise<string> {
      if (web === null) return "off";
      if (web.listen === null) return `${web.address}, for which another worker answers`;
      const { checkWeb } = await import("./web/check-web.ts");
      return `${web.address}, by ${await checkWeb(web.listen)}`;
    },
  };
}

/** Decided again where somebody changed the same meanwhile. */
async function leaveBy({ database, desk, clock, ids, log }: AppWebPorts, claims: TokenClaims): Promise<void> {
  for (let round = 0; ; round++) {
    const leaving = await leavingOf(database.read, claims);
    if (leaving === null) return;
    const { changes, guards, text } = leave(leaving, clock.now());
    if (changes.length === 0) return;
    const cause = { kind: "web" as const, by: "web", what: `one click: ${text}` };
    try {
      await desk.commit({ id: ids.next("cmt"), atMs: clock.now(), cause, changes, guards, notices: [] });
      return log.info("left", { customer: leaving.customer.id });
    } catch (error) {
      if (!(error instanceof MaildeskError) || error.code !== "guard" || round >= decideAgainMax) throw error;
    }
  }
}
