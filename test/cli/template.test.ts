// `maildesk template`: the texts of the desk's mails, by kind and language (SHA-11).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";

interface Shown {
  kind: string;
  language: string;
  own: boolean;
  subject: string | null;
  text: string;
  html: string | null;
}

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await doneIn(desk, "agent", "add", "ina@desk.example", "--name", "Ina Berg");
  await doneIn(desk, "agent", "add", "joe@desk.example", "--name", "Joe");
  await doneIn(desk, "field", "add", "plan", "--on", "customer");
  await desk.run(["ingest", "-"], { input: mailOf({}) });
  await doneIn(desk, "customer", "set", "ann@acme.example", "field:plan=Gold");
});
afterAll(() => desk.remove());

const shown = (...args: string[]) => desk.json<Shown>("template", "show", ...args);

describe("a text", () => {
  it("is built in until somebody writes one, in the language that was asked for or the desk's", async () => {
    expect(await shown("closing", "--language", "de-AT")).toMatchObject({ language: "de", own: false });
    expect(await shown("closing", "--language", "pl")).toMatchObject({ language: "en", own: false });
    const list = await desk.json<Shown[]>("template", "list");
    expect(list.map(({ kind, own }) => `${kind} ${own}`)).toContain("customer-message false");
    expect(list).toHaveLength(9);
  });

  it("is written, shown in a preview and a mail, and given up again", async () => {
    const text = "Dear {{customer.name}} ({{customer.fields.plan}}),\n\n{{message.text}}\n";
    const said = await desk.run(["template", "set", "reply", "-"], { input: text });
    expect(said).toMatchObject({ code: 0, stdout: expect.stringContaining("the desk's own") });
    await doneIn(desk, "template", "set", "reply", "--subject", "Answer: {{ticket.subject}}");
    expect(await shown("reply")).toMatchObject({ own: true, text, subject: "Answer: {{ticket.subject}}", html: null });
    const preview = await desk.json<{ subject: string; text: string }>("template", "preview", "reply", "--ticket", "1");
    expect(preview.subject).toBe("Re: [#1] Answer: The printer is on fire");
    expect(preview.text).toMatch(/Dear Ann Example \(Gold\),\n\nPull the plug[\s\S]*Ann Example wrote:\n> It burns\./);
    await doneIn(desk, "ticket", "reply", "1", "--text", "Wait.", "--as", "ina@desk.example");
    await doneIn(desk, "deliver");
    const mails = await desk.json<{ id: string; subject: string; kind: string }[]>("outbox", "list");
    const mail = mails.find(({ kind }) => kind === "message");
    expect(mail?.subject).toBe("Re: [#1] Answer: The printer is on fire");
    expect((await desk.run(["outbox", "show", mail?.id ?? ""])).stdout).toContain("Dear Ann Example (Gold),");
    await doneIn(desk, "template", "reset", "reply");
    expect(await shown("reply")).toMatchObject({ own: false, subject: "{{ticket.subject}}" });
    expect((await doneIn(desk, "template", "reset", "reply")).stderr).toContain("has no reply of its own in en");
  });

  it("is taken back by undo, and not written by --dry-run", async () => {
    await doneIn(desk, "template", "set", "header", "--text", "One");
    await doneIn(desk, "template", "set", "header", "--text", "Two");
    expect((await doneIn(desk, "template", "set", "header", "--text", "Three", "--dry-run")).stdout).toContain("Three");
    expect(await shown("header")).toMatchObject({ text: "Two" });
    await doneIn(desk, "undo");
    expect(await shown("header")).toMatchObject({ text: "One" });
    await doneIn(desk, "template", "reset", "header");
    await doneIn(desk, "undo");
    expect(await shown("header")).toMatchObject({ own: true, text: "One" });
    await doneIn(desk, "template", "reset", "header");
    expect((await doneIn(desk, "template", "reset", "closing", "--dry-run")).stderr).toContain("Nothing would change");
  });

  it("has HTML of its own, from which is taken what no mail should hold", async () => {
    const html =
      '<h1 style="color:#036" onclick="x()">Hi</h1><script>x</script><img src="https://spy.example/x.png">{{message.text}}';
    const file = desk.file("reply.html", html);
    const said = await doneIn(desk, "template", "set", "reply", "--html-file", file, "--language", "fr");
    expect(said.stderr).toContain("Taken out of the HTML, as no mail should hold it: img, script.");
    const row = await shown("reply", "--language", "fr");
    expect(row.html).toBe('<h1 style="color:#036">Hi</h1>{{message.text}}');
    const made = (await doneIn(desk, "template", "preview", "reply", "--language", "fr", "--html")).stdout;
    expect(made).toMatch(/<html lang="fr">[\s\S]*<h1 style="color:#036">Hi<\/h1><p>Pull the plug/);
    expect(
      (await doneIn(desk, "template", "set", "reply", "--language", "fr", "--text", "{{message.text}}!")).stderr,
    ).toContain("Its HTML stays as it was");
    await doneIn(desk, "template", "set", "reply", "--language", "fr", "--no-html");
    expect(await shown("reply", "--language", "fr")).toMatchObject({ html: null, text: "{{message.text}}!" });
  });
});

