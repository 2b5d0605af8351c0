// One message by its id: a flagged one that is released to those whom it concerns, and to each once; one that is flagged; and
// words that nobody reads any more, wherever they were kept (MAIL-8, TIC-6).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, mailText } from "../journeys/mail-text.ts";
import { type ShownMessage, type SurgeryDesk, surgeryDesk } from "./surgery-desk.ts";

let desk: SurgeryDesk;
beforeAll(async () => {
  desk = await surgeryDesk("messages");
  await desk.done("settings", "set", "acknowledge.enabled=off");
  await desk.done("org", "add", "Acme", "--domain", "acme.example");
});
afterAll(() => desk.close());

/** A ticket of two people on which a stranger wrote, who got hold of an address; resolves to that message. */
async function withStranger(name: string, text: string) {
  const [ann, bob] = [`ann.${name}@acme.example`, `bob.${name}@acme.example`];
  const number = (await desk.mail(mailText({ from: ann }))) ?? 0;
  await desk.done("ticket", "requester", "add", String(number), bob, "--history", "none");
  await desk.done("ticket", "reply", String(number), "--text", "We come.");
  await desk.deliver();
  const [told] = await desk.mailsTo(ann);
  if (told === undefined) throw new Error("nobody was told");
  const eve = `eve@${name}.example`;
  await desk.mail(answer(told, { from: eve, text }));
  await desk.deliver();
  const message = (await desk.show(number)).messages.at(-1);
  expect(message?.flag).not.toBeNull();
  return { number, ann, bob, eve, id: message?.id ?? "" };
}
const bodies = async (address: string) => (await desk.mailsTo(address)).map(({ body }) => body).join("\n");

describe("a release", () => {
  it("shows who will get it, and tells them once", async () => {
    const { number, ann, bob, eve, id } = await withStranger("one", "A stranger's words.");
    const shown = await desk.done("ticket", "show", String(number));
    expect(shown).toContain("FLAGGED");
    expect(shown).toContain(`maildesk message release ${id}`);
    expect(await desk.json("message", "release", id, "--dry-run")).toMatchObject({ dryRun: true, recipients: 2 });
    const said = await desk.done("message", "release", id);
    expect(said).toContain(`Audience of ${id}: 2 people`);
    await desk.deliver();
    await desk.deliver();
    for (const who of [ann, bob]) expect((await bodies(who)).split("A stranger's words.")).toHaveLength(2);
    expect(await desk.mailsTo(eve)).toEqual([]);
    expect(await desk.done("message", "release", id)).toContain("is not flagged");
    expect(await desk.refused(1, "undo")).toContain(`its message went to ann.one@acme.example (sent)`);
  });

  it("seats who wrote it, where that is asked for, and is taken back before anything left", async () => {
    const { number, bob, eve, id } = await withStranger("two", "Words of a colleague.");
    await desk.done("settings", "set", "mail.sending=off");
    await desk.done("message", "release", id, "--add-follower");
    await desk.deliver();
    expect((await desk.show(number)).followers).toEqual([eve]);
    await desk.done("undo");
    await desk.done("settings", "set", "mail.sending=on");
    await desk.deliver();
    expect((await desk.show(number)).followers).toEqual([]);
    expect(await bodies(bob)).not.toContain("Words of a colleague.");
    await desk.done("message", "release", id, "--add-requester");
    await desk.deliver();
    expect(await bodies(bob)).toContain("Words of a colleague.");
    expect((await desk.show(number)).requesters).toContain(eve);
  });

  it("tells nobody with --quiet", async () => {
    const { number, ann, id } = await withStranger("three", "Quiet words.");
    expect(await desk.done("message", "release", id, "--quiet")).toContain("nobody is told");
    await desk.deliver();
    expect(await bodies(ann)).not.toContain("Quiet words.");
    expect((await desk.show(number)).messages.at(-1)?.flag).toBeNull();
    await desk.done("undo");
    expect((await desk.show(number)).messages.at(-1)?.flag).not.toBeNull();
  });

  it("is refused of what is not there, and of two flags at once", async () => {
    expect(await desk.refused(64, "message", "release", "msg_none")).toContain('There is no message "msg_none".');
    const { id } = await withStranger("four", "No.");
    expect(await desk.refused(64, "message", "release", id, "--add-requester", "--add-follower")).toContain("exclude");
  });
});

