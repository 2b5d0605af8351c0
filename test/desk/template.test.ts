// Which text holds for whom (SHA-11): the desk's own before the built-in one, the customer's language before the desk's.
import { describe, expect, it } from "vitest";
import { needsAdministrator } from "../../dist/desk/administer.js";
import { builtInLanguages, builtInOf, languagesFor, readLanguage } from "../../dist/desk/language.js";
import { checkTemplate } from "../../dist/desk/liquid.js";
import { noFields } from "../../dist/desk/placeholders.js";
import {
  carriesMessage,
  chosenTemplate,
  isMailKind,
  type Template,
  templateKind,
  templateKinds,
  writeTemplate,
} from "../../dist/desk/template.js";
import { builtIn, phrases } from "../../dist/desk/template-words.js";
import { replyMarkers } from "../../dist/mail/reply-marker.js";

const row = (kind: Template["kind"], language: string, words: Partial<Template> = {}): Template => ({
  id: `${kind}:${language}`,
  ...{ kind, language, subject: null, text: null, html: null, createdAt: 1, version: 1 },
  ...words,
});

describe("the built-in texts", () => {
  it.each(builtInLanguages)("in %s are whole, can be saved, and have a marker and phrases", (language) => {
    for (const kind of templateKinds) {
      const { subject, text } = builtIn[language][kind];
      expect(checkTemplate(subject, "text", noFields)).toMatchObject({ ok: true });
      const checked = checkTemplate(text, "text", noFields);
      expect(checked).toMatchObject({ ok: true });
      if (carriesMessage(kind)) expect(checked).toMatchObject({ names: ["message.text"] });
      expect(subject === "").toBe(!isMailKind(kind));
    }
    expect(replyMarkers[language]).toMatch(/^## .{10,60} ##$/);
    expect(phrases[language].wroteAt).toMatch(/WHEN.*NAME/);
  });
});

describe("a language", () => {
  it.each([
    ["de", "de"],
    [" pt-BR ", "pt-br"],
    ["en_GB", "en-gb"],
    ["tlh", "tlh"],
  ])("written %j is %s", (text, tag) => {
    expect(readLanguage(text)).toBe(tag);
  });

  it.each(["", "klingon", "xx", "de de", "{{x}}", "d", "x".repeat(100)])("can't be %j", (text) => {
    expect(() => readLanguage(text)).toThrow(/is no language that is known here/);
  });

  it("of the customer is asked first, then the desk's, then English", () => {
    expect(languagesFor("de-AT", "fr")).toEqual(["de-at", "de", "fr", "en"]);
    expect(languagesFor("", "pt-BR")).toEqual(["pt-br", "pt", "en"]);
    expect(builtInOf(["it", "fr", "en"])).toBe("fr");
    expect(builtInOf(["it"])).toBe("en");
  });
});

describe("the text that holds", () => {
  const own = [
    row("reply", "en", { text: "en {{message.text}}" }),
    row("reply", "it", { text: "it {{message.text}}" }),
    row("header", "fr", { text: "Acme" }),
    row("closing", "de", { subject: "Zu: {{ticket.subject}}" }),
  ];
  it.each([
    ["reply", ["en"], "en", "en {{message.text}}"],
    ["reply", ["it", "en"], "it", "it {{message.text}}"],
    // German is built in, so a German customer is not answered in the desk's English.
    ["reply", ["de-at", "de", "en"], "de", "{{message.text}}\n"],
    // Nobody wrote Polish, so the desk's language holds.
    ["reply", ["pl", "it", "en"], "it", "it {{message.text}}"],
    // What has no language of its own is taken from wherever it was written.
    ["header", ["de", "fr", "en"], "fr", "Acme"],
    ["header", ["de", "en"], "de", ""],
  ] as const)("of %s for %j is that in %s", (kind, languages, language, text) => {
    expect(chosenTemplate(kind, own, languages)).toMatchObject({ language, text });
  });

  it("is built in where a row does not say it", () => {
    const chosen = chosenTemplate("closing", own, ["de", "en"]);
    expect(chosen).toMatchObject({ isOwn: true, subject: "Zu: {{ticket.subject}}", html: null });
    expect(chosen.text).toBe(builtIn.de.closing.text);
  });
});

describe("writing one", () => {
  const where = { kind: "reply", language: "de" } as const;
  it("makes a row, and then changes only what is given", () => {
    const made = writeTemplate(null, where, { text: "a" }, 5);
    expect(made).toMatchObject({ table: "template", id: "reply:de", before: null, after: { text: "a", html: null } });
    expect(needsAdministrator(made === null ? [] : [made])).toBe(true);
    const there = row("reply", "de", { text: "a", subject: "s" });
    expect(writeTemplate(there, where, { html: "<p>" }, 6)).toMatchObject({
      before: { html: null },
      after: { html: "<p>" },
    });
    expect(writeTemplate(there, where, { text: "a" }, 6)).toBeNull();
  });

  it("is refused where nothing would be said, and where a part would have a subject", () => {
    expect(() => writeTemplate(null, where, { html: null }, 1)).toThrow(/Nothing of its own would be left/);
    expect(() => writeTemplate(null, { kind: "header", language: "de" }, { subject: "x" }, 1)).toThrow(/no subject/);
  });

  it("knows its kinds", () => {
    expect(templateKind(" Reply ")).toBe("reply");
    expect(() => templateKind("replay")).toThrow(/There is no kind of template "replay" \(did you mean "reply"\?\)/);
  });
});
