// `maildesk field`, `type` and the panels: what administrators define, how it is set, found and shown (CUS-8 to CUS-10).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, refusedIn } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  for (const who of ["ann", "bob", "eve"]) await done("customer", "add", `${who}@acme.com`);
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
const refused = (code: number, ...args: string[]) => refusedIn(desk, code, ...args);
const listed = async (...flags: string[]) =>
  (await desk.json<{ email: string }[]>("customer", "list", ...flags)).map(({ email }) => email);

describe("a custom field", () => {
  beforeAll(async () => {
    await done("field", "add", "Plan", "--on", "customer", "--form", "choice", "--choice", "Free", "--choice", "Gold");
    await done("field", "add", "seats", "--on", "customer", "--form", "number");
    await done("field", "add", "since", "--on", "customer", "--form", "date", "--name", "Customer since");
    await done("field", "add", "paying", "--on", "customer", "--form", "switch");
    await done("field", "add", "region", "--on", "organization");
    await done("field", "add", "severity", "--on", "ticket", "--form", "choice", "--choice", "low", "--choice", "high");
  });

  it("takes values of its form, in one spelling, and --json has them as what they are", async () => {
    await done("customer", "set", "ann@acme.com", "field:plan=GOLD", "field:seats=012.50", "field:paying=yes");
    await done("customer", "set", "ann@acme.com", "field:since=2024-02-29");
    expect(await desk.json("customer", "show", "ann@acme.com")).toMatchObject({
      fields: { plan: "Gold", seats: 12.5, paying: true, since: "2024-02-29" },
    });
    await done("org", "set", "acme.com", "field:region= North  West ");
    expect(await desk.json("org", "show", "acme.com")).toMatchObject({
      origin: "hand",
      fields: { region: "North  West" },
    });
    await done("ticket", "new", "--from", "ann@acme.com", "--subject", "Help", "--text", "please");
    await done("ticket", "set", "1", "field:severity=high", "priority=2");
    expect(await desk.json("ticket", "show", "1")).toMatchObject({ priority: 2, fields: { severity: "high" } });
  });

  it.each([
    ["field:plan=Silver", '"Silver" is no choice of plan.\n  Choices: Free, Gold.'],
    ["field:seats=many", 'seats is a number: write one such as 12 or -3.5, not "many".'],
    ["field:since=2023-02-29", 'since is a date: write it as 2026-11-27, not "2023-02-29".'],
    ["field:paying=perhaps", 'paying is a switch: write on or off, not "perhaps".'],
    ["field:plam=Gold", 'There is no "field:plam" to set (did you mean "field:plan"?).'],
  ])("refuses %s", async (pair, sentence) => {
    expect(await refused(64, "customer", "set", "bob@acme.com", pair)).toContain(sentence);
  });

  it("finds who has a value, and who has none", async () => {
    await done("customer", "set", "bob@acme.com", "field:plan=free", "field:seats=12.5");
    expect(await listed("--field", "seats=12.50")).toEqual(["ann@acme.com", "bob@acme.com"]);
    expect(await listed("--field", "plan=free", "--field", "seats=12.5")).toEqual(["bob@acme.com"]);
    expect(await listed("--field", "plan=")).toEqual(["eve@acme.com"]);
    expect(await refused(64, "customer", "list", "--field", "size=1")).toContain(
      'There is no field "size" of a customer',
    );
  });

  it("keeps a choice that somebody has, and is removed with its values, which undo brings back", async () => {
    expect(await refused(1, "field", "set", "plan", "--on", "customer", "--choice", "Gold")).toContain(
      '"Free" is still somebody\'s Plan.\n  To see whose: maildesk customer list --field plan="Free"',
    );
    expect(await refused(1, "field", "remove", "plan", "--on", "customer")).toContain("2 rows have a value of plan.");
    await done("field", "remove", "plan", "--on", "customer", "--force");
    expect(await desk.json("customer", "show", "ann@acme.com")).toMatchObject({ fields: { seats: 12.5 } });
    await done("undo");
    expect(await desk.json("customer", "show", "ann@acme.com")).toMatchObject({ fields: { plan: "Gold" } });
  });

  it.each([
    [["field", "add", "plan", "--on", "customer"], 1, "There is a field plan of a customer already (choice)."],
    [["field", "add", "1st", "--on", "customer"], 65, '"1st" is no key of a field.'],
    [["field", "add", "x", "--on", "customer", "--form", "choice"], 65, "A choice needs from 1 to 200 different"],
    [["field", "add", "x", "--on", "customer", "--choice", "a"], 65, "Only a choice has choices, not a text."],
  ])("is refused: %j", async (args, code, sentence) => {
    expect(await refused(code, ...args)).toContain(sentence);
  });
});