describe("a preview", () => {
  it("is of every kind and language, on an invented ticket, and changes nothing", async () => {
    const before = (await desk.json<unknown[]>("log", "list")).length;
    for (const { kind } of await desk.json<Shown[]>("template", "list")) {
      const made = await desk.json<{ text: string }>("template", "preview", kind, "--language", "de");
      expect(made.text).toMatch(/^## Bitte oberhalb/);
    }
    const shared = await desk.json<{ text: string }>("template", "preview", "shared");
    expect(shared.text).toContain("Whatever you answer to this mail");
    const closing = await doneIn(desk, "template", "preview", "closing", "--ticket", "1");
    expect(closing.stdout).toContain("we closed your request number 1.");
    expect(await desk.json<unknown[]>("log", "list")).toHaveLength(before);
  });

  it("prints the mail as it would travel, to whoever is named", async () => {
    const raw = (await doneIn(desk, "template", "preview", "reply", "--customer", "ann@acme.example", "--raw")).stdout;
    expect(raw).toMatch(/^From: "?Ina Berg \(Support\)"? <.*\nTo: Ann Example <ann@acme\.example>\n/m);
    expect(raw).toContain("Content-Type: text/html; charset=utf-8");
  });

  it.each([
    [["reply", "--html", "--raw"], 64, "--html and --raw exclude each other."],
    [["reply", "--ticket", "99"], 64, "There is no ticket"],
    [["project", "--ticket", "1"], 64, "A mail of the kind project is on no ticket."],
    [["reply", "--ticket", "1", "--customer", "nobody@acme.example"], 64, "There is no customer"],
    [["replys"], 64, 'There is no kind of template "replys" (did you mean "reply"?)'],
  ])("is refused for %j", async (args, code, sentence) => {
    expect(await refusedIn(desk, code, "template", "preview", ...args)).toContain(sentence);
  });
});

describe("bad input", () => {
  it.each([
    [["replay", "--text", "x"], 64, 'There is no kind of template "replay" (did you mean "reply"?).'],
    [["reply", "--language", "klingon", "--text", "x"], 65, '"klingon" is no language that is known here.'],
    [["reply"], 64, "Nothing was given to be written."],
    [["reply", "--text", "x", "-"], 64, "Give the text once"],
    [["reply", "--text", "Thanks."], 65, "must say the message: write {{message.text}}"],
    [["reply", "--text", "{{message.text}} {{custmer.name}}"], 65, "Did you mean {{customer.name}}?"],
    [["reply", "--text", "{{message.text}} {{customer.fields.plam}}"], 65, "Did you mean {{customer.fields.plan}}?"],
    [["reply", "--text", "{{message.text}} {% for i in (1..99999999) %}x{% endfor %}"], 65, "Unknown tag {% for %}"],
    [["reply", "--text", "{{message.text | rot13}}"], 65, "Unknown filter rot13"],
    [["reply", "--text", "{{message.text"], 65, "is not complete"],
    [["header", "--subject", "x"], 64, "The header has no subject"],
    [["reply", "--subject", " "], 64, "A mail needs a subject."],
    [["reply", "--subject", "{{ticket.numbr}}"], 65, "Did you mean {{ticket.number}}?"],
    [["reply", "--no-html"], 65, "Nothing of its own would be left."],
    [["reply", "--file", "nowhere.txt"], 65, "There is no file nowhere.txt."],
    [["reply", "--html-file", "."], 65, ". is a folder."],
    [["reply", "--html-file", "a.html", "--no-html"], 64, "exclude each other"],
    [["reply", "--text", "{{message.text}}", "--as", "joe@desk.example"], 64, "may not administer"],
  ])("%j is refused, and writes nothing", async (args, code, sentence) => {
    expect(await refusedIn(desk, code, "template", "set", ...args)).toContain(sentence);
    expect(await shown("reply")).toMatchObject({ own: false });
  });

  it("a text of ten megabytes is refused by its size, from a file and from standard input", async () => {
    const long = "x".repeat(10_000_000);
    desk.file("long.txt", long);
    desk.file("fair.txt", `{{message.text}}${"x".repeat(30_000)}`);
    desk.file("picture.png", Buffer.from([0x89, 0x50, 0, 0xff]));
    expect(await refusedIn(desk, 65, "template", "set", "reply", "--file", "long.txt")).toContain(
      "too long for a template",
    );
    const piped = await desk.run(["template", "set", "reply", "-"], { input: long });
    expect(piped).toMatchObject({ code: 65, stderr: expect.stringContaining("too long for a template") });
    expect(await refusedIn(desk, 65, "template", "set", "reply", "--file", "fair.txt")).toContain("at most 20000");
    expect(await refusedIn(desk, 65, "template", "set", "reply", "--file", "picture.png")).toContain(
      "is no text in UTF-8",
    );
  });

  it("a setting that was a text once says where texts are now", async () => {
    expect(await refusedIn(desk, 64, "settings", "get", "templates.shared")).toContain("maildesk template show shared");
  });
});

it("lists what a text may name, with fields", async () => {
  const rows = await desk.json<{ name: string; meaning: string }[]>("template", "placeholders");
  expect(rows).toContainEqual({ name: "customer.fields.plan", meaning: "The customer's field plan." });
  const all = rows.map(({ name }) => `{{${name}}}`).join("\n");
  await doneIn(desk, "template", "set", "header", "--text", all, "--dry-run");
});

it("completes kinds", async () => {
  const said = await desk.run(["completion", "words", "zsh", "--", "template", "show", "cust"]);
  expect(said.stdout).toContain("customer-message");
});

it("what an agent signs with stands below their messages", async () => {
  await doneIn(desk, "agent", "set", "ina@desk.example", "signature=-- \nIna Berg\nFirst floor\n");
  expect(await desk.json("agent", "show", "ina@desk.example")).toMatchObject({ signature: "Ina Berg\nFirst floor" });
  await doneIn(desk, "ticket", "reply", "1", "--text", "Again.", "--as", "ina@desk.example");
  await doneIn(desk, "deliver");
  const mails = await desk.json<{ id: string; kind: string }[]>("outbox", "list");
  const mail = mails.find(({ kind }) => kind === "message");
  expect((await desk.run(["outbox", "show", mail?.id ?? ""])).stdout).toMatch(
    /Again\.\n\n-- ?\nIna Berg\nFirst floor\nSupport/,
  );
  expect(await refusedIn(desk, 65, "agent", "set", "ina@desk.example", `signature=${"x".repeat(3000)}`)).toContain(
    "at most 2000 characters",
  );
  await doneIn(desk, "undo");
});
