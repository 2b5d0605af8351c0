// What an agent writes, as changes: who may, where it goes, and what must be told.
import { describe, expect, it } from "vitest";
import { answerTicket, audienceOf, mustAnswer, noteOnTicket } from "../../dist/desk/answer.js";
import type { Change } from "../../dist/desk/change.js";
import type { Seated } from "../../dist/desk/recipients.js";
import type { Ticket } from "../../dist/desk/ticket.js";
import { editTicket, readPriority, seatPerson, unseatPerson } from "../../dist/desk/ticket-edit.js";
import { openTicket } from "../../dist/desk/ticket-open.js";
import { readWords } from "../../dist/desk/words.js";

const now = 1_000_000;
const ticket: Ticket = {
  id: "tic_1",
  number: 12,
  subject: "Printer",
  status: "open",
  state: "open",
  priority: 0,
  type: "",
  organizationId: null,
  projectId: null,
  assigneeId: null,
  mailbox: "support",
  mergedInto: null,
  unpublishedAt: null,
  createdAt: 1,
  updatedAt: 5,
  closedAt: null,
  version: 3,
};
const agent = { kind: "agent", id: "agt_1", name: "Joe", address: "joe@desk.example" } as const;
const words = { text: "It is mended.", files: [] };
const publicOne = { id: "cnv_1", ref: 1, ticketId: "tic_1", visibility: "public", createdAt: 1, version: 1 } as const;
const internalOne = { ...publicOne, id: "cnv_2", ref: 2, visibility: "internal" } as const;

function drawing() {
  let count = 0;
  return { id: (prefix: string) => `${prefix}_new${++count}`, ref: () => 100 + ++count };
}

function candidate(
  id: string,
  more: { state?: "active" | "blocked"; bouncing?: boolean; role?: "requester" | "follower" } = {},
): Seated {
  const address = `${id}@acme.example`;
  return {
    part: `${more.role ?? "requester"} of the ticket`,
    lastAddress: address,
    person: {
      id: `tic_1:${id}`,
      ticketId: "tic_1",
      customerId: id,
      role: more.role ?? "requester",
      address,
      historyUntil: null,
      createdAt: 1,
      version: 1,
    },
    customer: {
      id,
      ref: 1,
      name: id,
      nameOrigin: "mail",
      organizationId: null,
      placedBy: "nothing",
      state: more.state ?? "active",
      mergedInto: null,
      mutedAt: null,
      phone: "",
      title: "",
      postalAddress: "",
      timeZone: "",
      language: "",
      type: "",
      notes: "",
      createdAt: 1,
      version: 1,
    },
    address: {
      id: address,
      address,
      ownerKind: "customer",
      ownerId: id,
      isPrimary: true,
      state: more.bouncing === true ? "bouncing" : "ok",
      softBounces: 0,
      createdAt: 1,
      version: 1,
    },
  };
}

const made = (changes: readonly Change[], table: string) => changes.filter((change) => change.table === table);
const columnOf = (changes: readonly Change[], table: string, column: string) =>
  made(changes, table).map((change) => change.after?.[column]);

describe("a public answer", () => {
  const answer = (more: Partial<Parameters<typeof answerTicket>[0]> = {}) =>
    answerTicket(
      {
        ticket,
        conversations: [internalOne, publicOne],
        people: [candidate("ann")],
        writer: agent,
        words,
        holdMs: 5000,
        now,
        ...more,
      },
      drawing(),
    );

  it("goes into the public conversation, never the internal one, whichever is older", () => {
    expect(columnOf(answer().changes, "message", "conversationId")).toEqual(["cnv_1"]);
  });

  it("makes a public conversation where the ticket has only internal ones", () => {
    const { changes } = answer({ conversations: [internalOne] });
    expect(columnOf(changes, "conversation", "visibility")).toEqual(["public"]);
  });

  it("is told after the hold time, as one notice for everybody and one for agents", () => {
    expect(answer().notices).toMatchObject([
      { kind: "message", conversationId: "cnv_1", notBefore: now + 5000, hadIt: [] },
      { kind: "notification", conversationId: "cnv_1", notBefore: now + 5000, agentId: "" },
    ]);
  });

  it("lets the ticket wait for the customer", () => {
    expect(columnOf(answer().changes, "ticket", "status")).toEqual(["waiting"]);
  });

  it("leaves a closed ticket closed, and moves it in time", () => {
    const { changes } = answer({ ticket: { ...ticket, status: "closed", state: "closed", closedAt: 4 } });
    expect(made(changes, "ticket").map((change) => change.after)).toEqual([{ updatedAt: now }]);
  });

  it("relies on the ticket as it was read, and on its conversation being there", () => {
    expect(answer().guards).toEqual([
      { kind: "version", table: "ticket", id: "tic_1", version: 3 },
      { kind: "version", table: "conversation", id: expect.stringMatching(/^cnv_/), version: 1 },
    ]);
  });

  it("keeps files with the message, and their bytes by digest only", () => {
    const file = { filename: "a.pdf", contentType: "application/pdf", sizeBytes: 3, sha256: "ab" };
    const { changes, messageId } = answer({ words: { text: "See.", files: [file, { ...file, filename: "b.pdf" }] } });
    expect(columnOf(changes, "attachment", "filename")).toEqual(["a.pdf", "b.pdf"]);
    expect(columnOf(changes, "attachment", "part")).toEqual([0, 1]);
    expect(columnOf(changes, "attachment", "messageId")).toEqual([messageId, messageId]);
    expect(columnOf(changes, "attachment", "emailId")).toEqual([null, null]);
  });
});

