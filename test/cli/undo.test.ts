// `maildesk log` and `maildesk undo`: everything is written down, a command can be taken back, and what can't be says
// what stands in the way (OPS-6, SHA-8).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

interface Logged {
  id: string;
  kind: string;
  by: string;
  what: string;
  undoes: string | null;
  undoneBy: string | null;
}

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["agent", "add", "ria@desk.example", "--name", "Ria"]);
});
afterAll(() => desk.remove());

const log = (...flags: string[]) => desk.json<Logged[]>("log", "list", ...flags);
const idOf = async (what: string): Promise<string> => (await log()).find((row) => row.what === what)?.id ?? "";
const names = async () => (await desk.json<{ name: string }[]>("org", "list")).map((row) => row.name);

describe("undo", () => {
  it("takes back the caller's own last command, then the one before it", async () => {
    await desk.run(["org", "add", "First"]);
    await desk.run(["org", "add", "Second"]);
    await desk.run(["org", "add", "Hers", "--as", "ria@desk.example"]);
    const shown = await desk.run(["undo", "--dry-run"]);
    expect(shown.stdout).toMatch(/^- organization org_\w+ "Second"\n$/);
    const said = await desk.run(["undo", "--yes"]);
    expect(said).toMatchObject({
      code: 0,
      stdout: "Took back: org add Second.\n",
      stderr: expect.stringContaining("operator  org add Second\n  - organization"),
    });
    await desk.run(["undo", "--yes"]);
    expect(await names()).toEqual(["Hers"]);
    expect((await desk.run(["undo", "--yes", "--as", "ria@desk.example"])).stdout).toBe("Took back: org add Hers.\n");
    expect(await desk.run(["undo", "--yes", "--as", "ria@desk.example"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("has no command to take back"),
    });
  });

  it("asks before it acts", async () => {
    await desk.run(["org", "add", "Asked"]);
    expect(await desk.run(["undo"])).toMatchObject({ code: 64, stderr: expect.stringContaining("Add --yes") });
    expect(await names()).toEqual(["Asked"]);
  });

  it("is written in the log, happens once, and can be taken back itself", async () => {
    const id = await idOf("org add Asked");
    await desk.run(["undo", id, "--yes"]);
    const [undone] = await log();
    expect(undone).toMatchObject({ what: "undo: org add Asked", undoes: id });
    expect(await desk.run(["undo", id, "--yes"])).toMatchObject({
      code: 1,
      stderr: `maildesk: ${id} was taken back already, by ${undone?.id}.\n  To take that back: maildesk undo ${undone?.id}\n`,
    });
    await desk.run(["undo", undone?.id ?? "", "--yes"]);
    expect(await names()).toEqual(["Asked"]);
    expect((await log()).find((row) => row.id === id)).toMatchObject({ undoneBy: null });
  });

  it("by three at the same time takes a command back once", async () => {
    await desk.run(["org", "add", "Raced"]);
    const id = await idOf("org add Raced");
    const said = await Promise.all([1, 2, 3].map(() => desk.run(["undo", id, "--yes"])));
    expect(said.map(({ code }) => code).toSorted()).toEqual([0, 1, 1]);
    expect((await log()).filter((row) => row.undoes === id)).toHaveLength(1);
  });

  it("brings back a deleted organization with its domains and its members", async () => {
    await desk.run(["org", "add", "Full", "--domain", "full.example", "--domain", "full.test"]);
    await desk.run(["customer", "add", "ann@full.example"]);
    await desk.run(["customer", "add", "hal@other.example", "--org", "Full"]);
    await desk.run(["org", "delete", "Full", "--detach", "--yes"]);
    const placedBy = async () =>
      await Promise.all(
        ["ann@full.example", "hal@other.example"].map(
          async (who) => (await desk.json<{ placedBy: string }>("customer", "show", who)).placedBy,
        ),
      );
    expect(await placedBy()).toEqual(["nothing", "hand"]);
    expect(await desk.run(["undo", "--yes"])).toMatchObject({ code: 0 });
    expect(await placedBy()).toEqual(["domain", "hand"]);
    await desk.run(["undo", await idOf("customer add hal@other.example"), "--yes"]);
    expect(await desk.json("org", "show", "Full")).toMatchObject({
      domains: ["full.example", "full.test"],
      members: [{ email: "ann@full.example" }],
    });
  });

  it("names the later commit that stands on it", async () => {
    await desk.run(["customer", "add", "bob@full.example"]);
    const organization = await idOf("org add Full");
    const first = await idOf("customer add ann@full.example");
    const said = await desk.run(["undo", organization, "--yes"]);
    expect(said.code).toBe(1);
    expect(said.stderr).toMatch(
      /^maildesk: cmt_\w+ can't be taken back: organization org_\w+ is in use: customer cus_\w+ refers to it, by cmt_\w+ \(.+, operator\)\.\n {2}Take that back first: maildesk undo cmt_\w+\n$/,
    );
    expect(await desk.run(["undo", first, "--dry-run"])).toMatchObject({ code: 0 });
    await desk.run(["customer", "set", "ann@full.example", "name=Ann"]);
    expect(await desk.run(["undo", first, "--yes"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /changed since \(name\), by cmt_\w+ \(customer set ann@full\.example name, operator\)/,
      ),
    });
  });

  it("is not stopped by later changes of other columns", async () => {
    await desk.run(["customer", "move", "bob@full.example", "Asked"]);
    await desk.run(["customer", "set", "bob@full.example", "phone=2"]);
    expect(await desk.run(["undo", await idOf("customer move bob@full.example Asked"), "--yes"])).toMatchObject({
      code: 0,
    });
    expect(await desk.json("customer", "show", "bob@full.example")).toMatchObject({
      organization: { name: "Full" },
      placedBy: "domain",
      phone: "2",
    });
  });

  it("refuses what a mail caused", async () => {
    await desk.run(["ingest", "-"], { input: mailOf({ from: "Eva <eva@mail.example>" }) });
    const [mail] = await log("--by", "mail");
    expect(await desk.run(["undo", mail?.id ?? "", "--yes"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("was caused by a mail, and what a mail caused can't be taken back"),
    });
  });
});

describe("an answer", () => {
  const reply = (text: string) =>
    desk.run(["ticket", "reply", "1", "--text", text, "--as", "ria@desk.example", "--yes"]);
  const undo = () => desk.run(["undo", "--yes", "--as", "ria@desk.example"]);
  const sentTo = async (status: string) =>
    (await desk.json<{ to: string; kind: string }[]>("outbox", "list", "--status", status))
      .filter(({ kind }) => kind !== "notification")
      .map((row) => row.to);

  it("that was not told yet is recalled and reaches nobody", async () => {
    await desk.run(["deliver"]);
    await reply("Wrong answer");
    expect((await undo()).stdout).toBe("Took back: ticket reply 1. 1 message reached nobody.\n");
    await desk.run(["deliver"]);
    expect(await desk.json("ticket", "show", "1")).toMatchObject({ status: "new", messages: [{ direction: "in" }] });
    expect(await sentTo("sent")).toEqual(["eva@mail.example"]);
  });

  it("that waits to be sent is dropped", async () => {
    await desk.run(["settings", "set", "mail.sending=off"]);
    await reply("Another wrong answer");
    await desk.run(["deliver"]);
    expect(await sentTo("queued")).toEqual(["eva@mail.example"]);
    expect((await undo()).code).toBe(0);
    await desk.run(["settings", "set", "mail.sending=on"]);
    await desk.run(["deliver"]);
    expect(await sentTo("dropped")).toEqual(["eva@mail.example"]);
    expect(await sentTo("sent")).toHaveLength(1);
  });

  it("that was sent stays, and undo says who has it", async () => {
    await reply("The right answer");
    await desk.run(["deliver"]);
    const said = await undo();
    expect(said).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("can't be taken back: its message went to eva@mail.example (sent)."),
    });
    expect(await desk.json("ticket", "show", "1")).toMatchObject({
      status: "waiting",
      messages: [{ direction: "in" }, { direction: "out" }],
    });
  });
});

