// THE recipe as a table: each situation of a mail with the reason that it must end with and the words by which the trace
// explains it. Every reason of the closed list that a decision can give is reached.
import { describe, expect, it } from "vitest";
import { reasons } from "../../dist/intake/email.js";
import { endUnread } from "../../dist/intake/decide.js";
import { addressOf, agentOf, closedThread, customerOf, dayMs, decideMail, type FactsOver, factsOf, type InboundOver, made, now, organizationOf, referenceOf, threadOf, traceText } from "./desk-of.ts";
import { bounceOf, from, mailOf, strangeKey, tokenAddress, tokenId, tokenOf } from "./mail-of.ts";

const ann = customerOf("cus_1", { name: "Ann", organizationId: "org_acme" });
const annFacts: FactsOver = { customer: ann, senderAddress: addressOf("ann@acme.example", "cus_1") };
const annsThread = threadOf(1, { people: [{ customerId: "cus_1", address: "ann@acme.example" }], ticket: { organizationId: "org_acme" } });
const acmesThread = threadOf(1, { people: [{ customerId: "cus_9" }], ticket: { organizationId: "org_acme" } });
const otherThread = threadOf(1, { people: [{ customerId: "cus_9" }], ticket: { organizationId: "org_other" } });
const agent = agentOf("agt_1");

interface Case {
  title: string;
  mail?: Parameters<typeof mailOf>[0];
  facts?: FactsOver;
  more?: InboundOver;
  reason: keyof typeof reasons;
  ticket: number | null;
  trace: string[];
}

