// A customer's words reach the others on a ticket under a name, never with an address, whatever the mail program wrote.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "../cli/desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
});
afterAll(() => desk.remove());

it("hides an address that stands in the place of a name", async () => {
  await desk.run(["ingest", "-"], {
    input: mailOf({ from: `"'ann@acme.example'" <ann@acme.example>`, id: "one@acme.example" }),
  });
  await desk.run(["customer", "add", "bob@other.example"]);
  await desk.run(["ticket", "follower", "add", "1", "bob@other.example"]);
  await desk.run(["ingest", "-"], {
    input: `In-Reply-To: <one@acme.example>\r\n${mailOf({ from: `"'ann@acme.example'" <ann@acme.example>`, id: "two@acme.example" })}`,
  });
  await desk.run(["deliver"]);
  const rows = await desk.json<{ id: string; to: string }[]>("outbox", "list");
  const toBob = rows.find((row) => row.to === "bob@other.example");
  const shown = (await desk.run(["outbox", "show", toBob?.id ?? "none"])).stdout;
  expect(shown).toContain("Another participant wrote:");
  expect(shown).not.toContain("ann@acme.example");
});
