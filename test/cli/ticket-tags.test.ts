// Statuses and tags as the command completes, explains and prints them.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  for (const id of ["1", "2"]) await desk.run(["ingest", "-"], { input: mailOf({ id: `${id}@acme.example` }) });
  await done("ticket-status", "add", "On hold", "--state", "waiting");
  await done("ticket", "tag", "add", "1", "2", "needs a part");
  await done("ticket", "set", "2", "status=On hold", "tag+=urgent");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const words = async (...typed: string[]) =>
  (await desk.run(["completion", "words", "zsh", "--", ...typed])).stdout.split("\n");

it("both are printed for people, machines and tables", async () => {
  expect((await done("ticket-status", "list")).stdout.split("\n")[4]).toMatch(/^On hold +waiting +1$/);
  expect((await done("tag", "list", "--csv")).stdout).toMatch(
    /^id,name,colour,tickets\r?\ntag_\w+,needs a part,,2\r?\n/,
  );
  expect((await done("tag", "list", "--ids", "--limit", "1")).stderr).toBe("1 of 2\n");
  const shown = (await done("ticket", "show", "2")).stdout;
  expect(shown).toMatch(/^Status +On hold$/m);
  expect(shown).toMatch(/^Tags +needs a part, urgent$/m);
  expect((await done("ticket", "list", "--csv", "--tag", "urgent")).stdout).toContain("On hold");
});

it("both are completed where they are asked for", async () => {
  expect(await words("ticket", "list", "--status", "On")).toEqual(expect.arrayContaining(["On hold"]));
  expect(await words("ticket-status", "remove", "On")).toEqual(expect.arrayContaining(["On hold"]));
  expect(await words("ticket-status", "add", "x", "--state", "")).toEqual(expect.arrayContaining(["waiting"]));
  expect(await words("ticket", "close", "--tag", "ur")).toEqual(expect.arrayContaining(["urgent"]));
  expect(await words("tag", "merge", "urgent", "nee")).toEqual(expect.arrayContaining(["needs a part"]));
  expect(await words("ticket", "tag", "add", "1", "ur")).toEqual(expect.arrayContaining(["urgent"]));
  expect(await words("ticket", "set", "1", "ta")).toEqual(expect.arrayContaining(["tags=", "tag+="]));
  expect(await words("ticket", "list", "--sort", "")).toEqual(expect.arrayContaining(["waiting", "priority"]));
});

it("a panel may name them", async () => {
  await done("settings", "set", "panel.ticket=status,tags");
  expect((await done("ticket", "show", "1")).stdout.split("\n").slice(2, 4)).toEqual([
    expect.stringMatching(/^Status +new$/),
    expect.stringMatching(/^Tags +needs a part$/),
  ]);
  await done("undo");
});

it("a word that is none is refused by what there is", async () => {
  expect(await refusedIn(desk, 65, "ticket", "list", "--status", "done")).toBe(
    '"done" is no status: write new, open, waiting, On hold, closed.\n',
  );
});
