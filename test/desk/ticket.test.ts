// Tickets: titles, states with their dates, too late for an answer, and two that become one (TIC-1, MAIL-9, MAIL-16).
import { describe, expect, it } from "vitest";
import { closedTooLong, mergeTickets, newTicket, setStatus, ticketSubject } from "../../dist/desk/ticket.js";
import { dayMs, now, threadOf } from "../intake/desk-of.ts";

describe("a title", () => {
  it.each([
    ["", "(no subject)"],
    ["  \r\n ", "(no subject)"],
    ["a\r\n b", "a b"],
    ["x".repeat(600), "x".repeat(500)],
  ])("of %j is %j", (subject, title) => {
    expect(ticketSubject(subject)).toBe(title);
  });
});

describe("the status of a ticket", () => {
  const { ticket } = threadOf(1);
  const closed = { ...ticket, status: "closed", state: "closed", closedAt: 5 } as const;

  it("carries its state and the moment of closing", () => {
    expect(setStatus(ticket, "closed", now)?.after).toEqual({
      status: "closed",
      state: "closed",
      closedAt: now,
      updatedAt: now,
    });
    expect(setStatus(closed, "open", now)?.after).toEqual({
      status: "open",
      state: "open",
      closedAt: null,
      updatedAt: now,
    });
  });

  it("keeps the first moment of closing", () => {
    expect(setStatus(closed, "closed", now)?.after).toEqual({ updatedAt: now });
  });

  it("is closed from the start where history is filed so", () => {
    const made = newTicket(
      { id: "tic_1", number: 1, subject: "s", organizationId: null, mailbox: "m", closed: true },
      9,
    );
    expect(made.after).toMatchObject({ status: "closed", state: "closed", closedAt: 9, createdAt: 9 });
  });
});

describe("an answer is too late", () => {
  const closedAgo = (ms: number) => ({ ...threadOf(1).ticket, state: "closed" as const, closedAt: now - ms });
  it.each([
    ["never on an open ticket", threadOf(1).ticket, 30, false],
    ["not at the last moment", closedAgo(30 * dayMs), 30, false],
    ["a moment after it", closedAgo(30 * dayMs + 1), 30, true],
    ["never where reopenDays is 0", closedAgo(900 * dayMs), 0, false],
  ])("%s", (_title, ticket, days, late) => {
    expect(closedTooLong(ticket, days, now)).toBe(late);
  });
});

describe("two tickets that become one", () => {
  const into = threadOf(1, { people: [{ customerId: "cus_1" }] });
  const from = threadOf(2, {
    people: [
      { customerId: "cus_1", role: "follower" },
      { customerId: "cus_2", role: "follower" },
    ],
  });
  const changes = mergeTickets(into.ticket, from.ticket, from.conversations, from.people, new Set(["cus_1"]), now);

  it("keep every conversation and every person once, with role and address", () => {
    expect(changes).toMatchObject([
      { table: "conversation", id: "cnv_2", before: { ticketId: "tic_2" }, after: { ticketId: "tic_1" } },
      {
        table: "ticketPerson",
        id: "tic_1:cus_2",
        before: null,
        after: { role: "follower", address: "cus_2@acme.example" },
      },
      { table: "ticket", id: "tic_2", after: { mergedInto: "tic_1", state: "closed", closedAt: now } },
    ]);
  });
});