const cases: Case[] = [
  { title: "a first mail", reason: "new-ticket", ticket: 100, trace: ["ann@acme.example is new", "founds the organization acme.example", "something new", "a new ticket #100", "sent an acknowledgement"] },
  { title: "a known customer's new mail", facts: annFacts, reason: "new-ticket", ticket: 100, trace: ["belongs to the customer Ann"] },
  { title: "our address with a token, from the participant", mail: { to: [tokenAddress(tokenOf())] }, facts: { ...annFacts, threads: [annsThread] }, reason: "reply", ticket: 1, trace: ["the signed reply address of #1", "a message on #1"] },
  { title: "our signed Message-ID in References", mail: { references: ["a@x.example", tokenId(tokenOf())] }, facts: { ...annFacts, threads: [annsThread] }, reason: "reply", ticket: 1, trace: ["a signed Message-ID of #1"] },
  { title: "a token in upper case", mail: { to: [tokenAddress(tokenOf().toUpperCase())] }, facts: { ...annFacts, threads: [annsThread] }, reason: "reply", ticket: 1, trace: ["the signed reply address of #1"] },
  { title: "a token for another recipient, from a participant", mail: { to: [tokenAddress(tokenOf({ recipient: 77 }))] }, facts: { ...annFacts, threads: [annsThread] }, reason: "reply", ticket: 1, trace: ["the signed reply address"] },
  { title: "a token for another recipient, from a stranger", mail: { to: [tokenAddress(tokenOf({ recipient: 77 }))] }, facts: { ...annFacts, threads: [otherThread] }, reason: "stranger", ticket: 1, trace: ["its sender has no part in it", "flagged: its sender has no part in the ticket", "nobody: the message is flagged"] },
  { title: "a token of a key that is not ours", mail: { to: [tokenAddress(tokenOf({}, strangeKey))] }, facts: { ...annFacts, threads: [annsThread] }, reason: "new-ticket", ticket: 100, trace: ["something new"] },
  { title: "a token of a conversation that is gone", mail: { to: [tokenAddress(tokenOf({ conversation: 55 }))] }, facts: annFacts, reason: "new-ticket", ticket: 100, trace: ["something new"] },
  { title: "a cited mail that we filed, from a participant", mail: { inReplyTo: ["p@acme.example"] }, facts: { ...annFacts, threads: [annsThread], references: [referenceOf("filed", "p@acme.example", "cnv_1")] }, reason: "reply", ticket: 1, trace: ["cites a mail (p@acme.example) of #1"] },
  { title: "a cited mail that we filed, from a member of the ticket's organization", mail: { inReplyTo: ["p@acme.example"] }, facts: { ...annFacts, threads: [acmesThread], references: [referenceOf("filed", "p@acme.example", "cnv_1")] }, reason: "reply", ticket: 1, trace: ["cites a mail"] },
  { title: "a cited mail that we filed, from a stranger", mail: { inReplyTo: ["p@acme.example"] }, facts: { ...annFacts, threads: [otherThread], references: [referenceOf("filed", "p@acme.example", "cnv_1")] }, reason: "stranger", ticket: 1, trace: ["its sender has no part in it"] },
  { title: "no organization is not the same organization", mail: { inReplyTo: ["p@acme.example"] }, facts: { customer: customerOf("cus_2"), threads: [threadOf(1, { people: [{ customerId: "cus_9" }] })], references: [referenceOf("filed", "p@acme.example", "cnv_1")] }, reason: "stranger", ticket: 1, trace: ["flagged"] },
  { title: "an unseen id that another mail of the same organization cites", mail: { inReplyTo: ["lost@acme.example"] }, facts: { ...annFacts, threads: [acmesThread], references: [referenceOf("cited", "lost@acme.example", "cnv_1")] }, reason: "reply", ticket: 1, trace: ["cites the same unseen mail"] },
  { title: "an unseen id that a stranger's mail cites", mail: { inReplyTo: ["lost@acme.example"] }, facts: { ...annFacts, threads: [otherThread], references: [referenceOf("cited", "lost@acme.example", "cnv_1")] }, reason: "new-ticket", ticket: 100, trace: ["something new"] },
  { title: "a mail that a filed one of the same person cites", facts: { ...annFacts, threads: [annsThread], references: [referenceOf("cited", "m1@acme.example", "cnv_1")] }, reason: "reply", ticket: 1, trace: ["is cited by a mail of #1"] },
  { title: "a mail that a stranger's filed one cites", facts: { ...annFacts, threads: [otherThread], references: [referenceOf("cited", "m1@acme.example", "cnv_1")] }, reason: "new-ticket", ticket: 100, trace: ["something new"] },
  { title: "a subject tag, from a participant", mail: { subject: "Re: [#1] printer" }, facts: { ...annFacts, threads: [annsThread], tagged: "cnv_1" }, reason: "reply", ticket: 1, trace: ["carries [#1], from somebody of #1"] },
  { title: "a subject tag, from a member of the organization", mail: { subject: "[#1]" }, facts: { ...annFacts, threads: [acmesThread], tagged: "cnv_1" }, reason: "reply", ticket: 1, trace: ["carries [#1]"] },
  { title: "a subject tag, from a stranger", mail: { subject: "Re: [#1] printer" }, facts: { ...annFacts, threads: [otherThread], tagged: "cnv_1" }, reason: "new-ticket", ticket: 100, trace: ["something new"] },
  { title: "the same subject, word by word", mail: { subject: "Subject 1" }, facts: { ...annFacts, threads: [annsThread] }, reason: "new-ticket", ticket: 100, trace: ["something new"] },
  { title: "an answer to a ticket closed for less than tickets.reopenDays", mail: { to: [tokenAddress(tokenOf())] }, facts: { ...annFacts, threads: [closedThread(1, 29, { people: [{ customerId: "cus_1" }] })] }, reason: "reply", ticket: 1, trace: ["#1 closed -> open"] },
  { title: "an answer to a ticket closed for longer", mail: { to: [tokenAddress(tokenOf())] }, facts: { ...annFacts, threads: [closedThread(1, 31, { people: [{ customerId: "cus_1" }] })] }, reason: "follow-up", ticket: 100, trace: ["a new ticket #100, linked to #1"] },
  { title: "the same where tickets.reopenDays is 0", mail: { to: [tokenAddress(tokenOf())] }, facts: { ...annFacts, threads: [closedThread(1, 400, { people: [{ customerId: "cus_1" }] })] }, more: { settings: { "tickets.reopenDays": 0 } }, reason: "reply", ticket: 1, trace: ["#1 closed -> open"] },
  { title: "a stranger's answer to a ticket closed for longer", mail: { to: [tokenAddress(tokenOf())] }, facts: { ...annFacts, threads: [closedThread(1, 31)] }, reason: "stranger", ticket: 1, trace: ["flagged"] },
  { title: "an out-of-office answer to our mail", mail: { automatic: ["Auto-Submitted: auto-replied"], to: [tokenAddress(tokenOf())] }, facts: { ...annFacts, threads: [annsThread] }, reason: "auto-reply", ticket: 1, trace: ["a machine wrote it: Auto-Submitted: auto-replied", "an internal message on #1", "machines are never answered"] },
  { title: "a machine's mail that answers nothing of ours", mail: { automatic: ["Precedence: bulk"] }, reason: "automatic", ticket: null, trace: ["Precedence: bulk", "answers nothing"] },
  { title: "a machine's mail with a subject tag", mail: { automatic: ["List-Id: news"], subject: "[#1]" }, facts: { threads: [annsThread], tagged: "cnv_1" }, reason: "automatic", ticket: null, trace: ["answers nothing"] },
  { title: "a delivery report to our return path", mail: { bounce: bounceOf("ann@acme.example"), from: from("mailer-daemon@acme.example"), to: [tokenAddress(tokenOf({ purpose: "bounce" }))] }, facts: { threads: [annsThread] }, reason: "bounce", ticket: 1, trace: ["a delivery report about ann@acme.example", "an internal message on #1"] },
  { title: "a delivery report that quotes our Message-ID", mail: { bounce: bounceOf("ann@acme.example", { original: tokenId(tokenOf()) }), from: null }, facts: { threads: [annsThread] }, reason: "bounce", ticket: 1, trace: ["a signed Message-ID of #1"] },
  { title: "a delivery report that quotes a rewritten Message-ID of ours", mail: { bounce: bounceOf("ann@acme.example", { original: "relay-7@relay.example" }) }, facts: { threads: [annsThread], references: [referenceOf("sent", "relay-7@relay.example", "cnv_1")] }, reason: "bounce", ticket: 1, trace: ["the returned Message-ID of #1"] },
  { title: "a delivery report about somebody's mail", mail: { bounce: bounceOf("ann@acme.example", { original: "x@else.example" }) }, reason: "bounce-unknown", ticket: null, trace: ["answers nothing"] },
  { title: "an agent's new mail", facts: { agent }, reason: "agent-ticket", ticket: 100, trace: ["is the agent agt_1", "an internal ticket #100", "an agent's own mail is internal"] },
  { title: "an agent's answer", mail: { to: [tokenAddress(tokenOf({ recipient: 900 }))] }, facts: { agent, threads: [annsThread] }, reason: "agent-note", ticket: 1, trace: ["no customer: an agent's mail is internal"] },
  { title: "the same mail again", facts: { duplicateOf: "eml_0" }, reason: "duplicate", ticket: null, trace: ["those of eml_0"] },
  { title: "our own mail by its mark", mail: { marks: [tokenOf({ purpose: "mark" })] }, reason: "own-mail", ticket: null, trace: ["a mark that only this desk can sign"] },
  { title: "our own mail by its Message-ID", mail: { messageId: tokenId(tokenOf()) }, reason: "own-mail", ticket: null, trace: ["a mark that only this desk can sign"] },
  { title: "a mark of another desk", mail: { marks: [tokenOf({ purpose: "mark" }, strangeKey)] }, reason: "new-ticket", ticket: 100, trace: ["founds"] },
  { title: "no From", mail: { from: null }, reason: "no-sender", ticket: null, trace: ["no From header"] },
  { title: "a From that is no address", mail: { from: from("ann at acme") }, reason: "no-sender", ticket: null, trace: ['From "ann at acme" is no address'] },
  { title: "From our own address, and Reply-To nobody", mail: { from: from("Support@Desk.example") }, reason: "no-sender", ticket: null, trace: ["Reply-To names nobody"] },
  { title: "From our own address, and Reply-To a person", mail: { from: from("support@desk.example"), replyTo: [from("bob@acme.example")] }, reason: "new-ticket", ticket: 100, trace: ["bob@acme.example is new"] },
  { title: "a blocked customer", facts: { customer: customerOf("cus_1", { state: "blocked" }) }, reason: "blocked", ticket: null, trace: ["ann@acme.example is blocked"] },
  { title: "a deactivated customer", facts: { customer: customerOf("cus_1", { state: "deactivated" }) }, reason: "new-ticket", ticket: 100, trace: ["the customer is deactivated"] },
  { title: "a deactivated agent", facts: { agent: agentOf("agt_1", { state: "deactivated" }) }, reason: "agent-inactive", ticket: null, trace: ["a deactivated agent"] },
  { title: "the mail after the last that the sender's limit allows", facts: { ...annFacts, mailsOfSenderLastHour: 200 }, reason: "sender-limit", ticket: null, trace: ["limits.mailsPerSenderPerHour is 200"] },
  { title: "the last mail that the sender's limit allows", facts: { ...annFacts, mailsOfSenderLastHour: 199 }, reason: "new-ticket", ticket: 100, trace: ["sender may write"] },
  { title: "history beyond the sender's limit", facts: { ...annFacts, mailsOfSenderLastHour: 200 }, more: { arrival: "history" }, reason: "new-ticket", ticket: 100, trace: ["it is history"] },
];

