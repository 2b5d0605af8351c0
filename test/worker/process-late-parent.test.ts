// MAIL-9 with real mails: parents that arrive after their answers, tickets that turn out to be one, before and after
// somebody was told of them, and threads of history.
import { afterEach, describe, expect, it } from "vitest";
import { setStatus } from "../../dist/desk/ticket.js";
import { write } from "../contracts/ticket-in-desk.ts";
import { rawMail } from "./raw-mail.ts";
import { type RunningDesk, runningDesk } from "./running-desk.ts";

let one: RunningDesk;
afterEach(() => one.close());

const bob = { from: "Bob <bob@acme.example>" };
/** One poll: stored and processed. */
async function poll(mails: readonly string[], more: Parameters<RunningDesk["store"]>[1] = {}): Promise<void> {
  await one.store(mails, more);
  await one.process();
}
const reasonOf = async (subject: string) => (await one.emails()).find((row) => row.subject === subject)?.reason;
const acknowledgements = () => one.sent.filter((mail) => mail.raw.includes("Auto-Submitted: auto-replied")).length;
const internal = () =>
  one.read
    .selectFrom("message")
    .innerJoin("conversation", "conversation.id", "message.conversationId")
    .select("message.text")
    .where("conversation.visibility", "=", "internal")
    .execute();

describe("a parent that arrives after its answer", () => {
  it("lands on the answer's ticket, told or not", async () => {
    one = await runningDesk();
    await poll([rawMail("answer", { inReplyTo: "parent" })]);
    await one.deliver();
    await poll([rawMail("parent", bob)]);
    expect(await one.threads()).toEqual({ 1: ["answer", "parent"] });
    expect([await reasonOf("parent"), acknowledgements()]).toEqual(["reply", 1]);
  });

  it("makes its own ticket where it is a stranger's", async () => {
    one = await runningDesk();
    await poll([rawMail("answer", { inReplyTo: "parent" })]);
    await poll([rawMail("parent", { from: "eve@evil.example" })]);
    expect(await one.threads()).toEqual({ 1: ["answer"], 2: ["parent"] });
  });
});

describe("a mail that shows two tickets to be one", () => {
  const both = rawMail("both", { references: ["first", "second"] });

  it("makes them one where nobody was told: one acknowledgement, and the other's news still reach their readers", async () => {
    one = await runningDesk();
    await poll([rawMail("first")]);
    await poll([rawMail("second", bob)]);
    await poll([rawMail("news", { from: "Carl <carl@acme.example>", inReplyTo: "second" })]);
    await poll([both]);
    expect(await one.threads()).toEqual({ 1: ["both", "first", "news", "second"] });
    await one.deliver();
    expect(acknowledgements()).toBe(1);
    const readers = (words: string) =>
      one.sent
        .filter((mail) => mail.raw.includes(words))
        .map((mail) => mail.to)
        .sort();
    expect(readers("words of news")).toEqual(["ann@acme.example", "bob@acme.example"]);
    expect(readers("words of both")).toEqual(["bob@acme.example", "carl@acme.example"]);
  });

  it("links them where people were told of both, and leaves an internal note for the agent", async () => {
    one = await runningDesk();
    await poll([rawMail("first")]);
    await poll([rawMail("second", bob)]);
    await one.deliver();
    await poll([both]);
    expect(await one.threads()).toEqual({ 1: ["first"], 2: ["both", "second"] });
    expect(await one.read.selectFrom("ticketLink").select("id").execute()).toHaveLength(1);
    expect(await internal()).toMatchObject([{ text: expect.stringContaining("belongs to #") }]);
    await one.deliver();
    expect(one.sent.filter((mail) => mail.raw.includes("linked, not merged"))).toEqual([]);
  });

  it("links them once, however many such mails come", async () => {
    one = await runningDesk({ workers: 2 });
    await poll([rawMail("first")]);
    await poll([rawMail("second", bob)]);
    await one.deliver();
    await poll(
      Array.from({ length: 6 }, (_, at) =>
        rawMail(`both${at}`, { references: ["first", "second"], ...(at % 2 === 0 ? bob : {}) }),
      ),
    );
    expect((await one.emails()).filter((row) => row.status !== "filed")).toEqual([]);
    expect(await one.read.selectFrom("ticketLink").select("id").execute()).toHaveLength(1);
    expect(await internal()).toHaveLength(1);
  });

  it("never makes one of two organizations' tickets, though its author is on both", async () => {
    one = await runningDesk();
    await poll([rawMail("first")]);
    await poll([rawMail("second", { from: "dan@beta.example" })]);
    const ann = await one.read.selectFrom("customer").select("id").where("name", "=", "Ann").executeTakeFirstOrThrow();
    const [, second] = await one.tickets();
    const seat = {
      ticketId: second?.id ?? "",
      customerId: ann.id,
      role: "follower",
      address: "ann@acme.example",
      createdAt: 1,
    };
    await write(one, [{ table: "ticketPerson", id: `${seat.ticketId}:${ann.id}`, before: null, after: seat }]);
    await poll([both]);
    expect(Object.keys(await one.threads())).toHaveLength(2);
  });

  it("leads the merged ticket's number and Message-IDs to the one that stays", async () => {
    one = await runningDesk();
    await poll([rawMail("first")]);
    await poll([rawMail("second", bob)]);
    await poll([both]);
    await poll([
      rawMail("tagged", { ...bob, subject: "Re: [#2] printer" }),
      rawMail("cited", { ...bob, inReplyTo: "second" }),
    ]);
    expect((await one.threads())[1]).toEqual(["Re: [#2] printer", "both", "cited", "first", "second"]);
  });
});

