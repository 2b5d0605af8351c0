// Templates as they are checked when they are saved, and filled when a mail is written (SHA-11).
import { describe, expect, it } from "vitest";
import {
  checkTemplate,
  fillTemplate,
  renderedCharsMax,
  templateCharsMax,
  templateHtmlCharsMax,
} from "../../dist/desk/liquid.js";
import { placeholderNames } from "../../dist/desk/placeholders.js";

const fields = { "ticket.fields": ["plan", "start-date"], "customer.fields": ["plan"] };

describe("what may be saved", () => {
  it.each([
    "Hello {{customer.name}}, {{ ticket.number }}",
    "{% if ticket.priority > 3 %}!{% elsif agent.name %}?{% else %}.{% endif %}",
    "{% case ticket.status %}{% when 'open' %}o{% endcase %}",
    "{% assign who = customer.name | default: 'you' %}{{who | upcase}}",
    "{{ticket.fields.plan}} {{ticket.fields.start-date}} {{customer.fields.plan}}",
    "{% raw %}{{no.such}}{% endraw %}{% comment %}{{neither}}{% endcomment %}",
    "100 % { sure }",
    "",
  ])("is %j", (text) => {
    expect(checkTemplate(text, "text", fields)).toMatchObject({ ok: true });
  });

  it.each([
    ["Hi {{custmer.name}}", "Unknown placeholder {{custmer.name}}. Did you mean {{customer.name}}?"],
    ["Hi {{ Customer.Name }}", "Did you mean {{customer.name}}?"],
    ["Hi {{zzzzzzzz}}", "Known are: message.text, ticket.number"],
    ["{% if tickt.number %}x{% endif %}", "Did you mean {{ticket.number}}?"],
    ["{{ 'a' | append: agnt.name }}", "Did you mean {{agent.name}}?"],
    ["{{ticket[customer.name]}}", "Unknown placeholder {{ticket.[...]}}"],
    ["{{constructor}}{{__proto__}}", "Unknown placeholder"],
    ["{{ticket.fields.plam}}", "Did you mean {{ticket.fields.plan}}?"],
    ["{{customer.fields.size}}", "There is no field size of customers"],
    ["Hi {{customer.name", "is not complete"],
    ["Hi {{{customer.name}}}", "can't be read"],
    ["Hi }}", "is not complete"],
    ["Hi {% if customer.name", "is not complete"],
    ["{{}}", "can't be read"],
    ["{{ customer.name | shout }}", "Unknown filter shout in line 1. Known are: append"],
    ["{{ customer.name | upcas }}", "Unknown filter upcas in line 1. Did you mean upcase?"],
    ["{{ message.text | raw }}", "Unknown filter raw"],
    ["a\n{% for i in (1..1000000000) %}x{% endfor %}", "Unknown tag {% for %} in line 2. Known are: if, unless"],
    ["{% render 'x' %}", "Unknown tag {% render %}"],
    ["{% include '/etc/passwd' %}", "Unknown tag {% include %}"],
    ["{% layout 'x' %}", "Unknown tag {% layout %}"],
    ["{% iff customer.name %}{% endif %}", "Did you mean {% if %}?"],
    ["{% endif %}", "{% endif %} in line 1 closes nothing that was opened."],
    ["{% if customer.name %}", "The template can't be read in line 1: tag {% if customer.name %} not closed."],
    ["x".repeat(templateCharsMax + 1), `A template holds at most ${templateCharsMax} characters`],
    ["x".repeat(10_000_000), "this one has 10000000."],
  ])("is not %.60j", (text, said) => {
    const checked = checkTemplate(text, "text", fields);
    expect(checked.ok).toBe(false);
    if (checked.ok) return;
    expect(checked.text).toContain(said);
    expect(checked.text).not.toContain("\n");
  });

  it("is no placeholder within a tag of HTML", () => {
    expect(checkTemplate("<p>{{customer.name}}</p>", "html", fields)).toMatchObject({ ok: true });
    expect(checkTemplate("{% if ticket.priority > 3 %}<b>!</b>{% endif %}", "html", fields)).toMatchObject({
      ok: true,
    });
    for (const html of [
      '<a href="{{ticket.subject}}">x</a>',
      "<{{customer.name}}>",
      "<p {% if agent.name %}a{% endif %}>",
    ])
      expect(checkTemplate(html, "html", fields)).toMatchObject({
        ok: false,
        text: expect.stringContaining("within a tag"),
      });
    expect(checkTemplate("x".repeat(templateHtmlCharsMax + 1), "html", fields)).toMatchObject({ ok: false });
  });
});

