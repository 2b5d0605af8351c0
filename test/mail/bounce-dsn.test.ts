// The fields of RFC 3464, read leniently, and what status and diagnostic say of an address.
import { describe, expect, it } from "vitest";
import { readStatusReport } from "../../dist/mail/bounce-dsn.js";
import { isDead } from "../../dist/mail/bounce-verdict.js";

describe("the recipients of a delivery-status part", () => {
  const report = (fields: string) => readStatusReport(`Reporting-MTA: dns; mx.example.net\n\n${fields}`);

  it.each([
    ["Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.2.2", "failed", "5.2.2", false],
    [
      "Final-Recipient: rfc822;<a@x.example>\nAction: Failed (too bad)\nStatus: 5.1.1 (unknown)",
      "failed",
      "5.1.1",
      true,
    ],
    [
      "Final-Recipient: a@x.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 No such user\n here",
      "failed",
      "5.0.0",
      true,
    ],
    [
      "Original-Recipient: rfc822;a@x.example\nFinal-Recipient: rfc822;b@y.example\nAction: failed\nStatus: 5.7.1",
      "failed",
      "5.7.1",
      false,
    ],
    ["Final-Recipient: utf-8; a@x.example\nStatus: 4.3.0", "delayed", "4.3.0", false],
    ["Final-Recipient: rfc822; a@x.example\nDiagnostic-Code: smtp; 550 5.1.1 unknown user", "failed", "5.1.1", true],
  ])("%j", (fields, action, status, hard) => {
    expect(report(fields).recipients).toMatchObject([{ address: "a@x.example", action, status, hard }]);
  });

  it.each([["delivered"], ["relayed"], ["expanded"]])("leave out a recipient whose action is %s", (action) => {
    const fields = `Final-Recipient: rfc822; a@x.example\nAction: ${action}\nStatus: 2.0.0`;
    expect(report(fields)).toEqual({ recipients: [], count: 1 });
  });

  it("keep each address once and at most 500", () => {
    const many = Array.from(
      { length: 2000 },
      (_, index) => `Final-Recipient: rfc822; u${index % 700}@x.example\nAction: failed\n`,
    );
    expect(report(many.join("\n")).recipients).toHaveLength(500);
  });
});

describe("an address is dead", () => {
  it.each([
    ["5.1.1", ""],
    ["5.1.10", ""],
    ["5.2.1", ""],
    ["", "550 user unknown"],
    ["5.0.0", "mailbox disabled"],
    ["5.5.0", "No such user here"],
    ["5.4.4", "Host or domain name not found. Name service error"],
    ["5.7.1", "550 5.7.1 account is disabled"],
    ["5.4.1", "Recipient address rejected: Access denied"],
  ])("%s %s", (status, text) => {
    expect(isDead(status, text)).toBe(true);
  });

  it.each([
    ["5.2.2", ""],
    ["5.7.1", ""],
    ["4.2.1", ""],
    ["", ""],
    ["5.1.1", "552 mailbox is full"],
    ["5.1.1", "rejected as spam"],
    ["5.0.0", "quota exceeded"],
    ["5.1.8", "Domain of sender address support@desk.example does not exist"],
    ["4.7.1", "greylisted, try again later"],
    ["5.2.1", "receiving mail at a rate that prevents delivery"],
    ["4.1.1", "user unknown"],
    ["5.3.4", "message size exceeds limit"],
    ["5.7.26", "DMARC policy"],
  ])("but not by %s %s", (status, text) => {
    expect(isDead(status, text)).toBe(false);
  });
});