describe("the audience of a public answer", () => {
  it("counts who hears, and says of the others why not", () => {
    const people = [
      candidate("ann"),
      candidate("bob", { state: "blocked" }),
      candidate("cat", { bouncing: true }),
      candidate("dan", { role: "follower" }),
    ];
    expect(audienceOf(agent, people).map(({ address, hears, why }) => [address, hears, why])).toEqual([
      ["ann@acme.example", true, "requester of the ticket"],
      ["bob@acme.example", false, "the customer is blocked"],
      ["cat@acme.example", false, "the address bounces"],
      ["dan@acme.example", true, "follower of the ticket"],
    ]);
  });

  it("may not be addressed by an agent without the right", () => {
    expect(() => mustAnswer({ name: "Eve", mayAnswer: false })).toThrow("may not answer in public");
    expect(() => mustAnswer({ name: "Joe", mayAnswer: true })).not.toThrow();
    expect(() => mustAnswer(null)).not.toThrow();
  });
});

describe("a note", () => {
  it("goes into the internal conversation and tells nobody", () => {
    const written = noteOnTicket(
      { ticket, conversations: [publicOne, internalOne], writer: agent, words, now },
      drawing(),
    );
    expect(columnOf(written.changes, "message", "conversationId")).toEqual(["cnv_2"]);
    expect(written.notices).toMatchObject([{ kind: "notification", notBefore: now }]);
    expect(columnOf(written.changes, "ticket", "status")).toEqual([undefined]);
  });

  it("makes an internal conversation where there is none, and never borrows the public one", () => {
    const written = noteOnTicket({ ticket, conversations: [publicOne], writer: agent, words, now }, drawing());
    expect(columnOf(written.changes, "conversation", "visibility")).toEqual(["internal"]);
  });
});

describe("a ticket made by hand", () => {
  const requester = { customerId: "cus_1", organizationId: "org_1", address: "ann@acme.example" };
  const open = (writer: Parameters<typeof openTicket>[0]["writer"]) =>
    openTicket(
      {
        number: 7,
        subject: " Hello ",
        mailbox: "support",
        requester,
        writer,
        words,
        values: { priority: 4 },
        holdMs: 0,
        now,
      },
      drawing(),
    );

  it("for a customer sends the first message, waits for them, and acknowledges nothing", () => {
    const { changes, notices } = open(agent);
    expect(notices.map((notice) => notice.kind)).toEqual(["message", "notification"]);
    expect(columnOf(changes, "ticket", "status")).toEqual(["new", "waiting"]);
    expect(made(changes, "ticket")[0]?.after).toMatchObject({
      number: 7,
      subject: "Hello",
      priority: 4,
      organizationId: "org_1",
    });
    expect(columnOf(changes, "message", "direction")).toEqual(["out"]);
  });

  it("from a customer is logged as theirs, and only agents are told", () => {
    const { changes, notices } = open({ kind: "customer", id: "cus_1", name: "Ann", address: "ann@acme.example" });
    expect(notices.map((notice) => notice.kind)).toEqual(["notification"]);
    expect(columnOf(changes, "ticket", "status")).toEqual(["new"]);
    expect(made(changes, "message")[0]?.after).toMatchObject({
      direction: "in",
      authorKind: "customer",
      authorId: "cus_1",
    });
    expect(columnOf(changes, "ticketPerson", "role")).toEqual(["requester"]);
  });
});

describe("words", () => {
  it.each([
    ["\n\n  Hello\r\n\r\nthere \n\n", "  Hello\n\nthere"],
    ["one line", "one line"],
  ])("lose the blank lines around them: %j", (text, clean) => {
    expect(readWords(text)).toBe(clean);
  });

  it.each(["", "  \n\t\n"])("are refused where there are none: %j", (text) => {
    expect(() => readWords(text)).toThrow("nothing in the message");
  });
});

describe("properties of a ticket", () => {
  it("change only where the value is another one", () => {
    expect(editTicket(ticket, { priority: 0, subject: "Printer" }, now)).toBeNull();
    expect(editTicket(ticket, { priority: 5 }, now)).toMatchObject({
      before: { priority: 0 },
      after: { priority: 5, updatedAt: now },
    });
  });

  it("keep status, state and the closing time together", () => {
    expect(editTicket(ticket, { status: "closed" }, now)?.after).toMatchObject({
      status: "closed",
      state: "closed",
      closedAt: now,
    });
    const closed: Ticket = { ...ticket, status: "closed", state: "closed", closedAt: 4 };
    expect(editTicket(closed, { status: "open" }, now)?.after).toMatchObject({ state: "open", closedAt: null });
    expect(editTicket(closed, { status: "closed" }, now)).toBeNull();
  });

  it("are read strictly", () => {
    expect(readPriority(" 3 ")).toBe(3);
    expect(() => readPriority("6")).toThrow("from 0");
  });
});

describe("a seat on a ticket", () => {
  const seat = candidate("ann").person;
  it("is not given up by the last requester, unless forced", () => {
    const other = candidate("bob", { role: "follower" }).person;
    expect(() => unseatPerson(ticket, seat, [seat, other], false)).toThrow("last requester");
    expect(unseatPerson(ticket, seat, [seat, other], true)).toMatchObject({
      table: "ticketPerson",
      id: seat.id,
      after: null,
    });
    expect(unseatPerson(ticket, other, [seat, other], false)).toMatchObject({ id: other.id, after: null });
  });

  it("of a requester is not lowered to a follower's, as a requester hears all", () => {
    expect(seatPerson("tic_1", "ann", "follower", seat.address, seat, now)).toBeNull();
    const follower = { ...seat, role: "follower" as const };
    expect(seatPerson("tic_1", "ann", "requester", seat.address, follower, now)).toMatchObject({
      after: { role: "requester" },
    });
  });
});
