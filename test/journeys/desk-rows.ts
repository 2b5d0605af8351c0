// What a journey reads from its desk's database: plain rows, and whether anything is still under way.
import type { App } from "../../dist/app.js";
import type { Box } from "./desk-config.ts";

/** A mail that is given back for a moment is waited for; one that is given back for longer is not. */
const soonMs = 2_000;

export function deskRows(app: () => App) {
  const read = () => app().database.read;
  return {
    tickets: () => read().selectFrom("ticket").selectAll().where("mergedInto", "is", null).orderBy("number").execute(),
    emails: () => read().selectFrom("email").selectAll().orderBy("id").execute(),
    outbox: () => read().selectFrom("outbox").selectAll().orderBy("id").execute(),
    customers: () =>
      read()
        .selectFrom("customer")
        .innerJoin("customerAddress", "customerAddress.ownerId", "customer.id")
        .selectAll("customer")
        .select("customerAddress.address")
        .orderBy("customer.id")
        .execute(),
    organizations: () =>
      read().selectFrom("organization").selectAll().where("state", "=", "active").orderBy("id").execute(),
    domains: () => read().selectFrom("organizationDomain").selectAll().orderBy("id").execute(),
    /** Everybody on a ticket. */
    people: () =>
      read()
        .selectFrom("ticketPerson")
        .innerJoin("ticket", "ticket.id", "ticketPerson.ticketId")
        .select(["ticket.number", "ticketPerson.role", "ticketPerson.address"])
        .orderBy("ticketPerson.createdAt")
        .execute(),
    /** Messages with the number of their ticket and who may read them, in the order in which they were written down. */
    messages: () =>
      read()
        .selectFrom("message")
        .innerJoin("conversation", "conversation.id", "message.conversationId")
        .innerJoin("ticket", "ticket.id", "conversation.ticketId")
        .selectAll("message")
        .select(["ticket.number as ticket", "conversation.visibility"])
        .orderBy("message.id")
        .execute(),
    mailbox: (name: string) => read().selectFrom("mailbox").selectAll().where("id", "=", name).executeTakeFirst(),

    /** Slots of schedules that were ever taken. */
    slots: () => read().selectFrom("slot").selectAll().execute(),

    /** Everything in the tables of the desk and of both state machines, for "nothing changed". */
    async everything() {
      const tables = [
        "ticket",
        "ticketPerson",
        "conversation",
        "message",
        "reference",
        "customer",
        "customerAddress",
        "organization",
        "email",
        "notice",
        "outbox",
      ] as const;
      const rows: Record<string, unknown[]> = {};
      for (const table of tables) rows[table] = await read().selectFrom(table).selectAll().orderBy("id").execute();
      return rows;
    },

    /** What somebody still holds; nothing, once a worker has ended. */
    async leases(): Promise<string[]> {
      const held = await Promise.all([
        read().selectFrom("email").select("id").where("leaseUntil", ">", 0).where("status", "=", "pending").execute(),
        read().selectFrom("outbox").select("id").where("leaseUntil", ">", 0).execute(),
        read().selectFrom("mailbox").select("id").where("leaseOwner", "is not", null).execute(),
        read().selectFrom("slot").select("schedule as id").where("leaseOwner", "is not", null).execute(),
        read().selectFrom("alert").select("id").where("leaseOwner", "is not", null).execute(),
      ]);
      return held.flat().map(({ id }) => id);
    },

    /** What is under way, as a sentence; null where nothing is. Looks in the order in which a mail walks. */
    async underWay(boxes: readonly Box[], now: number): Promise<string | null> {
      for (const { name, delivered, oldValidity } of boxes) {
        const state = await read().selectFrom("mailbox").selectAll().where("id", "=", name).executeTakeFirst();
        const uidValidity = state?.uidValidity ?? null;
        if (delivered > 0 && (uidValidity === null || uidValidity === oldValidity)) return `${name} is not read yet`;
        const stored = await read()
          .selectFrom("email")
          .select(["id", "afterDone"])
          .where("mailbox", "=", name)
          .where("uidValidity", "=", uidValidity)
          .execute();
        if (stored.length < delivered) return `${stored.length} of ${delivered} mails of ${name} are stored`;
        if (stored.some((mail) => mail.afterDone === 0)) return `the server of ${name} was not told what is done`;
      }
      const waiting = await read()
        .selectFrom("email")
        .select("id")
        .where("status", "=", "pending")
        .where("nextAttemptAt", "<=", now + soonMs)
        .execute();
      if (waiting.length > 0) return `${waiting.length} mails wait to be judged`;
      const notices = await read()
        .selectFrom("notice")
        .select("id")
        .where("state", "=", "waiting")
        .where("notBefore", "<=", now)
        .execute();
      if (notices.length > 0) return `${notices.length} notices wait to be expanded`;
      const [settings, pause] = [await app().desk.settings(), await app().outbox.pause()];
      const isSending = settings["mail.sending"] && (pause === null || pause.untilMs <= now);
      // One question: a mail that is asked for by two is between them when each is asked.
      const leaving = await read()
        .selectFrom("outbox")
        .select(["status", "nextAttemptAt"])
        .where("status", "in", ["queued", "sending", "handing"])
        .execute();
      const busy = leaving.filter((mail) => mail.status !== "queued" || (isSending && mail.nextAttemptAt <= now));
      return busy.length > 0 ? `${busy.length} mails wait to be sent` : null;
    },
  };
}
