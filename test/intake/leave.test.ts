// A mail that asks to leave (SHA-10): the token says who leaves what, whoever sends it; and a token that is not ours, or is for
// something else, makes it a mail like any other.
import { describe, expect, it } from "vitest";
import { leave } from "../../dist/desk/opt-out.js";
import type { Facts } from "../../dist/intake/facts.js";
import { leaveWays, tokenOfRequest } from "../../dist/mail/token-places.js";
import { addressOf, customerOf, decideMail, factsOf, made, now, ownAddress, threadOf, traceText } from "./desk-of.ts";
import { bounceOf, from, mailOf, strangeKey, tokenAddress, tokenId, tokenOf } from "./mail-of.ts";

type Leaving = NonNullable<Facts["leaving"]>;

const bob = customerOf("cus_2");
const thread = threadOf(1, { people: [{ customerId: "cus_1" }, { customerId: "cus_2", role: "follower" }] });
const [, seat] = thread.people;
if (seat === undefined) throw new Error("a seat");
const ofTicket: Leaving = {
  customer: bob,
  from: { kind: "ticket", ticket: thread.ticket, seat },
  why: "",
  before: null,
};
const project = { id: "prj_1", name: "Office" };
const before = { id: "prj_1:cus_2", customerId: "cus_2", aboutId: "prj_1", createdAt: 1, version: 1 };

const token = tokenOf({ purpose: "leave", recipient: 2 });
const facts = (leaving: Leaving | null = ofTicket, over: Partial<Facts> = {}) => ({
  ...factsOf({ threads: [thread] }),
  leaving,
  ...over,
});

describe("leaving", () => {
  it("takes the follower's seat, and leaves a row that counts", () => {
    const { changes, guards } = leave(ofTicket, now);
    expect(changes.map((one) => [one.table, "id" in one && one.id, one.after === null])).toEqual([
      ["optOut", "tic_1:cus_2", false],
      ["ticketPerson", "tic_1:cus_2", true],
    ]);
    expect(guards).toEqual([{ kind: "version", table: "customer", id: "cus_2", version: 1 }]);
  });

  it("of a project takes their own follow; through an organization only the row is left", () => {
    const follow = {
      ...{ id: "prj_1:cus_2", projectId: "prj_1", customerId: "cus_2", organizationId: null },
      ...{ level: "all" as const, createdAt: 1, version: 1 },
    };
    const tables = (leaving: Leaving) => leave(leaving, now).changes.map(({ table }) => table);
    const own: Leaving = { ...ofTicket, from: { kind: "project", project, follow } };
    expect(tables(own)).toEqual(["optOut", "follow"]);
    expect(tables({ ...own, from: { kind: "project", project, follow: null } })).toEqual(["optOut"]);
    expect(tables({ ...own, from: { kind: "digest" } })).toEqual(["optOut"]);
  });

  it("asked twice changes nothing more, and neither does who has no part", () => {
    const again: Leaving = { ...ofTicket, from: { kind: "project", project, follow: null }, before };
    expect(leave(again, now)).toMatchObject({ changes: [], text: "the customer cus_2 had left the project Office" });
    expect(leave({ ...ofTicket, from: null, why: "it is theirs" }, now)).toMatchObject({ changes: [], guards: [] });
  });
});

