// Taking the address that `metrics:` or `web:` names, and what to say where it can't be had.
import type { Server } from "node:http";
import { configuration, type MaildeskError, operator, systemCode } from "./errors.ts";

export interface Address {
  host: string;
  port: number;
}

/** Where in the configuration an address stands, for the remedy. */
export interface Named {
  key: "metrics:" | "web.listen";
  variable: "MAILDESK_METRICS" | "MAILDESK_WEB_LISTEN";
  example: string;
}

export const forMetrics: Named = { key: "metrics:", variable: "MAILDESK_METRICS", example: "127.0.0.1:9464" };
export const forWeb: Named = { key: "web.listen", variable: "MAILDESK_WEB_LISTEN", example: "127.0.0.1:8090" };

export const taken = "EADDRINUSE";

/** Rejects: operator (exit 69) where the port is taken or not allowed, configuration (78) for an address that is not here. */
export function listen(server: Server, address: Address, named: Named): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, address, named)));
    server.listen(address.port, address.host, resolve);
  });
}

/** `127.0.0.1:9464`, as it stands in a URL. */
export const shownAddress = ({ host, port }: Address): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** Listening there means everywhere; asking needs one of them. */
const everywhere: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** Where somebody on this machine asks what listens there. */
export const askedAddress = ({ host, port }: Address): string => shownAddress({ host: everywhere[host] ?? host, port });

function listenError(error: unknown, address: Address, { key, variable, example }: Named): MaildeskError {
  const code = systemCode(error);
  const shown = shownAddress(address);
  const more = { cause: error, ...(code === null ? {} : { code }) };
  if (code === taken)
    return operator(`Another program, or another worker, listens on ${shown} already.`, {
      ...more,
      remedy: `Write another port under \`${key}\` in maildesk.yaml, or in ${variable}.`,
    });
  if (code === "EACCES")
    return operator(`This user may not listen on ${shown}.`, {
      ...more,
      remedy: `Write a port above 1023 under \`${key}\` in maildesk.yaml.`,
    });
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return configuration(`This machine has no address ${address.host} to listen on.`, {
      ...more,
      remedy: `Write an address of this machine under \`${key}\` in maildesk.yaml, such as ${example}.`,
    });
  return operator(`The worker cannot listen on ${shown} (${code ?? String(error)}).`, more);
}
