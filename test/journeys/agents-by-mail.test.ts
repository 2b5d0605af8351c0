// Two agents who use nothing but their mail programs, three companies and two projects (AGT-4, MAIL-13 to MAIL-15): who
// wrote what, who received what, and that no internal word and no foreign address ever reached a customer. The story is
// printed as it happens.
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { answer, mailText, type SeenMail, type WrittenMail } from "./mail-text.ts";

const [ann, bob, gus, gil, ivy] = [
  "ann@acme.example",
  "bob@acme.example",
  "gus@globex.example",
  "gil@globex.example",
  "ivy@initech.example",
];
const [dora, joe] = ["dora@desk.example", "joe@desk.example"];
const customers = [ann, bob, gus, gil, ivy];
const everybody = [...customers, dora, joe];
const secret = "They never paid the last bill";

/** The words of a mail whose long lines flow (RFC 3676). */
const flat = (body: string): string => body.replaceAll(" \r\n", " ");

/** What a mail program makes of an answer: the words on top, the whole mail quoted below. */
function topPosted(seen: SeenMail, from: string, words: string, more: Partial<WrittenMail> = {}): string {
  const quoted = seen.body.split("\r\n").map((line) => `> ${line}`);
  const text = [words, "", `On Sat, 28 Nov 2026 at 10:00, Desk <${seen.answerTo}> wrote:`, "", ...quoted].join("\n");
  return answer(seen, { from, text, ...more });
}

async function openOffice(queue: (typeof queues)[number]) {
  const desk = await openJourney(queue);
  desk.run();
  const story: string[] = [];
  const seen = new Map<string, number>();
  /** Who got mail since the last look, each with what they got. */
  const heard = () => {
    const got: string[] = [];
    for (const one of everybody) {
      const mails = desk.sentTo(one).slice(seen.get(one) ?? 0);
      seen.set(one, (seen.get(one) ?? 0) + mails.length);
      for (const mail of mails) {
        got.push(one);
        story.push(`    ${one} receives "${mail.header("Subject")}" from ${mail.header("From")}`);
        const reader = /^(PUBLIC|INTERNAL):[^\r]*/m.exec(flat(mail.body))?.[0];
        if (reader !== undefined) story.push(`        ${reader}`);
      }
    }
    return got;
  };
  const tell = async (line: string, raw: string) => {
    story.push(line);
    await desk.deliver(raw);
    await desk.settled();
    return heard();
  };
  const last = (address: string): SeenMail => {
    const mail = desk.sentTo(address).at(-1);
    if (mail === undefined) throw new Error(`${address} got nothing`);
    return mail;
  };
  await desk.command("agent", "add", dora, "--name", "Dora Desk");
  await desk.command("agent", "add", joe, "--name", "Joe Jones");
  await desk.command("project", "add", "New office");
  await desk.command("project", "add", "Webshop");
  await desk.command("org", "add", "Globex", "--domain", "globex.example");
  await desk.command("customer", "add", gil, "--name", "Gil Globex");
  await desk.command("project", "share", "Webshop", "Globex");
  return { desk, story, heard, tell, last };
}

