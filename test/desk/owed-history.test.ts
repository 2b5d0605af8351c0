// Which earlier messages somebody gets who came later, and how they read (SHA-3): as a table, and by property.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Message } from "../../dist/desk/conversation.js";
import { earlierFor, historyCharsMax, historyMessagesMax, withinBounds } from "../../dist/desk/owed-history.js";

const messageOf = (id: string, over: Partial<Message> = {}): Message => ({
  ...{ id, conversationId: "cnv_1", direction: "in", authorKind: "customer", authorId: "cus_1", fromName: "Ann" },
  ...{ fromAddress: "ann@acme.example", toAddresses: [], ccAddresses: [], subject: "S", text: id, newText: id },
  ...{ messageId: null, emailId: null, flag: null, remarks: [], createdAt: 10, version: 1 },
  ...over,
});
const bob = { customerId: "cus_2", historyUntil: 20 };
const none: ReadonlySet<string> = new Set();

describe("who came later", () => {
  it.each<[string, Partial<Message>, boolean]>([
    ["what another one wrote before", {}, true],
    ["what an agent wrote before", { authorKind: "agent", authorId: "agt_1" }, true],
    ["what was said since", { createdAt: 21 }, false],
    ["what is flagged", { flag: "a stranger" }, false],
    ["what they wrote themselves", { authorId: "cus_2" }, false],
  ])("gets, or not: %s", (_, over, gets) => {
    expect(earlierFor(bob, [messageOf("msg_1", over)], none)).toHaveLength(gets ? 1 : 0);
  });

  it("gets nothing twice, and nothing where they are owed none", () => {
    expect(earlierFor(bob, [messageOf("msg_1")], new Set(["msg_1"]))).toEqual([]);
    expect(earlierFor({ ...bob, historyUntil: null }, [messageOf("msg_1")], none)).toEqual([]);
  });
});

describe("one mail", () => {
  it("carries the last of a long conversation, as many as it may, the oldest first", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40_000 }), { maxLength: 300 }), (sizes) => {
        const all = sizes.map((size, at) => messageOf(`msg_${at}`, { newText: "x".repeat(size), createdAt: at }));
        const kept = withinBounds(all);
        expect(kept.length).toBeLessThanOrEqual(historyMessagesMax);
        expect(kept).toEqual(all.slice(all.length - kept.length));
        if (all.length > 0) expect(kept.length).toBeGreaterThan(0);
        if (kept.length > 1)
          expect(kept.reduce((sum, { newText }) => sum + newText.length, 0)).toBeLessThanOrEqual(historyCharsMax);
      }),
      { numRuns: 50 },
    );
  });
});
