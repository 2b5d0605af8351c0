// Taking the address that `metrics:` names, and what to say where it can't be had.
import type { Server } from "node:http";
import { configuration, type MaildeskError, operator, systemCode } from "../errors.ts";

export interface Address {
  host: string;
  port: number;
}

export const taken = "EADDRINUSE";

/** Rejects: operator (exit 69) where the port is taken or not allowed, configuration (78) for an address that is not here. */
export function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, address)));
    server.listen(address.port, address.host, resolve);
  });
}

/** `127.0.0.1:9464`, as it stands in a URL. */
export const shownAddress = ({ host, port }: Address): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;

function listenError(error: unknown, address: Address): MaildeskError {
  const code = systemCode(error);
  const shown = shownAddress(address);
  const more = { cause: error, ...(code === null ? {} : { code }) };
  if (code === taken)
    return operator(`Another program, or another worker, listens on ${shown} already.`, {
      ...more,
      remedy: "Write another port under `metrics:` in maildesk.yaml, or in MAILDESK_METRICS.",
    });
  if (code === "EACCES")
    return operator(`This user may not listen on ${shown}.`, {
      ...more,
      remedy: "Write a port above 1023 under `metrics:` in maildesk.yaml.",
    });
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return configuration(`This machine has no address ${address.host} to listen on.`, {
      ...more,
      remedy: "Write an address of this machine under `metrics:` in maildesk.yaml, such as 127.0.0.1:9464.",
    });
  return operator(`The worker cannot listen on ${shown} (${code ?? String(error)}).`, more);
}
