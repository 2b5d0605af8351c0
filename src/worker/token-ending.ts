// Once a day the log says which refresh token or client secret is going to end, two weeks before mail stops for it (MAIL-20).
import type { Clock, Log } from "../ports.ts";
import type { TokenEndings } from "../ports-oauth.ts";
import type { Schedule } from "./schedule.ts";

const dayMs = 86_400_000;

/** Saying it twice does no harm. */
export const warnOfTokens = ({ clock, log, oauth }: { clock: Clock; log: Log; oauth: TokenEndings }): Schedule => ({
  name: "token-ending",
  everyMs: dayMs,
  offsetMs: dayMs / 4,
  run: async () => {
    for (const { account, what, endsAt, text } of await oauth.tokenEndings(clock.now()))
      log.warn("token-ending", { account, what, endsAt: new Date(endsAt).toISOString(), text });
  },
});
