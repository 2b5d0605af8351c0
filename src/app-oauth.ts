// The accounts that log in by access tokens: those of the configuration's `oauth:` blocks, each with its credential in the
// database; and what of them is going to end, for the log, `doctor`, `status` and whoever is to be told.
import type { Config, ImapSourceConfig, SmtpOutgoingConfig } from "./config.ts";
import { warnMs } from "./oauth/ending.ts";
import { type OauthLogin, type OauthPorts, openOauth } from "./oauth/open-oauth.ts";
import type { TokenEnding, TokenEndings } from "./ports-oauth.ts";

export interface AppOauth extends TokenEndings {
  /** Null where the mailbox logs in by a password, or not at all. */
  ofMailbox(name: string): OauthLogin | null;
  outgoing: OauthLogin | null;
  /** The alerts' own route. */
  alerts: OauthLogin | null;
  /** For `doctor`: each account with its name. */
  accounts: readonly { name: string; login: OauthLogin }[];
}

export function openAppOauth({ mailboxes, outgoing, alerts }: Config, ports: OauthPorts): AppOauth {
  const ofMailboxes = new Map(
    mailboxes.flatMap(({ name, source }) => {
      const login = source.kind === "imap" ? loginOf(source, `mailbox ${name}`, ports) : null;
      return login === null ? [] : [[name, login] as const];
    }),
  );
  const out = outgoing.kind === "smtp" ? loginOf(outgoing, "outgoing", ports) : null;
  const route = alerts?.kind === "mail" && alerts.route?.kind === "smtp" ? alerts.route : null;
  const alertsLogin = route === null ? null : loginOf(route, "alerts.route", ports);
  const accounts = [
    ...[...ofMailboxes].map(([name, login]) => ({ name, login })),
    ...(out === null ? [] : [{ name: "outgoing", login: out }]),
    ...(alertsLogin === null ? [] : [{ name: "alerts.route", login: alertsLogin }]),
  ];
  return {
    ofMailbox: (name) => ofMailboxes.get(name) ?? null,
    outgoing: out,
    alerts: alertsLogin,
    accounts,
    async tokenEndings(now) {
      const endings = await Promise.all(accounts.map(({ login }) => login.ending()));
      const isNear = (one: TokenEnding | null): one is TokenEnding => one !== null && one.endsAt - now <= warnMs;
      return endings.filter(isNear).toSorted((a, b) => a.endsAt - b.endsAt);
    },
  };
}

function loginOf({ user, oauth }: ImapSourceConfig | SmtpOutgoingConfig, name: string, ports: OauthPorts) {
  return oauth === null || user === null ? null : openOauth({ ...oauth, name, user }, ports);
}
