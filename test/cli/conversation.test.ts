// `maildesk conversation`: who would hear it, what is refused, lists, and answers that are settled or become a ticket
// (ORG-14, SHA-13). What it sends is in the journeys.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await done("org", "add", "Acme", "--domain", "acme.example");
  await done("org", "add", "Empty");
  for (const name of ["ann", "bob", "cleo"]) await done("customer", "add", `${name}@acme.example`, "--name", name);
  await done("customer", "mute", "cleo@acme.example");
  await done("settings", "set", "mail.hold=0");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const opened = async (...more: string[]) =>
  (await done("conversation", "new", "--subject", "Works on Sunday", "--text", "It rests.", ...more)).stdout.trim();

/** The mail that this person got last. */
function mailTo(address: string): string {
  const folder = join(desk.path, "data/sent/new");
  const age = (file: string) => statSync(join(folder, file)).mtimeMs;
  const mails = readdirSync(folder)
    .sort((a, b) => age(a) - age(b))
    .map((file) => readFileSync(join(folder, file), "utf8"));
  return mails.filter((mail) => mail.includes(`Delivered-To: ${address}`)).at(-1) ?? "";
}

const replyTo = (address: string): string => /^Reply-To: (\S+)/m.exec(mailTo(address))?.[1] ?? "";

/** An answer to that mail, by another address of theirs where one is named. */
async function answers(address: string, id: string, text: string, from = address): Promise<void> {
  await done("deliver");
  const head = [`From: ${from}`, `To: ${replyTo(address)}`, "Subject: Re: Works on Sunday", `Message-ID: <${id}>`];
  const date = `Date: ${new Date().toUTCString()}`;
  await desk.run(["ingest", "-"], { input: `${[...head, date].join("\r\n")}\r\n\r\n${text}\r\n` });
  await done("process");
}

