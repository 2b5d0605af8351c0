// `customer move` with what it takes along (ORG-7), `mute` (SHA-10), and the list in groups (CUS-11).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["ingest", "-"], { input: mailOf({ from: "Ann <ann@acme.com>", id: "1@acme.com" }) });
  await desk.run(["ingest", "-"], { input: mailOf({ from: "Bob <bob@acme.com>", id: "2@acme.com" }) });
  await done("ticket", "follower", "add", "2", "ann@acme.com");
  await done("org", "add", "Globex");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const ofGlobex = async () =>
  (await desk.json<{ number: number }[]>("ticket", "list", "--org", "Globex")).map(({ number }) => number);

describe("a customer who moves", () => {
  it("leaves tickets and follows behind, and is told of both", async () => {
    const said = await done("customer", "move", "ann@acme.com", "Globex");
    expect(said.stderr.split("\n")).toEqual([
      "1 ticket of theirs stays with acme.com; they still hear of it (--with-tickets takes them along).",
      "They still follow 1 ticket of acme.com (--drop-follows ends that).",
      "",
    ]);
    expect(await ofGlobex()).toEqual([]);
    await done("undo");
  });

  it("takes tickets along, also those of an organization that was merged, and drops follows", async () => {
    await done("org", "add", "Acme");
    await done("org", "merge", "acme.com", "Acme");
    const said = await done("customer", "move", "ann@acme.com", "Globex", "--with-tickets", "--drop-follows");
    expect(said.stderr).toBe("1 ticket of theirs goes along.\nThey follow 1 ticket of Acme no more.\n");
    expect(await ofGlobex()).toEqual([1]);
    expect(await desk.json("ticket", "show", "2")).toMatchObject({ followers: [] });
    await done("undo");
    expect(await ofGlobex()).toEqual([]);
    expect(await desk.json("ticket", "show", "2")).toMatchObject({ followers: ["ann@acme.com"] });
  });
});

it("a muted customer hears nothing, and their mail makes tickets as before", async () => {
  await done("customer", "mute", "ann@acme.com");
  const audience = await desk.run(["ticket", "audience", "1"]);
  expect(audience.stdout).toContain("asked to hear nothing");
  await done("customer", "unmute", "ann@acme.com");
  expect((await desk.run(["ticket", "audience", "1"])).stdout).not.toContain("asked to hear nothing");
});

it("the list in groups has one table an organization, those in none last", async () => {
  await done("customer", "move", "bob@acme.com", "none");
  const { stdout } = await done("customer", "list", "--grouped");
  const heads = stdout.split("\n").filter((line) => line !== "" && !/ {2}/.test(line));
  expect(heads).toEqual(["Acme", "No organization"]);
});
