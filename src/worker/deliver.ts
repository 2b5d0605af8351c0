// Sends what is queued, one person at a time, and tells the kinds of failure apart: later, never, paused, in doubt.
// Nothing is sent a second time after it may have been accepted (invariant 7, OPS-5).
import { isKind, MaildeskError, sentence } from "../errors.ts";
import type { Accepted, Queue, Transport } from "../ports.ts";
import type { LeasedOutgoing } from "../ports-database.ts";
import { backoffMs, giveUpAfterMs } from "./backoff.ts";
import { expandConversation } from "./expand.ts";
import { notifyAgents } from "./notify.ts";
import { pause } from "./pause.ts";
import type { WritePorts } from "./write-mail.ts";

export interface DeliverPorts extends WritePorts {
  queue: Pick<Queue, "push">;
  transport: Transport;
}

export interface Deliverer {
  /** A conversation's id expands what is due in it, page by page until aborted; an outgoing mail's id sends it. */
  handle(id: string, signal: AbortSignal): Promise<void>;
}

/** Sending as a whole is tried again after this long when a login was refused. */
const pauseMs = 60_000;
const connectionRetryMs = 60_000;
/** Well within the lease: afterwards another worker says that it is in doubt. */
const writeDownMs = 5 * 60_000;
const never = new AbortController().signal;

export function openDeliverer(ports: DeliverPorts): Deliverer {
  return {
    async handle(id, signal) {
      if (!id.startsWith("out_")) {
        for (let isMore = true; isMore && !signal.aborted; ) {
          const { made, more } = await expandConversation(ports, id);
          await ports.queue.push("deliver", made).catch(() => {}); // the sweep finds them too
          isMore = more;
        }
        await ports.queue.push("deliver", await notifyAgents(ports, id)).catch(() => {});
        return;
      }
      if (await maySend(ports)) await send(ports, id);
    },
  };
}

async function maySend({ desk, outbox, clock }: DeliverPorts): Promise<boolean> {
  const settings = await desk.settings();
  if (!settings["mail.sending"]) return false;
  const pause = await outbox.pause();
  return pause === null || pause.untilMs <= clock.now();
}

async function send(ports: DeliverPorts, id: string): Promise<void> {
  const { outbox, clock, transport, log } = ports;
  const mail = await outbox.acquire(id, clock.now());
  if (mail === null) return;
  if (mail.refusal !== null) return await outbox.end(mail, "suppressed", mail.refusal);
  let handed = false;
  let accepted: Accepted;
  try {
    accepted = await transport.send({ from: mail.mailFrom, to: mail.to }, mail.raw, async () => {
      if (!(await outbox.handing(mail, clock.now())))
        throw new MaildeskError("conflict", "Another worker holds this mail.", { code: "fence" });
      handed = true;
    });
  } catch (error) {
    await failed(ports, mail, error, handed);
    return;
  }
  await writeDown(ports, mail, accepted);
  log.info("sent", { outbox: mail.id, response: accepted.response });
  if ((await outbox.pause()) !== null) await outbox.setPause(null);
}

/** The server has it, and only this process knows: a database that is away for a while must not make that a doubt. */
async function writeDown({ outbox, clock }: DeliverPorts, mail: LeasedOutgoing, accepted: Accepted): Promise<void> {
  const since = clock.now();
  for (let attempt = 1; ; attempt++) {
    try {
      return await outbox.sent(mail, accepted, clock.now());
    } catch (error) {
      if (!isKind(error, "temporary") || clock.now() - since > writeDownMs) throw error;
      await pause(Math.min(attempt * 200, 5_000), never);
    }
  }
}

async function failed(ports: DeliverPorts, mail: LeasedOutgoing, error: unknown, handed: boolean): Promise<void> {
  const { outbox, clock, desk, log } = ports;
  const reason = sentence(error).split("\n")[0] ?? "";
  log.warn("not-sent", { outbox: mail.id, attempts: mail.attempts, error: reason });
  const code = error instanceof MaildeskError ? error.code : null;
  if (code === "fence") return;
  const answered = code !== null && /^[245]\d\d$/.test(code);
  if (handed && !answered) {
    const resend = (await desk.settings())["mail.uncertain"] === "resend";
    if (resend)
      return await outbox.release(
        mail,
        clock.now() + backoffMs(mail.attempts),
        `may have been sent already: ${reason}`,
        false,
      );
    return await outbox.end(mail, "uncertain", reason);
  }
  if (isKind(error, "permanent")) return await outbox.end(mail, "failed", reason);
  if (isKind(error, "operator")) {
    await outbox.setPause({ untilMs: clock.now() + pauseMs, error: sentence(error) });
    return await outbox.release(mail, clock.now(), reason, true);
  }
  if (clock.now() - mail.createdAtMs > giveUpAfterMs)
    return await outbox.end(mail, "failed", `given up after ${mail.attempts} attempts: ${reason}`);
  const unreachable = code === "connection";
  await outbox.release(
    mail,
    clock.now() + (unreachable ? connectionRetryMs : backoffMs(mail.attempts)),
    reason,
    unreachable,
  );
}
