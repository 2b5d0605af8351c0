// `maildesk customer`: who they are, at which addresses, and where they belong (CUS-1 to CUS-4, ORG-3 to ORG-7).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

interface Customer {
  id: string;
  email: string;
  name: string;
  organization: { id: string; name: string } | null;
  placedBy: string;
  state: string;
  addresses: { address: string; primary: boolean; state: string }[];
}

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await desk.run(["org", "add", "Acme", "--domain", "acme.com"]);
  await desk.run(["agent", "add", "ria@desk.example", "--name", "Ria"]);
});
afterAll(() => desk.remove());

const show = (ref: string) => desk.json<Customer>("customer", "show", ref);
const list = (...flags: string[]) => desk.json<Customer[]>("customer", "list", ...flags);

describe("customer add", () => {
  it.each([
    ["ann@acme.com", [], "Acme", "domain"],
    ["bea@eu.acme.com", [], "Acme", "domain"],
    ["eve@evilacme.com", [], "evilacme.com", "domain"],
    ["carl@sales.initech.example", [], "initech.example", "domain"],
    ["dora@gmail.com", [], null, "nothing"],
    ["erik@desk.example", [], null, "nothing"],
    ["fred@gmail.com", ["--org", "acme"], "Acme", "hand"],
    ["gina@acme.com", ["--org", "none"], null, "hand"],
  ])("puts %s %j where a first mail would, or where it is told", async (email, flags, organization, placedBy) => {
    expect(await desk.run(["customer", "add", email, ...flags])).toMatchObject({ code: 0, stderr: "" });
    const made = await show(email);
    expect({ organization: made.organization?.name ?? null, placedBy: made.placedBy }).toEqual({
      organization,
      placedBy,
    });
  });

  it("says where they belong, and why", async () => {
    expect((await desk.run(["customer", "add", "hal@eu.acme.com"])).stdout).toMatch(
      /^Made the customer cus_\w+: hal@eu\.acme\.com joins Acme: Acme owns acme\.com, a parent of eu\.acme\.com\.\n$/,
    );
  });

  it("prints the documented fields for machines, and sends nothing", async () => {
    expect(await desk.json("customer", "add", "Ida@acme.com", "--name", "Ida  Lee", "--type", "vip")).toEqual({
      id: expect.stringMatching(/^cus_/),
      email: "Ida@acme.com",
      name: "Ida Lee",
      organization: { id: expect.stringMatching(/^org_/), name: "Acme" },
      state: "active",
      type: "vip",
      createdAt: expect.stringMatching(/Z$/),
      mutedAt: null,
    });
    await desk.run(["deliver"]);
    expect(await desk.json("outbox", "list")).toEqual([]);
  });

  it.each([
    ["ANN@acme.com", 1, /ANN@acme\.com belongs to a customer already\.\n {2}maildesk customer show ANN@acme\.com/],
    ["ria@desk.example", 1, /belongs to the agent Ria already\.\n {2}Nobody is both/],
    ["support@desk.example", 1, /is an address of the desk itself/],
    ["nonsense", 64, /"nonsense" is no address/],
    ["a@b@acme.com", 64, /more than one @/],
    ["Ann <ann2@acme.com>", 64, /without a name and angle brackets/],
  ])("refuses %s", async (email, code, expected) => {
    expect(await desk.run(["customer", "add", email])).toMatchObject({
      code,
      stdout: "",
      stderr: expect.stringMatching(expected),
    });
  });

  it("obeys the settings that a first mail obeys", async () => {
    await desk.run([
      "settings",
      "set",
      "customers.matchSubdomains=off",
      "customers.autoCreateOrganizations=off",
      "customers.defaultOrganization=Acme",
    ]);
    await desk.run(["customer", "add", "jo@eu.acme.com"]);
    expect(await show("jo@eu.acme.com")).toMatchObject({ organization: { name: "Acme" }, placedBy: "default" });
    await desk.run([
      "settings",
      "unset",
      "customers.matchSubdomains",
      "customers.autoCreateOrganizations",
      "customers.defaultOrganization",
    ]);
  });

  it("by five at the same time makes one customer and one organization", async () => {
    const said = await Promise.all(Array.from({ length: 5 }, () => desk.run(["customer", "add", "kim@race.example"])));
    expect(said.map(({ code }) => code).toSorted()).toEqual([0, 1, 1, 1, 1]);
    expect(await list("race.example")).toHaveLength(1);
    expect(await desk.json("org", "list", "race.example")).toHaveLength(1);
  });
});

describe("customer list", () => {
  it("keeps those of an organization and those of none apart", async () => {
    expect((await list("--org", "acme.com")).every((row) => row.organization?.name === "Acme")).toBe(true);
    const none = (await list("--no-org")).map((row) => row.email);
    expect(none).toEqual(["dora@gmail.com", "erik@desk.example", "gina@acme.com"]);
    expect((await list("--org", "none")).map((row) => row.email)).toEqual(none);
  });

  it("finds a part of a name or of any address, taken literally", async () => {
    expect((await list("da le")).map((row) => row.email)).toEqual(["Ida@acme.com"]);
    expect((await list("GINA@")).map((row) => row.email)).toEqual(["gina@acme.com"]);
    expect(await list("%")).toEqual([]);
  });

  it("is CSV whose columns are the fields", async () => {
    expect((await desk.run(["customer", "list", "ida", "--csv"])).stdout).toMatch(
      /^id,email,name,organization\.id,organization\.name,state,type,createdAt,mutedAt\r\ncus_\w+,Ida@acme\.com,Ida Lee,org_\w+,Acme,active,vip,[\d-]+T[\d:.]+Z,\r\n$/,
    );
  });
});

