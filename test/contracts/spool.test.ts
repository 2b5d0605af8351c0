// What the spool promises to the loops: raw and cursor in one commit, every UID once, leases that expire and fences that
// hold, and that a reply waits for its parent without two ever waiting for each other.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { NewEmail } from "../../dist/ports-database.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { newMail, unfetched } from "./spool-mail.ts";
import { commitOf } from "./ticket-in-desk.ts";

let desk: NewDesk;
let mailbox: string;
let boxes = 0;
beforeAll(async () => {
  desk = await newDesk("spool");
});
afterAll(() => desk.close());
beforeEach(() => {
  mailbox = `box${++boxes}`;
});

const leaseMs = 120_000;
const store = (mails: NewEmail[], uidValidity: string | null = "7") =>
  desk.spool.store(mailbox, uidValidity, mails, null);
const storeOne = async (mail = newMail()) => (await store([mail], mail.uid === null ? null : "7"))[0]?.id ?? "";
const acquire = (id: string) => desk.spool.acquire(id, desk.clock.now());
const take = async (id: string) => (await acquire(id)) ?? expect.fail(`${id} could not be taken`);
const row = (id: string) => desk.read.selectFrom("email").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
const end = async (
  mail: { id: string; fence: number },
  status: "filed" | "failed" | "held" | "ignored" = "filed",
  reason = "new-ticket",
) => {
  const decision = {
    status,
    reason: reason as "new-ticket",
    ticketId: null,
    ticketNumber: null,
    customerId: null,
    trace: [],
  };
  await desk.desk.commit(
    commitOf(desk, {
      email: { mail, decision, digest: `digest of ${mail.id}`, duplicateOf: null, senderKey: "ann@acme.example" },
    }),
  );
};

