// HTML that an administrator wrote for mails: what stays, and what is taken out when it is saved.
import { expect, it } from "vitest";
import { cleanTemplateHtml } from "../../dist/mail/template-html.js";

const token = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
const clean = (html: string) => cleanTemplateHtml(html, token);

it("keeps structure, links, harmless styles and every placeholder as it is", () => {
  const html =
    '<div style="color:#333;padding:8px 16px;border-top:1px solid #ccc"><h2>Hi {{customer.name}}</h2>' +
    '{% if ticket.priority > 3 and agent.name != "x" %}<p>!</p>{% endif %}<a href="https://acme.example/a?b=1">Acme</a></div>';
  expect(clean(html)).toEqual({ html, removed: [] });
});

it.each([
  ['<p onclick="x()">a</p>', "<p>a</p>", []],
  ["<script>x</script><p>a</p>", "<p>a</p>", ["script"]],
  ['<a href="javascript:x()">a</a>', "<a>a</a>", []],
  ['<img src="https://spy.example/a.png"><p>a</p>', "<p>a</p>", ["img"]],
  ['<p style="background:url(https://spy.example)">a</p>', "<p>a</p>", []],
  ['<p style="position:fixed;color:red">a</p>', '<p style="color:red">a</p>', []],
  ["<style>p{}</style><form><input>{{message.text}}</form>", "{{message.text}}", ["form", "input", "style"]],
  ["<!DOCTYPE html><html><head><title>x</title></head><body><p>a</p></body></html>", "<p>a</p>", []],
  ["<!-- {{agent.name}} --><p>a</p>", "<p>a</p>", []],
  ['<link rel="stylesheet" href="https://spy.example/a.css"><p>a</p>', "<p>a</p>", ["link"]],
  ["<p>a \ue0f00\ue0f1 {{x}}</p>", "<p>a 0 {{x}}</p>", []],
])("makes %j harmless", (html, kept, removed) => {
  expect(clean(html)).toEqual({ html: kept, removed });
});
