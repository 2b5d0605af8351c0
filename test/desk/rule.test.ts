// The rules that every desk starts with, and the bounds of a chain: each rule once per event, a loop stopped with a
// reason (AUT-4, AUT-6, TIC-2).
import { describe, expect, it } from "vitest";
import { chainMax, type DeskEvent, defaultRules, type Rule, settle } from "../../dist/desk/rule.js";
import { now, threadOf } from "../intake/desk-of.ts";

const ticketWith = (status: "new" | "open" | "waiting" | "closed") => {
  const state = status === "new" ? "open" : status;
  return { ...threadOf(1).ticket, status, state, closedAt: status === "closed" ? 5 : null } as const;
};
const statusAfter = (event: DeskEvent) =>
  settle([event], defaultRules, now).changes.map((change) => change.after?.status);

describe("a customer's mail", () => {
  it.each([
    ["new", []],
    ["open", []],
    ["waiting", ["open"]],
    ["closed", ["open"]],
  ] as const)("on a ticket that is %s sets %j", (status, after) => {
    expect(statusAfter({ kind: "customer-mail", ticket: ticketWith(status) })).toEqual(after);
  });
});

describe("an agent's answer", () => {
  it.each([
    ["new", ["waiting"]],
    ["open", ["waiting"]],
    ["waiting", []],
    ["closed", []],
  ] as const)("on a ticket that is %s sets %j", (status, after) => {
    expect(statusAfter({ kind: "agent-reply", ticket: ticketWith(status) })).toEqual(after);
  });
});

describe("a new ticket", () => {
  const notice = {
    id: "ntc_1",
    kind: "acknowledgement",
    ticketId: "tic_1",
    conversationId: "cnv_1",
    messageId: "msg_1",
    hadIt: [],
    agentId: "",
    notBefore: 0,
    createdAt: 0,
  } as const;
  const created = (acknowledgement: Extract<DeskEvent, { kind: "ticket-created" }>["acknowledgement"]): DeskEvent => ({
    kind: "ticket-created",
    ticket: ticketWith("new"),
    fresh: true,
    acknowledgement,
  });

  it("is acknowledged, or says why not", () => {
    expect(settle([created({ ...notice, hadIt: [] })], defaultRules, now).notices).toMatchObject([{ id: "ntc_1" }]);
    const silent = settle([created({ refused: "it is history" })], defaultRules, now);
    expect(silent.notices).toEqual([]);
    expect(silent.firings).toEqual([{ rule: "acknowledge a new ticket", text: "no acknowledgement: it is history" }]);
  });
});

describe("a chain of rules", () => {
  it("that causes itself stops at its limit and says so", () => {
    const ticket = ticketWith("open");
    const loop: Rule = {
      name: "loop",
      apply: () => ({
        text: "again",
        events: [
          { kind: "customer-mail", ticket },
          { kind: "agent-reply", ticket },
        ],
      }),
    };
    const { firings } = settle([{ kind: "customer-mail", ticket }], [loop], now);
    expect(firings.filter((one) => one.rule === "loop")).toHaveLength(chainMax);
    expect(firings.at(-1)).toEqual({
      rule: "chain limit",
      text: expect.stringContaining(`stopped after ${chainMax} events`),
    });
  });

  it("fires each rule once per event, in the order in which they stand", () => {
    const named = (name: string): Rule => ({ name, apply: () => ({ text: name }) });
    const { firings } = settle(
      [{ kind: "customer-mail", ticket: ticketWith("open") }],
      [named("first"), named("second")],
      now,
    );
    expect(firings.map((one) => one.rule)).toEqual(["first", "second"]);
  });
});