describe("filling", () => {
  const fill = (text: string, values = {}) => fillTemplate(text, "text", { values });
  it.each(placeholderNames)("knows %s", (name) => {
    expect(fill(`a {{${name}}} b {{ ${name} }}`, { [name]: "VALUE" })).toBe("a VALUE b VALUE");
  });

  it("leaves neither braces nor a space for what is missing", () => {
    expect(fill("Hello {{customer.name}},")).toBe("Hello,");
    expect(fill("Hello {{customer.name}},", { "customer.name": "" })).toBe("Hello,");
    expect(fill("{% if customer.name %}yes{% else %}no{% endif %}", { "customer.name": "" })).toBe("no");
  });

  it("never reads a value for placeholders or patterns", () => {
    const values = { "ticket.subject": "{{agent.name}} $& {% if %} \ufdd0x", "agent.name": "Ann" };
    expect(fill("{{ticket.subject}}", values)).toBe("{{agent.name}} $& {% if %} x");
    const message = { text: "{{agent.name}} {% endif %}", html: "<p>{{agent.name}}</p>" };
    expect(fillTemplate("{{message.text}}", "text", { values, message })).toBe("{{agent.name}} {% endif %}");
    expect(fillTemplate("{{message.text}}", "html", { values, message })).toBe("<p>{{agent.name}}</p>");
  });

  it("never makes a value markup, whatever is done with it", () => {
    const message = { text: "<script>alert(1)</script>", html: "<p>safe</p>" };
    const filling = { values: { "customer.name": `<img src=x onerror="1">&'` }, message };
    expect(fillTemplate("{{customer.name}}", "html", filling)).toBe(
      "&lt;img src=x onerror=&quot;1&quot;&gt;&amp;&#39;",
    );
    for (const html of [
      "{{message.text | append: ''}}",
      "{% capture all %}{{message.text | upcase}}{% endcapture %}",
      "{% assign x = message.text | strip %}{{x}}",
      "{{'<script>' | append: customer.name}}",
    ])
      expect(fillTemplate(html, "html", filling).toLowerCase()).not.toContain("<script");
    expect(fillTemplate("{{customer.name}}", "html", { values: { "customer.name": "a\nb" } })).toBe("a<br>\nb");
  });

  it("has fields of both, and nothing for one that is not there", () => {
    const filling = { values: {}, fields: { "ticket.fields": { plan: "Gold" }, "customer.fields": {} } };
    expect(fillTemplate("{{ticket.fields.plan}} {{customer.fields.plan}}!", "text", filling)).toBe("Gold!");
  });

  it("compares numbers as numbers", () => {
    const text = "{% if ticket.priority > 3 %}urgent{% endif %}";
    expect([5, 2, ""].map((priority) => fill(text, { "ticket.priority": priority }))).toEqual(["urgent", "", ""]);
  });

  it("cuts what is too long, and says so", () => {
    const message = { text: "x".repeat(2 * renderedCharsMax), html: "" };
    const rendered = fillTemplate("{{message.text}}", "text", { values: {}, message });
    expect(rendered).toHaveLength(renderedCharsMax);
    expect(rendered).toMatch(/\[cut here: the text is too long\]$/);
  });

  it("ends a template that grows beyond all bounds", () => {
    const doubled = (step: string) => `{% assign a = "xxxxxxxxxx" %}${step.repeat(40)}{{a}}`;
    for (const text of [
      doubled("{% assign a = a | append: a %}"),
      doubled("{% capture a %}{{a}}{{a}}{% endcapture %}"),
      doubled("{% assign a = a | truncate: 99999999, a %}{% assign a = a | prepend: a %}"),
    ])
      expect(() => fill(text)).toThrow(/memory alloc limit exceeded/);
  });
});