describe("a conversation with an organization", () => {
  it("shows who would hear it before anything is sent", async () => {
    const args = ["conversation", "new", "--org", "Acme", "--subject", "Works", "--text", "x", "--dry-run"];
    expect((await done(...args)).stdout).toBe(
      [
        'Audience of "Works": 2 people',
        "  ann <ann@acme.example>  (customer of Acme)",
        "  bob <bob@acme.example>  (customer of Acme)",
        "  not cleo <cleo@acme.example>: the customer asked to hear nothing (muted)\n",
      ].join("\n"),
    );
    expect(await desk.json(...args)).toMatchObject({
      dryRun: true,
      recipients: 2,
      audience: [{ email: "ann@acme.example", hears: true }, { hears: true }, { hears: false }],
    });
    expect(await desk.json("conversation", "list")).toEqual([]);
  });

  it.each([
    [64, /^maildesk: Say --org ORG or --customer CUSTOMER\./, ["--subject", "x", "--text", "x"]],
    [64, /Say --org/, ["--org", "Acme", "--customer", "ann@acme.example", "--subject", "x", "--text", "x"]],
    [
      64,
      /There is no organization "Acne" \(did you mean "Acme"\?\)/,
      ["--org", "Acne", "--subject", "x", "--text", "x"],
    ],
    [64, /Empty has no customers: nobody would hear it\./, ["--org", "Empty", "--subject", "x", "--text", "x"]],
    [64, /Nobody would hear it: cleo/, ["--customer", "cleo@acme.example", "--subject", "x", "--text", "x"]],
    [
      64,
      /--shared is for a conversation with an organization/,
      ["--customer", "ann@acme.example", "--shared", "--subject", "x"],
    ],
    [64, /Give the conversation a subject/, ["--org", "Acme", "--subject", " ", "--text", "x"]],
    [64, /There is nothing in the message/, ["--org", "Acme", "--subject", "x", "--text", " "]],
    [
      64,
      /There is no mailbox "suport" \(did you mean "support"\?\)/,
      ["--org", "Acme", "--mailbox", "suport", "--subject", "x"],
    ],
  ])("is refused with %i and %s", async (code, sentence, args) => {
    const said = await desk.run(["conversation", "new", ...args, "--yes"]);
    expect([said.code, said.stderr]).toEqual([code, expect.stringMatching(sentence)]);
    expect(await desk.json("conversation", "list")).toEqual([]);
  });

  it("asks, and without a terminal does nothing", async () => {
    const said = await desk.run(["conversation", "new", "--org", "Acme", "--subject", "x", "--text", "x"]);
    expect([said.code, said.stderr]).toEqual([64, expect.stringContaining("nothing was done")]);
    expect(await desk.json("conversation", "list")).toEqual([]);
  });

  it("is listed with what waits in it, and with its organization", async () => {
    const id = await opened("--org", "Acme");
    await answers("bob@acme.example", "b1@acme.example", "Not on Sunday.");
    expect(await desk.json("conversation", "list", "--unanswered")).toMatchObject([
      {
        id,
        organization: { name: "Acme" },
        customer: null,
        shared: false,
        messages: 2,
        waitingSince: expect.any(String),
      },
    ]);
    expect(await desk.json("conversation", "list", "--customer", "ann@acme.example")).toEqual([]);
    expect(await desk.json("org", "show", "Acme")).toMatchObject({ conversations: [{ id }] });
    expect((await done("show", id)).stdout).toContain("Answers   reach agents only");
    expect(await desk.json("email", "list")).toMatchObject([{ status: "filed", reason: "reply", ticket: null }]);

    await done("conversation", "settle", id);
    expect(await desk.json("conversation", "list", "--unanswered")).toEqual([]);
    await done("undo");
    expect(await desk.json("conversation", "list", "--unanswered")).toHaveLength(1);
  });

  it("gives what one customer answered to a ticket of theirs, which undo takes back", async () => {
    const [{ id } = { id: "" }] = await desk.json<{ id: string }[]>("conversation", "list");
    const said = await desk.run(["conversation", "to-ticket", id, "--yes"]);
    expect([said.code, said.stderr]).toEqual([64, expect.stringContaining("--customer CUSTOMER")]);
    const none = await desk.run(["conversation", "to-ticket", id, "--customer", "ann@acme.example", "--yes"]);
    expect([none.code, none.stderr]).toEqual([64, expect.stringContaining("ann@acme.example answered nothing")]);

    const made = await done("conversation", "to-ticket", id, "--customer", "bob@acme.example");
    const number = made.stdout.trim().slice(1);
    expect(await desk.json("ticket", "show", number)).toMatchObject({
      subject: "Works on Sunday",
      organization: "Acme",
      requesters: ["bob@acme.example"],
      messages: [
        { newText: "Not on Sunday.", visibility: "public" },
        { visibility: "internal", text: expect.stringContaining(id) },
      ],
    });
    expect(await desk.json("conversation", "show", id)).toMatchObject({ messages: [{ direction: "out" }] });
    await done("undo");
    expect((await desk.run(["ticket", "show", number])).code).toBe(64);
    expect(await desk.json("conversation", "show", id)).toMatchObject({
      messages: [{}, { newText: "Not on Sunday." }],
    });
  });
});

describe("an answer in a conversation with an organization", () => {
  it("waits from the moment it is filed, however long it was under way, and so does a stranger's", async () => {
    const id = await opened("--org", "Acme");
    await done("deliver");
    const stored = async (address: string, mailId: string) => {
      const head = [
        `From: ${address}`,
        `To: ${replyTo("ann@acme.example")}`,
        `Message-ID: <${mailId}>`,
        "Subject: Urgent",
      ];
      desk.file(`data/inbox/new/${mailId}`, `${head.join("\r\n")}\r\n\r\nNow.\r\n`);
      await done("poll");
    };
    await stored("ann@acme.example", "u1@acme.example");
    await done("conversation", "settle", id, id);
    await done("process");
    const waiting = async () =>
      (await desk.json<{ id: string }[]>("conversation", "list", "--unanswered")).map((one) => one.id);
    expect(await waiting()).toContain(id);
    expect(await desk.json("status")).toMatchObject({ conversations: { waiting: expect.any(Number) } });
    await done("conversation", "settle", id);
    expect(await waiting()).not.toContain(id);
    await stored("boss@elsewhere.example", "u2@acme.example");
    await done("process");
    expect(await waiting()).toContain(id);
    expect(await desk.json("email", "explain", "u2@acme.example")).toMatchObject({
      reason: "stranger",
      conversation: id,
    });
  });

  it("goes on in the ticket that became of it, also where the first mail is answered again", async () => {
    const id = await opened("--org", "Acme", "--shared");
    await answers("bob@acme.example", "m1@acme.example", "My printer burns.");
    const number = (await done("conversation", "to-ticket", id, "--customer", "bob@acme.example")).stdout
      .trim()
      .slice(1);
    await answers("bob@acme.example", "m2@acme.example", "My password is 123.");
    expect(await desk.json("ticket", "show", number)).toMatchObject({
      messages: [{ newText: "My printer burns." }, { visibility: "internal" }, { newText: "My password is 123." }],
    });
    expect(await desk.json("conversation", "show", id)).toMatchObject({ messages: [{ direction: "out" }] });
  });

  it("is from who has left for the agents only, and everybody is told who reads what they answer", async () => {
    const id = await opened("--org", "Acme", "--shared");
    await done("deliver");
    expect(mailTo("ann@acme.example")).toContain("is sent to everybody who got it");
    await done("customer", "move", "bob@acme.example", "none");
    await answers("bob@acme.example", "l1@acme.example", "I left.");
    expect(await desk.json("conversation", "show", id)).toMatchObject({
      messages: [{}, { newText: "I left.", flag: "its sender has no part in the conversation" }],
    });
    await done("customer", "move", "bob@acme.example", "Acme");
  });
});

