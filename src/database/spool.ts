// The spool of inbound mail: raw bytes and the mailbox's cursor in one commit, then leases with fences until each mail
// has its end. `attempts` is written when a mail is taken, so that what kills its reader is found out (invariant 2).
import { type Kysely, sql } from "kysely";
import type { Arrival } from "../intake/email.ts";
import type { Clock, Ids } from "../ports.ts";
import type { LeasedEmail, NewEmail, Spool, StoredEmail } from "../ports-database.ts";
import { insertRows } from "./insert.ts";
import { holdLocks } from "./locks.ts";
import { mailboxes, moveCursor } from "./mailboxes.ts";
import type { Database } from "./open.ts";
import { prepared } from "./prepared.ts";
import { type EmailTable, type Schema, storable } from "./schema.ts";
import { unindexed } from "./unindexed.ts";
import { pendingParent, soonMs } from "./waiting-parent.ts";

/** Outlives the time that one mail may cost its reader, with room for a slow machine; who waits for a reader extends it. */
const leaseMs = 120_000;
const listMax = 500;

const take = prepared((db, v: { id: string; now: number; until: number; owner: string }) =>
  db
    .updateTable("email")
    .set((eb) => ({
      leaseUntil: v.until,
      leaseOwner: v.owner,
      fence: eb("fence", "+", 1),
      attempts: eb("attempts", "+", 1),
    }))
    .where("id", "=", v.id)
    .where(unindexed("status"), "=", sql.lit("pending"))
    .where("leaseUntil", "<=", v.now)
    .where("nextAttemptAt", "<=", v.now)
    .returning([
      "id",
      "fence",
      "attempts",
      "readerDeaths",
      "mailbox",
      "sizeBytes",
      "receivedAt",
      "storedAt",
      "arrival",
      "closed",
      "messageId",
      "cites",
      "sender",
      "subject",
    ]),
);
const citesOf = prepared((db, { id }: { id: string }) =>
  db
    .selectFrom("email")
    .select(["messageId", "cites"])
    .where("id", "=", id)
    .where(unindexed("status"), "=", sql.lit("pending")),
);
const rawOf = prepared((db, { id }: { id: string }) => db.selectFrom("emailRaw").select("raw").where("id", "=", id));
const giveBack = prepared(
  (db, v: { id: string; fence: number; at: number; error: string | null; refund: number; deaths: number }) =>
    db
      .updateTable("email")
      .set((eb) => ({
        leaseUntil: 0,
        nextAttemptAt: v.at,
        error: v.error,
        attempts: eb("attempts", "-", v.refund),
        readerDeaths: eb("readerDeaths", "+", v.deaths),
      }))
      .where("id", "=", v.id)
      .where("fence", "=", v.fence)
      // Its end may have been written although the answer was lost.
      .where("status", "=", sql.lit("pending")),
);
const hold = prepared((db, v: { id: string; fence: number; until: number }) =>
  db
    .updateTable("email")
    .set({ leaseUntil: v.until })
    .where("id", "=", v.id)
    .where("fence", "=", v.fence)
    .where(unindexed("status"), "=", sql.lit("pending")),
);
/** `owner` names this process in the leases that it takes. */
export function openSpool(database: Database, ids: Ids, clock: Clock, owner = "unnamed"): Spool {
  const { read, write, writeSoon, writeOne } = database;
  return {
    ...mailboxes(database, clock),

    async store(mailbox, uidValidity, mails, cursor, holder) {
      const now = clock.now();
      return await write(async (tx) => {
        // Two that store the same mails in another order would wait for each other.
        await holdLocks(tx, new Map([[`mailbox ${mailbox}`, true]]));
        const stored: StoredEmail[] = [];
        for (const mail of mails) {
          const before = mail.digest === undefined ? undefined : await storedBefore(tx, mail.digest);
          if (before !== undefined) {
            stored.push({ id: before.id, fresh: false });
            continue;
          }
          const row = newRow(ids.next("eml"), mailbox, uidValidity, mail, now);
          stored.push(await storeOne(tx, row, mail.raw));
        }
        if (cursor !== null) await moveCursor(tx, mailbox, cursor, holder);
        return stored;
      });
    },

    async due(now, limit) {
      const rows = await read
        .selectFrom("email")
        .select("id")
        .where("status", "=", sql.lit("pending"))
        .where("nextAttemptAt", "<=", now)
        .where("leaseUntil", "<=", now)
        .orderBy("nextAttemptAt")
        .orderBy("id")
        .limit(limit)
        .execute();
      return rows.map((row) => row.id);
    },

    async acquire(id, now) {
      const row = await writeOne((tx) => take.first(tx, { id, now, until: now + leaseMs, owner }));
      return row === undefined ? null : leased(row);
    },

    async extend(mail, now) {
      const until = now + leaseMs;
      return (await writeOne((tx) => hold.run(tx, { id: mail.id, fence: mail.fence, until }))) === 1;
    },

    async release(mail, nextAttemptAtMs, error, refund, readerDied = false) {
      const { id, fence } = mail;
      const counted = { refund: refund ? 1 : 0, deaths: readerDied ? 1 : 0 };
      await writeSoon(async (tx) => {
        await giveBack.run(tx, { id, fence, at: nextAttemptAtMs, error: error && storable(error), ...counted });
      });
    },

    async waitsFor(id) {
      const row = await citesOf.first(read, { id });
      const cited = row === undefined ? [] : (JSON.parse(row.cites) as string[]);
      if (row === undefined || cited.length === 0) return null;
      return await pendingParent(database, id, row.messageId, cited, clock.now() + soonMs);
    },

    async retry(list) {
      const now = clock.now();
      return await write(async (tx) => {
        let count = 0;
        for (let start = 0; start < list.length; start += listMax) {
          const result = await tx
            .updateTable("email")
            .set({
              status: "pending",
              reason: null,
              attempts: 0,
              readerDeaths: 0,
              nextAttemptAt: now,
              leaseUntil: 0,
              error: null,
              duplicateOf: null,
              digest: null,
            })
            .where("id", "in", list.slice(start, start + listMax))
            .where("status", "in", ["failed", "held", "ignored"])
            // What was never fetched has nothing to judge: the next poll tries it again.
            .where("reason", "!=", "not-fetched")
            .where("rawGoneAt", "is", null)
            .executeTakeFirst();
          count += Number(result.numUpdatedRows);
        }
        return count;
      });
    },

    async raw(id) {
      const row = await rawOf.first(read, { id });
      return row?.raw ?? null;
    },
  };
}

