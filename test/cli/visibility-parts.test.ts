// Which parts of a ticket customers see, chosen one by one, and the mails that obey it; and who gains sight by a move into a shared
// project, said before it is done (VIS-2).
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";

const [ann, bob] = ["ann@acme.example", "bob@acme.example"];
let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["ingest", "-"], { input: mailOf({ from: `Ann Example <${ann}>` }) });
  await done("customer", "set", ann, "name=Ann Example");
  await done("ticket", "follower", "add", "1", bob);
  await done("deliver");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const parts = (words: string) => done("settings", "set", `visibility.parts=${words}`);

/** All that this person got, the latest first, without soft line breaks. */
function mailsTo(address: string): string[] {
  const folder = join(desk.path, "data/sent/new");
  const age = (file: string) => statSync(join(folder, file)).mtimeMs;
  return readdirSync(folder)
    .sort((a, b) => age(b) - age(a))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .filter((mail) => mail.includes(`Delivered-To: ${address}`));
}

let written = 0;
async function annWrites(text: string): Promise<void> {
  written += 1;
  const headers = ["In-Reply-To: <1@acme.example>"];
  const mail = mailOf({ from: `Ann Example <${ann}>`, id: `w${written}@acme.example`, text, headers });
  await desk.run(["ingest", "-"], { input: mail });
  await done("deliver");
}

async function answer(text: string): Promise<string> {
  const file = desk.file("plan.txt", "the plan");
  await done("ticket", "reply", "1", "--text", text, "--attach", file);
  await done("deliver");
  return mailsTo(ann)[0] ?? "";
}

describe("visibility.parts", () => {
  it("shows everything by default: files, what others write, and their names", async () => {
    expect(await desk.json("settings", "get", "visibility.parts")).toMatchObject({
      value: ["attachments", "conversations", "others", "followers", "history"],
    });
    expect(await answer("Here is the plan.")).toContain("plan.txt");
    await annWrites("It burns still.");
    expect(mailsTo(bob)[0]).toMatch(/Ann Example wrote:\s+It burns still\./);
  });

  it("without attachments names the files and sends none", async () => {
    await parts("conversations,others,followers,history");
    const mail = await answer("Here is another plan.");
    expect(mail).toContain("A file is not sent along: plan.txt. Answer to ask for it.");
    expect(mail).not.toMatch(/Content-Disposition: attachment|filename/i);
  });

  it("without followers hides who wrote, without others that somebody did", async () => {
    await parts("others");
    await annWrites("It smells, too.");
    expect(mailsTo(bob)[0]).toMatch(/Another participant wrote:\s+It smells, too\./);
    const tickets = await desk.json("customer", "tickets", bob);
    expect(tickets).toMatchObject([{ number: 1, requesters: [], messages: null }]);
    expect(await desk.json("customer", "tickets", ann)).toMatchObject([{ number: 1, requesters: [ann] }]);
    await parts("none");
    const before = mailsTo(bob).length;
    await annWrites("And it is hot.");
    expect(mailsTo(bob)).toHaveLength(before);
    const [last] = await desk.json<{ to: string; status: string; reason: string }[]>("outbox", "list");
    expect(last).toMatchObject({ to: bob, status: "suppressed", reason: expect.stringContaining("visibility.parts") });
    await answer("We come."); // what agents say is heard all the same
    expect(mailsTo(bob).length).toBe(before + 1);
  });

  it("is read again before what waits is sent", async () => {
    await parts("others");
    await done("settings", "set", "mail.sending=off");
    await annWrites("Come soon.");
    await parts("none");
    await done("settings", "set", "mail.sending=on");
    await done("deliver");
    const rows = await desk.json<{ to: string; status: string; reason: string }[]>("outbox", "list");
    expect(rows.filter(({ status }) => status === "queued")).toEqual([]);
    expect(rows[0]).toMatchObject({ to: bob, reason: expect.stringContaining("visibility.parts") });
  });

  it("knows no other words", async () => {
    expect(await refusedIn(desk, 65, "settings", "set", "visibility.parts=files")).toContain('not "files"');
  });
});

describe("visibility.properties", () => {
  it("empties what customers don't see, in lists and in mails", async () => {
    await parts("attachments,conversations,others,followers,history");
    await done("template", "set", "reply", "--text", "[{{ticket.status}}/{{customer.name}}] {{message.text}}");
    expect(await answer("Seen.")).toContain("[waiting/Ann Example] Seen.");
    await done("settings", "set", "visibility.properties=project");
    expect(await answer("Not seen.")).toContain("[/Ann Example] Not seen.");
    expect(await desk.json("customer", "tickets", ann)).toMatchObject([
      { number: 1, status: null, assignee: null, tags: null },
    ]);
    await done("settings", "unset", "visibility.properties");
    await done("template", "reset", "reply");
  });
});

describe("a ticket that goes to a shared project", () => {
  it("says before how many gain sight of it", async () => {
    await done("org", "add", "Globex", "--domain", "globex.example");
    for (const name of ["gus", "gil"]) await done("customer", "add", `${name}@globex.example`);
    await done("project", "add", "Office");
    await done("project", "share", "Office", "Globex", ann, "--level", "posts");
    const gain = "#1: 2 customers gain sight of it by Office.";
    const tried = await done("ticket", "set", "1", "project=Office", "--dry-run");
    expect(tried.stdout).toContain(gain);
    expect(await desk.json("ticket", "set", "1", "project=Office", "--dry-run")).toMatchObject({
      summary: expect.arrayContaining([gain]),
    });
    expect(await desk.json("customer", "can-see", "gus@globex.example", "1")).toMatchObject({ sees: false });
    expect((await done("ticket", "set", "1", "project=Office")).stderr).toContain(gain);
    expect(await desk.json("customer", "can-see", "gus@globex.example", "1")).toMatchObject({ sees: true });
    expect((await done("ticket", "set", "1", "project=Office")).stderr).not.toContain("gain");
    await done("undo");
    await done("ticket", "unpublish", "1");
    expect((await done("ticket", "set", "1", "project=Office")).stderr).not.toContain("gain");
  });
});
