// Tickets that are put together and frozen, and words that are taken out, as changes and as text (TIC-6, SHA-9).
import { describe, expect, it } from "vitest";
import { invert } from "../../dist/desk/change.js";
import { countedSince, type Freeze, freeze, unfreeze } from "../../dist/desk/freeze.js";
import { countIn, readPattern, without } from "../../dist/desk/redact.js";
import type { Ticket, TicketPerson } from "../../dist/desk/ticket.js";
import { gainers, mergeTicket, type TicketWhole } from "../../dist/desk/ticket-merge.js";

const now = 1_000_000;
const ticketOf = (number: number, over: Partial<Ticket> = {}): Ticket => ({
  ...{
    id: `tic_${number}`,
    number,
    subject: `Subject ${number}`,
    status: "open",
    state: "open",
    priority: 0,
    type: "",
  },
  ...{ organizationId: null, projectId: null, assigneeId: null, mailbox: "support", mergedInto: null },
  ...{ unpublishedAt: null, createdAt: 1, updatedAt: 5, closedAt: null, version: 3 },
  ...over,
});
const seatOf = (number: number, customerId: string, over: Partial<TicketPerson> = {}): TicketPerson => ({
  ...{ id: `tic_${number}:${customerId}`, ticketId: `tic_${number}`, customerId, role: "requester" },
  ...{ address: `${customerId}@acme.example`, historyUntil: null, createdAt: 1, version: 1 },
  ...over,
});
const wholeOf = (ticket: Ticket, over: Partial<TicketWhole> = {}): TicketWhole => ({
  ticket,
  conversations: [{ id: `cnv_${ticket.number}`, ticketId: ticket.id }],
  people: [],
  links: [],
  frozen: null,
  tags: [],
  left: [],
  ...over,
});
const values = { own: [], theirs: [] };
const frozenRow: Freeze = {
  ...{ id: "tic_1", ticketId: "tic_1", conversationId: null, since: 7, reason: "a loop", thawedAt: null, version: 1 },
};

describe("a merge", () => {
  it("keeps of two seats the stronger role, and owes nobody a history any more", () => {
    const from = wholeOf(ticketOf(1), { people: [seatOf(1, "cus_1"), seatOf(1, "cus_2", { role: "follower" })] });
    const into = wholeOf(ticketOf(2), {
      people: [seatOf(2, "cus_1", { role: "follower" }), seatOf(2, "cus_3", { historyUntil: 9 })],
    });
    const { changes } = mergeTicket(from, into, values, now);
    const seats = changes.filter(({ table }) => table === "ticketPerson");
    expect(seats).toMatchObject([
      { id: "tic_2:cus_1", after: { role: "requester" } },
      { id: "tic_2:cus_3", after: { historyUntil: null } },
      { id: "tic_2:cus_2", before: null, after: { role: "follower", historyUntil: null } },
    ]);
  });

  it("fills what is empty, but for the project, and opens what is closed where the other is open", () => {
    const from = ticketOf(1, { priority: 4, type: "VIP", projectId: "prj_1", assigneeId: "agt_1" });
    const into = ticketOf(2, { type: "Key", status: "closed", state: "closed", closedAt: 3 });
    const merge = mergeTicket(wholeOf(from), wholeOf(into), values, now);
    expect(merge).toMatchObject({ filled: ["priority", "assignee"], reopens: true, merged: ["tic_1"] });
    expect(merge.changes.find((one) => "id" in one && one.id === "tic_2")?.after).toEqual({
      ...{ priority: 4, assigneeId: "agt_1", status: "open", state: "open", closedAt: null, updatedAt: now },
    });
    expect(merge.changes.find((one) => "id" in one && one.id === "tic_1")?.after).toMatchObject({
      ...{ mergedInto: "tic_2", status: "closed", closedAt: now },
    });
  });

  it("of a closed ticket leaves when it was closed", () => {
    const from = ticketOf(1, { status: "closed", state: "closed", closedAt: 3 });
    const { changes, reopens } = mergeTicket(wholeOf(from), wholeOf(ticketOf(2)), values, now);
    expect(reopens).toBe(false);
    expect(changes.find((one) => "id" in one && one.id === "tic_1")?.after).toEqual({
      ...{ mergedInto: "tic_2", updatedAt: now },
    });
  });

  it("leads links to what is left, each once, and none to itself", () => {
    const link = (a: number, b: number, other: number) => ({
      ...{ id: `tic_${a}:tic_${b}`, ticketId: `tic_${a}`, otherId: `tic_${b}`, createdAt: 1, version: 1 },
      other: { id: `tic_${other}`, number: other },
    });
    const from = wholeOf(ticketOf(2), { links: [link(1, 2, 1), link(2, 3, 3), link(2, 4, 4)] });
    const into = wholeOf(ticketOf(3), { links: [link(2, 3, 2), link(3, 4, 4)] });
    const { changes } = mergeTicket(from, into, values, now);
    const links = changes
      .filter(({ table }) => table === "ticketLink")
      .map((one) => ["id" in one && one.id, one.after]);
    expect(links.map(([id, after]) => `${after === null ? "-" : "+"} ${String(id)}`)).toEqual([
      ...["- tic_1:tic_2", "+ tic_1:tic_3", "- tic_2:tic_3", "- tic_2:tic_4"],
    ]);
  });

  it("with what stands still leaves the other one standing still", () => {
    const from = wholeOf(ticketOf(1), { frozen: frozenRow });
    const rows = mergeTicket(from, wholeOf(ticketOf(2)), values, now).changes.filter(({ table }) => table === "freeze");
    expect(rows).toMatchObject([
      { id: "tic_1", after: { since: null } },
      { id: "tic_2", before: null, after: { since: now, reason: "a loop" } },
    ]);
  });

  it("into itself is refused", () => {
    expect(() => mergeTicket(wholeOf(ticketOf(1)), wholeOf(ticketOf(1)), values, now)).toThrow(
      "#1 can't be merged into itself.",
    );
  });

  it.each([
    [["a"], ["a"], 0],
    [["a"], ["b"], 2],
    [["a", "b"], ["b", "c", "d"], 3],
  ])("of what %j and %j read lets so many read more", (from, into, more) => {
    expect(gainers(new Set(from), new Set(into))).toBe(more);
  });
});