describe("a flag", () => {
  it("keeps a message that waits from everybody until it is released", async () => {
    const address = "gus@acme.example";
    const number = (await desk.mail(mailText({ from: address }))) ?? 0;
    await desk.done("settings", "set", "mail.sending=off");
    await desk.done("ticket", "reply", String(number), "--text", "Of another customer.");
    await desk.deliver();
    const id = (await desk.show(number)).messages[1]?.id ?? "";
    expect(await desk.done("message", "flag", id, "--reason", "wrong ticket")).toContain("don't leave");
    await desk.done("settings", "set", "mail.sending=on");
    await desk.deliver();
    expect(await desk.mailsTo(address)).toEqual([]);
    expect(await desk.done("message", "flag", id)).toContain("flagged already: wrong ticket");
    await desk.done("message", "release", id);
    await desk.deliver();
    expect(await desk.mailsTo(address)).toHaveLength(1);
    await desk.done("ticket", "note", String(number), "--text", "Internal.");
    const note = (await desk.show(number)).messages.at(-1)?.id ?? "";
    expect(await desk.refused(1, "message", "flag", note)).toContain("no customer reads it anyway");
  });
});

describe("a redaction", () => {
  /** All that the desk holds, bytes as text. */
  async function held(): Promise<string> {
    const { read } = desk.app.database;
    const parts: string[] = [];
    for (const table of [
      "message",
      "attachment",
      "email",
      "outbox",
      "changeLog",
      "commitLog",
      "notice",
      "ticket",
    ] as const)
      parts.push(JSON.stringify(await read.selectFrom(table).selectAll().execute()));
    for (const table of ["emailRaw", "outboxRaw"] as const)
      for (const { raw } of await read.selectFrom(table).selectAll().execute()) parts.push(raw.toString("latin1"));
    for (const { bytes } of await read.selectFrom("blob").selectAll().execute()) parts.push(bytes.toString("latin1"));
    return parts.join("\n").toLowerCase();
  }
  const messageOf = async (number: number, at: number): Promise<ShownMessage> => {
    const message = (await desk.show(number)).messages[at];
    if (message === undefined) throw new Error("there is no such message");
    return message;
  };

  it("takes one text out of a message, of its mail and of what was to be sent", async () => {
    const number =
      (await desk.mail(
        mailText({ from: "ida@acme.example", subject: "My card wombat 4711", text: "It is Wombat\n4711, thank you." }),
      )) ?? 0;
    await desk.done("ticket", "requester", "add", String(number), "ken@acme.example");
    await desk.done("settings", "set", "mail.sending=off");
    await desk.done("ticket", "reply", String(number), "--text", "We take it.");
    await desk.deliver();
    const { id } = await messageOf(number, 0);
    const look = await desk.json("message", "redact", id, "--pattern", "wombat 4711", "--dry-run");
    expect(look).toMatchObject({ dryRun: true, times: 3, dropped: 2, title: true });
    expect((await desk.run("message", "redact", id, "--pattern", "wombat 4711")).code).toBe(64);
    await desk.done("message", "redact", id, "--pattern", "wombat 4711");
    expect(await messageOf(number, 0)).toMatchObject({ newText: "It is (redacted), thank you." });
    await desk.done("settings", "set", "mail.sending=on");
    await desk.deliver();
    expect(/wombat\s+4711/.exec(await held())).toBeNull();
    expect(await desk.out()).toContain("ken@acme.example dropped");
    expect(await desk.refused(64, "message", "redact", id, "--pattern", "wombat 4711")).toContain("does not stand in");
    expect(await desk.refused(65, "message", "redact", id, "--pattern", "w")).toContain("at least 2 characters");
  });

  it("takes all of a message with its files, and can't be taken back", async () => {
    const mixed = [
      ...["From: lou@acme.example", "To: support@desk.example", "Subject: Plans", "Message-ID: <plans@acme.example>"],
      ...[
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
      ],
      ...["The quokka's plans.", "--b", 'Content-Type: text/plain; name="quokka.txt"'],
      ...['Content-Disposition: attachment; filename="quokka.txt"', "", "the bytes of a quokka", "--b--", ""],
    ].join("\n");
    const number = (await desk.mail(mixed)) ?? 0;
    const message = await messageOf(number, 0);
    expect(message.attachments).toHaveLength(1);
    const said = await desk.done("message", "redact", message.id);
    expect(said).toContain("and 1 file");
    expect(said).toContain("backups and dumps made before");
    expect(await messageOf(number, 0)).toMatchObject({
      ...{ newText: "(redacted)", text: "(redacted)", attachments: [] },
      remarks: [expect.stringMatching(/^redacted at /)],
    });
    expect((await held()).includes("quokka")).toBe(false);
    const [log] = await desk.json<{ id: string; what: string }[]>("log", "list", "--limit", "1");
    expect(log?.what).toBe(`message redact ${message.id}`);
    expect(await desk.refused(64, "undo", log?.id ?? "")).toContain("can't be taken back");
  });
});

describe("a message", () => {
  it("is shown by its id, also by `show`", async () => {
    const number = (await desk.mail(mailText({ from: "mia@acme.example", text: "Hello there." }))) ?? 0;
    const id = (await desk.show(number)).messages[0]?.id ?? "";
    expect(await desk.json("message", "show", id)).toMatchObject({ id, ticket: number, newText: "Hello there." });
    expect(await desk.done("show", id)).toContain(`${id}  on #${number}`);
  });
});