describe("a mail becomes", () => {
  it.each(cases.map((one) => [one.reason, one.title, one] as const))("%s: %s", (reason, _title, { mail, facts, more, ticket, trace }) => {
    const decision = decideMail(mailOf(mail), factsOf(facts), more);
    expect(decision.reason).toBe(reason);
    expect(decision.status).toBe(reasons[reason].status);
    expect(decision.ticketNumber).toBe(ticket);
    for (const words of trace) expect(traceText(decision)).toContain(words);
  });

  it("one of the reasons of the closed list, and each of them is reached", () => {
    const unread = (["empty", "too-large", "unreadable"] as const).map((reason) => endUnread(reason, "0 bytes").reason);
    const reached = new Set([...cases.map(({ reason }) => reason), ...unread, "not-fetched", "bug"]);
    expect(Object.keys(reasons).filter((reason) => !reached.has(reason as keyof typeof reasons))).toEqual([]);
  });

  it("nothing but its end where it is ignored or held: nobody is created and nobody told", () => {
    for (const { mail, facts, more, ticket } of cases.filter((one) => one.ticket === null)) {
      const { changes, notices, customerId } = decideMail(mailOf(mail), factsOf(facts), more);
      expect({ changes, notices, customerId, ticket }).toEqual({ changes: [], notices: [], customerId: null, ticket: null });
    }
  });

  it("the same twice, as nothing is looked up, drawn or dated in between", () => {
    for (const { mail, facts, more } of cases) {
      expect(decideMail(mailOf(mail), factsOf(facts), more)).toEqual(decideMail(mailOf(mail), factsOf(facts), more));
    }
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
    const facts = factsOf({ customer: ann, threads: [thread], references: [referenceOf("filed", "p@acme.example", "cnv_1")] });
    const mail = mailOf({ inReplyTo: ["p@acme.example"], dateMs: now - 700 * dayMs });
    const decision = decideMail(mail, facts, { arrival: "history", closed: true });
    expect(decision).toMatchObject({ reason: "reply", ticketNumber: 1 });
    expect(decision.changes.some((change) => change.table === "ticket" && change.after?.["closedAt"] === now - 700 * dayMs)).toBe(true);
  });
});

describe("a mail of the organization that was found", () => {
  it("belongs to it, and so does its ticket", () => {
    const acme = organizationOf("org_acme");
    const decision = decideMail(mailOf(), factsOf({ owners: { "acme.example": acme } }));
    expect(made(decision, "customer")).toMatchObject([{ organizationId: "org_acme", placedBy: "domain", nameOrigin: "mail", name: "Ann" }]);
    expect(made(decision, "ticket")).toMatchObject([{ organizationId: "org_acme" }]);
    expect(decision.guards).toContainEqual({ kind: "version", table: "organization", id: "org_acme", version: 1 });
  });
});