/** The mail of this digest that has its end. */
const storedBefore = (tx: Kysely<Schema>, digest: string) =>
  tx.selectFrom("email").select("id").where("digest", "=", digest).executeTakeFirst();

function newRow(id: string, mailbox: string, uidValidity: string | null, mail: NewEmail, now: number): EmailTable {
  const { peek } = mail;
  return {
    id,
    mailbox,
    uidValidity,
    uid: mail.uid,
    digest: null,
    duplicateOf: null,
    messageId: peek.messageId === null ? null : storable(peek.messageId),
    cites: storable(JSON.stringify(peek.cited)),
    sender: storable(peek.from),
    senderKey: null,
    subject: storable(peek.subject),
    status: mail.raw === null ? "failed" : "pending",
    reason: mail.raw === null ? "not-fetched" : null,
    ticketId: null,
    ticketNumber: null,
    customerId: null,
    arrival: mail.arrival,
    closed: mail.closed ? 1 : 0,
    receivedAt: mail.receivedAtMs,
    storedAt: now,
    decidedAt: null,
    attempts: 0,
    readerDeaths: 0,
    nextAttemptAt: now,
    leaseUntil: 0,
    leaseOwner: null,
    fence: 0,
    error: mail.error === null ? null : storable(mail.error),
    sizeBytes: mail.raw?.length ?? 0,
    // What could not be fetched stays as it is on the server.
    afterDone: mail.uid === null || mail.raw === null ? 1 : 0,
    trace: "[]",
    rawGoneAt: null,
  };
}

type Tx = Parameters<Parameters<Database["write"]>[0]>[0];

async function storeOne(tx: Tx, row: EmailTable, raw: Buffer | null): Promise<StoredEmail> {
  if ((await insertRows(tx, "email", [{ ...row }])) === 1) {
    await insertRows(tx, "emailRaw", [{ id: row.id, raw: raw ?? Buffer.alloc(0) }]);
    return { id: row.id, fresh: true };
  }
  const replaced = raw === null ? null : await replaceUnfetched(tx, row, raw);
  if (replaced !== null) return { id: replaced, fresh: true };
  const there = await tx
    .selectFrom("email")
    .select("id")
    .where("mailbox", "=", row.mailbox)
    .where("uidValidity", "=", row.uidValidity)
    .where("uid", "=", row.uid)
    .executeTakeFirstOrThrow();
  return { id: there.id, fresh: false };
}

/** A mail that the server would not hand over before is there now: the row gets its bytes and is judged. */
async function replaceUnfetched(tx: Tx, { id: _id, ...columns }: EmailTable, raw: Buffer): Promise<string | null> {
  const old = await tx
    .updateTable("email")
    .set(columns)
    .where("mailbox", "=", columns.mailbox)
    .where("uidValidity", "=", columns.uidValidity)
    .where("uid", "=", columns.uid)
    .where("reason", "=", "not-fetched")
    .returning("id")
    .executeTakeFirst();
  if (old === undefined) return null;
  await tx.updateTable("emailRaw").set({ raw }).where("id", "=", old.id).execute();
  return old.id;
}

type AcquiredRow = Pick<
  EmailTable,
  | "id"
  | "fence"
  | "attempts"
  | "readerDeaths"
  | "mailbox"
  | "sizeBytes"
  | "receivedAt"
  | "storedAt"
  | "arrival"
  | "closed"
  | "messageId"
  | "cites"
  | "sender"
  | "subject"
>;

function leased(row: AcquiredRow): LeasedEmail {
  return {
    id: row.id,
    fence: row.fence,
    attempts: row.attempts,
    readerDeaths: row.readerDeaths,
    mailbox: row.mailbox,
    sizeBytes: row.sizeBytes,
    receivedAtMs: row.receivedAt,
    storedAtMs: row.storedAt,
    arrival: row.arrival as Arrival,
    closed: row.closed === 1,
    peek: {
      messageId: row.messageId,
      cited: JSON.parse(row.cites) as string[],
      from: row.sender,
      subject: row.subject,
    },
  };
}
