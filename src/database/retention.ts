// What is old enough to go, and its removal in small transactions. Ids are sortable by time, so each walk begins at the
// oldest and ends at the limit. Rows stay; only bytes go, but for the log, which goes by whole commits.
import { type Kysely, sql } from "kysely";
import type { RetentionKind } from "../desk/retention.ts";
import type { TraceStep } from "../intake/email.ts";
import type { Retention, RetentionStep } from "../ports-retention.ts";
import { measure } from "./disk-use.ts";
import type { Database } from "./open.ts";
import type { Schema } from "./schema.ts";
import { ticketById } from "./tombstones.ts";

const rowsMax = 200;
const bytesMax = 32 * 1024 * 1024;
/** Rows of the log that one transaction removes, if no single commit has more. */
const logRowsMax = 5_000;
/** An id may be somewhat younger than the row's own time. */
const slackMs = 86_400_000;
const ended = ["sent", "failed", "suppressed", "dropped"] as const;
const judged = ["filed", "ignored"] as const;

interface Found {
  id: string;
  bytes: number;
  /** False for one that is looked at and kept. */
  goes: boolean;
}

type Look = (beforeMs: number, cursor: string) => Promise<Found[]>;
type Remove = (tx: Kysely<Schema>, ids: readonly string[], now: number) => Promise<number>;

export function openRetention(database: Database): Retention {
  const { write } = database;
  const looks = looksOf(database);
  return {
    next: async (kind, beforeMs, cursor) => stepOf(await looks[kind](beforeMs, cursor), kind === "log"),
    remove: (kind, ids, now) => write((tx) => removes[kind](tx, ids, now)),
    async ran(kind, { beforeMs, removed, bytes, now }) {
      await write(async (tx) => {
        const last = await tx.selectFrom("retention").select("beforeAt").where("id", "=", kind).executeTakeFirst();
        // What a shorter limit removed stays gone.
        const columns = { beforeAt: Math.max(beforeMs, last?.beforeAt ?? 0), ranAt: now, removed, bytes };
        await tx
          .insertInto("retention")
          .values({ id: kind, ...columns })
          .onConflict((on) => on.column("id").doUpdateSet(columns))
          .execute();
      });
    },
    measure: (now, go) => measure(database, now, go),
  };
}

/** As much of what was found as one transaction may remove; at least one row. */
function stepOf(found: readonly Found[], isLog: boolean): RetentionStep {
  const ids: string[] = [];
  let bytes = 0;
  let at = 0;
  for (; at < found.length && (ids.length === 0 || bytes < bytesMax); at++) {
    const row = found[at];
    if (row?.goes !== true) continue;
    ids.push(row.id);
    bytes += row.bytes;
  }
  const isAll = at === found.length && found.length < (isLog ? 1 : rowsMax);
  return { ids, bytes, cursor: isAll ? null : (found[at - 1]?.id ?? null) };
}

function looksOf({ read }: Database): Record<RetentionKind, Look> {
  return {
    async held(beforeMs, cursor) {
      const rows = await read
        .selectFrom("email")
        .select("id")
        .where("status", "=", sql.lit("held"))
        .where("id", ">", cursor)
        .where("id", "<", firstIdAfter("eml", beforeMs))
        .where("storedAt", "<", beforeMs)
        .where("decidedAt", "<", beforeMs)
        .orderBy("id")
        .limit(rowsMax)
        .execute();
      return rows.map(({ id }) => ({ id, bytes: 0, goes: true })); // its original is of the kind "raw"
    },

    async raw(beforeMs, cursor) {
      const rows = await read
        .selectFrom("emailRaw")
        .innerJoin("email", "email.id", "emailRaw.id")
        .select(["email.id", "email.sizeBytes", "email.ticketId"])
        .where("emailRaw.id", ">", cursor)
        .where("emailRaw.id", "<", firstIdAfter("eml", beforeMs))
        .where("email.storedAt", "<", beforeMs)
        .where("email.status", "in", judged)
        .orderBy("emailRaw.id")
        .limit(rowsMax)
        .execute();
      const found: Found[] = [];
      for (const { id, sizeBytes, ticketId } of rows) {
        const ticket = ticketId === null ? null : await ticketById(read, ticketId);
        found.push({ id, bytes: sizeBytes, goes: ticket === null || ticket.state === "closed" });
      }
      return found;
    },

    async outbox(beforeMs, cursor) {
      const rows = await read
        .selectFrom("outboxRaw")
        .innerJoin("outbox", "outbox.id", "outboxRaw.id")
        .select("outbox.id")
        .select(sql<number>`length("outboxRaw"."raw")`.as("bytes"))
        .where("outboxRaw.id", ">", cursor)
        .where("outboxRaw.id", "<", firstIdAfter("out", beforeMs))
        .where("outbox.createdAt", "<", beforeMs)
        .where((eb) => eb.or([eb("outbox.sentAt", "is", null), eb("outbox.sentAt", "<", beforeMs)]))
        .where("outbox.status", "in", ended)
        .orderBy("outboxRaw.id")
        .limit(rowsMax)
        .execute();
      return rows.map(({ id, bytes }) => ({ id, bytes: Number(bytes), goes: true }));
    },

    async log(beforeMs, cursor) {
      const rows = await read
        .selectFrom("commitLog")
        .select("id")
        .where("id", ">", cursor)
        .where("id", "<", firstIdAfter("cmt", beforeMs))
        .where("at", "<", beforeMs)
        .orderBy("id")
        .limit(rowsMax)
        .execute();
      return await wholeCommits(
        read,
        rows.map(({ id }) => id),
      );
    },
  };
}

