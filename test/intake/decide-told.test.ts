// Who is told of a mail, and who never: acknowledgements and the news to the other people of a ticket, with each reason
// for silence (MAIL-3, MAIL-8, MAIL-10, SHA-7).
import { describe, expect, it } from "vitest";
import {
  addressOf,
  agentOf,
  changed,
  closedThread,
  customerOf,
  dayMs,
  decideMail,
  type FactsOver,
  factsOf,
  hourMs,
  type InboundOver,
  made,
  now,
  threadOf,
  traceText,
} from "./desk-of.ts";
import { bounceOf, from, mailOf, tokenAddress, tokenId, tokenOf } from "./mail-of.ts";

const ann = customerOf("cus_1", { organizationId: "org_acme" });
const annAndBob = [
  { customerId: "cus_1", address: "ann@acme.example" },
  { customerId: "cus_2", role: "follower" as const },
];
const thread = threadOf(1, { people: annAndBob, ticket: { organizationId: "org_acme" } });
const known: FactsOver = { customer: ann, senderAddress: addressOf("ann@acme.example", "cus_1"), threads: [thread] };
const answer = { to: [tokenAddress(tokenOf())] };

describe("a new ticket is acknowledged to its author", () => {
  it("by a notice about the message that the mail became, at once", () => {
    const decision = decideMail(mailOf());
    const [message] = made(decision, "message");
    const [conversation] = made(decision, "conversation");
    expect(decision.notices).toMatchObject([
      {
        kind: "acknowledgement",
        messageId: message?.id,
        conversationId: conversation?.id,
        ticketId: decision.ticketId,
        notBefore: now,
      },
    ]);
  });

  const silences: [string, FactsOver, InboundOver, string][] = [
    ["history", {}, { arrival: "history" }, "it is history"],
    ["acknowledge.enabled is off", {}, { settings: { "acknowledge.enabled": false } }, "acknowledge.enabled is off"],
    [
      "a mailbox that does not acknowledge",
      {},
      {
        mailbox: {
          name: "sales",
          address: "sales@desk.example",
          ownKeys: new Set(),
          acknowledge: false,
          cc: "known",
          authservId: "",
        },
      },
      "the mailbox sales does not acknowledge",
    ],
    [
      "a live mail that arrived longer ago than acknowledge.maxAge",
      {},
      { receivedAtMs: now - dayMs - 1 },
      "longer ago than acknowledge.maxAge",
    ],
    [
      "a deactivated customer",
      { customer: customerOf("cus_1", { state: "deactivated" }) },
      {},
      "the customer is deactivated",
    ],
    [
      "an address that bounces",
      { customer: ann, senderAddress: addressOf("ann@acme.example", "cus_1", { state: "bouncing" }) },
      {},
      "the sender's address bounces",
    ],
    [
      "an address that had its acknowledgements of this hour",
      { acknowledgementsLastHour: 5 },
      {},
      "5 acknowledgements within the hour",
    ],
    ["an agent", { agent: agentOf("agt_1") }, {}, "an agent's own mail is internal"],
  ];
  it.each(silences)("but not for %s", (_what, facts, more, words) => {
    const decision = decideMail(mailOf(), factsOf(facts), more);
    expect(decision.notices).toEqual([]);
    expect(decision.status).toBe("filed");
    expect(traceText(decision)).toContain(words);
  });

  it("whatever its Date header says, as only the arrival counts", () => {
    expect(decideMail(mailOf({ dateMs: now - 900 * dayMs })).notices).toHaveLength(1);
    expect(decideMail(mailOf(), factsOf(), { receivedAtMs: now - dayMs }).notices).toHaveLength(1);
  });
});

describe("a customer's answer is news for the others on the ticket", () => {
  it("after the hold time, and not for those who had the mail itself", () => {
    const mail = mailOf({ ...answer, cc: [from("Carl@Acme.example"), from("dan@bücher.example")] });
    const [notice] = decideMail(mail, factsOf(known), { settings: { "mail.hold": 60_000 } }).notices;
    expect(notice).toMatchObject({
      kind: "message",
      ticketId: "tic_1",
      conversationId: "cnv_1",
      notBefore: now + 60_000,
    });
    expect(notice?.hadIt).toEqual(expect.arrayContaining(["carl@acme.example", "dan@xn--bcher-kva.example"]));
  });

  const silences: [string, FactsOver, InboundOver, string][] = [
    ["history", known, { arrival: "history" }, "it is history"],
    ["an old arrival", known, { receivedAtMs: now - 25 * hourMs }, "longer ago than acknowledge.maxAge"],
    [
      "a ticket with nobody else on it",
      { ...known, threads: [threadOf(1, { people: annAndBob.slice(0, 1) })] },
      {},
      "nobody else is on the ticket",
    ],
    [
      "a ticket that had its mails of this hour",
      { ...known, threads: [{ ...thread, mailsLastHour: 30 }] },
      {},
      "limits.mailsPerTicketPerHour is 30",
    ],
    [
      "a deactivated author",
      { ...known, customer: customerOf("cus_1", { state: "deactivated" }) },
      {},
      "the message is flagged",
    ],
    ["a stranger", { ...known, customer: customerOf("cus_7") }, {}, "the message is flagged"],
  ];
  it.each(silences)("but not for %s", (_what, facts, more, words) => {
    const decision = decideMail(mailOf(answer), factsOf(facts), more);
    expect(decision.notices).toEqual([]);
    expect(traceText(decision)).toContain(words);
  });
});

