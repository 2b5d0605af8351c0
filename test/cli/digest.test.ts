// `maildesk customer digest`: what is new for whom, shown before it is sent, once, by sight as it is when it leaves (VIS-5).
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";

const [ann, bob, cleo] = ["ann@acme.example", "bob@acme.example", "cleo@acme.example"];
let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await done("settings", "set", "visibility.scope=own,organization");
  await done("agent", "add", "ina@desk.example", "--name", "Ina");
  await desk.run(["ingest", "-"], { input: mailOf({ from: `Ann Lee <${ann}>`, subject: "The door sticks" }) });
  for (const address of [bob, cleo]) await done("customer", "add", address);
  await done("deliver");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const refused = (code: number, ...args: string[]) => refusedIn(desk, code, ...args);
const toAll = ["customer", "digest", "--org", "acme.example"];

interface Shown {
  recipients: number;
  audience: { email: string; hears: boolean; why: string; text: string | null }[];
}
const tried = (...args: string[]) => desk.json<Shown>("customer", "digest", ...args, "--dry-run");
const whyFor = async (address: string) => (await tried(address)).audience[0]?.why ?? "";

/** The digests that this person got, the latest first. */
function digestsOf(address: string): string[] {
  const folder = join(desk.path, "data/sent/new");
  if (!existsSync(folder)) return [];
  const age = (file: string) => statSync(join(folder, file)).mtimeMs;
  return readdirSync(folder)
    .sort((a, b) => age(b) - age(a))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .filter((mail) => mail.includes(`Delivered-To: ${address}`) && mail.includes("news of "));
}
/** What customers are sent. */
const outbox = async () =>
  (
    await desk.json<{ id: string; kind: string; to: string; status: string; reason: string }[]>("outbox", "list")
  ).filter(({ kind }) => kind !== "notification");

describe("a digest", () => {
  it("is shown as it would go, by who may see what, and sends nothing", async () => {
    await done("ticket", "reply", "1", "--text", "We plane it.", "--as", "ina@desk.example");
    await done("deliver");
    await done("ticket", "note", "1", "--text", "They are slow.");
    const said = await done("customer", "digest", bob, "--dry-run");
    expect(said.stdout).toMatch(/^Digest: 1 person\n.*bob@acme\.example.*\(1 ticket with news, 2 messages\)$/m);
    expect(said.stdout).toContain("[#1] The door sticks (new, waiting");
    expect(said.stdout).toMatch(/Ann Lee, .* UTC:\n {4}It burns\./);
    expect(said.stdout).toMatch(/Ina, .* UTC:\n {4}We plane it\./);
    expect(said.stdout).not.toContain("slow");
    expect((await tried(ann)).audience[0]?.text).not.toContain("It burns."); // her own words
    expect(await outbox()).toHaveLength(2);
  });

  it("goes to each of an organization, but for those who are not to be written to", async () => {
    await done("customer", "mute", cleo);
    const said = await done(...toAll);
    expect(said.stderr).toContain("Digest: 2 people");
    expect(said.stderr).toContain("the customer asked to hear nothing (muted)");
    expect(said.stderr).toContain("2 people will get a digest, with the worker or the next `maildesk deliver`.");
    await done("deliver");
    for (const address of [ann, bob]) {
      const [mail = ""] = digestsOf(address);
      expect(digestsOf(address)).toHaveLength(1);
      expect(mail).toMatch(/^List-Unsubscribe:/m);
      expect(mail).toMatch(/^Auto-Submitted: auto-generated/m);
      expect(mail).not.toMatch(/^Reply-To:/m);
    }
    expect(digestsOf(cleo)).toEqual([]);
    expect((await outbox())[0]).toMatchObject({ kind: "digest", status: "sent", ticket: null, conversation: null });
  });

  it("tells a thing once: the next one only what happened since, and nothing where that is nothing", async () => {
    expect(await whyFor(bob)).toMatch(/^nothing new since /);
    const said = await done(...toAll);
    expect(said.stderr).toContain("Nobody is sent anything.");
    expect(await tried(bob, "--since", "7d")).toMatchObject({ recipients: 1 });
    await done("ticket", "reply", "1", "--text", "It is done.");
    await done("deliver");
    const { audience } = await tried(bob);
    expect(audience[0]?.text).toContain("It is done.");
    expect(audience[0]?.text).not.toContain("We plane it.");
    await done("ticket", "close", "1");
    expect((await tried(bob)).audience[0]?.text).toContain("(closed, was ");
  });

  it("that waits is not sent to who may not see it any more, and the next one makes up for it", async () => {
    await done("customer", "digest", bob);
    await done("ticket", "unpublish", "1");
    await done("deliver");
    expect((await outbox())[0]).toMatchObject({
      ...{ kind: "digest", to: bob, status: "suppressed" },
      reason: "may not see #1 any more: the ticket is not published",
    });
    expect(await whyFor(bob)).toMatch(/^nothing new since /);
    await done("ticket", "publish", "1");
    expect((await tried(bob)).audience[0]?.text).toContain("It is done.");
  });

  it("can be left, by its own way, and asked for again", async () => {
    const [mail = ""] = digestsOf(bob);
    const to = /<mailto:([^?]+)/.exec(mail.replace(/\r\n[ \t]+/g, ""))?.[1] ?? "";
    await done("customer", "digest", bob);
    await desk.run(["ingest", "-"], { input: mailOf({ from: bob, to, subject: "unsubscribe", text: "", id: "l@x" }) });
    await done("deliver");
    expect((await outbox())[0]).toMatchObject({ kind: "digest", to: bob, reason: "left by unsubscribe" });
    expect(await whyFor(bob)).toBe("left by unsubscribe");
    expect((await done("customer", "show", bob)).stdout).toContain("Left the digest by unsubscribe");
    await done("customer", "resubscribe", bob, "--digest");
    expect(await whyFor(bob)).toContain("1 ticket with news");
  });

  it("asks before it is sent, and refuses what is no time and no person", async () => {
    expect(await desk.run(["customer", "digest", bob])).toMatchObject({ code: 64 });
    expect(await refused(64, "customer", "digest")).toContain("Name a customer, or an organization by --org.");
    expect(await refused(64, "customer", "digest", bob, "--org", "acme.example")).toContain("or an organization");
    expect(await refused(64, "customer", "digest", bob, "--since", "yesterday")).toContain("is no time in the past");
    expect(await refused(64, "customer", "digest", bob, "--since", "2999-01-01")).toContain("is no time in the past");
    expect(await refused(64, "customer", "digest", "nobody@acme.example")).toContain("nobody@acme.example");
  });

  it("goes with whoever is erased, and what they said in others' digests", async () => {
    await done("customer", "digest", bob, "--since", "7d");
    await done("customer", "erase", ann);
    const [last, ...earlier] = (await outbox()).filter((one) => one.kind === "digest" && one.to === bob);
    expect(last).toMatchObject({ status: "dropped" });
    const first = earlier.at(-1); // it was sent, and told what she wrote
    expect(first).toMatchObject({ status: "sent" });
    for (const one of [last, first]) expect((await desk.run(["outbox", "show", one?.id ?? "", "--raw"])).code).toBe(65);
  });
});
