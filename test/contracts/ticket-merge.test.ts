// Two tickets that become one, one message that becomes a ticket, and links between them (TIC-6): where everything is then,
// where answers land, what is refused, and the way back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, mailText } from "../journeys/mail-text.ts";
import { type SurgeryDesk, surgeryDesk } from "./surgery-desk.ts";

let desk: SurgeryDesk;
beforeAll(async () => {
  desk = await surgeryDesk("merge");
  await desk.done("settings", "set", "acknowledge.enabled=off");
  await desk.done("org", "add", "Acme", "--domain", "acme.example");
  await desk.done("field", "add", "area", "--on", "ticket");
  await desk.done("field", "add", "floor", "--on", "ticket");
});
afterAll(() => desk.close());

const numberOf = async (text: string): Promise<number> => (await desk.mail(text)) ?? 0;
const texts = async (number: number) => (await desk.show(number)).messages.map(({ newText }) => newText);

describe("a merge", () => {
  it("moves messages, people, values and links, and leads old ways to the ticket that is left", async () => {
    const from = await numberOf(mailText({ from: "Ann <ann@acme.example>", subject: "One", text: "First of one." }));
    const into = await numberOf(mailText({ from: "Bob <bob@acme.example>", subject: "Two", text: "First of two." }));
    const third = await numberOf(mailText({ from: "cy@acme.example", subject: "Three" }));
    await desk.done("ticket", "reply", String(from), "--text", "Answer on one.");
    await desk.deliver();
    const [told] = await desk.mailsTo("ann@acme.example");
    await desk.done("ticket", "note", String(from), "--text", "A note on one.");
    await desk.done("ticket", "follower", "add", String(from), "fred@acme.example");
    await desk.done("ticket", "set", String(from), "priority=4", "field:area=north", "field:floor=1");
    await desk.done("ticket", "set", String(into), "field:floor=2");
    await desk.done("ticket", "link", String(from), String(third));
    const said = await desk.done("ticket", "merge", String(from), String(into));
    expect(said).toContain(`#${from} becomes part of #${into}: 3 messages, 2 people.`);
    expect(said).toContain("more people can read");
    const whole = await desk.show(into);
    expect(whole).toMatchObject({
      ...{ subject: "Two", requesters: ["bob@acme.example", "ann@acme.example"], followers: ["fred@acme.example"] },
      ...{ priority: 4, fields: { area: "north", floor: "2" }, links: [third], merged: [from] },
    });
    expect(whole.messages.map(({ newText }) => newText)).toEqual([
      ...["First of one.", "First of two.", "Answer on one.", "A note on one."],
    ]);
    expect(whole.messages.find(({ newText }) => newText === "A note on one.")?.visibility).toBe("internal");
    expect(await desk.done("ticket", "show", String(from))).toContain(`#${from} was merged into #${into}.`);

    if (told === undefined) throw new Error("nobody was told");
    expect(await desk.mail(answer(told, { from: "ann@acme.example", text: "By the token." }))).toBe(into);
    const cited = mailText({ from: "ann@acme.example", references: [told.messageId], text: "By the id." });
    expect(await desk.mail(cited)).toBe(into);
    expect(await desk.mail(mailText({ from: "ann@acme.example", subject: `So [#${from}]`, text: "By number." }))).toBe(
      into,
    );
    expect(await desk.refused(1, "undo", await lastMerge())).toMatch(
      /can't be taken back: conversation cnv_\w+ is in use: message msg_\w+ refers to it, by cmt_\w+ \(/,
    );
  });

  it("is taken back as long as nothing was said since, and done again", async () => {
    const from = await numberOf(mailText({ from: "ann@acme.example", subject: "One" }));
    const into = await numberOf(mailText({ from: "bob@acme.example", subject: "Two" }));
    await desk.done("ticket", "close", String(into));
    const before = [await desk.show(from), await desk.show(into)];
    expect(await desk.done("ticket", "merge", String(from), String(into), "--dry-run")).toContain("becomes part of");
    expect(await desk.show(from)).toEqual(before[0]);
    expect(await desk.done("ticket", "merge", String(from), String(into))).toContain(`#${into} is open again`);
    await desk.done("undo");
    const untimed = (one: object) => ({ ...one, updatedAt: null });
    expect([await desk.show(from), await desk.show(into)].map(untimed)).toEqual(before.map(untimed));
    await desk.done("undo", await lastCommit());
    expect((await desk.show(from)).number).toBe(into);
    expect(await desk.refused(1, "ticket", "merge", String(from), String(into))).toContain(
      `#${from} became part of #${into} already.`,
    );
  });

  it("takes along what waits to be told, to the people of both, and gives it back", async () => {
    await desk.deliver();
    await desk.done("settings", "set", "mail.hold=1h");
    const from = await numberOf(mailText({ from: "gil@acme.example", subject: "One" }));
    const into = await numberOf(mailText({ from: "hal@acme.example", subject: "Two" }));
    await desk.done("ticket", "reply", String(from), "--text", "It waits.");
    const waits = async () => {
      const rows = await desk.app.database.read
        .selectFrom("notice")
        .innerJoin("ticket", "ticket.id", "notice.ticketId")
        .select("ticket.number")
        .where("notice.state", "=", "waiting")
        .where("notice.kind", "=", "message")
        .execute();
      return rows.map(({ number }) => number);
    };
    expect(await waits()).toEqual([from]);
    expect(await desk.done("ticket", "merge", String(from), String(into))).toContain(
      "1 message that waits to be sent goes to the people of both.",
    );
    expect(await waits()).toEqual([into]);
    await desk.done("undo");
    expect(await waits()).toEqual([from]);
    await desk.done("undo", await lastCommit());
    expect(await waits()).toEqual([into]);
    await desk.done("settings", "set", "mail.hold=0");
    await desk.app.database.write(async (tx) => {
      await tx.updateTable("notice").set({ notBefore: 0 }).execute();
    });
    await desk.deliver();
    for (const who of ["gil@acme.example", "hal@acme.example"]) expect(await desk.mailsTo(who)).toHaveLength(1);
  });

  it("gives nobody what was said before", async () => {
    const from = await numberOf(mailText({ from: "ike@acme.example", subject: "One", text: "A secret of one." }));
    const into = await numberOf(mailText({ from: "joy@acme.example", subject: "Two" }));
    await desk.done("ticket", "requester", "add", String(into), "kim@acme.example");
    await desk.done("ticket", "merge", String(from), String(into));
    await desk.done("ticket", "reply", String(into), "--text", "To all of you.");
    await desk.deliver();
    const [mail] = await desk.mailsTo("kim@acme.example");
    expect(mail?.body).toContain("To all of you.");
    expect(mail?.body).not.toContain("A secret of one.");
  });

  it("across organizations needs --force, and says how many more can read", async () => {
    const from = await numberOf(mailText({ from: "ann@acme.example", subject: "Ours" }));
    const into = await numberOf(mailText({ from: "zoe@beta.example", subject: "Theirs" }));
    const said = await desk.refused(1, "ticket", "merge", String(from), String(into));
    expect(said).toContain(
      `#${from} (Acme) and #${into} (beta.example) are not of one organization: 2 more people would be able to read`,
    );
    expect(said).toContain("--force");
    await desk.done("ticket", "merge", String(from), String(into), "--force");
    expect((await desk.show(from)).number).toBe(into);
  });

  it.each([
    [["merge", "1", "1"], 1, "#1 became part of #2 already."],
    [["merge", "3", "3"], 1, "#3 can't be merged into itself."],
    [["merge", "3", "1"], 1, "#1 became part of #2 already."],
    [["merge", "3", "999"], 64, "There is no ticket #999."],
    [["merge", "three", "1"], 64, '"three" is no ticket number.'],
    [["split", "3", "msg_none"], 64, 'There is no message "msg_none".'],
    [["unlink", "3", "999"], 64, "There is no ticket #999."],
  ])("is refused where it can't be: %j", async (args, code, sentence) => {
    expect(await desk.refused(code, "ticket", ...args)).toContain(sentence);
  });

  it("of a frozen ticket leaves the other one frozen", async () => {
    const from = await numberOf(mailText({ from: "ann@acme.example", subject: "One" }));
    const into = await numberOf(mailText({ from: "bob@acme.example", subject: "Two" }));
    await desk.done("ticket", "freeze", String(from), "--reason", "a loop");
    await desk.done("ticket", "merge", String(from), String(into));
    expect(await desk.show(into)).toMatchObject({ frozen: true, freeze: { reason: "a loop" } });
    await desk.done("ticket", "unfreeze", String(into));
  });

  const lastCommit = async (): Promise<string> => {
    const { id } = await desk.app.database.read
      .selectFrom("commitLog")
      .select("id")
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirstOrThrow();
    return id;
  };

  async function lastMerge(): Promise<string> {
    const rows = await desk.app.database.read
      .selectFrom("commitLog")
      .select("id")
      .where("what", "like", "ticket merge%")
      .orderBy("id", "desc")
      .limit(1)
      .execute();
    return rows[0]?.id ?? "";
  }
});

