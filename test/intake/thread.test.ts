// Which of several leads wins, and who belongs to a ticket: the order of MAIL-8, and that a lead which only a stranger
// holds never beats one to the sender's own ticket.
import { describe, expect, it } from "vitest";
import { subjectTag } from "../../dist/intake/facts.js";
import { findThread } from "../../dist/intake/thread.js";
import { agentOf, customerOf, type FactsOver, factsOf, inboundOf, referenceOf, threadOf } from "./desk-of.ts";
import { mailOf, tokenAddress, tokenOf } from "./mail-of.ts";

const mine = [{ customerId: "cus_1" }];
const theirs = [{ customerId: "cus_9" }];
const sender = { name: "", address: "ann@acme.example", key: "ann@acme.example", domain: "acme.example" };
const ann = {
  kind: "customer",
  customerId: "cus_1",
  organizationId: null,
  known: customerOf("cus_1"),
  sender,
} as const;
const agent = { kind: "agent", agent: agentOf("agt_1"), sender } as const;

function found(mail: Parameters<typeof mailOf>[0], facts: FactsOver, author: typeof ann | typeof agent | null = ann) {
  const { question, facts: all } = inboundOf(mailOf(mail), factsOf(facts));
  const threaded = findThread(question, all, author);
  if (threaded?.kind === "standalone")
    return { conversation: threaded.conversation.conversation.id, stranger: threaded.stranger };
  return threaded === null
    ? null
    : {
        number: threaded.thread.ticket.number,
        stranger: threaded.stranger,
        others: threaded.others.map((one) => one.ticket.number),
      };
}

const token = { to: [tokenAddress(tokenOf({ conversation: 1 }))] };
const cites = { inReplyTo: ["p@acme.example"] };
const filedIn = (conversationId: string) => referenceOf("filed", "p@acme.example", conversationId);

describe("of several leads", () => {
  const threads = [threadOf(1, { people: mine }), threadOf(2, { people: mine }), threadOf(3, { people: mine })];
  const everything = {
    threads,
    references: [filedIn("cnv_2"), referenceOf("cited", "m1@acme.example", "cnv_3")],
    tagged: "cnv_3",
  };

  it.each([
    ["a token beats a cited mail", { ...token, ...cites, subject: "[#3]" }, 1],
    ["a cited mail beats being cited, and a tag", { ...cites, subject: "[#3]" }, 2],
    ["being cited beats nothing", {}, 3],
  ])("%s", (_title, mail, number) => {
    expect(found(mail, everything)?.number).toBe(number);
  });

  it("the direct parent beats older ones", () => {
    const references = [referenceOf("filed", "old@acme.example", "cnv_2"), filedIn("cnv_1")];
    expect(found({ references: ["old@acme.example", "p@acme.example"] }, { threads, references })?.number).toBe(1);
    expect(
      found(
        { inReplyTo: ["old@acme.example"], references: ["old@acme.example", "p@acme.example"] },
        { threads, references },
      )?.number,
    ).toBe(2);
  });

  it("one to the sender's own ticket beats a stronger one to another's", () => {
    const facts = {
      threads: [threadOf(1, { people: theirs }), threadOf(2, { people: mine })],
      references: [filedIn("cnv_2")],
    };
    expect(found({ ...token, ...cites }, facts)).toEqual({ number: 2, stranger: false, others: [] });
  });

  it("a Message-ID that two conversations know leads to the sender's own", () => {
    const facts = {
      threads: [threadOf(1, { people: theirs }), threadOf(2, { people: mine })],
      references: [filedIn("cnv_1"), filedIn("cnv_2")],
    };
    expect(found(cites, facts)).toEqual({ number: 2, stranger: false, others: [] });
  });

  it("ids join tickets together; a token or a tag names one", () => {
    const facts = { threads, references: [filedIn("cnv_2"), referenceOf("filed", "q@acme.example", "cnv_1")] };
    const both = { references: ["q@acme.example", "p@acme.example"] };
    expect(found(both, facts)?.others).toEqual([1]);
    expect(found({ ...token, references: ["p@acme.example"] }, facts)?.others).toEqual([]);
  });
});

describe("a lead alone", () => {
  const other = [threadOf(1, { people: theirs })];

  it.each([
    ["a token makes a stranger of who holds it", token, { threads: other }, { number: 1, stranger: true, others: [] }],
    [
      "a filed mail makes a stranger too",
      cites,
      { threads: other, references: [filedIn("cnv_1")] },
      { number: 1, stranger: true, others: [] },
    ],
    [
      "our sent mail makes a stranger too",
      cites,
      { threads: other, references: [referenceOf("sent", "p@acme.example", "cnv_1")] },
      { number: 1, stranger: true, others: [] },
    ],
    [
      "an unseen id does not",
      cites,
      { threads: other, references: [referenceOf("cited", "p@acme.example", "cnv_1")] },
      null,
    ],
    ["a tag does not", { subject: "[#1]" }, { threads: other, tagged: "cnv_1" }, null],
    ["a conversation that is gone leads nowhere", token, {}, null],
    [
      "a token to leave is no lead",
      { to: [tokenAddress(tokenOf({ purpose: "leave" }))] },
      { threads: [threadOf(1, { people: mine })] },
      null,
    ],
  ] as const)("%s", (_title, mail, facts, expected) => {
    expect(found(mail as Parameters<typeof mailOf>[0], facts as FactsOver)).toEqual(expected);
  });

  it("counts for a machine only where it is strong", () => {
    expect(found(token, { threads: other }, null)).toEqual({ number: 1, stranger: false, others: [] });
    expect(
      found(cites, { threads: other, references: [referenceOf("cited", "p@acme.example", "cnv_1")] }, null),
    ).toBeNull();
  });

  it("counts for an agent on any ticket", () => {
    expect(found({ subject: "[#1]" }, { threads: other, tagged: "cnv_1" }, agent)).toMatchObject({
      number: 1,
      stranger: false,
    });
  });
});

describe("the tag in a subject", () => {
  it.each([
    ["Re: [#12] printer", 12],
    ["[#12] Fwd: [#34]", 34],
    ["[#0012]", 12],
    ["#12", null],
    ["[# 12]", null],
    ["[#1234567890]", null],
    ["[#12", null],
    ["", null],
  ])("%j is %j", (subject, number) => {
    expect(subjectTag(subject)).toBe(number);
  });
});