describe("a thread of history", () => {
  const written = (day: string) => ({ date: `Thu, ${day} +0000` });
  const mails = [
    rawMail("h0", { ...written("01 Jan 2015 10:00:00") }),
    rawMail("h1", { ...bob, ...written("01 Jan 2015 11:00:00"), inReplyTo: "h0" }),
    rawMail("h2", { ...written("05 Jan 2017 10:00:00"), inReplyTo: "h1" }),
  ];

  it("that is filed as closed is one closed ticket, as of its last mail, and nobody is told", async () => {
    one = await runningDesk();
    await poll(mails, { arrival: "history", closed: true });
    expect(await one.threads()).toEqual({ 1: ["h0", "h1", "h2"] });
    const at = Date.UTC(2017, 0, 5, 10);
    expect(await one.tickets()).toMatchObject([
      { state: "closed", createdAt: Date.UTC(2015, 0, 1, 10), closedAt: at, updatedAt: at },
    ]);
    await one.deliver();
    expect(one.sent).toEqual([]);
  });

  it("gets a linked ticket when somebody answers it today", async () => {
    one = await runningDesk();
    await poll(mails, { arrival: "history", closed: true });
    await poll([rawMail("today", { ...bob, inReplyTo: "h2" })]);
    expect([await reasonOf("today"), await one.threads()]).toEqual([
      "follow-up",
      { 1: ["h0", "h1", "h2"], 2: ["today"] },
    ]);
  });
});

describe("an answer to a closed ticket", () => {
  it("opens it again, but not a machine's", async () => {
    one = await runningDesk();
    await poll([rawMail("first")]);
    const [ticket] = await one.tickets();
    const close = setStatus(ticket as never, "closed", one.clock.now());
    await write(one, close === null ? [] : [close]);
    await poll([rawMail("away", { inReplyTo: "first", headers: ["Auto-Submitted: auto-replied"] })]);
    expect([await reasonOf("away"), (await one.tickets())[0]?.state]).toEqual(["auto-reply", "closed"]);
    await poll([rawMail("again", { inReplyTo: "first" })]);
    expect([await reasonOf("again"), (await one.tickets())[0]?.state]).toEqual(["reply", "open"]);
  });
});
