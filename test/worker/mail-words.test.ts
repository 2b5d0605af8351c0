// The words of one mail: what stands above and below, in which language, and that our own answer parsing cuts all of it off.
import { describe, expect, it } from "vitest";
import { builtInLanguages, languagesFor } from "../../dist/desk/language.js";
import type { Template } from "../../dist/desk/template.js";
import { newText } from "../../dist/mail/reply-text.js";
import { type MailWords, mailWords, type WordsInput } from "../../dist/worker/mail-words.js";

const atMs = Date.UTC(2026, 10, 2, 10, 5);
const row = (kind: Template["kind"], words: Partial<Template>): Template => ({
  id: `${kind}:en`,
  ...{ kind, language: "en", subject: null, text: null, html: null, createdAt: 1, version: 1 },
  ...words,
});

function wordsOf(over: Partial<WordsInput> = {}, language = "en"): MailWords {
  return mailWords({
    kind: "reply",
    number: 12,
    templates: [],
    languages: languagesFor(language, "en"),
    filling: {
      values: { "ticket.subject": "Printer <1>", "customer.name": "Ann", "agent.name": "Ina", "desk.name": "Acme" },
    },
    messages: [{ text: "Pull the plug.\n\nThen wait.", by: null }],
    isShared: false,
    earlier: [],
    owed: null,
    remarks: [],
    timeZone: "",
    ...over,
  });
}