describe("log", () => {
  it("shows every change of a commit, with before and after and without the words of a mail", async () => {
    const id = await idOf("ticket reply 1");
    const shown = await desk.run(["log", "show", id]);
    expect(shown.stdout).toMatch(/^By +ria@desk\.example$/m);
    expect(shown.stdout).toMatch(/^~ ticket tic_\w+: status new -> waiting, state open -> waiting$/m);
    expect(shown.stdout).toMatch(/^\+ message msg_\w+$/m);
    const json = await desk.run(["log", "show", id, "--json"]);
    expect(json.stdout).not.toContain("wrong answer");
    expect(JSON.parse(json.stdout)).toMatchObject({
      by: "ria@desk.example",
      changes: expect.arrayContaining([expect.objectContaining({ table: "message", before: null })]),
    });
  });

  it("is about one thing, and by one actor", async () => {
    expect((await log("--about", "1")).map((row) => row.what)).toEqual(
      expect.arrayContaining(["ticket reply 1", "undo: ticket reply 1"]),
    );
    expect((await log("--about", "eva@mail.example")).map((row) => row.kind)).toEqual(["mail"]);
    expect((await log("--about", "full.test")).map((row) => row.what)).toEqual(
      expect.arrayContaining(["org add Full", "org delete Full --detach"]),
    );
    expect((await log("--by", "ria@desk.example")).every((row) => row.by === "ria@desk.example")).toBe(true);
    expect(await desk.run(["log", "show", "cmt_nothing"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('There is no commit "cmt_nothing"'),
    });
  });
});
