// How words are folded, what a query says, and what is shown of a text (TIC-7).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indexWords, isFoundIn, readQuery, snippetOf } from "../../dist/desk/search.js";

describe("the words of a text", () => {
  it.each([
    ["The Printer, on FIRE!", ["the", "printer", "on", "fire"]],
    ["Café Straße ŁÓDŹ Ærø", ["cafe", "strasse", "lodz", "aero"]],
    ["e\u0301te\u0301 ﬁn", ["ete", "fin"]],
    ["打印机坏了 A4", ["打", "印", "机", "坏", "了", "a4"]],
    ["プリンターx", ["プ", "リ", "ン", "タ", "ー", "x"]],
    ["프린터가", ["프", "린", "터", "가"]],
    ["ann@acme.com order_7", ["ann", "acme", "com", "order", "7"]],
    ["Привет ΣΊΣΥΦΟΣ", ["привет", "σισυφοσ"]],
    ["'; drop:* & | <-> ()", ["drop"]],
    ["", []],
  ])("of %j", (text, words) => {
    expect(indexWords(text)).toEqual(words);
  });

  it("are letters and digits whatever the text, so that no engine's sign gets through", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const word of indexWords(text)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
      }),
    );
  });
});

it("of a text without end are those of its beginning, and little time is spent on the rest", () => {
  expect(indexWords("ab ".repeat(2_000_000))).toHaveLength(16_000);
  expect(indexWords("x".repeat(5_000_000))).toEqual(["x".repeat(60)]);
  expect(indexWords("打".repeat(100_000))).toHaveLength(16_000);
});

const said = (words: string[], isBeginning = false) => ({ words, isBeginning });

describe("a query", () => {
  it.each([
    ["printer fire", [said(["printer"]), said(["fire"])], []],
    ['"on fire" -toner', [said(["on", "fire"])], [said(["toner"])]],
    ['-"on paper" fire', [said(["fire"])], [said(["on", "paper"])]],
    ["invoic* (a OR b)", [said(["invoic"], true), said(["a"]), said(["or"]), said(["b"])], []],
    ["ann@acme.com", [said(["ann", "acme", "com"])], []],
    ['on "fire', [said(["on"]), said(["fire"])], []],
    ["“smart quotes”", [said(["smart", "quotes"])], []],
    ["foo-bar - x", [said(["foo", "bar"]), said(["x"])], []],
    [
      "title:x NEAR/2 ^y {z} *q",
      [said(["title", "x"]), said(["near", "2"]), said(["y"]), said(["z"]), said(["q"])],
      [],
    ],
    ["打印机", [said(["打", "印", "机"])], []],
  ])("%s", (text, all, without) => {
    expect(readQuery(text)).toEqual({ all, without });
  });

  it("for a list finds what only begins so", () => {
    expect(readQuery('print "a b"', true).all).toEqual([said(["print"], true), said(["a", "b"])]);
  });

  it.each([
    ["", "There is no word in this"],
    ["&& -- *", "There is no word in this"],
    ["-toner", "Say also a word that must be there."],
    [Array(60).fill("x").join(" "), "at most 50 words"],
  ])("%j is refused in a sentence", (text, sentence) => {
    expect(() => readQuery(text)).toThrow(sentence);
  });

  it("is nothing else than words, or refused in a sentence, whatever is typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        try {
          expect(readQuery(`${text} word`).all.length).toBeGreaterThan(0);
        } catch (error) {
          expect(String(error)).toMatch(/Say also a word|no word in this|at most 50/);
        }
      }),
    );
  });
});

describe("what is shown", () => {
  const long = `${"before ".repeat(40)}the Printer is\n\non fire ${"after ".repeat(60)}`;
  it("is around what was found, in one line", () => {
    expect(snippetOf(long, readQuery('"printer is"'))).toMatch(
      /^\.\.\.(before )+the Printer is on fire (after )+.*\.\.\.$/,
    );
    expect(snippetOf("Das PAPIER ist aus.", readQuery("papier"))).toBe("Das PAPIER ist aus.");
    expect(snippetOf("我的打印机坏了", readQuery("打印机"))).toBe("我的打印机坏了");
    expect(snippetOf("nothing of it", readQuery("papier"))).toBe("nothing of it");
  });

  it("knows whether a text has any of it", () => {
    expect(isFoundIn("the Printers burn", readQuery("print*"))).toBe(true);
    expect(isFoundIn("the Printers burn", readQuery("print"))).toBe(false);
  });

  it("is never longer than a line, and always whole letters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        const shown = snippetOf(text, readQuery("word"));
        expect([...shown].length).toBeLessThanOrEqual(166);
        expect(shown.isWellFormed()).toBe(true);
      }),
    );
  });
});
