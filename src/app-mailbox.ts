// What the rooms need to know of a configured mailbox, each in its own words.
import { parseAddress } from "./address/email.ts";
import type { Config, MailboxConfig } from "./config.ts";
import type { MailboxFacts } from "./intake/facts.ts";
import type { Identity } from "./worker/telling-words.ts";

export function mailboxFacts(mailbox: MailboxConfig): MailboxFacts {
  const { defaultOrganization, cc, authservId } = mailbox;
  const keys = [mailbox.address, ...mailbox.aliases].flatMap((address) => {
    const parsed = parseAddress(address);
    return parsed.ok ? [parsed.key] : [];
  });
  return {
    name: mailbox.name,
    address: mailbox.address,
    ownKeys: new Set(keys),
    acknowledge: mailbox.acknowledge,
    cc,
    authservId,
    ...(defaultOrganization === "" ? {} : { defaultOrganization }),
  };
}

export function identitiesOf(config: Config): Map<string, Identity> {
  return new Map(
    config.mailboxes.map(({ name, address, displayName, plusAddressing, team }) => [
      name,
      { address, displayName, plusAddressing, ...(team === "" ? {} : { team }) },
    ]),
  );
}

export function startAtMs({ start }: MailboxConfig, now: number): number | null {
  if (start.kind === "all") return null;
  return start.kind === "age" ? now - start.ms : start.atMs;
}