describe("a mail that asks to leave", () => {
  const asking = { to: [tokenAddress(token)], subject: "", text: "", newText: "" };
  it.each([
    ["with nothing in it, to the token's address", asking],
    ["from a stranger", { ...asking, from: from("x@elsewhere.example") }],
    ["from nobody", { ...asking, from: null }],
    ["that a machine marked as its own", { ...asking, automatic: ["Auto-Submitted: auto-generated"] }],
    ["with words of any kind", { ...asking, subject: "Re: x", text: "Please!", newText: "Please!" }],
    ["with the token as its subject", { subject: `unsubscribe ${token}`, text: "", newText: "" }],
    ["with the token as its text", { subject: "", text: `unsubscribe ${token.toUpperCase()}\n`, newText: "" }],
  ])("%s makes them leave, and no ticket and no customer", (_, mail) => {
    const decided = decideMail(mailOf(mail), facts());
    expect(decided).toMatchObject({
      status: "filed",
      reason: "left",
      ticketId: null,
      customerId: "cus_2",
      notices: [],
    });
    expect(made(decided, "optOut")).toMatchObject([{ customerId: "cus_2", aboutId: "tic_1" }]);
    expect(decided.changes.every(({ table }) => table === "optOut" || table === "ticketPerson")).toBe(true);
    expect(traceText(decided)).toContain("it asks to leave: the customer cus_2 left #1");
  });

  it("is filed where whom the token names is gone", () => {
    expect(decideMail(mailOf(asking), facts(null))).toMatchObject({ reason: "left", changes: [], customerId: null });
  });

  it.each([
    [
      "a token of somebody else's desk",
      { to: [tokenAddress(tokenOf({ purpose: "leave", recipient: 2 }, strangeKey))] },
    ],
    [
      "a token with a letter changed",
      { to: [tokenAddress(`${token.slice(0, -1)}${token.endsWith("a") ? "b" : "a"}`)] },
    ],
    ["a token for answers", { to: [tokenAddress(tokenOf({ purpose: "reply", conversation: 9, recipient: 2 }))] }],
    ["the token within other words", { subject: "Hello", text: `I was sent this:\n\nunsubscribe ${token}\n` }],
    ["the token in what it cites", { references: [tokenId(token)] }],
  ])("with %s is a mail like any other", (_, mail) => {
    const decided = decideMail(mailOf(mail), { ...facts(), threads: new Map(), byRef: new Map() });
    expect(decided.reason).toBe("new-ticket");
    expect(made(decided, "optOut")).toEqual([]);
  });

  it("twice, or returned as undeliverable, asks for nothing", () => {
    expect(decideMail(mailOf(asking), facts(ofTicket, { duplicateOf: "eml_0" }))).toMatchObject({
      reason: "duplicate",
    });
    const returned = mailOf({ ...asking, bounce: bounceOf("x@acme.example") });
    expect(decideMail(returned, facts())).toMatchObject({ reason: "bounce-unknown", changes: [] });
  });
});

it("whoever left a ticket and writes on it again takes part again", () => {
  const optOut = { ...before, id: "tic_1:cus_2", aboutId: "tic_1" };
  const left = { ...thread, senderLeft: optOut };
  const answered = mailOf({ from: from("cus_2@acme.example"), inReplyTo: [tokenId(tokenOf({ recipient: 2 }))] });
  const decided = decideMail(answered, {
    ...factsOf({ threads: [left] }),
    customer: bob,
    senderAddress: addressOf("cus_2@acme.example", "cus_2"),
  });
  expect(decided.reason).toBe("reply");
  expect(decided.changes.filter(({ table }) => table === "optOut")).toMatchObject([{ id: "tic_1:cus_2", after: null }]);
});

describe("the ways to leave", () => {
  it("are a mail to the token's address and a page, or a subject where the mailbox takes no plus-addresses", () => {
    expect(leaveWays(ownAddress, token, true, null)).toEqual({
      ...{ address: `support+${token}@desk.example`, subject: "unsubscribe", url: null },
    });
    const plain = leaveWays(ownAddress, token, false, "https://desk.example/help/");
    expect(plain).toEqual({
      ...{ address: ownAddress, subject: `unsubscribe ${token}`, url: `https://desk.example/help/leave/${token}` },
    });
    expect(tokenOfRequest(plain.subject)).toBe(token);
    expect(tokenOfRequest(`Re: Unsubscribe ${token} `)).toBe(token);
    expect(tokenOfRequest(`unsubscribe ${token} now`)).toBeNull();
  });
});