describe("a panel", () => {
  it("shows what the setting names, in its order, and --all everything", async () => {
    await done("settings", "set", "panel.customer=field:seats,name,field:plan");
    const labels = (text: string) => text.split("\n").map((line) => line.split("  ")[0]);
    const shown = await done("customer", "show", "ann@acme.com");
    expect(labels(shown.stdout).slice(0, 3)).toEqual(["seats", "Customer", "Plan"]);
    expect((await done("customer", "show", "ann@acme.com", "--all")).stdout).toContain("Organization");
    expect(await refused(65, "settings", "set", "panel.customer=nmae")).toContain(
      'panel.customer: there is no "nmae" to show (did you mean "name"?).',
    );
  });
});

describe("a type", () => {
  it("is any word until one is defined, and one of those from then on", async () => {
    await done("customer", "set", "ann@acme.com", "type=whatever");
    await done("type", "add", "VIP", "--on", "customer", "--colour", "#C0392B");
    expect(await refused(64, "customer", "set", "bob@acme.com", "type=VPI")).toContain(
      'There is no customer type "VPI" (did you mean "VIP"?).',
    );
    await done("customer", "set", "bob@acme.com", "type=vip");
    expect(await listed("--type", "Vip")).toEqual(["bob@acme.com"]);
    expect(await desk.json("type", "list")).toMatchObject([
      { name: "VIP", on: "customer", colour: "#c0392b", rows: 1 },
    ]);
  });

  it("is renamed in every row, and taken away only by force; undo brings it back", async () => {
    await done("type", "set", "VIP", "name=Key account", "--on", "customer");
    expect(await desk.json("customer", "show", "bob@acme.com")).toMatchObject({ type: "Key account" });
    expect(await refused(1, "type", "remove", "key account", "--on", "customer")).toContain(
      "1 customer is of the type Key account.",
    );
    await done("type", "remove", "key account", "--on", "customer", "--force");
    expect(await desk.json("customer", "show", "bob@acme.com")).toMatchObject({ type: "" });
    await done("undo");
    expect(await listed("--type", "Key account")).toEqual(["bob@acme.com"]);
  });

  it("has a name of its own and a colour that there is", async () => {
    expect(await refused(1, "type", "add", "KEY ACCOUNT", "--on", "customer")).toContain("already");
    expect(await refused(65, "type", "add", "x", "--on", "customer", "--colour", "red")).toContain(
      '"red" is no colour',
    );
  });
});

describe("a verb on many customers", () => {
  it("takes the flags of the list, shows first who it is, and is one undo", async () => {
    expect(await refused(64, "customer", "deactivate")).toContain("Name the customers");
    expect(await refused(64, "customer", "deactivate", "ann@acme.com", "--org", "acme.com")).toContain("not both");
    const shown = await done("customer", "deactivate", "--field", "seats=12.5", "--dry-run");
    expect(shown.stdout).toBe("ann@acme.com would be deactivated\nbob@acme.com would be deactivated\n");
    const asked = await desk.run(["customer", "deactivate", "--org", "acme.com"]);
    expect(asked).toMatchObject({ code: 64, stderr: expect.stringContaining("there is no terminal to ask on") });
    await done("customer", "deactivate", "--field", "seats=12.5");
    expect(await listed("--state", "deactivated")).toEqual(["ann@acme.com", "bob@acme.com"]);
    await done("undo");
    expect(await listed("--state", "active")).toHaveLength(3);
  });
});
