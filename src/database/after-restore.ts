// What makes a copy of the past safe to go on with. The desk that it was taken from went on for a while: it sent mail, and
// gave numbers to tickets and people, of which the copy knows nothing. So sending is off until somebody looked, whatever
// waited is in doubt, and numbers begin where none can have been given. What happened up to now may have been told
// already: mail that was received before this moment is answered by nobody but a person (`doubtful` in notices.ts).
import { type Kysely, sql } from "kysely";
import { insert, update } from "../desk/change.ts";
import type { SettingRow } from "../desk/settings.ts";
import { commitIn } from "./commit.ts";
import { insertRows } from "./insert.ts";
import type { Database } from "./open.ts";
import { decode, type Schema } from "./schema.ts";

type Tx = Kysely<Schema>;

export interface RestoreCause {
  commitId: string;
  now: number;
  /** An agent's address or "operator". */
  by: string;
  what: string;
}

export interface AfterRestore {
  /** Outgoing mails that are in doubt now. */
  uncertain: number;
  /** Messages that had to become mails yet; those will be in doubt as well. */
  messages: number;
  /** Mails that wait to be judged. */
  pending: number;
  /** When the last mail in it was stored; null where there is none. */
  lastStoredAt: number | null;
  nextTicket: number;
}

const restoredId = "restored";
const sendingKey = "mail.sending";
/** A desk can hardly have made more since than in all its life before; a young one may. */
const lostTicketsMin = 10_000;
const ticketsRound = 1_000;
const lostRefsMin = 10_000_000;
const doubt = "it waited when the backup was made, and may have been sent since";

/** In the transaction that fills the desk. */
export async function afterRestore(tx: Tx, cause: RestoreCause): Promise<AfterRestore> {
  const { now } = cause;
  await sayRestored(tx, now);
  await switchOff(tx, cause);
  await clampTimes(tx, now);
  await dropAlerts(tx);
  return { uncertain: await doubtOutgoing(tx), ...(await waitingIn(tx)), nextTicket: await jumpAhead(tx) };
}

async function sayRestored(tx: Tx, now: number): Promise<void> {
  const columns = { error: "restored from a backup", untilAt: now, sinceAt: now };
  await tx
    .insertInto("condition")
    .values({ id: restoredId, ...columns })
    .onConflict((on) => on.column("id").doUpdateSet(columns))
    .execute();
}

/** Logged as the change of a setting that it is; where sending was off before, the log has the restore alone. */
async function switchOff(tx: Tx, { commitId, now, by, what }: RestoreCause): Promise<void> {
  const found = await tx.selectFrom("setting").selectAll().where("id", "=", sendingKey).executeTakeFirst();
  const row = found === undefined ? null : (decode("setting", found as never) as SettingRow); // value is JSON text in the row
  const change =
    row === null ? insert("setting", { id: sendingKey, value: false }) : update("setting", row, { value: false });
  const log = { id: commitId, at: now, kind: "command", by, what, undoes: null, undoneBy: null };
  if (change === null) await insertRows(tx, "commitLog", [log]);
  else
    await commitIn(tx, {
      id: commitId,
      atMs: now,
      cause: { kind: "command", by, what },
      changes: [change],
      guards: [],
      notices: [],
    });
}

/** A held mail too: somebody may have released it since. */
async function doubtOutgoing(tx: Tx): Promise<number> {
  const result = await tx
    .updateTable("outbox")
    .set((eb) => ({ status: "uncertain", reason: doubt, leaseUntil: 0, leaseOwner: null, fence: eb("fence", "+", 1) }))
    .where("status", "in", ["queued", "sending", "handing", "held"])
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** What stands in the copy is older than this moment, whatever clock it was written by. */
async function clampTimes(tx: Tx, now: number): Promise<void> {
  await tx
    .updateTable("email")
    .set({ receivedAt: now })
    .where("status", "=", sql.lit("pending"))
    .where("receivedAt", ">", now)
    .execute();
  await tx
    .updateTable("notice")
    .set({ createdAt: now })
    .where("state", "=", sql.lit("waiting"))
    .where("createdAt", ">", now)
    .execute();
}

/** What administrators had to be told yet: they may have been, and what still stands is told anew the next day. */
async function dropAlerts(tx: Tx): Promise<void> {
  await tx
    .updateTable("alert")
    .set({ status: "dropped", error: doubt })
    .where("status", "in", [sql.lit("due"), sql.lit("sending")])
    .execute();
}

async function waitingIn(tx: Tx): Promise<Pick<AfterRestore, "messages" | "pending" | "lastStoredAt">> {
  const notices = await tx
    .selectFrom("notice")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("state", "=", sql.lit("waiting"))
    .executeTakeFirstOrThrow();
  const mails = tx.selectFrom("email");
  const pending = await mails
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("status", "=", sql.lit("pending"))
    .executeTakeFirstOrThrow();
  const last = await mails.select((eb) => eb.fn.max("storedAt").as("at")).executeTakeFirst();
  return {
    messages: Number(notices.n),
    pending: Number(pending.n),
    lastStoredAt: last?.at == null ? null : Number(last.at),
  };
}

/** Numbers that stand in customers' mailboxes must never be another ticket's or person's. */
async function jumpAhead(tx: Tx): Promise<number> {
  const rows = await tx.selectFrom("sequence").selectAll().execute();
  const last = (id: string) => Number(rows.find((row) => row.id === id)?.value ?? 0);
  const set = async (id: string, value: number) =>
    await tx.updateTable("sequence").set({ value }).where("id", "=", id).execute();
  const tickets = last("ticket");
  const ahead = Math.ceil((tickets + Math.max(lostTicketsMin, tickets)) / ticketsRound) * ticketsRound;
  await set("ticket", ahead);
  const refs = last("ref");
  await set("ref", refs + Math.max(lostRefsMin, refs));
  return ahead + 1;
}

export const restoreLists = ({ read }: Database) => ({
  /** When the desk was last restored from a backup; null where it never was. */
  async restoredAt(): Promise<number | null> {
    const row = await read.selectFrom("condition").select("sinceAt").where("id", "=", restoredId).executeTakeFirst();
    return row?.sinceAt ?? null;
  },
});
