// The subject of every mail on a ticket: one "Re: ", its tag once, whatever was answered before.
import fc from "fast-check";
import { expect, test } from "vitest";
import { mailSubject } from "../../dist/desk/mail-subject.js";

test.each([
  ["Printer is on fire", "Re: [#12] Printer is on fire"],
  ["Re: Printer", "Re: [#12] Printer"],
  ["RE: re[2]: AW: Printer", "Re: [#12] Printer"],
  ["Re: [#12] Printer", "Re: [#12] Printer"],
  [`${"Re: ".repeat(100)}Printer`, "Re: [#12] Printer"],
  ["AW: [#12] Re: [#12] Printer", "Re: [#12] Printer"],
  ["Printer [#12]", "Re: [#12] Printer"],
  ["[#123] of another ticket", "Re: [#12] [#123] of another ticket"],
  ["回复：打印机", "Re: [#12] 打印机"],
  ["Fwd: Printer", "Re: [#12] Fwd: Printer"],
  ["Report: broken", "Re: [#12] Report: broken"],
  ["two\r\nBcc: lines", "Re: [#12] two Bcc: lines"],
  ["", "Re: [#12]"],
])("the subject %j is sent as %j", (subject, sent) => {
  expect(mailSubject(subject, 12)).toBe(sent);
});

test("answering an answer never changes the subject again", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(1_000_000), (subject, ticketNumber) => {
      const sent = mailSubject(subject, ticketNumber);
      expect(mailSubject(sent, ticketNumber)).toBe(sent);
      expect(mailSubject(`AW: ${sent}`, ticketNumber)).toBe(sent);
      expect(sent.split(`[#${ticketNumber}]`)).toHaveLength(2);
    }),
  );
});
