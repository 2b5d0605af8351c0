// Messages that are taken back before they leave: every mail that carries one is dropped, however many there are, and none
// where one of them has left (SHA-8).
import { afterAll, beforeAll, expect, it } from "vitest";
import { insertRows } from "../../dist/database/insert.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("recall");
});
afterAll(() => desk.close());

/** Queued mails to so many people, all with this message. */
async function queueMails(messageId: string, people: number): Promise<void> {
  const now = desk.clock.now();
  await desk.database.write(async (tx) => {
    for (let at = 0; at < people; at++) {
      const row = {
        ...{ id: `out_${messageId}_${at}`, kind: "message", ticketId: "tic_1", conversationId: "cnv_1" },
        ...{ customerId: `cus_${at}`, toAddress: `p${at}@acme.example`, toKey: `p${at}@acme.example` },
        ...{ mailbox: "support", subject: "news", status: "queued", reason: null, attempts: 0 },
        ...{ messageId: `${messageId}.${at}@desk.example`, mailFrom: "", nextAttemptAt: now, createdAt: now },
        ...{ sentAt: null, response: null, leaseUntil: 0, leaseOwner: null, fence: 0 },
      };
      await insertRows(tx, "outbox", [row]);
      await insertRows(tx, "outboxMessage", [{ outboxId: row.id, messageId, customerId: row.customerId }]);
    }
  });
}

const recall = (messageId: string) =>
  desk.desk.commit({
    ...{ id: desk.ids.next("cmt"), atMs: desk.clock.now(), changes: [], guards: [], notices: [] },
    cause: { kind: "command", by: "operator", what: "undo" },
    recalls: [messageId],
  });
const statuses = async (messageId: string) =>
  Object.fromEntries(
    (
      await desk.read
        .selectFrom("outbox")
        .select((eb) => ["status", eb.fn.countAll<number>().as("n")])
        .where("id", "like", `out_${messageId}_%`)
        .groupBy("status")
        .execute()
    ).map(({ status, n }) => [status, Number(n)]),
  );

it("drops the queued mails of all people, also of more than one look finds", async () => {
  await queueMails("msg_a", 1_100);
  await recall("msg_a");
  expect(await statuses("msg_a")).toEqual({ dropped: 1_100 });
});

it("drops none where one was handed over", async () => {
  await queueMails("msg_b", 20);
  const [taken] = await desk.outbox.due(desk.clock.now(), 1);
  expect(await desk.outbox.acquire(taken ?? "", desk.clock.now())).not.toBeNull();
  await expect(recall("msg_b")).rejects.toMatchObject({ kind: "conflict", code: "guard" });
  expect(await statuses("msg_b")).toEqual({ queued: 19, sending: 1 });
});
