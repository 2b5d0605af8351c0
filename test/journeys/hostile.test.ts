// Thirty hostile mails between ten sane ones in one mailbox: none stops another, and each ends with one verdict
// (MAIL-4, MAIL-21).
import { describe, expect, it } from "vitest";
import { reasons } from "../../dist/intake/email.js";
import { openJourney, queues } from "./desk.ts";
import { hostileMails } from "./hostile-mails.ts";
import { mailText } from "./mail-text.ts";

/** Longer than the pause before a mail that killed its reader is tried again. */
const againMs = 301_000;
const triesMax = 4;

describe.each(queues)("hostile mails, on the %s queue", (queue) => {
  it("stop none of the sane ones between them, and each ends with one verdict", async () => {
    const hostile = hostileMails();
    expect(hostile).toHaveLength(30);
    const sane = Array.from({ length: 10 }, (_, at) => `sane${at}@sane${at}.example`);
    const desk = await openJourney(queue);
    for (const [at, from] of sane.entries()) {
      for (const { raw } of hostile.slice(at * 3, at * 3 + 3)) await desk.deliver(raw);
      await desk.deliver(mailText({ from }));
    }
    desk.run();
    for (let tried = 0; tried < triesMax; tried += 1) {
      await desk.settled();
      desk.skip(againMs);
    }
    await desk.settled();

    // UIDs follow the order of delivery: every fourth mail is a sane one.
    const emails = (await desk.emails()).sort((a, b) => (a.uid ?? 0) - (b.uid ?? 0));
    expect(emails).toHaveLength(40);
    expect(emails.filter((_, at) => at % 4 === 3).map((email) => email.reason)).toEqual(Array(10).fill("new-ticket"));
    for (const [at, { situation, verdict }] of hostile.entries()) {
      const email = emails[at + Math.floor(at / 3)];
      expect(email, situation).toMatchObject({ status: reasons[verdict].status, reason: verdict });
    }
    for (const person of sane) expect(desk.sentTo(person), person).toHaveLength(1);
    const files = await desk.app.database.read.selectFrom("attachment").select("filename").execute();
    expect(files.filter(({ filename }) => /[/\\\0]|\.\./.test(filename) || filename.length > 200)).toEqual([]);
  });
});
