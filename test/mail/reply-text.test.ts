// What the sender wrote now, told from quotation and signature; whatever is in doubt stays.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mailLimits } from "../../dist/mail/limits.js";
import { parseMail } from "../../dist/mail/parse.js";
import { replyMarkers } from "../../dist/mail/reply-marker.js";
import { newText } from "../../dist/mail/reply-text.js";

const replyMarker = replyMarkers.en ?? "";

const old = "the old mail";

describe("our own marker line", () => {
  it("ends the new text, quoted or not", () => {
    expect(newText(`Yes, please.\n\n${replyMarker}\n\n${old}`)).toBe("Yes, please.");
    expect(newText(`Yes, please.\n\n> ${replyMarker}\n>\n> ${old}`)).toBe("Yes, please.");
    expect(newText(`Yes, please.\n\n  ${replyMarker.toUpperCase()}\n${old}`)).toBe("Yes, please.");
  });
});

describe("answers between quotes are kept (PEERS 18)", () => {
  it("with a header above", () => {
    const mail = `On 2 Mar 2026, at 10:15, Desk <support@desk.example> wrote:
> Which version?
2.3
> Which system?

Linux, the new one.
> Thank you
`;
    expect(newText(mail)).toBe("2.3\n\nLinux, the new one.");
  });

  it("below the whole quotation, and below our marker", () => {
    expect(newText(`> ${replyMarker}\n> ${old}\n\nIt works now.`)).toBe("It works now.");
    expect(newText(`Am 02.03.26 um 10:15 schrieb Desk:\n> ${old}\n\nEs geht wieder.`)).toBe("Es geht wieder.");
  });

  it("of a real mail with two questions", async () => {
    const raw = readFileSync(new URL("../../fixtures/mail/reply-inline-answers-thunderbird.eml", import.meta.url));
    expect((await parseMail(raw)).newText).toBe(
      "Guten Tag,\n\nSeit dem Umzug am Montag.\n\nNein, nur der Drucker im Flur.\n\nViele Grüße\nHanna",
    );
  });

  it("and not lost with the signature of a telephone above the quotation", () => {
    expect(newText(`Short answer: yes.\n\nSent from my iPhone\n\n> Which one?\nThe blue one.`)).toBe(
      "Short answer: yes.\n\nThe blue one.",
    );
  });
});

describe("what people write themselves is not cut", () => {
  it.each([
    ["a sentence with On", "On Monday the printer failed.\n\nOn Tuesday at 10:15 it worked again, I wrote that down."],
    ["a journey", "Please book:\n\nFrom: Berlin\nTo: Hamburg\nDate: 3 May 2026\n\nFor two people."],
    ["From in a sentence", "Mail from: ann@customer.example is blocked.\nFrom: our side all is well."],
    [
      "a sentence that begins like a telephone",
      "Please check the order.\n\nSent from our warehouse on Friday, it never reached the customer in Hamburg.",
    ],
    ["timestamps", "The log says:\n2026-03-02 10:15:00 started\n2026-03-02 10:15:07 failed\nWhat now?"],
    ["a list under a dash", `Two wishes:\n---\n${"one more line\n".repeat(20)}Thanks`],
    [
      "code between fences",
      "It prints\n```\n-- \n> SELECT 1\nOn 2 Mar 2026 at 10:15 Desk <a@b.example> wrote:\n```\nWhy?",
    ],
    ["a Python prompt", "I typed\n>>> import order\n>>> order.send()\nand nothing came."],
    ["an mbox-escaped From", "Dear all,\n>From tomorrow on I am away.\nAnn"],
    ["wrote in a sentence", "Your colleague wrote: it is done.\nIt is not done."],
    ["greetings", "Yes, please.\n\nBest regards\nAnn Example\nAcme Inc."],
    ["a dash in the text", "Two things - one -- and another.\n\nAll is well."],
  ])("%s", (_, text) => {
    expect(newText(text)).toBe(text);
  });

  it("even a line above an attribution that begins like one", () => {
    const mail = `I can try again\nto test this in 2 weeks.\nOp 2 mrt. 2026 10:15 schreef "Desk" <support@desk.example> het\nvolgende geschreven:\n\n> ${old}`;
    expect(newText(mail)).toBe("I can try again\nto test this in 2 weeks.");
  });
});

describe("a mail is never emptied", () => {
  it.each([
    ["a quotation only", "> all of it\n> is quoted"],
    [
      "a forwarded mail without a word",
      "---------- Forwarded message ---------\nFrom: Bob <bob@customer.example>\nSubject: Hi\n\nHello",
    ],
    ["a signature only", "-- \nAnn Example"],
    ["a telephone's line only", "Sent from my iPhone"],
    ["headers on top", "From: Ann <ann@customer.example>\nTo: Desk\nSubject: Order\n\nMy form."],
    ["rules only", "----\n====\n****"],
  ])("%s stays whole", (_, text) => {
    expect(newText(text)).toBe(text);
  });

  it("whatever the text is, something of it is left and nothing is invented", () => {
    const line = fc.constantFrom(
      "> quoted",
      "Yes.",
      "-- ",
      "Sent from my iPhone",
      "",
      "____",
      "From: a@b.example",
      "Subject: x",
      "On 2 Mar 2026 at 10:15 Desk <a@b.example> wrote:",
      "```",
      ">>> 1",
      replyMarker,
      "-----Original Message-----",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 30 }), (lines) => {
        const text = lines.join("\n");
        const kept = newText(text);
        expect(kept === "").toBe(text.trim() === "");
        for (const each of kept.split("\n")) {
          expect(text).toContain(each.trim());
        }
      }),
    );
  });
});

describe("hostile text", () => {
  it.each([
    ["a"],
    [">"],
    ["> "],
    [" "],
    ["@"],
    ["a@b"],
    ["-"],
    ["- \n"],
    ["_\n"],
    ["\n"],
    ["<"],
    ["<\n"],
    [":"],
    ["a:\n"],
    ["From:\n"],
    ["On 1 2026\n"],
    ["On 2 Mar 2026 at 10:15 x "],
    ["Sent from "],
    ["```\n"],
    ["\u200b"],
    ["*"],
    ["wrote:"],
    ["Date: x\nTo: y\n"],
  ])("a body full of %j is read", (piece) => {
    const text = `Yes, please.\n\n${piece.repeat(Math.ceil(mailLimits.textCharsMax / piece.length))}`;
    expect(newText(text)).toContain("Yes, please.");
  });
});