describe("a customer's place", () => {
  it("changes by hand whatever the address, and their tickets stay", async () => {
    await desk.run(["ingest", "-"], { input: mailOf({ from: "Ann <ann@acme.com>" }) });
    await desk.run(["org", "add", "Globex"]);
    const said = await desk.run(["customer", "move", "ann@acme.com", "globex"]);
    expect(said.stdout).toBe("ann@acme.com is in Globex now, by hand: no domain moves them any more.\n");
    expect(said.stderr).toBe(
      "1 ticket of theirs stays with Acme; they still hear of it (--with-tickets takes them along).\n",
    );
    expect(await desk.json("ticket", "list")).toMatchObject([{ organization: "Acme" }]);
    expect(await show("ann@acme.com")).toMatchObject({ organization: { name: "Globex" }, placedBy: "hand" });
  });

  it("is remembered where the hand left it, too", async () => {
    expect((await desk.run(["customer", "move", "bea@eu.acme.com", "Acme"])).stdout).toContain(
      "is in Acme already, and stays there by hand",
    );
    expect(await show("bea@eu.acme.com")).toMatchObject({ placedBy: "hand" });
  });
});

describe("a customer's details", () => {
  it("are set and cleared; a name given by hand is not overwritten by mail", async () => {
    await desk.run([
      "customer",
      "set",
      "ann@acme.com",
      "name=Ann Lee",
      "timeZone=Europe/Berlin",
      "language=pt-BR",
      "phone=1",
    ]);
    await desk.run(["customer", "set", "ann@acme.com", "phone="]);
    await desk.run(["ingest", "-"], {
      input: mailOf({ from: "Spoofed Name <ann@acme.com>", id: "2@acme.com", text: "Again" }),
    });
    expect(await show("ann@acme.com")).toMatchObject({
      name: "Ann Lee",
      timeZone: "Europe/Berlin",
      language: "pt-BR",
      phone: "",
    });
  });

  it.each([
    ["timeZone=Europe/Berln", /"Europe\/Berln" is no time zone/],
    ["language=klingon-", /"klingon-" is no language/],
    ["email=x@acme.com", /There is no "email" to set/],
  ])("refuse %s", async (pair, expected) => {
    expect(await desk.run(["customer", "set", "ann@acme.com", pair])).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(expected),
    });
  });
});

describe("a customer's addresses", () => {
  it("are several, and mail from any of them is the same customer", async () => {
    await desk.run(["customer", "address", "add", "ann@acme.com", "Ann.Lee@acme.com"]);
    await desk.run(["ingest", "-"], {
      input: mailOf({ from: "ann.lee@ACME.com", id: "3@acme.com", text: "From my other address" }),
    });
    expect(await show("ann.lee@acme.com")).toMatchObject({ email: "ann@acme.com", openTickets: 3 });
  });

  it("have one primary, which stays until another one is", async () => {
    expect(await desk.run(["customer", "address", "remove", "ann@acme.com", "ann@acme.com"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is the primary address"),
    });
    await desk.run(["customer", "address", "primary", "ann@acme.com", "ann.lee@acme.com"]);
    await desk.run(["customer", "address", "remove", "ann.lee@acme.com", "ann@acme.com"]);
    expect((await show("ann.lee@acme.com")).addresses).toEqual([
      { address: "Ann.Lee@acme.com", primary: true, state: "ok", softBounces: 0 },
    ]);
    expect(await desk.run(["customer", "address", "remove", "ann.lee@acme.com", "ann.lee@acme.com"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is the only address"),
    });
  });

  it.each([
    ["gina@acme.com", 1, /belongs to a customer already/],
    ["ria@desk.example", 1, /belongs to the agent Ria already/],
    ["support@desk.example", 1, /the desk itself/],
  ])("never include %s, which is somebody else's", async (address, code, expected) => {
    expect(await desk.run(["customer", "address", "add", "ann.lee@acme.com", address])).toMatchObject({
      code,
      stderr: expect.stringMatching(expected),
    });
  });
});

describe("a customer's state", () => {
  it("blocked holds their mail, and unblocked takes it again", async () => {
    await desk.run(["customer", "block", "gina@acme.com", "dora@gmail.com"]);
    await desk.run(["ingest", "-"], { input: mailOf({ from: "gina@acme.com", id: "4@acme.com" }) });
    expect(await desk.json("email", "list", "--from", "gina@acme.com")).toMatchObject([
      { status: "held", reason: "blocked" },
    ]);
    expect((await list("--state", "blocked")).map((row) => row.email)).toEqual(["dora@gmail.com", "gina@acme.com"]);
    expect(await desk.run(["customer", "deactivate", "gina@acme.com"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("gina@acme.com is blocked: there is nothing to deactivate."),
    });
    await desk.run(["customer", "unblock", "gina@acme.com", "dora@gmail.com"]);
    expect(await list("--state", "blocked")).toEqual([]);
  });

  it("is changed for all that are named or for none", async () => {
    expect(await desk.run(["customer", "block", "dora@gmail.com", "nobody@acme.com"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('There is no customer "nobody@acme.com"'),
    });
    expect(await show("dora@gmail.com")).toMatchObject({ state: "active" });
  });
});
