// `maildesk customer merge`, `split` and `duplicates` (CUS-5): one person known twice becomes one, with all that is theirs,
// and back again.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";

let desk: DeskFolder;
/** One person wrote from two addresses; each test has a copy of it. */
let twice: DeskFolder;
beforeAll(async () => {
  desk = twice = await deskFolder();
  await mail("Ann Lee <ann@acme.com>");
  await mail("Ann Lee <ann.lee@acme.com>");
});
afterAll(() => twice.remove());
beforeEach(async () => {
  desk = await deskFolder({ like: twice });
});
afterEach(() => desk.remove());

let mails = 0;
const mail = (from: string) => desk.run(["ingest", "-"], { input: mailOf({ from, id: `${++mails}@acme.com` }) });
const done = (...args: string[]) => doneIn(desk, ...args);
const refused = (code: number, ...args: string[]) => refusedIn(desk, code, ...args);
interface Shown {
  id: string;
  email: string;
  phone: string;
  addresses: { address: string; primary: boolean }[];
  openTickets: number;
}
const show = (ref: string) => desk.json<Shown>("customer", "show", ref);

describe("a merge of customers", () => {
  it("is shown first, then addresses, tickets and messages are the other's, and an old id finds them", async () => {
    const [ann, lee] = [await show("ann@acme.com"), await show("ann.lee@acme.com")];
    await done("customer", "set", "ann.lee@acme.com", "phone=1");
    const shown = await done("customer", "merge", "ann.lee@acme.com", "ann@acme.com", "--dry-run");
    expect(shown.stdout.split("\n")).toEqual([
      `ann.lee@acme.com (${lee.id}) becomes ann@acme.com (${ann.id}).`,
      "  1 address, 1 ticket, 1 message are then theirs.",
      "  They get the other's phone.",
      "",
    ]);
    await done("customer", "merge", "ann.lee@acme.com", "ann@acme.com");
    for (const ref of ["ann@acme.com", "ann.lee@acme.com", lee.id])
      expect(await show(ref)).toMatchObject({
        id: ann.id,
        phone: "1",
        openTickets: 2,
        addresses: [
          { address: "ann@acme.com", primary: true },
          { address: "ann.lee@acme.com", primary: false },
        ],
      });
    expect(await desk.json("customer", "list")).toHaveLength(1);
    expect(await desk.json("ticket", "list", "--requester", "ann@acme.com")).toHaveLength(2);
    // Their next mail, from the address that was merged, goes where it belongs.
    await mail("Ann Lee <ann.lee@acme.com>");
    expect(await show(ann.id)).toMatchObject({ openTickets: 3 });
  });

  it("is taken back after later mail, and named where that stands on it", async () => {
    const before = [await show("ann@acme.com"), await show("ann.lee@acme.com")];
    await done("customer", "merge", "ann.lee@acme.com", "ann@acme.com");
    await mail("Ann Lee <ann@acme.com>");
    await done("undo");
    expect(await show("ann.lee@acme.com")).toEqual(before[1]);
    expect(await show("ann@acme.com")).toMatchObject({ id: before[0]?.id, openTickets: 2 });
    await done("customer", "merge", "ann.lee@acme.com", "ann@acme.com");
    await done("customer", "address", "primary", "ann@acme.com", "ann.lee@acme.com");
    const [merge] = (await desk.json<{ id: string; what: string }[]>("log", "list")).filter(({ what }) =>
      what.startsWith("customer merge"),
    );
    expect(await refused(1, "undo", merge?.id ?? "")).toContain("(customer address primary ann@acme.com");
  });

  it("of people who sat on one ticket leaves one seat, the stronger", async () => {
    await done("ticket", "follower", "add", "1", "ann.lee@acme.com");
    await done("customer", "merge", "ann@acme.com", "ann.lee@acme.com");
    expect(await desk.json("ticket", "show", "1")).toMatchObject({ requesters: ["ann.lee@acme.com"], followers: [] });
    await done("undo");
    expect(await desk.json("ticket", "show", "1")).toMatchObject({
      requesters: ["ann@acme.com"],
      followers: ["ann.lee@acme.com"],
    });
  });

  it("across organizations needs --force, and nobody becomes themselves", async () => {
    await mail("Ann Lee <ann@home.example>");
    expect(await refused(1, "customer", "merge", "ann@home.example", "ann@acme.com")).toMatch(
      /^ann@home\.example is in home\.example, and ann@acme\.com in acme\.com\.\n {2}If they are one person all the same: --force;/,
    );
    await done("customer", "merge", "ann@home.example", "ann@acme.com", "--force");
    expect(await refused(64, "customer", "merge", "ann@home.example", "ann@acme.com")).toContain("the same customer");
    expect(await desk.json("org", "show", "home.example")).toMatchObject({ customers: 0, openTickets: 1 });
  });
});

describe("a split", () => {
  it("makes somebody of an address, with the tickets and messages that came from it", async () => {
    await done("customer", "merge", "ann.lee@acme.com", "ann@acme.com");
    const said = await done("customer", "split", "ann@acme.com", "--address", "ann.lee@acme.com", "--name", "Leonie");
    expect(said.stdout).toMatch(/^Customer +Leonie\n/);
    expect(await show("ann.lee@acme.com")).toMatchObject({ email: "ann.lee@acme.com", openTickets: 1 });
    expect(await show("ann@acme.com")).toMatchObject({ openTickets: 1, addresses: [{ address: "ann@acme.com" }] });
    await done("undo");
    expect(await show("ann.lee@acme.com")).toMatchObject({ email: "ann@acme.com", openTickets: 2 });
  });

  it("leaves somebody an address", async () => {
    expect(await refused(1, "customer", "split", "ann@acme.com", "--address", "ann@acme.com")).toContain(
      "would have no address left",
    );
    expect(await refused(64, "customer", "split", "ann@acme.com", "--address", "bob@acme.com")).toContain(
      "bob@acme.com is no address of Ann Lee.\n  Theirs: ann@acme.com.",
    );
  });
});

it("duplicates proposes people of one name, and of one part before the @ in one organization", async () => {
  await done("org", "domain", "add", "acme.com", "acme.de");
  await mail("<ann@acme.de>");
  await mail("<ann@elsewhere.example>");
  expect(await desk.json("customer", "duplicates")).toMatchObject([
    {
      why: "the same name",
      shared: "ann lee",
      organization: "acme.com",
      customers: [{ email: "ann@acme.com" }, { email: "ann.lee@acme.com" }],
    },
    {
      why: "the same part before the @",
      shared: "ann",
      customers: [{ email: "ann@acme.com" }, { email: "ann@acme.de" }],
    },
  ]);
});
