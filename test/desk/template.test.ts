// Texts of the desk with their placeholders (SHA-11), and the subject of every mail on a ticket.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkTemplate,
  defaultTemplates,
  placeholders,
  renderedCharsMax,
  renderSubject,
  renderTemplate,
  templateCharsMax,
  ticketSubject,
} from "../../dist/desk/template.js";

test("the default texts hold known placeholders only", () => {
  for (const template of Object.values(defaultTemplates)) {
    expect(checkTemplate(template.subject)).toEqual({ ok: true });
    expect(checkTemplate(template.text)).toEqual({ ok: true });
  }
});

test.each([
  ["Hi {{custmer.name}}", "Did you mean {{customer.name}}?"],
  ["Hi {{ Customer.Name }}", "Did you mean {{customer.name}}?"],
  ["Hi {{ticket}}", "Known are: ticket.number"],
  ["Hi {{}}", "Known are: ticket.number"],
  ["Hi {{constructor}}", "Known are: ticket.number"],
  ["Hi {{customer.name", "not complete"],
  ["Hi {{{customer.name}}}", "not complete"],
  ["Hi }}", "not complete"],
])("%j is refused when saved: %s", (text, said) => {
  const result = checkTemplate(text);
  expect(result.ok).toBe(false);
  if (!result.ok) expect(result.text).toContain(said);
});

test("a template has a limit of length", () => {
  expect(checkTemplate("x".repeat(templateCharsMax))).toEqual({ ok: true });
  expect(checkTemplate("x".repeat(templateCharsMax + 1))).toMatchObject({ ok: false });
});

test("every known placeholder is filled, with or without spaces in its braces", () => {
  for (const name of placeholders) {
    expect(renderTemplate(`a {{${name}}} b {{ ${name} }}`, { [name]: "VALUE" })).toBe("a VALUE b VALUE");
  }
});

test("a missing value leaves neither braces nor a space", () => {
  expect(renderTemplate("Hello {{customer.name}},", {})).toBe("Hello,");
  expect(renderTemplate("Hello {{customer.name}},", { "customer.name": "" })).toBe("Hello,");
  expect(renderTemplate("{{no.such}}{{constructor}}x", {})).toBe("x");
});

test("a customer's words are never read for placeholders or patterns", () => {
  const values = {
    "message.text": "{{agent.name}} $& $1 {{",
    "ticket.subject": "}} {{message.text}}",
    "agent.name": "Ann",
  };
  expect(renderTemplate("{{message.text}}|{{ticket.subject}}", values)).toBe(
    "{{agent.name}} $& $1 {{|}} {{message.text}}",
  );
});

test("a text that is too long is cut, and says so", () => {
  const rendered = renderTemplate("{{message.text}}{{message.text}}", {
    "message.text": "x".repeat(400_000),
  });
  expect(rendered).toHaveLength(renderedCharsMax);
  expect(rendered).toMatch(/\[cut here: the text is too long\]$/);
});

test.each([
  ["Printer is on fire", "Re: [#12] Printer is on fire"],
  ["Re: Printer", "Re: [#12] Printer"],
  ["RE: re[2]: AW: Printer", "Re: [#12] Printer"],
  ["Re: [#12] Printer", "Re: [#12] Printer"],
  [`${"Re: ".repeat(100)}Printer`, "Re: [#12] Printer"],
  ["AW: [#12] Re: [#12] Printer", "Re: [#12] Printer"],
  ["Printer [#12]", "Re: [#12] Printer"],
  ["[#123] of another ticket", "Re: [#12] [#123] of another ticket"],
  ["回复：打印机", "Re: [#12] 打印机"],
  ["Fwd: Printer", "Re: [#12] Fwd: Printer"],
  ["Report: broken", "Re: [#12] Report: broken"],
  ["two\r\nBcc: lines", "Re: [#12] two Bcc: lines"],
  ["", "Re: [#12]"],
])("the subject %j is sent as %j", (subject, sent) => {
  expect(ticketSubject(subject, 12)).toBe(sent);
});

test("answering an answer never changes the subject again", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(1_000_000), (subject, ticketNumber) => {
      const sent = ticketSubject(subject, ticketNumber);
      expect(ticketSubject(sent, ticketNumber)).toBe(sent);
      expect(ticketSubject(`AW: ${sent}`, ticketNumber)).toBe(sent);
      expect(sent.split(`[#${ticketNumber}]`)).toHaveLength(2);
    }),
  );
});

test("a subject template is rendered, then made the ticket's", () => {
  expect(renderSubject("Closed: {{ticket.subject}}", { "ticket.subject": "Printer" }, 5)).toBe(
    "Re: [#5] Closed: Printer",
  );
});