describe("a reply", () => {
  it("has the marker above, the words, who signs, and what is quoted", () => {
    const earlier = [
      { text: "It burns.\n\n> what does?", by: "Ann", id: "m", atMs },
      { text: "Hello.", by: "bob@other.example", id: "m", atMs },
    ];
    const { subject, text } = wordsOf({ earlier });
    expect(subject).toBe("Re: [#12] Printer <1>");
    expect(text.split("\n")).toEqual([
      "## Please write above this line ##",
      "",
      "Pull the plug.",
      "",
      "Then wait.",
      "",
      "-- ",
      "Ina",
      "Acme",
      "",
      "On 2 Nov 2026, 10:05 UTC, Ann wrote:",
      "> It burns.",
      ">",
      ">> what does?",
      "",
      "On 2 Nov 2026, 10:05 UTC, Another participant wrote:",
      "> Hello.",
      "",
    ]);
  });

  it("is HTML that loads nothing, in which words are no markup", () => {
    const { html } = wordsOf({
      messages: [{ text: "<b>1</b> & <script>", by: null }],
      earlier: [{ text: "<img src=x>", by: "A <b>", id: "m", atMs }],
    });
    expect(html).toContain("&lt;b&gt;1&lt;/b&gt; &amp; &lt;script&gt;");
    expect(html).toMatch(/A &lt;b&gt; wrote:<\/p>\n<blockquote[^>]*>\n<p>&lt;img src=x&gt;<\/p>\n<\/blockquote>/);
    expect(html).not.toMatch(/<(?:script|img|b|link|table)\b|<[^>]*(?:src|href)=|url\(/);
    expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">[\s\S]*max-width:640px[\s\S]*<\/html>\n$/);
    for (const line of html.split("\n")) expect(line.length).toBeLessThanOrEqual(76);
  });

  it("has a header above, the agent's signature, and the remark of who reads an answer", () => {
    const templates = [row("header", { text: "Acme {{ticket.number}}", html: "<h1>Acme</h1>" })];
    const filling = {
      values: { "desk.name": "Acme", "agent.signature": "Ina Berg\nFirst floor", "ticket.number": 12 },
    };
    const { text, html } = wordsOf({ templates, filling, isShared: true });
    expect(text).toMatch(
      /##\n\nAcme 12\n\nPull the plug\.\n\nThen wait\.\n\nWhatever you answer .*\n\n-- \nIna Berg\nFirst floor\nAcme\n$/,
    );
    expect(html).toContain("<h1>Acme</h1>");
  });

  it("gets no second signature where its text has one", () => {
    for (const text of ["{{message.text}}\n-- \nBye", "{{message.text}}\n{{ agent.signature }}"])
      expect(wordsOf({ templates: [row("reply", { text })] }).text).not.toContain("Acme");
    expect(wordsOf({ templates: [row("reply", { text: "{{message.text}}\n--- \nBye" })] }).text).toContain("Acme");
  });

  it("quotes so much and no more", () => {
    const earlier = Array.from({ length: 20 }, (_, at) => ({
      text: `${at} ${"x".repeat(9_000)}`,
      by: "Ann",
      id: "m",
      atMs,
    }));
    const { text } = wordsOf({ earlier: [{ text: "y".repeat(50_000), by: "Ann", id: "m", atMs }, ...earlier] });
    expect(text.length).toBeLessThan(45_000);
    expect(text).toContain("> [shortened]");
  });

  it("falls back on the built-in words where the desk's go beyond their limits, and says so", () => {
    const text = `{% assign a = message.text %}${"{% assign a = a | append: a %}".repeat(40)}{{a}}{{message.text}}`;
    const { text: said, broken } = wordsOf({ templates: [row("reply", { text, subject: "Own" })] });
    expect(said).toContain("Pull the plug.");
    expect(broken).toEqual([{ kind: "reply", language: "en", error: expect.stringContaining("memory alloc limit") }]);
  });
});

describe("in every built-in language", () => {
  it.each(builtInLanguages)("what we sent is cut off an answer: %s", (language) => {
    const earlier = [{ text: "It burns.", by: "Ann Example", id: "m", atMs }];
    for (const kind of ["acknowledgement", "reply", "customer-message", "conversation", "closing"] as const) {
      const { text } = wordsOf({ kind, earlier, isShared: true, timeZone: "Europe/Berlin" }, language);
      // Above a quotation with marks, above one without, and below one.
      const quoted = text
        .split("\n")
        .map((line) => `> ${line}`)
        .join("\n");
      expect(newText(`Thanks, done.\n\n${quoted}`)).toBe("Thanks, done.");
      expect(newText(`Thanks, done.\n\n${text}`)).toBe("Thanks, done.");
      expect(newText(`${quoted}\n\nThanks, done.`)).toBe("Thanks, done.");
    }
  });

  it.each([
    ["de", "Am 2. Nov. 2026, 10:05 UTC schrieb Ann:", "Bob schrieb:"],
    ["fr", "Le 2 nov. 2026, 10:05 UTC, Ann a écrit :", "Bob a écrit :"],
    ["es", "El 2 nov 2026, 10:05 UTC, Ann escribió:", "Bob escribió:"],
  ])("%s says who wrote what", (language, quotes, passesOn) => {
    const earlier = [{ text: "It burns.", by: "Ann", id: "m", atMs }];
    expect(wordsOf({ earlier }, language).text).toContain(`${quotes}\n> It burns.`);
    // Recognised by itself too, where a mail program lost the marks and the line on top.
    expect(newText(`Thanks, done.\n\n${quotes}\nIt burns.`)).toBe("Thanks, done.");
    const said = wordsOf({ kind: "customer-message", messages: [{ text: "Hi", by: "Bob" }] }, language).text;
    expect(said).toContain(`${passesOn}\n\nHi`);
  });

  it("tells the time in UTC to whom this machine knows no zone of", () => {
    const earlier = [{ text: "It burns.", by: "Ann", id: "m", atMs }];
    expect(wordsOf({ earlier, timeZone: "Mars/Olympus" }).text).toContain("10:05 UTC, Ann wrote:");
  });

  it("takes a language that nobody brought along for the desk's", () => {
    expect(wordsOf({ languages: languagesFor("pl", "fr") }).text).toContain("## Merci de répondre");
    const own = { ...row("reply", { text: "Cześć {{message.text}}" }), language: "pl" };
    expect(wordsOf({ templates: [own], languages: languagesFor("pl-PL", "fr") }).text).toContain(
      "Cześć Pull the plug.",
    );
  });
});

describe("the history of somebody who came later", () => {
  it("goes along as a quotation, whole, and what is left out is counted", () => {
    const earlier = [{ text: "x".repeat(15_000), by: "Ann", id: "m", atMs }];
    const { text, html, quoted } = wordsOf({ earlier, owed: { left: 3 } });
    expect(text).toContain("x".repeat(15_000));
    expect(text.trimEnd().split("\n").at(-1)).toBe("[older messages that are left out here: 3]");
    expect(html).toContain("[older messages that are left out here: 3]");
    expect(quoted).toEqual(["m"]);
  });
});