describe("a split", () => {
  it("makes a ticket of one message, to which its answers lead", async () => {
    const number = await numberOf(mailText({ from: "lea@acme.example", subject: "Printer", text: "It burns." }));
    const messageId = "other-matter@acme.example";
    await desk.mail(
      mailText({ from: "lea@acme.example", subject: `Re: [#${number}]`, text: "Another matter.", messageId }),
    );
    await desk.deliver();
    const other = (await desk.show(number)).messages[1];
    const made = await desk.json<{ number: number; splitFrom: number }>(
      ...["ticket", "split", String(number), other?.id ?? "", "--subject", "The other matter"],
    );
    expect(made.splitFrom).toBe(number);
    expect(await desk.show(made.number)).toMatchObject({
      ...{ subject: "The other matter", requesters: ["lea@acme.example"], organization: "Acme", links: [number] },
      messages: [{ newText: "Another matter." }, { newText: `This message was split off #${number}.` }],
    });
    expect(await desk.show(number)).toMatchObject({
      links: [made.number],
      messages: [{ newText: "It burns." }, { visibility: "internal" }],
    });
    const reply = mailText({ from: "lea@acme.example", inReplyTo: messageId, text: "And once more." });
    expect(await desk.mail(reply)).toBe(made.number);
    expect(await desk.refused(1, "undo")).toMatch(/can't be taken back: .* is in use: message msg_/);
  });

  it("is taken back", async () => {
    const number = await numberOf(mailText({ from: "max@acme.example", subject: "One", text: "It burns." }));
    const messageId = "back@acme.example";
    await desk.mail(mailText({ from: "max@acme.example", subject: `Re: [#${number}]`, text: "Two.", messageId }));
    await desk.deliver();
    const [, second] = (await desk.show(number)).messages;
    expect(await desk.done("ticket", "split", String(number), second?.id ?? "", "--dry-run")).toContain(
      "becomes ticket",
    );
    await desk.done("ticket", "split", String(number), second?.id ?? "");
    expect(await texts(number)).toHaveLength(2);
    await desk.done("undo");
    expect(await texts(number)).toEqual(["It burns.", "Two."]);
    expect(await desk.mail(mailText({ from: "max@acme.example", inReplyTo: messageId, text: "3" }))).toBe(number);
  });

  it("is refused of the only message, of another ticket's, and of one that is on its way", async () => {
    const number = await numberOf(mailText({ from: "nan@acme.example", subject: "One", text: "It burns." }));
    const [first] = (await desk.show(number)).messages;
    expect(await desk.refused(1, "ticket", "split", String(number), first?.id ?? "")).toContain(
      "is the only message of",
    );
    expect(await desk.refused(64, "ticket", "split", "3", first?.id ?? "")).toContain(`It stands on #${number}.`);
    await desk.done("settings", "set", "mail.sending=off");
    await desk.done("ticket", "reply", String(number), "--text", "It waits.");
    const second = (await desk.show(number)).messages[1]?.id ?? "";
    expect(await desk.refused(1, "ticket", "split", String(number), second)).toContain("is still on its way");
    await desk.deliver();
    expect(await desk.refused(1, "ticket", "split", String(number), second)).toContain("is still on its way");
    await desk.done("settings", "set", "mail.sending=on");
    await desk.deliver();
    await desk.done("ticket", "split", String(number), second);
    expect((await desk.mailsTo("nan@acme.example")).length).toBe(1);
  });

  it("of a stranger's message is theirs, out of sight of the others", async () => {
    await desk.done("project", "add", "Office");
    const number = await numberOf(mailText({ from: "ora@acme.example", subject: "One", text: "It burns." }));
    await desk.done("ticket", "set", String(number), "project=Office");
    await desk.done("ticket", "reply", String(number), "--text", "Hello.");
    await desk.deliver();
    const [told] = await desk.mailsTo("ora@acme.example");
    if (told === undefined) throw new Error("nobody was told");
    expect(await desk.mail(answer(told, { from: "eve@far.example", text: "Let me in." }))).toBe(number);
    const stranger = (await desk.show(number)).messages.find(({ from }) => from === "eve@far.example");
    expect(stranger?.flag).not.toBeNull();
    const made = await desk.json<{ number: number }>("ticket", "split", String(number), stranger?.id ?? "");
    expect(await desk.show(made.number)).toMatchObject({
      ...{ requesters: ["eve@far.example"], organization: "far.example", project: null },
    });
  });
});

describe("a link", () => {
  it("is taken away, which can be taken back", async () => {
    const one = await numberOf(mailText({ from: "ann@acme.example" }));
    const two = await numberOf(mailText({ from: "bob@acme.example" }));
    await desk.done("ticket", "link", String(one), String(two));
    expect(await desk.done("ticket", "unlink", String(two), String(one))).toContain("are linked no more");
    expect((await desk.show(one)).links).toEqual([]);
    expect(await desk.done("ticket", "unlink", String(two), String(one))).toContain("were not linked");
    await desk.done("undo");
    expect((await desk.show(one)).links).toEqual([two]);
  });
});
