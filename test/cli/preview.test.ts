// `--preview-to`: the very mail that a recipient would get, to oneself, before anything is said; and nothing is written by it (SHA-5).
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, refusedIn } from "./desk-folder.ts";

const [ann, ina] = ["ann@acme.example", "ina@desk.example"];
let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await done("org", "add", "Acme", "--domain", "acme.example");
  await done("customer", "add", ann, "--name", "Ann");
  await done("customer", "add", "bob@acme.example");
  await done("agent", "add", ina, "--name", "Ina");
  await done("project", "add", "Office");
  await done("project", "share", "Office", "Acme");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const folder = () => join(desk.path, "data/sent/new");
const sent = () =>
  existsSync(folder()) ? readdirSync(folder()).map((name) => readFileSync(join(folder(), name), "utf8")) : [];
/** Without what differs from mail to mail: envelope, recipient, ids, marks, boundaries, ways to leave. */
const words = (mail: string) => {
  const head = mail.slice(0, mail.indexOf("\r\n\r\n")).replace(/\r\n[ \t]+/g, " ");
  const kept = head.split(/\r?\n/).filter((line) => /^(From|Subject|MIME-Version):/.test(line));
  const text = /Content-Type: text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(mail)?.[1];
  return { head: kept.map((line) => line.replace("[preview] ", "")), text, files: mail.match(/filename=\S+/g) };
};
const what = ["--subject", "Walls", "--text", "They stand.", "--as", ina];

describe("a preview", () => {
  it("is the mail as it would go, to an agent alone, and writes nothing", async () => {
    const file = desk.file("plan.txt", "the plan");
    const post = ["project", "post", "Office", ...what, "--attach", file];
    const said = await desk.run([...post, "--preview-to", ina]);
    expect(said).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`The preview is on its way to ${ina}, as `),
    });
    expect(said.stdout).toContain("2 people would.");
    expect(said.stderr).toContain("Nobody else was told");
    const [mail = ""] = sent();
    expect(sent()).toHaveLength(1);
    expect(mail).toContain(`To: ${ina}`);
    expect(mail).toMatch(/^Subject: \[preview\] Walls\r?$/m);
    expect(mail).not.toMatch(/^(Reply-To|List-Unsubscribe|References):/m);
    expect(mail).not.toMatch(/ann|bob/i);
    expect(await desk.json("conversation", "list")).toEqual([]);
    expect(await desk.json("outbox", "list")).toEqual([]);
    await done(...post);
    await done("deliver");
    const toAnn = sent().find((one) => one.includes(`Delivered-To: ${ann}`)) ?? "";
    expect(toAnn).toMatch(/^List-Unsubscribe:/m);
    expect(words(mail)).toEqual(words(toAnn));
  });

  it("of a conversation with an organization says what others read, and of one customer names them", async () => {
    const before = sent().length;
    const shared = ["conversation", "new", "--org", "Acme", "--shared", ...what, "--preview-to", ina];
    expect(await desk.json(...shared)).toMatchObject({ previewTo: ina });
    await done("conversation", "new", "--customer", ann, ...what, "--preview-to", ina);
    expect(sent().length).toBe(before + 2);
  });

  it("comes back as our own mail, and makes no ticket", async () => {
    const mail = sent().find((one) => one.includes("[preview]")) ?? "";
    await desk.run(["ingest", "-"], { input: mail });
    expect(await desk.json("email", "list")).toMatchObject([{ status: "ignored", reason: "own-mail" }]);
  });

  it("to an address that is no agent's is asked about, and can be tried", async () => {
    const args = ["project", "post", "Office", ...what, "--preview-to"];
    const before = sent().length;
    expect(await desk.run([...args, "boss@desk.example"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("Add --yes"),
    });
    expect((await done(...args, "boss@desk.example", "--dry-run")).stdout).toContain("would go to boss@desk.example");
    expect(sent().length).toBe(before);
    await done(...args, "boss@desk.example");
    expect(sent().length).toBe(before + 1);
  });

  it("is refused for what is no address, for an internal message, and where nobody would hear", async () => {
    const post = ["project", "post", "Office", ...what];
    expect(await refusedIn(desk, 64, ...post, "--preview-to", "nobody")).toContain("nobody");
    expect(await refusedIn(desk, 64, ...post, "--internal", "--preview-to", ina)).toContain("goes to nobody");
    await done("project", "add", "Garden");
    expect(await refusedIn(desk, 64, "project", "post", "Garden", ...what, "--preview-to", ina)).toContain(
      "Nobody follows Garden",
    );
  });
});
