// `maildesk conversation`: who would hear it, what is refused, lists, and answers that are settled or become a ticket
// (ORG-14, SHA-13). What it sends is in the journeys.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

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

const done = async (...args: string[]) => {
  const said = await desk.run([...args, "--yes"]);
  expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
  return said;
};
const opened = async (...more: string[]) =>
  (await done("conversation", "new", "--subject", "Works on Sunday", "--text", "It rests.", ...more)).stdout.trim();

/** An answer to the mail that this person got last. */
async function answers(address: string, id: string, text: string): Promise<void> {
  await done("deliver");
  const folder = join(desk.path, "data/sent/new");
  const age = (file: string) => statSync(join(folder, file)).mtimeMs;
  const mails = readdirSync(folder)
    .sort((a, b) => age(a) - age(b))
    .map((file) => readFileSync(join(folder, file), "utf8"));
  const got = mails.filter((mail) => mail.includes(`Delivered-To: ${address}`)).at(-1) ?? "";
  const to = /^Reply-To: (\S+)/m.exec(got)?.[1] ?? "";
  const head = [`From: ${address}`, `To: ${to}`, "Subject: Re: Works on Sunday", `Message-ID: <${id}>`];
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

describe("a conversation with a customer", () => {
  it("becomes a ticket as a whole, and its id leads there", async () => {
    const id = await opened("--customer", "ann@acme.example");
    expect(await desk.json("customer", "show", "ann@acme.example")).toMatchObject({ conversations: [{ id }] });
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