describe("an organization that is merged or ends", () => {
  it("is not merged while a message to its customers waits: others would get it", async () => {
    await done("org", "add", "Globex", "--domain", "globex.example");
    await done("customer", "add", "gus@globex.example");
    await done("settings", "set", "mail.hold=1h");
    const id = await opened("--org", "Globex");
    const said = await desk.run(["org", "merge", "Globex", "Acme", "--yes"]);
    expect([said.code, said.stderr]).toEqual([
      1,
      expect.stringContaining("still waits to be sent to customers of Globex"),
    ]);
    await done("undo");
    await done("settings", "set", "mail.hold=0");
    await done("org", "merge", "Globex", "Acme");
    await done("undo");
    expect((await desk.run(["conversation", "show", id])).code).toBe(64);
  });

  it("leaves answers behind that still become tickets", async () => {
    const id = await opened("--org", "Globex");
    await answers("gus@globex.example", "g1@globex.example", "What now?");
    await done("org", "delete", "Globex", "--detach");
    const made = await done("conversation", "to-ticket", id, "--customer", "gus@globex.example");
    expect(await desk.json("ticket", "show", made.stdout.trim().slice(1))).toMatchObject({
      requesters: ["gus@globex.example"],
    });
  });
});

describe("a conversation with a customer", () => {
  it("goes along where they turn out to be somebody else, to the address that they used last", async () => {
    const id = await opened("--customer", "ann@acme.example");
    await done("customer", "address", "add", "ann@acme.example", "ann@home.example");
    await answers("ann@acme.example", "h1@acme.example", "Thank you.", "ann@home.example");
    await done("customer", "add", "annie@acme.example");
    await done("customer", "merge", "ann@acme.example", "annie@acme.example");
    expect(await desk.json("conversation", "list", "--customer", "annie@acme.example")).toMatchObject([{ id }]);
    expect(await desk.json("conversation", "audience", id)).toMatchObject({
      audience: [{ email: "ann@home.example" }],
    });
    await done("undo");
    expect(await desk.json("conversation", "list", "--customer", "annie@acme.example")).toEqual([]);
  });

  it("becomes a ticket as a whole, and its id leads there", async () => {
    const id = await opened("--customer", "ann@acme.example");
    expect(await desk.json("customer", "show", "ann@acme.example")).toMatchObject({
      conversations: expect.arrayContaining([expect.objectContaining({ id })]),
    });
    await answers("ann@acme.example", "a1@acme.example", "Thank you.");
    const number = (await done("conversation", "to-ticket", id)).stdout.trim().slice(1);
    expect(await desk.json("ticket", "show", number)).toMatchObject({
      requesters: ["ann@acme.example"],
      messages: [{ direction: "out" }, { newText: "Thank you." }],
    });
    const gone = await desk.run(["conversation", "show", id]);
    expect([gone.code, gone.stderr]).toEqual([64, expect.stringContaining(`belongs to ticket #${number}`)]);
    await answers("ann@acme.example", "a2@acme.example", "One more thing.");
    expect(await desk.json("ticket", "show", number)).toMatchObject({
      messages: [{}, {}, { newText: "One more thing." }],
    });
  });
});
