// `maildesk view`: a list with its flags, kept under a name and looked at as it is now (TIC-3).
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["customer", "add", "ann@acme.com", "--name", "Ann Lee"]);
  await desk.run(["customer", "add", "bob@globex.example"]);
});
afterAll(() => desk.remove());

it("prints the list as it is now, with flags that are added", async () => {
  const kept = await desk.run(["view", "add", "Acme people", "--", "customer", "list", "--org", "acme.com"]);
  expect(kept).toMatchObject({ code: 0, stdout: "Acme people: customer list --org acme.com\n" });
  expect(await desk.json("view", "list")).toMatchObject([
    { name: "Acme people", words: ["customer", "list", "--org", "acme.com"] },
  ]);
  await desk.run(["customer", "add", "eve@acme.com"]);
  expect(await desk.json("view", "show", "acme people")).toMatchObject([
    { email: "ann@acme.com" },
    { email: "eve@acme.com" },
  ]);
  const csv = await desk.run(["view", "show", "acme people", "--", "--csv", "--limit", "1"]);
  expect(csv.stdout.split("\r\n")).toHaveLength(3);
});

it("is changed, forgotten, and brought back", async () => {
  await desk.run(["view", "set", "acme people", "--", "customer", "list", "--no-org"]);
  expect(await desk.json("view", "show", "acme people")).toEqual([]);
  await desk.run(["view", "remove", "acme people"]);
  expect(await desk.run(["view", "show", "acme poeple"])).toMatchObject({
    code: 64,
    stderr: expect.stringContaining('There is no view "acme poeple"'),
  });
  await desk.run(["undo", "--yes"]);
  expect(await desk.json("view", "list")).toHaveLength(1);
});

it.each([
  [["view", "add", "x", "--", "customer", "erase", "ann@acme.com"], 64, "A view keeps a list with its flags."],
  [["view", "add", "ACME PEOPLE", "--", "customer", "list"], 1, "There is a view Acme people already."],
  [["view", "add", " ", "--", "customer", "list"], 65, "A view needs a name"],
])("refuses %j", async (args, code, sentence) => {
  const said = await desk.run(args);
  expect(said.stderr).toContain(sentence);
  expect(said.code).toBe(code);
});
