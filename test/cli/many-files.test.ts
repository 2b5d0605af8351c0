// Answers with many files on one ticket: they become as many mails as files ask for, and whatever goes wrong with one
// ticket's words never holds up the others.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["ingest", "-"], { input: mailOf({ from: "ann@acme.example" }) });
  await desk.run(["deliver"]);
});
afterAll(() => desk.remove());

it("are split over several mails, each sent once", async () => {
  const files = Array.from({ length: 40 }, (_, n) => desk.file(`file-${n}.txt`, `file ${n}`));
  for (const round of [1, 2, 3]) {
    const said = await desk.run(["ticket", "reply", "1", "--text", `round ${round}`, "--yes", "--attach", ...files]);
    expect(said).toMatchObject({ code: 0 });
  }
  await desk.run(["ingest", "-"], { input: mailOf({ from: "eve@other.example", id: "later@other.example" }) });
  expect(await desk.run(["deliver"])).toMatchObject({ code: 0 });
  const rows = await desk.json<{ to: string; status: string }[]>("outbox", "list");
  expect(rows.map((row) => row.status)).toEqual(rows.map(() => "sent"));
  expect(rows.filter((row) => row.to === "ann@acme.example")).toHaveLength(4);
  expect(rows.filter((row) => row.to === "eve@other.example")).toHaveLength(1);
});