describe("a freeze", () => {
  it("is made once, ends once, and begins again on the same row", () => {
    const told = { ticketId: "tic_1", conversationId: null };
    expect(freeze(told, null, " a\nloop ", now)).toMatchObject({
      before: null,
      after: { reason: "a loop", since: now },
    });
    expect(freeze(told, frozenRow, "again", now)).toBeNull();
    expect(unfreeze(null, now)).toBeNull();
    const ended = unfreeze(frozenRow, now);
    expect(ended).toMatchObject({ before: { since: 7 }, after: { since: null, thawedAt: now } });
    expect(invert(ended === null ? [] : [ended])).toMatchObject([{ after: { since: 7, thawedAt: null } }]);
    expect(freeze(told, { ...frozenRow, since: null }, "again", now)).toMatchObject({ after: { since: now } });
  });

  it("counts the last hour, and nothing of before it was let go", () => {
    const hourMs = 3_600_000;
    expect(countedSince(null, 2 * hourMs)).toBe(hourMs);
    expect(countedSince({ thawedAt: hourMs + 5 }, 2 * hourMs)).toBe(hourMs + 5);
    expect(countedSince({ thawedAt: 5 }, 2 * hourMs)).toBe(hourMs);
  });
});

describe("a redaction", () => {
  it.each([
    ["My card 4711 0815, please.", "4711 0815", "My card (redacted), please."],
    ["4711\n> 0815", "4711 0815", "(redacted)"],
    ["Ann and ANN", "ann", "(redacted) and (redacted)"],
    ["a.b and axb", "a.b", "(redacted) and axb"],
    ["nothing", "else", "nothing"],
  ])("of %j takes out %j", (text, pattern, left) => {
    expect(without(text, readPattern(pattern))).toBe(left);
    expect(countIn(text, readPattern(pattern)) > 0).toBe(left !== text);
  });

  it("of a single letter is refused", () => {
    expect(() => readPattern(" a ")).toThrow("at least 2 characters");
  });
});

describe("tags", () => {
  const tagged = (number: number, ...tagIds: string[]) =>
    tagIds.map((tagId) => ({
      ...{ id: `tic_${number}:${tagId}`, ticketId: `tic_${number}`, tagId, createdAt: 1, version: 1 },
    }));

  it("go along, each once, and none stays behind", () => {
    const from = wholeOf(ticketOf(1), { tags: tagged(1, "tag_a", "tag_b") });
    const into = wholeOf(ticketOf(2), { tags: tagged(2, "tag_b") });
    const changes = mergeTicket(from, into, values, 9).changes.filter(({ table }) => table === "ticketTag");
    const named = changes.map((change) => [change.after === null ? "-" : "+", "id" in change ? change.id : ""]);
    expect(named).toEqual([
      ["-", "tic_1:tag_a"],
      ["-", "tic_1:tag_b"],
      ["+", "tic_2:tag_a"],
    ]);
  });
});

describe("who left a ticket by unsubscribe", () => {
  const gone = (number: number, customerId: string) => ({
    ...{ id: `tic_${number}:${customerId}`, customerId, aboutId: `tic_${number}`, createdAt: 4, version: 1 },
  });

  it("has left the other as well, unless they sit there", () => {
    const from = wholeOf(ticketOf(1), { left: [gone(1, "cus_1"), gone(1, "cus_2"), gone(1, "cus_3")] });
    const into = wholeOf(ticketOf(2), { left: [gone(2, "cus_2")], people: [seatOf(2, "cus_3")] });
    const changes = mergeTicket(from, into, values, 9).changes.filter(({ table }) => table === "optOut");
    const named = changes.map((change) => [change.after === null ? "-" : "+", "id" in change ? change.id : ""]);
    expect(named).toEqual([
      ["-", "tic_1:cus_1"],
      ["+", "tic_2:cus_1"],
      ["-", "tic_1:cus_2"],
      ["-", "tic_1:cus_3"],
    ]);
  });
});
