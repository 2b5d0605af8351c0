// An alert as a mail to one person: marked as a machine's and as ours, so that neither our own intake nor anybody's
// answers it, with a Message-ID made of what it tells, so that a second try is the same mail to whoever reads it.
import { createHash } from "node:crypto";
import { composeMail } from "../mail/compose.ts";
import { signToken, type TokenKey } from "../mail/token.ts";
import { tokenMessageId } from "../mail/token-places.ts";
import type { Transport } from "../ports.ts";
import type { Alert, AlertWay } from "../ports-alerts.ts";

export interface AlertMailPorts {
  transport: Transport;
  /** The first signs. */
  keys: readonly TokenKey[];
  /** The desk's name. */
  name(): Promise<string>;
}

/** `from` is an address of the desk, which the route lets it send by. */
export function openAlertMail(
  { transport, keys, name }: AlertMailPorts,
  { to, from }: { to: readonly string[]; from: string },
): AlertWay {
  return {
    recipients: to,
    async tell(alert) {
      const raw = await alertMail(alert, { name: await name(), address: from }, keys);
      const { response } = await transport.send({ from, to: alert.recipient }, raw, async () => {});
      return response;
    },
    check: () => transport.check(),
    close: async () => {},
  };
}

/** The same alert is the same bytes. */
export async function alertMail(
  alert: Alert,
  from: { name: string; address: string },
  keys: readonly TokenKey[],
): Promise<Buffer> {
  const [key] = keys;
  if (key === undefined) throw new Error("no secret is configured");
  const mark = signToken(key, { purpose: "mark", conversation: 0, recipient: 0, visibility: "internal" });
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  return await composeMail({
    from,
    to: { name: "", address: alert.recipient },
    replyTo: null,
    subject: `[maildesk] ${alert.title}`,
    text: `${alert.text}\n\n-- \nmaildesk, ${alert.kind} ${alert.subject}, ${alert.day}. \`maildesk alerts list\` shows what was told.\n`,
    html: null,
    messageId: tokenMessageId(mark, nonceOf(alert), domain),
    inReplyTo: null,
    references: [],
    dateMs: alert.createdAtMs,
    autoSubmitted: "auto-generated",
    unsubscribe: null,
    mark,
    attachments: [],
  });
}

const nonceOf = ({ kind, subject, day, phase, recipient }: Alert): string =>
  createHash("sha256")
    .update(JSON.stringify([kind, subject, day, phase, recipient]))
    .digest("hex")
    .slice(0, 32);
