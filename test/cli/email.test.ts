// `maildesk email`: what came in, what became of it and why, and judging it again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

interface Email {
  id: string;
  status: string;
  reason: string;
  ticket: number | null;
}

const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 10, 13]);
const withFile = [
  "From: Cat <cat@other.example>",
  "To: support@desk.example",
  "Subject: A picture",
  "Message-ID: <pic@other.example>",
  "Date: Mon, 02 Nov 2026 10:00:00 +0000",
  "MIME-Version: 1.0",
  'Content-Type: multipart/mixed; boundary="b"',
  "",
  "--b",
  "Content-Type: text/plain",
  "",
  "See the picture.",
  "--b",
  "Content-Type: text/html",
  "",
  "<p>See it <b>here</b></p><script>alert(1)</script>",
  "--b",
  'Content-Type: image/png; name="fire.png"',
  'Content-Disposition: attachment; filename="fire.png"',
  "Content-Transfer-Encoding: base64",
  "",
  picture.toString("base64"),
  "--b--",
  "",
].join("\r\n");

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["ingest", "-"], { input: mailOf({}) });
  desk.file("pic.eml", withFile);
  desk.file("nobody.eml", "From: \r\nSubject: who\r\n\r\nx\r\n");
  await desk.run(["ingest", "-"], { input: mailOf({}) });
  await desk.run(["ingest", "pic.eml", "nobody.eml"]);
});
afterAll(() => desk.remove());

describe("email list", () => {
  it("prints the documented fields for machines", async () => {
    const [email] = await desk.json<Email[]>("email", "list", "--status", "filed", "--from", "ann@acme.example");
    expect(email).toMatchObject({
      id: expect.stringMatching(/^eml_/),
      mailbox: "support",
      messageId: "1@acme.example",
      from: "ann@acme.example",
      subject: "The printer is on fire",
      status: "filed",
      reason: "new-ticket",
      ticket: 1,
      receivedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it.each([
    [["--status", "held"], ["no-sender"]],
    [["--reason", "duplicate"], ["duplicate"]],
    [["--from", "@other.example"], ["new-ticket"]],
    [["--mailbox", "nowhere"], []],
  ])("filters by %j", async (flags, reasons) => {
    expect((await desk.json<Email[]>("email", "list", ...flags)).map((email) => email.reason)).toEqual(reasons);
  });

  it("fits a table of people's width and says how many there are", async () => {
    const said = await desk.run(["email", "list", "--limit", "1"]);
    expect(said.stdout.split("\n")[0]).toMatch(/^ID +RECEIVED +FROM +SUBJECT +STATUS +REASON +TICKET$/);
    expect(said.stderr).toBe("1 of 4\n");
  });

  it("refuses a reason that does not exist", async () => {
    const said = await desk.run(["email", "list", "--reason", "duplicated"]);
    expect([said.code, said.stderr]).toEqual([64, expect.stringContaining('did you mean "duplicate"?')]);
  });
});

describe("one mail", () => {
  it("is found by its Message-ID, with or without brackets, and its copies are named", async () => {
    const shown = await desk.run(["email", "show", "<1@acme.example>"]);
    expect(shown.stdout).toContain("filed (new-ticket): A new ticket was made of it.");
    expect(shown.stderr).toMatch(/^1 other mail with this Message-ID: eml_/);
  });

  it("comes out byte by byte as it came in", async () => {
    expect((await desk.run(["email", "raw", "pic@other.example"])).stdout).toBe(withFile);
  });

  it("shows its HTML without what could act", async () => {
    expect((await desk.run(["email", "html", "pic@other.example"])).stdout).toBe(
      '<!doctype html>\n<meta charset="utf-8">\n' + "See the picture.<br>\n<p>See it <b>here</b></p>\n",
    );
    const without = await desk.run(["email", "html", "1@acme.example"]);
    expect([without.code, without.stderr]).toEqual([64, expect.stringContaining("email show eml_")]);
  });

  it.each(["1", "fire.png"])("gives its attachment by number or name: %s", async (which) => {
    await desk.run(["email", "attachment", "pic@other.example", which, "--output", "out.png"]);
    expect(readFileSync(join(desk.path, "out.png"))).toEqual(picture);
  });

  it("says which attachments it has where that one is not there", async () => {
    const said = await desk.run(["email", "attachment", "pic@other.example", "2", "--output", "out.png"]);
    expect([said.code, said.stderr]).toEqual([64, expect.stringContaining("[1] fire.png  image/png, 8 B")]);
  });

  it("that is not there is a usage error", async () => {
    expect((await desk.run(["email", "show", "eml_none"])).code).toBe(64);
  });
});

describe("email explain", () => {
  it("says each step with its evidence, and what became of each mail that was sent for it", async () => {
    const before = await desk.json<{ told: object[] }>("email", "explain", "1@acme.example");
    expect(before.told).toMatchObject([{ kind: "acknowledgement", to: null, status: "waiting" }]);
    await desk.run(["deliver"]);
    const said = await desk.run(["email", "explain", "1@acme.example"]);
    expect(said.stdout.replaceAll(/\s+/g, " ")).toContain(
      "founds the organization acme.example: nobody owns acme.example yet",
    );
    expect(said.stdout).toMatch(/told +acknowledgement to ann@acme\.example: sent \d{4}-/);
    const after = await desk.json<{ trace: { step: string }[]; told: object[] }>("email", "explain", "1@acme.example");
    expect(after.trace.map((one) => one.step)).toEqual(["read", "screen", "identify", "thread", "file", "tell"]);
    expect(after.told).toMatchObject([{ to: "ann@acme.example", status: "sent", attempts: 1 }]);
  });

  it("names the mail that a duplicate is a copy of", async () => {
    const [copy] = await desk.json<Email[]>("email", "list", "--reason", "duplicate");
    const [first] = await desk.json<Email[]>("email", "list", "--from", "ann@acme.example", "--status", "filed");
    expect(await desk.json("email", "explain", copy?.id ?? "")).toMatchObject({
      status: "ignored",
      duplicateOf: first?.id,
    });
  });
});

describe("email retry", () => {
  it("judges a held mail again at once, with the desk as it is now", async () => {
    await desk.run(["customer", "add", "bad@other.example"]);
    await desk.run(["customer", "block", "bad@other.example", "--yes"]);
    await desk.run(["ingest", "-"], { input: mailOf({ from: "bad@other.example", id: "bad@other.example" }) });
    const [held] = await desk.json<Email[]>("email", "list", "--reason", "blocked");
    expect(held).toMatchObject({ status: "held" });
    const dry = await desk.run(["email", "retry", held?.id ?? "", "--dry-run"]);
    expect(dry.stderr).toBe("1 mail would be retried: nothing was changed (--dry-run).\n");
    await desk.run(["customer", "unblock", "bad@other.example", "--yes"]);
    expect(await desk.json("email", "retry", held?.id ?? "")).toMatchObject([
      { id: held?.id, status: "filed", reason: "new-ticket" },
    ]);
  });

  it("leaves alone what was filed, and says so", async () => {
    const said = await desk.run(["email", "retry", "pic@other.example"]);
    expect(said.stderr).toMatch(/^eml_\w+ is filed: not retried\.\nNothing to retry\.\n$/);
  });

  it("asks which mails where none is named", async () => {
    expect((await desk.run(["email", "retry"])).code).toBe(64);
  });
});