describe("a stranger's mail on a ticket", () => {
  const decision = decideMail(mailOf(answer), factsOf({ ...known, customer: customerOf("cus_7") }));

  it("is a flagged public message that opens nothing and lets nobody in", () => {
    expect(made(decision, "message")).toMatchObject([
      { conversationId: "cnv_1", flag: "its sender has no part in the ticket" },
    ]);
    expect(made(decision, "ticketPerson")).toEqual([]);
    expect(changed(decision, "ticket").filter((row) => "status" in row)).toEqual([]);
    expect(decision.notices).toEqual([]);
  });
});

describe("a machine's mail on a ticket", () => {
  const machine = mailOf({ ...answer, automatic: ["Auto-Submitted: auto-replied"] });

  it("is an internal message by nobody, which neither reopens nor tells", () => {
    const decision = decideMail(machine, factsOf({ ...known, threads: [closedThread(1, 1, { people: annAndBob })] }));
    const [conversation] = made(decision, "conversation");
    expect(conversation).toMatchObject({ visibility: "internal", ticketId: "tic_1" });
    expect(made(decision, "message")).toMatchObject([
      { conversationId: conversation?.id, authorKind: "machine", authorId: null },
    ]);
    expect(changed(decision, "ticket")).toEqual([]);
    expect([decision.notices, made(decision, "customer")]).toEqual([[], []]);
  });

  it("relies on the ticket being what it was", () => {
    expect(decideMail(machine, factsOf(known)).guards).toContainEqual({
      kind: "version",
      table: "ticket",
      id: "tic_1",
      version: 1,
    });
  });
});

describe("a delivery report", () => {
  const row = addressOf("ann@acme.example", "cus_1");
  const facts: FactsOver = { threads: [thread], recipients: new Map([[1, { customer: ann, address: [row] }]]) };
  const sentBy = { original: tokenId(tokenOf()) };

  const marks: [string, Parameters<typeof mailOf>[0], FactsOver, object[]][] = [
    [
      "a hard one marks the address at once",
      { bounce: bounceOf("ann@acme.example", sentBy) },
      facts,
      [{ id: "ann@acme.example", state: "bouncing" }],
    ],
    [
      "our return path proves it too",
      { bounce: bounceOf("Ann@Acme.example"), to: [tokenAddress(tokenOf({ purpose: "bounce" }))] },
      facts,
      [{ id: "ann@acme.example", state: "bouncing" }],
    ],
    [
      "a soft one is counted",
      { bounce: bounceOf("ann@acme.example", { ...sentBy, hard: false }) },
      facts,
      [{ softBounces: 1 }],
    ],
    [
      "the last soft one marks",
      { bounce: bounceOf("ann@acme.example", { ...sentBy, hard: false }) },
      { ...facts, recipients: new Map([[1, { customer: ann, address: [{ ...row, softBounces: 4 }] }]]) },
      [{ softBounces: 5, state: "bouncing" }],
    ],
    ["a delay marks nothing", { bounce: bounceOf("ann@acme.example", { ...sentBy, action: "delayed" }) }, facts, []],
    [
      "a report about another address than the token's marks nothing",
      { bounce: bounceOf("bob@acme.example", sentBy) },
      facts,
      [],
    ],
    [
      "a reply token that anybody quotes marks nothing",
      { bounce: bounceOf("ann@acme.example"), to: [tokenAddress(tokenOf())] },
      facts,
      [],
    ],
    [
      "a forged report without a token marks nothing",
      { bounce: bounceOf("ann@acme.example", { original: "p@acme.example" }) },
      facts,
      [],
    ],
  ];
  it.each(marks)("%s", (_what, mail, over, rows) => {
    expect(changed(decideMail(mailOf(mail), factsOf(over)), "customerAddress")).toMatchObject(rows);
  });

  it("that names one address twice marks it once", () => {
    const twice = bounceOf("ann@acme.example", sentBy);
    const mail = mailOf({ bounce: { ...twice, recipients: [...twice.recipients, ...twice.recipients] } });
    expect(changed(decideMail(mail, factsOf(facts)), "customerAddress")).toHaveLength(1);
  });
});

describe("the address that a customer writes from", () => {
  it("becomes the one where the ticket's answers go", () => {
    const second = mailOf({ ...answer, from: from("ann@home.example") });
    const decision = decideMail(second, factsOf({ ...known, senderAddress: addressOf("ann@home.example", "cus_1") }));
    expect(changed(decision, "ticketPerson")).toEqual([{ id: "tic_1:cus_1", address: "ann@home.example" }]);
    expect(made(decision, "customer")).toEqual([]);
  });

  it("makes a member of the organization who answers a follower", () => {
    const facts = factsOf({ ...known, customer: customerOf("cus_3", { organizationId: "org_acme" }) });
    expect(made(decideMail(mailOf(answer), facts), "ticketPerson")).toMatchObject([
      { id: "tic_1:cus_3", role: "follower" },
    ]);
  });
});

describe("an agent's mail", () => {
  const facts = factsOf({ ...known, customer: null, agent: agentOf("agt_1") });

  it("is internal on a ticket, opens nothing, and makes nobody a customer", () => {
    const decision = decideMail(mailOf(answer), facts);
    expect(made(decision, "message")).toMatchObject([{ authorKind: "agent", authorId: "agt_1", flag: null }]);
    expect(made(decision, "conversation")).toMatchObject([{ visibility: "internal" }]);
    expect([made(decision, "customer"), made(decision, "ticketPerson"), decision.notices]).toEqual([[], [], []]);
    expect(changed(decision, "ticket").filter((row) => "status" in row)).toEqual([]);
  });

  it("is an internal ticket without a requester where it is new", () => {
    const decision = decideMail(mailOf(), facts);
    expect(made(decision, "conversation")).toMatchObject([{ visibility: "internal" }]);
    expect([made(decision, "customer"), made(decision, "ticketPerson"), decision.notices]).toEqual([[], [], []]);
  });
});