describe("storing", () => {
  it("keeps the bytes as they came, and the cursor moves in the same commit", async () => {
    await desk.spool.leaseMailbox(mailbox, "one", desk.clock.now() + 1000);
    const raw = Buffer.from([0, 255, 13, 10, 128]);
    const [stored] = await desk.spool.store(mailbox, "7", [newMail({ uid: 5, raw })], { uidValidity: "7", lastUid: 5 });
    expect(await desk.spool.raw(stored?.id ?? "")).toEqual(raw);
    await desk.spool.saveMailbox(
      { name: mailbox, cursor: null, lastPollAtMs: 9, error: null, pausedUntilMs: null, failures: 0, start: null },
      "one",
    );
    expect(await desk.spool.leaseMailbox(mailbox, "two", desk.clock.now() + 1000)).toMatchObject({
      cursor: { uidValidity: "7", lastUid: 5 },
      lastPollAtMs: 9,
    });
  });

  it("moves no cursor and keeps no mail where one of them can't be stored", async () => {
    await desk.spool.leaseMailbox(mailbox, "one", 1);
    const broken = newMail({ uid: 2, receivedAtMs: undefined as unknown as number });
    await expect(
      desk.spool.store(mailbox, "7", [newMail({ uid: 1 }), broken], { uidValidity: "7", lastUid: 2 }),
    ).rejects.toThrow();
    expect(await desk.read.selectFrom("email").select("id").where("mailbox", "=", mailbox).execute()).toEqual([]);
    expect(await desk.spool.leaseMailbox(mailbox, "one", 1)).toMatchObject({ cursor: null });
  });

  it("takes a UID once: the second time it says so, names the mail that is there, and changes nothing", async () => {
    const [first] = await store([newMail({ uid: 5, raw: Buffer.from("first") })]);
    const [again] = await store([newMail({ uid: 5, raw: Buffer.from("second") })]);
    expect([first?.fresh, again?.fresh]).toEqual([true, false]);
    expect(again?.id).toBe(first?.id);
    expect(String(await desk.spool.raw(first?.id ?? ""))).toBe("first");
  });

  it("takes it again in another mailbox, under another UIDVALIDITY, or without a UID", async () => {
    const stored = [
      ...(await store([newMail({ uid: 5 })])),
      ...(await store([newMail({ uid: 5 })], "8")),
      ...(await store([newMail(), newMail()], null)),
    ];
    mailbox = `${mailbox}-other`;
    expect([...stored, ...(await store([newMail({ uid: 5 })]))].map((one) => one.fresh)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
  });

  it("by two fetchers at once takes every UID once", async () => {
    const mails = Array.from({ length: 40 }, (_, uid) => newMail({ uid: uid + 1 }));
    const all = await Promise.all([store(mails), store(mails.toReversed()), store(mails)]);
    expect(all.flat().filter((one) => one.fresh)).toHaveLength(40);
    expect(await desk.read.selectFrom("email").select("id").where("mailbox", "=", mailbox).execute()).toHaveLength(40);
  });
});

describe("a mail that the server does not hand over", () => {
  it("is a failed row with its reason, which is not known yet and is never taken", async () => {
    const [stored] = await store([unfetched(3), newMail({ uid: 4 })]);
    expect(await row(stored?.id ?? "")).toMatchObject({
      status: "failed",
      reason: "not-fetched",
      error: "NO [SERVERBUG]",
    });
    expect(await desk.spool.known(mailbox, "7", [3, 4, 5])).toEqual(new Set([4]));
    expect(await acquire(stored?.id ?? "")).toBeNull();
  });

  it("is replaced when it comes, keeps its id, and is due at once", async () => {
    const [stored] = await store([unfetched(3)]);
    const [again] = await store([newMail({ uid: 3, id: "x@acme.example", raw: Buffer.from("here") })]);
    expect(again).toEqual({ id: stored?.id, fresh: true });
    const mail = await take(stored?.id ?? "");
    expect([String(await desk.spool.raw(mail.id)), mail.sizeBytes]).toEqual(["here", 4]);
    expect(mail.peek.messageId).toBe("x@acme.example");
    expect(await desk.spool.known(mailbox, "7", [3])).toEqual(new Set([3]));
  });

  it("stays what it is when it is not handed over again, and when somebody retries it", async () => {
    const [stored] = await store([unfetched(3)]);
    expect(await store([unfetched(3)])).toEqual([{ id: stored?.id, fresh: false }]);
    expect(await desk.spool.retry([stored?.id ?? ""])).toBe(0);
    expect(await desk.spool.known(mailbox, "7", [3])).toEqual(new Set());
  });
});

describe("a lease", () => {
  it("is one worker's, of many who try at once", async () => {
    const id = await storeOne();
    const takers = await Promise.all(Array.from({ length: 20 }, () => acquire(id)));
    expect(takers.filter((one) => one !== null)).toHaveLength(1);
    expect(await desk.spool.due(desk.clock.now(), 500)).not.toContain(id);
  });

  it("that expires is the next one's, and the old holder can neither release nor end it", async () => {
    const id = await storeOne();
    const old = await take(id);
    desk.clock.advance(leaseMs + 1);
    expect(await desk.spool.due(desk.clock.now(), 500)).toContain(id);
    const fresh = await take(id);
    expect([old.fence, fresh.fence, fresh.attempts]).toEqual([1, 2, 2]);
    await desk.spool.release(old, 0, "stale", false);
    await expect(end(old)).rejects.toMatchObject({ code: "fence" });
    expect(await acquire(id)).toBeNull();
    await end(fresh);
    expect(await row(id)).toMatchObject({ status: "filed", error: null });
  });

  it("that is given back may be taken at its time, and not before", async () => {
    const id = await storeOne();
    const mail = await take(id);
    const at = desk.clock.now() + 60_000;
    await desk.spool.release(mail, at, "the parser was busy", false);
    expect(await acquire(id)).toBeNull();
    expect(await row(id)).toMatchObject({ error: "the parser was busy", nextAttemptAt: at });
    desk.clock.advance(60_001);
    expect(await take(id)).toMatchObject({ attempts: 2 });
  });

  it("counts the attempt when it is taken, and forgets it when the mail was not at fault", async () => {
    const id = await storeOne();
    for (let round = 0; round < 5; round++) await desk.spool.release(await take(id), 0, null, true);
    expect((await take(id)).attempts).toBe(1);
  });

  it("of a mail that has its end is nobody's any more", async () => {
    const id = await storeOne();
    const mail = await take(id);
    await end(mail);
    await desk.spool.release(mail, 0, "late", false);
    expect(await acquire(id)).toBeNull();
    expect(await row(id)).toMatchObject({ status: "filed", attempts: 1 });
  });
});

describe("what is due", () => {
  it("is the oldest first, at most so many", async () => {
    const stored = await store(
      Array.from({ length: 5 }, () => newMail()),
      null,
    );
    const due = await desk.spool.due(desk.clock.now(), 10_000);
    const mine = due.filter((id) => stored.some((one) => one.id === id));
    expect(mine).toEqual(stored.map((one) => one.id));
    expect(await desk.spool.due(desk.clock.now(), 2)).toHaveLength(2);
  });
});

describe("retrying", () => {
  it.each(["failed", "held", "ignored"] as const)(
    "puts a mail that was %s back, with its digest free and its attempts at zero",
    async (status) => {
      const id = await storeOne();
      await end(await take(id), status, "bug");
      expect(await desk.spool.retry([id])).toBe(1);
      expect(await row(id)).toMatchObject({ status: "pending", reason: null, digest: null, attempts: 0 });
      expect((await take(id)).attempts).toBe(1);
    },
  );

  it("leaves what was filed, what waits and what is not there", async () => {
    const [filed, waits] = [await storeOne(), await storeOne()];
    await end(await take(filed));
    expect(await desk.spool.retry([filed, waits, "eml_gone"])).toBe(0);
  });

  it("takes thousands at once", async () => {
    const stored = await store(
      Array.from({ length: 1_200 }, () => newMail()),
      null,
    );
    await desk.database.write((tx) =>
      tx.updateTable("email").set({ status: "failed", reason: "bug" }).where("mailbox", "=", mailbox).execute(),
    );
    expect(await desk.spool.retry(stored.map((one) => one.id))).toBe(1_200);
  });
});

describe("the right to read a mailbox", () => {
  it("is one process's until it is given back or runs out", async () => {
    const until = () => desk.clock.now() + 1000;
    expect(await desk.spool.leaseMailbox(mailbox, "one", until())).not.toBeNull();
    expect(await desk.spool.leaseMailbox(mailbox, "two", until())).toBeNull();
    expect(await desk.spool.leaseMailbox(mailbox, "one", until())).not.toBeNull();
    desk.clock.advance(1001);
    expect(await desk.spool.leaseMailbox(mailbox, "two", until())).not.toBeNull();
    const state = {
      name: mailbox,
      cursor: null,
      lastPollAtMs: 1,
      error: "late",
      pausedUntilMs: null,
      failures: 0,
      start: null,
    };
    await desk.spool.saveMailbox(state, "one");
    expect(await desk.spool.leaseMailbox(mailbox, "three", until())).toBeNull();
    await desk.spool.saveMailbox({ ...state, error: null }, "two");
    expect(await desk.spool.leaseMailbox(mailbox, "three", until())).toMatchObject({ error: null });
  });

  it("knows since when every poll failed, and whether a person must mend something", async () => {
    const state = {
      name: mailbox,
      cursor: null,
      lastPollAtMs: null,
      error: "refused",
      pausedUntilMs: null,
      failures: 1,
      start: null,
    };
    const saved = async (over: { error?: string | null; needsPerson?: boolean }) => {
      await desk.spool.leaseMailbox(mailbox, "one", desk.clock.now() + 1000);
      await desk.spool.saveMailbox({ ...state, ...over }, "one");
      const read = desk.read.selectFrom("mailbox").select(["failingSince", "needsPerson"]);
      return await read.where("id", "=", mailbox).executeTakeFirstOrThrow();
    };
    const first = await saved({ needsPerson: true });
    expect(first).toMatchObject({ failingSince: expect.any(Number), needsPerson: 1 });
    desk.clock.advance(5_000);
    expect(await saved({ needsPerson: false })).toEqual({ failingSince: first.failingSince, needsPerson: 0 });
    expect(await saved({ error: null })).toEqual({ failingSince: null, needsPerson: 0 });
  });
});

describe("what is still to be done on the server", () => {
  it("is every stored mail once, but none that could not be fetched", async () => {
    await store([newMail({ uid: 1 }), unfetched(2), newMail({ uid: 3 })]);
    expect(await desk.spool.unfinished(mailbox, "7")).toEqual([1, 3]);
    expect(await desk.spool.unfinished(mailbox, "8")).toEqual([]);
    await desk.spool.finished(mailbox, "7", [1]);
    expect(await desk.spool.unfinished(mailbox, "7")).toEqual([3]);
    await store([newMail({ uid: 2 })]);
    expect(await desk.spool.unfinished(mailbox, "7")).toEqual([2, 3]);
  });
});