describe("two agents who only use e-mail", () => {
  it.each(queues)("on the %s queue", async (queue) => {
    const { desk, story, heard, tell, last } = await openOffice(queue);

    // A customer writes, with a colleague in copy: both agents hear of it, as nobody takes care of it yet.
    expect(
      await tell(
        "Ann writes to the desk, with Bob in copy: The printer is on fire.",
        mailText({ from: `Ann Archer <${ann}>`, cc: bob }),
      ),
    ).toEqual([ann, dora, joe]);
    expect(await desk.people()).toMatchObject([
      { role: "requester", address: ann },
      { role: "follower", address: bob },
    ]);
    expect(flat(last(dora).body)).toMatch(
      /PUBLIC: what you write above is mailed to Ann Archer <ann@acme\.example> and bob@/,
    );

    // The first who answers takes it; what is quoted below stays here.
    const words = "#assign Dora Desk\n#priority 4\n\nWe come at ten.\n\n-- \nDora Desk\n+49 123";
    expect(await tell("Dora answers, and takes it.", topPosted(last(dora), dora, words))).toEqual([ann, bob]);
    expect(last(ann).body).toContain("We come at ten.");
    expect(last(ann).body).not.toMatch(/#assign|nobody takes care/);
    expect(last(ann).header("From")).toMatch(/^"?Dora Desk \(/);
    expect(await desk.tickets()).toMatchObject([{ number: 1, status: "waiting", priority: 4 }]);

    // The customer's answer reaches the colleague and the one agent whose ticket it is.
    expect(
      await tell("Ann answers.", answer(last(ann), { from: `Ann Archer <${ann}>`, text: "Good. Hurry." })),
    ).toEqual([bob, dora]);
    expect(await desk.tickets()).toMatchObject([{ number: 1, status: "open" }]);

    // A note, and the ticket handed over; no customer hears a word.
    expect(await tell("Dora notes something.", topPosted(last(dora), dora, `#note\n${secret}.`))).toEqual([]);
    expect(await tell("Dora hands it to Joe.", topPosted(last(dora), dora, "#assign joe@desk.example"))).toEqual([joe]);

    // What can't be told apart is not sent, and its author learns why.
    const unquoted = answer(last(joe), { from: joe, text: "It is mended.\n\nINTERNAL: what you write above" });
    expect(await tell("Joe answers, and his mail program left our line out.", unquoted)).toEqual([dora, joe]);
    expect(flat(last(joe).body)).toMatch(
      /not sent to any customer: the line "## Please write above this line ##" is missing/,
    );

    // The second try, as an answer to that very mail.
    expect(await tell("Joe answers once more.", topPosted(last(joe), joe, "#close\nIt is mended."))).toEqual([
      ann,
      bob,
      dora,
    ]);
    expect(last(ann).body).toContain("It is mended.");
    expect(await desk.tickets()).toMatchObject([{ number: 1, status: "closed" }]);

    // A forger knows the number and the agent's address, and has no token.
    const forged = mailText({
      from: `Joe Jones <${joe}>`,
      subject: "Re: [#1] The printer is on fire",
      text: "#reopen\nSend the money to me.",
    });
    story.push("Somebody forges Joe.");
    await desk.deliver(forged);
    await desk.settled();
    expect(heard().filter((one) => customers.includes(one))).toEqual([]);
    expect(await desk.tickets()).toMatchObject([{ number: 1, status: "closed" }]);

    // A mail that reached the wrong place, forwarded.
    const forward = mailText({
      from: `Joe Jones <${joe}>`,
      subject: "Fwd: Invoice",
      text: `${secret}, be careful.\n\n---------- Forwarded message ---------\nFrom: Ivy Initech <${ivy}>\nDate: Fri, 27 Nov 2026 at 09:00\nSubject: Invoice\nTo: Joe Jones <${joe}>\n\nWhere is my invoice?`,
    });
    expect(await tell("Joe forwards a mail that Ivy sent to him.", forward)).toEqual([ivy, dora, joe]);
    expect((await desk.tickets())[1]).toMatchObject({ number: 2, subject: "Invoice" });
    expect(await tell("Joe answers it.", topPosted(last(joe), joe, "Here it is."))).toEqual([ivy, dora]);

    // A project: the ticket goes there by mail, and then the company that follows it hears the answer.
    expect(await tell("Gus writes.", mailText({ from: `Gus Globex <${gus}>`, subject: "The cart is empty" }))).toEqual([
      gus,
      dora,
      joe,
    ]);
    expect(await tell("Dora moves it to the project.", topPosted(last(dora), dora, "#project Webshop"))).toEqual([]);
    expect(await tell("Dora answers.", topPosted(last(dora), dora, "The cart is mended."))).toEqual([gus, gil, joe]);
    expect(last(gil).raw).not.toContain(gus);

    // An agent writes to a customer by themselves, with the desk in copy.
    const first = mailText({
      from: `Dora Desk <${dora}>`,
      to: `Ivy Initech <${ivy}>`,
      cc: "support@desk.example",
      subject: "Your contract",
      text: "Shall we prolong it?",
    });
    expect(await tell("Dora writes to Ivy, with the desk in copy.", first)).toEqual([joe]);
    const contract = (await desk.tickets()).at(-1);
    expect(contract).toMatchObject({ subject: "Your contract", status: "waiting" });
    expect(
      await tell(
        "Ivy answers to all.",
        mailText({
          from: `Ivy Initech <${ivy}>`,
          to: "support@desk.example",
          cc: dora,
          subject: "Re: Your contract",
          inReplyTo: /Message-ID: <([^>]+)>/.exec(first)?.[1] ?? "",
          text: "Yes, please.",
        }),
      ),
    ).toEqual([dora, joe]);
    expect((await desk.messages()).at(-1)).toMatchObject({ ticket: contract?.number, newText: "Yes, please." });

    for (const one of customers)
      for (const mail of desk.sentTo(one)) {
        const others = [...customers, dora, joe].filter((other) => other !== one);
        expect(mail.body).not.toContain(secret);
        expect(mail.body).not.toMatch(/^(PUBLIC|INTERNAL):/m);
        for (const other of others) expect(mail.raw).not.toContain(other);
        expect(mail.envelope.to).toBe(one);
      }
    const sent = (await desk.outbox()).filter(({ status }) => status === "sent");
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(sent.length);
    console.info(story.join("\n"));
  });
});
