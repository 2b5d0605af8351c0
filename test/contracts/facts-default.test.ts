// The default organization of a mailbox, as the database answers (ORG-4): by id or name, live or what it was merged into,
// instead of the desk's own, and none where the mailbox names none or one that is not there.
import { afterAll, beforeAll, expect, it } from "vitest";
import { newOrganization } from "../../dist/desk/organization.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("facts-default");
  await write(desk, [
    ...newOrganization("org_desk", "Everybody", "hand", [], 1),
    ...newOrganization("org_house", "House & Co", "hand", [], 1),
    ...newOrganization("org_old", "Old House", "hand", [], 1),
    ...newOrganization("org_gone", "Gone", "hand", [], 1),
    { table: "setting", id: "customers.defaultOrganization", before: null, after: { value: "org_desk" } },
  ]);
  await write(desk, [
    {
      ...{ table: "organization", id: "org_old" },
      before: { state: "active", mergedInto: null },
      after: { state: "merged", mergedInto: "org_house" },
    },
    { table: "organization", id: "org_gone", before: { state: "active" }, after: { state: "deleted" } },
  ]);
});
afterAll(() => desk.close());

it.each([
  [undefined, "org_desk"],
  ["org_house", "org_house"],
  ["HOUSE  & co", "org_house"],
  ["org_old", "org_house"],
  ["old house", "org_house"],
  ["Gone", null],
  ["org_gone", null],
  ["Nobody", null],
  ["none", null],
])("named %j is %j", async (named, id) => {
  const facts = await desk.desk.facts(
    {
      ...{ digest: "nobody's", messageId: null, cited: [], bounced: null, tokens: [], taggedNumber: null },
      ...{ behalf: null, copied: [], commands: { commands: [], rest: "", wrong: null } },
      sender: { name: "", address: "new@x.example", key: "new@x.example", domain: "x.example" },
      domains: ["x.example"],
      now: desk.clock.now(),
      ...(named === undefined ? {} : { defaultOrganization: named }),
    },
    null,
  );
  expect(facts.defaultOrganization?.id ?? null).toBe(id);
});
