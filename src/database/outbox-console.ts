// What a person may do to one outgoing mail: hold it, release it, send it again, drop it. Small steps of the same state
// machine that the worker walks, each guarded by the status that it starts from, so that a mail which is being handed
// over at this moment is never touched. Nothing that was sent is ever sent again by these.
import type { OutboxStatus } from "../ports-database.ts";
import type { Database } from "./open.ts";

/** The statuses that each verb may start from, where it leads, and the word that stays as the reason. */
export const consoleVerbs = {
  hold: { from: ["queued"], to: "held", done: "held" },
  release: { from: ["held"], to: "queued", done: "released" },
  resend: { from: ["uncertain", "failed"], to: "queued", done: "queued again" },
  drop: { from: ["queued", "held", "uncertain", "failed"], to: "dropped", done: "dropped" },
} as const satisfies Record<string, { from: readonly OutboxStatus[]; to: OutboxStatus; done: string }>;

export type ConsoleVerb = keyof typeof consoleVerbs;

export interface OutboxConsole {
  /** True where the mail was in one of the verb's statuses and now is where the verb leads; `by` is kept as the reason. */
  apply(verb: ConsoleVerb, id: string, by: string, now: number): Promise<boolean>;
}

export function openOutboxConsole({ write }: Database): OutboxConsole {
  return {
    async apply(verb, id, by, now) {
      const { from, to, done } = consoleVerbs[verb];
      return await write(async (tx) => {
        const result = await tx
          .updateTable("outbox")
          .set((eb) => ({
            status: to,
            reason: `${done} by ${by}`,
            leaseUntil: 0,
            nextAttemptAt: to === "queued" ? now : eb.ref("nextAttemptAt"),
            fence: eb("fence", "+", 1),
            ...(verb === "resend" ? { attempts: 0 } : {}),
          }))
          .where("id", "=", id)
          .where("status", "in", [...from])
          .$if(verb === "resend", (query) => query.where("rawGoneAt", "is", null))
          .executeTakeFirst();
        return result.numUpdatedRows === 1n;
      });
    },
  };
}
