// Delivery reports: who did not get our mail, whether the address is dead, and which mail it was. A person's mail about
// a bounce is none.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseMail } from "../../dist/mail/parse.js";

async function bounce(headers: string[], body: string) {
  const base = [
    "From: MAILER-DAEMON@mx.example.net",
    "To: support@desk.example",
    "Subject: Undelivered Mail Returned to Sender",
  ];
  const names = headers.map((header) => header.split(":")[0]?.toLowerCase());
  const head = [...headers, ...base.filter((line) => !names.includes(line.split(":")[0]?.toLowerCase()))];
  const type = names.includes("content-type") ? [] : ["Content-Type: text/plain; charset=utf-8"];
  return (await parseMail(Buffer.from([...head, "MIME-Version: 1.0", ...type, "", body].join("\n")))).bounce;
}

const fixture = (name: string) => parseMail(readFileSync(new URL(`../../fixtures/mail/${name}`, import.meta.url)));

const returned =
  "Return-Path: <support@desk.example>\nReceived: from desk.example by mx.example.net; Mon, 2 Mar 2026 10:00:00 +0000\n" +
  "Message-ID: <n7@desk.example>\nFrom: support@desk.example\nTo: other@elsewhere.example\nSubject: Your order\n\nHello, write to sales@elsewhere.example\n";

describe("RFC 3464 delivery status notifications", () => {
  it("name the recipient, the status, and the mail that came back", async () => {
    const mail = await fixture("bounce-postfix-550-unknown-user.eml");
    expect(mail.bounce).toEqual({
      recipients: [
        {
          address: "nobody@customer.example",
          status: "5.1.1",
          action: "failed",
          hard: true,
          diagnostic:
            "550 5.1.1 <nobody@customer.example>: Recipient address rejected: User unknown in virtual mailbox table",
        },
      ],
      originalMessageId: "n21@desk.example",
    });
    expect(mail.automatic).not.toEqual([]);
  });

  it("that warn of a delay are delayed and never hard", async () => {
    const mail = await fixture("bounce-delayed-warning-mailbox-of-two.eml");
    expect(mail.bounce?.recipients).toMatchObject([
      { address: "ann@slow.example", status: "4.4.1", action: "delayed", hard: false },
      { address: "bob@slow.example", status: "4.2.2", action: "delayed", hard: false },
    ]);
  });

  it("of success are no bounce", async () => {
    expect((await fixture("bounce-not-delivered-successfully.eml")).bounce).toBeNull();
  });
});

describe("reports that systems write for people", () => {
  const unknown = { address: "bob@customer.example", action: "failed", hard: true };
  const full = { address: "bob@customer.example", action: "failed", hard: false };
  it.each([
    [
      "qmail",
      [],
      `Hi. This is the mail program at mx.example.net.\nI was not able to deliver your message to the following addresses.\nThis is a permanent error; I have given up.\n\n<bob@customer.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n${returned}`,
      { ...unknown, status: "5.1.1" },
    ],
    [
      "Exim",
      ["X-Failed-Recipients: bob@customer.example", "Subject: Mail delivery failed: returning message to sender"],
      `This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to all of its recipients. The following address(es) failed:\n\n  bob@customer.example\n    host mx.customer.example [192.0.2.7]: 550 User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\n${returned}`,
      unknown,
    ],
    [
      "Sendmail",
      ["From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>", "Subject: Returned mail: User unknown"],
      `The original message was received at Mon, 2 Mar 2026 10:00:00 GMT\nfrom desk.example [192.0.2.1]\n\n   ----- The following addresses had permanent fatal errors -----\n<bob@customer.example>\n    (reason: 550 5.1.1 <bob@customer.example>... User unknown)\n\n   ----- Transcript of session follows -----\n550 5.1.1 <bob@customer.example>... User unknown\n\n   ----- Message header follows -----\n${returned}`,
      { ...unknown, status: "5.1.1" },
    ],
    [
      "Postfix without MIME",
      ["Return-Path: <>"],
      `This is the mail system at host mx.example.net.\n\nI'm sorry to inform you that your message could not be delivered.\nFor further assistance, please send mail to postmaster@mx.example.net\n\n<bob@customer.example>: host mx.customer.example[192.0.2.7] said: 552 5.2.2\n    Mailbox full (in reply to RCPT TO command)\n\n${returned}`,
      { ...full, status: "5.2.2" },
    ],
    [
      "Exchange",
      ["From: System Administrator <postmaster@customer.example>", "Subject: Undeliverable: Your order"],
      `Your message\n\n  To:      Bob\n  Subject: Your order\n  Sent:    Mon, 2 Mar 2026 10:00:00 -0000\n\ndid not reach the following recipient(s):\n\nbob@customer.example on Mon, 2 Mar 2026 10:00:02 -0000\n    The recipient name is not recognized\n`,
      unknown,
    ],
    [
      "Yahoo",
      ["Subject: Failure Notice"],
      `Sorry, we were unable to deliver your message to the following address.\n\n<bob@customer.example>:\nThis user doesn't have a customer.example account (bob@customer.example) [0]\n\n--- Below this line is a copy of the message.\n\n${returned}`,
      unknown,
    ],
    [
      "Notes",
      ["From: postmaster@customer.example", "Subject: DELIVERY FAILURE: User not listed"],
      `Your message was not delivered because: User bob (bob@customer.example) not listed in Domino Directory\n`,
      unknown,
    ],
    [
      "a delayed one",
      ["Subject: Warning: message delayed 24 hours"],
      `A message that you sent has not yet been delivered to all its recipients.\nThe address to which it has not yet been delivered is:\n\n  bob@customer.example\n    Delay reason: connection timed out\n\nNo action is required on your part. Delivery attempts will be continued.\n`,
      { address: "bob@customer.example", action: "delayed", hard: false },
    ],
    [
      "a filter",
      ["Subject: Delivery Status Notification (Failure)"],
      `Delivery to the following recipient failed permanently:\n\n     bob@customer.example\n\n554 5.7.1 Message rejected as spam by content filtering\n\n${returned}`,
      { ...full, status: "5.7.1" },
    ],
  ])("%s", async (_, headers, body, recipient) => {
    const found = await bounce(headers as string[], body as string);
    expect(found?.recipients).toHaveLength(1);
    expect(found?.recipients[0]).toMatchObject(recipient as object);
    expect(found?.originalMessageId).toBe((body as string).includes("<n7@desk.example>") ? "n7@desk.example" : null);
  });

  it("give each of several addresses its own reason", async () => {
    const body = `Hi. I could not deliver your message.\n\nfull@customer.example: 552 5.2.2 Mailbox full\n\ngone@customer.example: 550 5.1.1 no such user\n\n${returned}`;
    expect((await bounce([], body))?.recipients).toMatchObject([
      { address: "full@customer.example", status: "5.2.2", hard: false },
      { address: "gone@customer.example", status: "5.1.1", hard: true },
    ]);
  });

  it("fall back to whom the returned mail was written to", async () => {
    const found = await bounce([], `Your message could not be delivered: 550 user unknown.\n\n${returned}`);
    expect(found?.recipients).toMatchObject([{ address: "other@elsewhere.example", hard: true }]);
  });
});