/** Those of them, the oldest first, that together have not too many rows. */
async function wholeCommits(read: Database["read"], ids: readonly string[]): Promise<Found[]> {
  if (ids.length === 0) return [];
  const sizes = await read
    .selectFrom("changeLog")
    .select((eb) => ["commitId", eb.fn.sum<number>("rowCount").as("n")])
    .select(sql<number>`sum(coalesce(length("before"), 0) + coalesce(length("after"), 0))`.as("bytes"))
    .where("commitId", "in", ids)
    .groupBy("commitId")
    .execute();
  const byId = new Map(sizes.map((row) => [row.commitId, row]));
  const found: Found[] = [];
  let rows = 0;
  for (const id of ids) {
    rows += Number(byId.get(id)?.n ?? 0);
    if (found.length > 0 && rows > logRowsMax) break;
    found.push({ id, bytes: Number(byId.get(id)?.bytes ?? 0), goes: true });
  }
  return found;
}

/** Takes the bytes of a mail away, and notes when, where it still has one of these statuses. */
const bytesOf =
  (mails: "email" | "outbox", bytes: "emailRaw" | "outboxRaw", statuses: readonly string[]): Remove =>
  async (tx, ids, now) => {
    const rows = await tx
      .updateTable(mails as "email") // both have these columns
      .set({ rawGoneAt: now })
      .where("id", "in", ids)
      .where("status", "in", statuses)
      .returning("id")
      .execute();
    const gone = rows.map(({ id }) => id);
    if (gone.length > 0) await tx.deleteFrom(bytes).where("id", "in", gone).execute();
    return gone.length;
  };

const removes: Record<RetentionKind, Remove> = {
  async held(tx, ids, now) {
    const rows = await tx
      .selectFrom("email")
      .select(["id", "reason", "trace"])
      .where("id", "in", ids)
      .where("status", "=", sql.lit("held"))
      .execute();
    let gone = 0;
    for (const { id, reason, trace } of rows) {
      const step: TraceStep = {
        step: "retention",
        text: `it was held (${reason ?? "unknown"}) for longer than retention.heldDays, and nobody asked for it`,
      };
      const result = await tx
        .updateTable("email")
        .set({
          status: "ignored",
          reason: "expired",
          decidedAt: now,
          trace: JSON.stringify([...(JSON.parse(trace) as TraceStep[]), step]),
        })
        .where("id", "=", id)
        .where("status", "=", sql.lit("held")) // somebody may have asked for it this moment
        .executeTakeFirst();
      gone += Number(result.numUpdatedRows);
    }
    return gone;
  },

  raw: bytesOf("email", "emailRaw", judged),
  outbox: bytesOf("outbox", "outboxRaw", ended),

  async log(tx, ids) {
    await tx.deleteFrom("changeLogRow").where("commitId", "in", ids).execute();
    await tx.deleteFrom("changeLog").where("commitId", "in", ids).execute();
    const result = await tx.deleteFrom("commitLog").where("id", "in", ids).executeTakeFirst();
    return Number(result.numDeletedRows);
  },
};

const digits = "0123456789abcdefghjkmnpqrstvwxyz";

/** The first id that a moment `slackMs` after this one can have: ten digits of time lead a ULID. */
const firstIdAfter = (prefix: string, ms: number): string => idAt(prefix, ms + slackMs);

/** No id of this prefix that was made before this moment sorts after it. */
export function idAt(prefix: string, ms: number): string {
  let text = "";
  for (let rest = Math.max(0, Math.floor(ms)), at = 0; at < 10; at++) {
    text = `${digits[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return `${prefix}_${text}`;
}
