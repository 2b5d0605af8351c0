// Looks into a desk's database while it is measured, with questions that cost the machine next to nothing.
import { type Outside, openOutside } from "./outside.ts";

export interface Looker {
  /** True once every one of so many mailboxes was read since then. */
  havePolled(mailboxes: number, since: number): Promise<boolean>;
  /** True once what is done once a day was done: on a large desk it takes a while, and is no mail's cost. */
  isDayDone(): Promise<boolean>;
  /** Mails that were filed since it was opened. */
  filed(): Promise<number>;
  /** True where no mail waits and no notice; `isSent`: nor anything to be sent. */
  isIdle(isSent: boolean): Promise<boolean>;
  /** From the first stored batch, whose mails were fetched before and do not count, to the last decision. */
  mailsPerSecond(count: number, since: number): Promise<number>;
  close(): Promise<void>;
}

export async function openLooker(url: string): Promise<Looker> {
  const desk: Outside = await openOutside(url);
  const [last] = await desk.rows(`select max("id") as "id" from "email"`);
  const before = last?.id ?? "";
  // Asked all the time, so it must be answered by an index: a scan would compete with what is measured. Ids sort by the
  // time at which they were made.
  const filed = () => desk.number(`select count(*) from "email" where "status" = 'filed' and "id" > ?`, before);
  return {
    filed,
    async havePolled(mailboxes, since) {
      return (await desk.number(`select count(*) from "mailbox" where "lastPollAt" >= ?`, since)) >= mailboxes;
    },
    async isDayDone() {
      return (await desk.number(`select count(*) from "slot" where "schedule" = 'retention' and "doneAt" > 0`)) > 0;
    },
    async isIdle(isSent) {
      const busy = `exists (select 1 from "email" where "status" = 'pending')
        or exists (select 1 from "notice" where "state" = 'waiting')`;
      const sending = `exists (select 1 from "outbox" where "status" in ('queued', 'sending', 'handing'))`;
      return (await desk.number(`select case when ${isSent ? `${busy} or ${sending}` : busy} then 1 else 0 end`)) === 0;
    },
    async mailsPerSecond(count, since) {
      const done = await filed();
      if (done !== count) throw new Error(`${done} of ${count} mails were filed`);
      const [times] = await desk.rows(
        `select min("storedAt") as "first", max("decidedAt") as "last" from "email" where "id" > ?`,
        before,
      );
      const first = Number(times?.first);
      if (first < since) throw new Error("a mail was stored before it was delivered");
      const uncounted = await desk.number(
        `select count(*) from "email" where "id" > ? and "storedAt" = ?`,
        before,
        first,
      );
      return ((count - uncounted) * 1000) / (Number(times?.last) - first);
    },
    close: () => desk.close(),
  };
}
