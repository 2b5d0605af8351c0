// The order of the first questions: what a mail is refused for when several things speak against it, and that the
// sender's limit counts for live mail alone.
import { describe, expect, it } from "vitest";
import { screen } from "../../dist/intake/screen.js";
import { agentOf, customerOf, type FactsOver, factsOf, inboundOf } from "./desk-of.ts";
import { bounceOf, from, mailOf, tokenId, tokenOf } from "./mail-of.ts";

function screened(mail: Parameters<typeof mailOf>[0], facts: FactsOver = {}, arrival: "live" | "history" = "live") {
  const input = inboundOf(mailOf(mail), factsOf(facts));
  const result = screen(input.mail, input.question, input.facts, input.settings, arrival === "live");
  return result.kind === "stop" ? result.reason : result.kind === "machine" ? result.what : result.kind;
}

const mark = { marks: [tokenOf({ purpose: "mark" })] };
const machine = { automatic: ["Precedence: list"] };
const blocked = { customer: customerOf("cus_1", { state: "blocked" }) };

describe("a mail against which several things speak", () => {
  it.each([
    ["a copy of our own mail is a copy", { ...mark, ...machine }, { duplicateOf: "eml_0" }, "duplicate"],
    ["our own bounce is our own mail", { ...mark, bounce: bounceOf("a@b.example") }, {}, "own-mail"],
    [
      "our own mail by its Message-ID is not a machine's",
      { ...machine, messageId: tokenId(tokenOf()) },
      {},
      "own-mail",
    ],
    ["a bounce with list headers is a bounce", { ...machine, bounce: bounceOf("a@b.example") }, {}, "bounce"],
    ["a bounce without a sender is a bounce", { bounce: bounceOf("a@b.example"), from: null }, {}, "bounce"],
    ["a machine without a sender is a machine", { ...machine, from: null }, {}, "automatic"],
    ["a blocked sender's machine is a machine", machine, blocked, "automatic"],
    ["a blocked sender is blocked before the limit counts", {}, { ...blocked, mailsOfSenderLastHour: 999 }, "blocked"],
    ["a deactivated customer may write", {}, { customer: customerOf("cus_1", { state: "deactivated" }) }, "person"],
    ["an agent who is active may write", {}, { agent: agentOf("agt_1") }, "person"],
  ] as const)("%s", (_title, mail, facts, kind) => {
    expect(screened(mail as Parameters<typeof mailOf>[0], facts)).toBe(kind);
  });

  it("is held over the sender's limit only while it is live", () => {
    expect(screened({}, { mailsOfSenderLastHour: 200 })).toBe("sender-limit");
    expect(screened({}, { mailsOfSenderLastHour: 200 }, "history")).toBe("person");
  });
});

describe("a token", () => {
  it("in To, in a cited id or in a quoted report is no mark of our own mail", () => {
    const id = tokenId(tokenOf());
    expect(screened({ inReplyTo: [id], references: [id], to: [from(`support+${tokenOf()}@desk.example`)] })).toBe(
      "person",
    );
    expect(screened({ bounce: bounceOf("a@b.example", { original: id }) })).toBe("bounce");
  });

  it("of a key that was removed makes nothing our own", () => {
    expect(
      screened({ marks: [tokenOf({ purpose: "mark" }, { id: 2, secret: Buffer.from("retired and removed") })] }),
    ).toBe("person");
  });
});
