// `maildesk agent`: who answers, what they may do, and that nobody is agent and customer (AGT-1, AGT-2, CUS-3).
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
    ]) {
      expect(await desk.run([...args, "--as", "tom@desk.example"])).toMatchObject({
        code: 64,
        stderr: expect.stringContaining("tom@desk.example may not administer."),
      });
      expect(await desk.run([...args, "--as", "Ria", "--dry-run"])).toMatchObject({ code: 0 });
    }
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
    expect(await desk.json("email", "list", "--reason", "agent-inactive")).toHaveLength(1);
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
