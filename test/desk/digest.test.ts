// The words of a digest: what happened, no more of it than customers see of tickets (VIS-5, VIS-2).
import { describe, expect, it } from "vitest";
import { type DigestNews, digestSubject, digestText, newsText } from "../../dist/desk/digest.js";
import { partsOf, partWords, propertiesOf, propertyWords } from "../../dist/desk/visibility.js";

const at = Date.UTC(2026, 10, 28, 10);
const message = (over: Partial<DigestNews["tickets"][number]["messages"][number]> = {}) => ({
  ...{ id: "msg_1", authorKind: "agent" as const, fromName: "Ina", newText: "We plane it.\n\nSoon.", createdAt: at },
  ...over,
});
const ticket = (over: Partial<DigestNews["tickets"][number]> = {}) => ({
  ...{ id: "tic_1", number: 12, subject: "The door\r\nsticks", status: "waiting", statusBefore: null },
  ...{ isNew: false, messages: [message()] },
  ...over,
});
const news = (...tickets: DigestNews["tickets"]): DigestNews => ({
  since: at - 3_600_000,
  lastAt: 0,
  tickets,
  isCut: false,
});
const text = (one: DigestNews, words: readonly string[] = partWords, seen: readonly string[] = propertyWords) =>
  digestText(one, {
    ...{ customer: "Ann", desk: "Support", mailbox: "support@desk.example" },
    ...{ parts: partsOf(words), properties: propertiesOf(seen) },
  });

describe("a digest", () => {
  it("says no status where customers don't see it", () => {
    const two = news(ticket({ statusBefore: "open" }), ticket({ number: 14, isNew: true, messages: [] }));
    const said = text(two, partWords, []);
    expect(said).toMatch(/^\[#12\] [^(]*$/m);
    expect(said).toMatch(/^\[#14\] .* \(new\)$/m);
  });

  it("tells what was said, by whom and when, and what became of each ticket", () => {
    const two = news(
      ticket({ statusBefore: "open" }),
      ticket({ number: 14, isNew: true, messages: [], status: "closed" }),
    );
    expect(text(two)).toBe(`Hello Ann,

this happened since 2026-11-28 09:00 UTC in the tickets that you can see:

[#12] The door sticks (waiting, was open)
  Ina, 2026-11-28 10:00 UTC:
    We plane it.

    Soon.

[#14] The door sticks (new, closed)

To say something about one of them, answer a mail about it, or write to support@desk.example.

-- 
Support
`);
    expect(newsText(two)).toBe("2 tickets with news, 1 message");
    expect(digestSubject("Support", two)).toBe("Support: news of 2 tickets");
  });

  it("hides names, and words, where customers don't see them", () => {
    const bobs = news(ticket({ messages: [message({ authorKind: "customer", fromName: "Bob Ray" }), message()] }));
    expect(text(bobs)).toContain("  Bob Ray, ");
    expect(text(bobs, ["conversations"])).toContain("  Another participant, ");
    expect(text(bobs, ["conversations"])).toContain("  Ina, ");
    expect(text(bobs, ["followers"])).not.toMatch(/Bob|Ina|plane/);
    expect(text(bobs, ["followers"])).toContain("[#12] The door sticks (waiting)\n  2 new messages");
  });

  it("is bounded: the last messages of a ticket, and the beginning of each", () => {
    const long = text(
      news(ticket({ messages: Array.from({ length: 30 }, () => message({ newText: "x".repeat(5000) })) })),
    );
    expect(long).toContain("  10 earlier messages not shown here.");
    expect(long.length).toBeLessThan(20 * 800);
    expect(long).toContain("xxx [...]");
    expect(text({ ...news(ticket()), isCut: true })).toContain("Older tickets changed as well");
  });

  it("shows no address of somebody without a name", () => {
    const nameless = news(ticket({ messages: [message({ authorKind: "customer", fromName: "bob@acme.example" })] }));
    expect(text(nameless)).not.toContain("bob@acme.example");
  });
});
