// THE recipe as a table: each situation of a mail with the reason that it must end with and the words by which the trace
// explains it. Every reason of the closed list that a decision can give is reached.
import { describe, expect, it } from "vitest";
import { endUnread } from "../../dist/intake/decide.js";
import { reasons } from "../../dist/intake/email.js";
import {
  closedThread,
  dayMs,
  decideMail,
  factsOf,
  made,
  now,
  organizationOf,
  referenceOf,
  traceText,
} from "./desk-of.ts";
import { mailOf } from "./mail-of.ts";
import { ann } from "./situation.ts";
import { senderSituations } from "./situations-screened.ts";
import { threadSituations } from "./situations-threads.ts";

const cases = [...senderSituations, ...threadSituations];

describe("a mail becomes", () => {
  it.each(cases.map((one) => [one.reason, one.title, one] as const))(
    "%s: %s",
    (reason, _title, { mail, facts, more, ticket, trace }) => {
      const decision = decideMail(mailOf(mail), factsOf(facts), more);
      expect(decision.reason).toBe(reason);
      expect(decision.status).toBe(reasons[reason].status);
      expect(decision.ticketNumber).toBe(ticket);
      for (const words of trace) expect(traceText(decision)).toContain(words);
    },
  );

  it("one of the reasons of the closed list, and each of them is reached", () => {
    const unread = (["empty", "too-large", "unreadable"] as const).map((reason) => endUnread(reason, "0 bytes").reason);
    const reached = new Set([
      ...cases.map(({ reason }) => reason),
      ...unread,
      "not-fetched",
      "bug",
      "expired",
      "erased",
      "left", // leave.test.ts
    ]);
    expect(Object.keys(reasons).filter((reason) => !reached.has(reason as keyof typeof reasons))).toEqual([]);
  });

  it("nothing but its end where it is ignored or held: nobody is created and nobody told", () => {
    for (const { mail, facts, more, ticket } of cases.filter((one) => one.ticket === null)) {
      const { changes, notices, customerId } = decideMail(mailOf(mail), factsOf(facts), more);
      expect({ changes, notices, customerId, ticket }).toEqual({
        changes: [],
        notices: [],
        customerId: null,
        ticket: null,
      });
    }
  });

  it("the same twice, as nothing is looked up, drawn or dated in between", () => {
    for (const { mail, facts, more } of cases) {
      expect(decideMail(mailOf(mail), factsOf(facts), more)).toEqual(decideMail(mailOf(mail), factsOf(facts), more));
    }
  });
});

describe("a decision about a mail", () => {
  it("relies on nobody having filed or cited meanwhile what the desk did not know", () => {
    const facts = factsOf({ references: [referenceOf("cited", "known@acme.example", "cnv_9")] });
    const { guards } = decideMail(
      mailOf({ inReplyTo: ["known@acme.example"], references: ["unseen@acme.example"] }),
      facts,
    );
    const absent = guards.flatMap((guard) => (guard.kind === "absent" ? [guard.value] : []));
    expect(absent.sort()).toEqual(["m1@acme.example", "unseen@acme.example"]);
  });
});

describe("a ticket of history", () => {
  it("is dated by the mail, and made closed where that was asked for", () => {
    const writtenMs = now - 900 * dayMs;
    const decision = decideMail(mailOf({ dateMs: writtenMs }), factsOf(), { arrival: "history", closed: true });
    expect(made(decision, "ticket")).toMatchObject([{ createdAt: writtenMs, status: "closed", closedAt: writtenMs }]);
    expect(made(decision, "message")).toMatchObject([{ createdAt: writtenMs }]);
  });

  it("is dated by its arrival where the Date header lies in the future", () => {
    const decision = decideMail(mailOf({ dateMs: now + dayMs }), factsOf(), { arrival: "history" });
    expect(made(decision, "ticket")).toMatchObject([{ createdAt: now - 60_000 }]);
  });

  it("takes the later mails of its thread, however long ago it was closed", () => {
    const thread = closedThread(1, 800, { people: [{ customerId: "cus_1" }] });
    const facts = factsOf({
      customer: ann,
      threads: [thread],
      references: [referenceOf("filed", "p@acme.example", "cnv_1")],
    });
    const mail = mailOf({ inReplyTo: ["p@acme.example"], dateMs: now - 700 * dayMs });
    const decision = decideMail(mail, facts, { arrival: "history", closed: true });
    expect(decision).toMatchObject({ reason: "reply", ticketNumber: 1 });
    expect(
      decision.changes.some((change) => change.table === "ticket" && change.after?.closedAt === now - 700 * dayMs),
    ).toBe(true);
  });
});

describe("a mail of the organization that was found", () => {
  it("belongs to it, and so does its ticket", () => {
    const acme = organizationOf("org_acme");
    const decision = decideMail(mailOf(), factsOf({ owners: { "acme.example": acme } }));
    expect(made(decision, "customer")).toMatchObject([
      { organizationId: "org_acme", placedBy: "domain", nameOrigin: "mail", name: "Ann" },
    ]);
    expect(made(decision, "ticket")).toMatchObject([{ organizationId: "org_acme" }]);
    expect(decision.guards).toContainEqual({ kind: "version", table: "organization", id: "org_acme", version: 1 });
  });
});
