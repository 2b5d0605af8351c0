// What is going to end: the refresh token, of which the endpoint may tell (Google does), or what the configuration says of it
// and of the client secret. Access tokens end every hour and concern nobody.
import type { TokenEnding } from "../ports-oauth.ts";
import type { OauthAccount } from "./account.ts";
import { newSecret, signInAgain } from "./refusal.ts";

/** So long before the end a person is told. */
export const warnMs = 14 * 86_400_000;
const dayMs = 86_400_000;

/** The next end, however far; null where nothing is known to end. `refreshEndsAt` is what the endpoint said. */
export function nextEnding(account: OauthAccount, refreshEndsAt: number | null, now: number): TokenEnding | null {
  const { endsAt } = account;
  if (refreshEndsAt !== null && (endsAt === null || refreshEndsAt <= endsAt))
    return ending(account, "refresh token", refreshEndsAt, now);
  return endsAt === null ? null : ending(account, configuredWhat(account), endsAt, now);
}

function configuredWhat({ grant, clientSecret }: OauthAccount): TokenEnding["what"] {
  if (grant === "client_credentials") return "client secret";
  return clientSecret === null ? "refresh token" : "client secret or refresh token";
}

function ending(account: OauthAccount, what: TokenEnding["what"], endsAt: number, now: number): TokenEnding {
  const day = new Date(endsAt).toISOString().slice(0, 10);
  const days = Math.floor((endsAt - now) / dayMs);
  const text = endsAt <= now ? `ended on ${day}` : `ends on ${day}, ${days === 0 ? "within a day" : inDays(days)}`;
  return {
    account: account.name,
    what,
    endsAt,
    text: `The ${what} of ${account.name} ${text}.`,
    remedy: remedyOf(account, what),
  };
}

const inDays = (days: number): string => `in ${days} ${days === 1 ? "day" : "days"}`;

function remedyOf(account: OauthAccount, what: TokenEnding["what"]): string {
  const mend = account.endsAt === null ? "" : " Then mend endsAt in maildesk.yaml.";
  if (what === "refresh token") return `${signInAgain(account)}${mend}`;
  const renew = newSecret(account);
  if (what === "client secret") return `${renew[0]?.toUpperCase() ?? ""}${renew.slice(1)}${mend}`;
  return `Renew what ends: ${renew} ${signInAgain(account)}${mend}`;
}
