// `maildesk agent`: who answers, what they may do, and that nobody is agent and customer (AGT-1, AGT-2, CUS-3).
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["customer", "add", "ann@acme.example", "--name", "Ann"]);
  await desk.run(["agent", "add", "ria@desk.example", "--name", "Ria", "--may-administer"]);
});
afterAll(() => desk.remove());

describe("an agent", () => {
  it("may answer and not administer, unless it is said", async () => {
    expect(await desk.json("agent", "add", "tom@desk.example")).toMatchObject({
      email: "tom@desk.example",
      mayAnswer: true,
      mayAdminister: false,
      state: "active",
    });
    expect(await desk.json("agent", "add", "uma@desk.example", "--no-may-answer")).toMatchObject({ mayAnswer: false });
    expect(await desk.json("agent", "list")).toMatchObject([
      { email: "ria@desk.example" },
      { email: "tom@desk.example" },
      { email: "uma@desk.example" },
    ]);
  });

  it.each([
    ["--may-answer", "--no-may-answer"],
    ["--may-administer", "--no-may-administer"],
  ])("is not made with %s and %s, in whatever order", async (one, other) => {
    for (const flags of [
      [one, other],
      [other, one],
    ])
      expect(await desk.run(["agent", "add", "both@desk.example", ...flags])).toMatchObject({
        code: 64,
        stderr: `maildesk: ${one} and ${other} exclude each other.\n`,
      });
  });

  it("is found by address, id or name", async () => {
    const { id } = await desk.json<{ id: string }>("agent", "show", "RIA@desk.example");
    expect(await desk.json("agent", "show", "ria")).toMatchObject({ id });
    expect(await desk.json("agent", "show", id)).toMatchObject({ name: "Ria" });
    expect(await desk.run(["agent", "show", "rya@desk.example"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('(did you mean "ria@desk.example"?)'),
    });
  });

  it("has no address of a customer's or the desk's", async () => {
    expect(await desk.run(["agent", "add", "ANN@acme.example"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/belongs to the customer Ann already\.\n {2}Nobody is both/),
    });
    expect(await desk.run(["agent", "add", "support@desk.example"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the desk itself"),
    });
    expect(await desk.run(["agent", "show", "ann@acme.example"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("is the customer Ann, and no agent"),
    });
  });

  it("writes and makes no customer and no organization", async () => {
    await desk.run(["ingest", "-"], { input: mailOf({ from: "Tom <tom@desk.example>" }) });
    expect(await desk.json("customer", "list")).toHaveLength(1);
  });

  it("may change settings and agents only where that was said", async () => {
    for (const args of [
      ["settings", "set", "mail.hold=1m"],
      ["agent", "add", "eve@desk.example"],
      ["agent", "set", "tom@desk.example", "mayAdminister=on"],
      ["agent", "address", "add", "tom@desk.example", "tom.k@desk.example"],
      ["team", "add", "Billing"],
    ]) {
      expect(await desk.run([...args, "--as", "tom@desk.example"])).toMatchObject({
        code: 64,
        stderr: expect.stringContaining("tom@desk.example may not administer."),
      });
      expect(await desk.run([...args, "--as", "Ria", "--dry-run"])).toMatchObject({ code: 0 });
    }
    const [made] = await desk.json<{ id: string }[]>("log", "list", "--about", "uma@desk.example");
    expect(await desk.run(["undo", made?.id ?? "", "--yes", "--as", "tom@desk.example"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("tom@desk.example may not administer."),
    });
  });

  it("who may not administer does the everyday work, and neither merges nor adopts a secret", async () => {
    for (const args of [
      ["customer", "set", "ann@acme.example", "phone=1"],
      ["org", "add", "Everyday"],
    ])
      expect(await desk.run([...args, "--as", "tom@desk.example"])).toMatchObject({ code: 0 });
    for (const args of [
      ["org", "delete", "Everyday", "--yes"],
      ["customer", "merge", "ann@acme.example", "bob@acme.example"],
      ["secret", "adopt", "--yes"],
    ])
      expect(await desk.run([...args, "--as", "tom@desk.example"])).toMatchObject({
        code: 64,
        stderr: expect.stringContaining("tom@desk.example may not administer."),
      });
  });

  it("has several addresses, and mail from each is theirs", async () => {
    await desk.run(["agent", "address", "add", "tom@desk.example", "tom@home.example"]);
    expect(await desk.run(["agent", "address", "add", "tom@desk.example", "ann@acme.example"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("belongs to the customer Ann already"),
    });
    expect(await desk.run(["customer", "add", "tom@home.example"])).toMatchObject({ code: 1 });
    await desk.run(["ingest", "-"], { input: mailOf({ from: "<tom@home.example>", id: "7@home.example" }) });
    expect(await desk.json("email", "list", "--reason", "agent-ticket")).toHaveLength(2);
    expect(await desk.run(["agent", "address", "remove", "tom@desk.example", "tom@desk.example"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("maildesk agent address primary"),
    });
    const shown = await desk.run(["agent", "address", "primary", "tom@desk.example", "tom@home.example"]);
    expect(shown.stdout).toMatch(/^Addresses +tom@home\.example \(primary\)\n +tom@desk\.example$/m);
    await desk.run(["undo", "--yes"]);
    expect(await desk.json("agent", "show", "tom@home.example")).toMatchObject({ email: "tom@desk.example" });
  });

  it("that is deactivated acts no more, and their mail is held", async () => {
    await desk.run(["agent", "deactivate", "tom@desk.example"]);
    expect(await desk.run(["org", "add", "X", "--as", "tom@desk.example"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("is deactivated and can't act"),
    });
    await desk.run(["ingest", "-"], {
      input: mailOf({ from: "Tom <tom@desk.example>", id: "2@desk.example", text: "Am I still here?" }),
    });
    await desk.run(["ingest", "-"], { input: mailOf({ from: "Tom <tom@home.example>", id: "3@desk.example" }) });
    expect(await desk.json("email", "list", "--reason", "agent-inactive")).toMatchObject([
      { status: "held", ticket: null },
      { status: "held", ticket: null },
    ]);
    expect(await desk.json("customer", "list")).toHaveLength(1);
    await desk.run(["agent", "reactivate", "tom@desk.example"]);
    expect(await desk.run(["org", "add", "X", "--as", "tom@desk.example"])).toMatchObject({ code: 0 });
  });

  it("is renamed and given rights by set", async () => {
    await desk.run(["agent", "set", "uma@desk.example", "name=Uma Ray", "mayAnswer=on", "mayAdminister=yes"]);
    expect(await desk.json("agent", "show", "uma@desk.example")).toMatchObject({
      name: "Uma Ray",
      mayAnswer: true,
      mayAdminister: true,
    });
    expect(await desk.run(["agent", "set", "uma@desk.example", "mayAnswer=perhaps"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("write on or off"),
    });
  });
});

describe("who acts", () => {
  const { username } = userInfo();
  const config = () => join(desk.path, "maildesk.yaml");
  const by = async (args: string[] = [], env: Record<string, string> = {}) => {
    expect(await desk.run(["customer", "set", "ann@acme.example", `phone=${++phone}`, ...args], { env })).toMatchObject(
      {
        code: 0,
      },
    );
    const [commit] = await desk.json<{ by: string }[]>("log", "list", "--limit", "1", "--as", "operator");
    return commit?.by;
  };
  let phone = 100;

  it("is --as, else MAILDESK_AGENT, else the agent of the system user, else the operator", async () => {
    expect(await by()).toBe("operator");
    const before = readFileSync(config(), "utf8");
    appendFileSync(
      config(),
      `\nagents:\n  users: { ${JSON.stringify(username)}: ria@desk.example, nobody-else: uma@desk.example }\n`,
    );
    expect(await by()).toBe("ria@desk.example");
    expect(await by([], { MAILDESK_AGENT: "uma@desk.example" })).toBe("uma@desk.example");
    expect(await by(["--as", "Tom@Home.example"], { MAILDESK_AGENT: "uma@desk.example" })).toBe("tom@desk.example");
    expect(await by(["--as", "operator"])).toBe("operator");
    writeFileSync(config(), before);
  });

  it("is said in one sentence where the system user is mapped to nobody", async () => {
    appendFileSync(config(), `\nagents: { users: { ${JSON.stringify(username)}: joe@desk.example } }\n`);
    expect(await desk.run(["ticket", "list"])).toMatchObject({
      code: 78,
      stderr: `maildesk: The system user ${username} acts as joe@desk.example, says agents.users in maildesk.yaml, and there is no such agent.\n  Mend maildesk.yaml, or say who acts: --as operator may make them by \`maildesk agent add joe@desk.example\`.\n`,
    });
    expect(await desk.run(["agent", "add", "joe@desk.example", "--as", "operator"])).toMatchObject({ code: 0 });
    expect(await by()).toBe("joe@desk.example");
  });
});