describe("no bounce is", () => {
  const report =
    "I'm sorry to inform you that your message could not be delivered.\n\n<bob@customer.example>: 550 5.1.1 User unknown\n";
  const person = "From: Ann Example <ann@customer.example>";
  it.each([
    [
      "a person's answer about a bounce",
      [person, "Subject: Re: Undelivered Mail Returned to Sender"],
      `Why did this fail?\n\n${report}`,
    ],
    ["a person's fresh mail about a bounce", [person, "Subject: Undelivered mail"], `I got this:\n\n${report}`],
    [
      "a person's forwarded bounce",
      [person, "Subject: Fwd: Returned mail: User unknown"],
      `Begin forwarded message:\n\n> ${report}`,
    ],
    [
      "an administrator's answer",
      ["From: Postmaster <postmaster@customer.example>", "Subject: Re: Undelivered Mail Returned to Sender"],
      `Mended.\n\n${report}`,
    ],
    [
      "a mailing list's mail about a bounce",
      [person, "List-Id: <users.example.org>", "Precedence: list", "Subject: Delivery failed"],
      report,
    ],
    [
      "a parcel service's mail",
      ["From: Parcels <no-reply@parcels.example>", "Auto-Submitted: auto-generated", "Subject: Delivery failed"],
      "Your parcel could not be delivered. Write to help@parcels.example, code 550.",
    ],
    [
      "an out-of-office answer with the null sender",
      ["Return-Path: <>", "From: Ann <ann@customer.example>", "Subject: Automatic reply: Delivery status"],
      "I am away; your message will not be delivered to anyone. Ask bob@customer.example, room 550.",
    ],
    [
      "an out-of-office answer without a telling subject",
      ["Return-Path: <>", "From: Ann <ann@customer.example>", "Subject: Order 5"],
      "I am away and my mailbox is read by bob@customer.example",
    ],
  ])("%s", async (_, headers, body) => {
    expect(await bounce(headers as string[], body as string)).toBeNull();
  });

  it("a person's mail with a bounce attached", async () => {
    expect((await fixture("bounce-not-person-attached-a-bounce.eml")).bounce).toBeNull();
  });
});

describe("hostile reports", () => {
  it.each([
    ["@"],
    ["a@b.example "],
    ["<"],
    ["5.1."],
    ["550 "],
    ["Received: x\n"],
    ["Final-Recipient: rfc822;a@b.example\n"],
    ["RCPT TO:<a@b.example>\n"],
    ["\n"],
    ["user unknown "],
  ])("full of %j are read", async (piece) => {
    const found = await bounce(
      ["Return-Path: <>"],
      `could not be delivered\n\n${piece.repeat(Math.ceil(500_000 / piece.length))}`,
    );
    expect(found?.recipients.length ?? 0).toBeLessThanOrEqual(100);
    for (const recipient of found?.recipients ?? []) {
      expect(recipient.diagnostic.length).toBeLessThanOrEqual(500);
    }
  });
});
