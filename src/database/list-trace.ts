// Every mail that came from a person and every one that went to them, whatever became of it (CUS-12): the newest first, by
// the addresses that are theirs now.
import { headerKey } from "../address/email.ts";
import type { Database } from "./open.ts";
import { contains, likeAnyCase } from "./page.ts";

export interface TracedMail {
  direction: "in" | "out";
  id: string;
  at: number;
  /** From whom it came, or to whom it went. */
  address: string;
  subject: string;
  /** Status of the spool or of the outbox. */
  status: string;
  reason: string | null;
  ticketId: string | null;
  /** What the server said to it; of outgoing mail. */
  response: string | null;
}

const listMax = 500;

export function traceLists({ read }: Database) {
  return {
    /** `keys`: folded addresses. */
    async traceOf(keys: readonly string[], limit: number): Promise<{ rows: TracedMail[]; total: number }> {
      const rows: TracedMail[] = [];
      let total = 0;
      for (const key of keys) {
        const received = read.selectFrom("email").where("senderKey", "=", key);
        const sent = read.selectFrom("outbox").where("toKey", "=", key);
        const ofIn = await received.select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
        const ofOut = await sent.select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
        total += Number(ofIn.n) + Number(ofOut.n);
        // One that waits, or could not be read, was judged by nobody: only its From header says whose it is.
        const unread = (
          await read
            .selectFrom("email")
            .select(["id", "storedAt", "sender", "subject", "status", "reason", "ticketId", "error"])
            .where("senderKey", "is", null)
            .where("status", "in", ["pending", "failed", "held"])
            .where(likeAnyCase(read, "sender", contains(key)))
            .execute()
        ).filter(({ sender }) => headerKey(sender) === key);
        total += unread.length;
        for (const { storedAt, error, reason, sender: _sender, ...mail } of unread)
          rows.push({ direction: "in", at: storedAt, address: key, response: null, reason: reason ?? error, ...mail });
        const mails = await received
          .select(["id", "storedAt", "subject", "status", "reason", "ticketId", "error"])
          .orderBy("storedAt", "desc")
          .limit(limit)
          .execute();
        for (const { storedAt, error, reason, ...mail } of mails)
          rows.push({ direction: "in", at: storedAt, address: key, response: null, reason: reason ?? error, ...mail });
        const mailsOut = await sent
          .select(["id", "createdAt", "sentAt", "toAddress", "subject", "status", "reason", "ticketId", "response"])
          .orderBy("createdAt", "desc")
          .limit(limit)
          .execute();
        for (const { createdAt, sentAt, toAddress, ...mail } of mailsOut)
          rows.push({ direction: "out", at: sentAt ?? createdAt, address: toAddress, ...mail });
      }
      rows.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
      return { rows: rows.slice(0, limit), total };
    },

    /** Numbers of tickets by id, of the ticket that each became. */
    async numbersOf(ticketIds: readonly string[]): Promise<Map<string, number>> {
      const found = new Map<string, number>();
      const targets = new Map<string, string>();
      for (let wave = [...new Set(ticketIds)], step = 0; wave.length > 0 && step < listMax; step++) {
        const next: string[] = [];
        for (let start = 0; start < wave.length; start += listMax) {
          const rows = await read
            .selectFrom("ticket")
            .select(["id", "number", "mergedInto"])
            .where("id", "in", wave.slice(start, start + listMax))
            .execute();
          for (const { id, number, mergedInto } of rows) {
            found.set(id, number);
            if (mergedInto === null) continue;
            targets.set(id, mergedInto);
            if (!found.has(mergedInto)) next.push(mergedInto);
          }
        }
        wave = next;
      }
      const numberOf = (id: string): number | undefined => {
        let at = id;
        for (let step = 0; step < targets.size; step++) at = targets.get(at) ?? at;
        return found.get(at);
      };
      return new Map([...found.keys()].flatMap((id) => [[id, numberOf(id) ?? 0] as const]));
    },
  };
}
