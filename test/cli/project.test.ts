// `maildesk project` as administrators and careless people type it: who follows, who is counted, and what is refused because
// somebody would hear what is not for them, or miss what is (SHA-4 to SHA-6). What is sent is in the journeys.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, refusedIn } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  for (const name of ["Acme", "Globex"]) await done("org", "add", name, "--domain", `${name.toLowerCase()}.example`);
  for (const address of ["ann@acme.example", "bob@acme.example", "gus@globex.example"])
    await done("customer", "add", address);
  await done("customer", "mute", "bob@acme.example");
  await done("project", "add", "New office");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const refused = (code: number, ...args: string[]) => refusedIn(desk, code, ...args);
const followers = async () =>
  (
    await desk.json<{ organization: { name: string } | null; customer: { email: string } | null; level: string }[]>(
      "project",
      "followers",
      "New office",
    )
  ).map(({ organization, customer, level }) => `${organization?.name ?? customer?.email} ${level}`);

describe("a project", () => {
  it("has a name of its own, and is found by it", async () => {
    expect(await refused(1, "project", "add", "new OFFICE")).toMatch(/^There is a project named New office already/);
    expect(await refused(65, "project", "add", "none")).toContain("a ticket without a project");
    expect(await refused(64, "project", "show", "New ofice")).toContain('(did you mean "New office"?)');
    expect(await refused(64, "project", "set", "New office", "state=closed")).toContain("maildesk project close");
    expect((await done("show", "new office")).stdout).toMatch(/^Project +New office$/m);
    expect(await desk.json("project", "list")).toMatchObject([{ name: "New office", followers: 0, state: "open" }]);
  });

  it("is shared with organizations and customers, and counts who really hears", async () => {
    const said = await done("project", "share", "New office", "Acme", "gus@globex.example");
    expect(said.stderr).toBe("2 people hear what is said on it.\n"); // Bob is muted
    await done("project", "share", "New office", "Acme", "--level", "all");
    expect(await followers()).toEqual(["Acme all", "gus@globex.example replies"]);
    expect(await refused(64, "project", "share", "New office", "Acmee")).toContain('(did you mean "Acme"?)');
    expect(await refused(64, "project", "share", "New office", "Acme", "--level", "none")).toContain(
      "posts, replies, all",
    );
    expect(await refused(64, "project", "unshare", "New office", "Globex")).toBe(
      "Globex does not follow New office.\n",
    );
    await done("undo");
    expect(await followers()).toEqual(["Acme replies", "gus@globex.example replies"]);
    expect(await desk.json("org", "show", "Acme")).toMatchObject({
      projects: [{ name: "New office", level: "replies" }],
    });
    expect(await desk.json("customer", "show", "ann@acme.example")).toMatchObject({ projects: [{ through: "Acme" }] });
  });

  it("is not shared, nor posted on, by an agent who may not answer in public", async () => {
    await done("agent", "add", "nia@desk.example");
    await done("agent", "set", "nia@desk.example", "mayAnswer=off");
    for (const args of [
      ["share", "New office", "Globex"],
      ["post", "New office", "--subject", "x", "--text", "x"],
    ])
      expect(await refused(1, "project", ...args, "--as", "nia@desk.example")).toContain("may not answer in public");
  });
});

describe("what waits to be sent", () => {
  it("keeps a ticket from a project whose followers would get it, and an organization from a merge or an end", async () => {
    await done("ticket", "new", "--from", "gus@globex.example", "--subject", "Door", "--text", "It sticks.");
    await done("ticket", "reply", "1", "--text", "Private to Gus.");
    expect(await refused(1, "ticket", "set", "1", "project=New office")).toContain(
      "those who follow New office would get it",
    );
    await done("deliver");
    expect((await done("ticket", "set", "1", "project=New office")).stderr).toContain(
      "#1: 1 person who follows New office hears of answers too.",
    );

    await done("project", "post", "New office", "--subject", "Walls", "--text", "They stand.");
    expect(await refused(1, "org", "merge", "Acme", "Globex")).toContain(
      '"Walls" still waits to be sent to customers of Acme',
    );
    expect(await refused(1, "org", "delete", "Acme", "--detach")).toContain("they would never get it");
    await done("deliver");
    expect((await done("org", "merge", "Acme", "Globex", "--dry-run")).stdout).toContain(
      "All customers of Globex follow New office from then on.",
    );
  });

  it("is not sent once the project is closed, and nothing more can be said on it", async () => {
    await done("settings", "set", "mail.sending=off");
    await done("project", "post", "New office", "--subject", "Roof", "--text", "It is on.");
    await done("deliver");
    await done("project", "close", "New office");
    await done("settings", "set", "mail.sending=on");
    await done("deliver");
    const all = await desk.json<{ subject: string; status: string; reason: string; kind: string }[]>("outbox", "list");
    const roof = all.filter(({ kind }) => kind !== "notification");
    expect(
      roof.filter(({ subject }) => subject === "Roof").map(({ status, reason }) => `${status}: ${reason}`),
    ).toEqual(expect.arrayContaining(["suppressed: the project is closed"]));
    expect(roof.some(({ subject, status }) => subject === "Roof" && status === "sent")).toBe(false);
    const [{ id } = { id: "" }] = await desk.json<{ id: string }[]>("conversation", "list", "--project", "New office");
    expect(await refused(64, "conversation", "reply", id, "--text", "x")).toContain(
      "The project New office is closed.",
    );
    expect((await done("project", "share", "New office", "Globex")).stderr).toContain("It is closed: nobody hears");
    await done("project", "reopen", "New office");
  });
});

describe("who moves to another organization", () => {
  it("is told what they still follow, and drops it where asked to", async () => {
    const said = await done("customer", "move", "gus@globex.example", "none");
    expect(said.stderr).toContain("They still follow 1 project themselves (--drop-follows ends that).");
    await done("undo");
    await done("customer", "move", "gus@globex.example", "none", "--drop-follows");
    expect(await followers()).not.toContain("gus@globex.example replies");
  });
});

describe("a project follower's mail with a ticket's number", () => {
  it("is a stranger's: only people of the ticket and of its organization answer by a number", async () => {
    await done("ticket", "set", "1", "organization=none", "project=New office");
    const head = [
      "From: ann@acme.example",
      "To: support@desk.example",
      "Subject: [#1] me too",
      "Message-ID: <t1@acme.example>",
    ];
    await desk.run(["ingest", "-"], { input: `${head.join("\r\n")}\r\n\r\nLet me in.\r\n` });
    await done("process");
    expect(await desk.json("email", "list")).toMatchObject([{ reason: "new-ticket" }]);
  });
});

describe("a message for later", () => {
  it("is told at its time, and until then undo takes it back", async () => {
    await done("project", "add", "Later");
    await done("project", "share", "Later", "Acme");
    const post = (at: string) => done("project", "post", "Later", "--subject", "Soon", "--text", "Soon.", "--at", at);
    expect((await post("2h")).stderr).toMatch(/will get it at \d{4}-\d\d-\d\dT/);
    await done("deliver");
    const soon = async () =>
      (await desk.json<{ subject: string; kind: string }[]>("outbox", "list", "--limit", "50")).filter(
        ({ subject, kind }) => subject === "Soon" && kind === "message",
      );
    expect(await soon()).toEqual([]);
    await done("undo");
    for (const [at, sentence] of [
      ["2001-01-01T10:00", "is over already"],
      ["tomorrow", "is no time"],
      ["400d", "more than a year"],
    ] as const)
      expect(await refused(64, "project", "post", "Later", "--subject", "x", "--text", "x", "--at", at)).toContain(
        sentence,
      );
  });
});
