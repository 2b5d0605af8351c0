// Mails that find their ticket by other ways than References, so that the statements for these ways are asked as well: by
// the token in our Message-ID, and by the tag in the subject.
import { type BenchMail, personAddress, personName } from "./mails.ts";
import { openOutside } from "./outside.ts";

/** The mails, and before them two of the person of the filled desk's first ticket. */
export async function withTokensAndTags(url: string, mails: Iterable<BenchMail>): Promise<BenchMail[]> {
  const desk = await openOutside(url);
  // The copies' ids were made to sort before all that a program makes today.
  const [told] = await desk.rows(`select "messageId" from "outbox" order by "id" desc limit 1`);
  const [ticket] = await desk.rows(`select min("number") as "number" from "ticket"`);
  await desk.close();
  return [
    mailOf("by-token", `In-Reply-To: <${String(told?.messageId)}>`, "The printer on floor two"),
    mailOf("by-tag", "X-Mailer: Example Mail 7.2", `Re: [#${String(ticket?.number)}] The printer on floor two`),
    ...mails,
  ];
}

function mailOf(name: string, header: string, subject: string): BenchMail {
  const from = personAddress(0, 0);
  const messageId = `${name}@company-0.example`;
  const head = [
    `From: ${personName(0, 0)} <${from}>`,
    "To: Support <support@example.com>",
    `Subject: ${subject}`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${messageId}>`,
    header,
  ];
  return { messageId, from, isAnswer: true, raw: Buffer.from(`${head.join("\n")}\n\nIt still does, ${name}.\n`) };
}
