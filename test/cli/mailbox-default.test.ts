// `defaultOrganization` of a mailbox in maildesk.yaml (ORG-4): newcomers by that mailbox join it where no domain decides, the
// mail's explanation says so, `doctor` looks whether it is there, and tickets that a command makes there follow it too.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
const boxes = (sales: string, rest = "") =>
  `secret: { file: ./maildesk.secret }
outgoing: maildir:./data/sent
mailboxes:
  - { name: support, address: support@desk.example }
  - { name: sales, address: sales@desk.example, defaultOrganization: ${sales} }
  - { name: lab, address: lab@desk.example, defaultOrganization: none }
${rest}`;

beforeAll(async () => {
  desk = await deskFolder();
  desk.file("maildesk.yaml", boxes("'Sales Leads'"));
  await done("org", "add", "Everybody");
  await done("org", "add", "Sales Leads");
  await done("settings", "set", "customers.defaultOrganization=Everybody");
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
let mails = 0;
/** The explanation of a first mail. */
async function mail(from: string, mailbox: string): Promise<string> {
  const id = `${++mails}@default.example`;
  const input = mailOf({ from, id, to: `${mailbox}@desk.example` });
  await desk.run(["ingest", "-", "--mailbox", mailbox], { input });
  return (await done("email", "explain", id)).stdout.replace(/\s+/g, " ");
}
const placed = (email: string) => desk.json("customer", "show", email);

describe("a newcomer whom no domain places", () => {
  it("joins the mailbox's organization, the desk's by another mailbox, and none where the mailbox says so", async () => {
    expect(await mail("ann@gmail.com", "sales")).toContain(
      "joins Sales Leads, the default organization of the mailbox sales: gmail.com is a free-mail domain",
    );
    expect(await placed("ann@gmail.com")).toMatchObject({
      organization: { name: "Sales Leads" },
      placedBy: "default",
    });
    expect((await done("customer", "show", "ann@gmail.com")).stdout).toContain(
      "Sales Leads (by default, as no domain decides)",
    );
    expect(await mail("bob@gmail.com", "support")).toContain("joins the default organization: gmail.com is");
    expect(await placed("bob@gmail.com")).toMatchObject({ organization: { name: "Everybody" } });
    expect(await mail("eve@gmail.com", "lab")).toContain("joins no organization, the default of the mailbox lab:");
    expect(await placed("eve@gmail.com")).toMatchObject({ organization: null, placedBy: "nothing" });
  });

  it("is not one whose domain founds an organization, unless that is off", async () => {
    await mail("joe@initech.example", "sales");
    expect(await placed("joe@initech.example")).toMatchObject({ organization: { name: "initech.example" } });
    await done("settings", "set", "customers.autoCreateOrganizations=off");
    expect(await mail("kim@umbrella.example", "sales")).toContain("customers.autoCreateOrganizations is off");
    expect(await placed("kim@umbrella.example")).toMatchObject({ organization: { name: "Sales Leads" } });
    await done("settings", "unset", "customers.autoCreateOrganizations");
  });

  it("may be named for a ticket of that mailbox", async () => {
    const flags = ["--subject", "By phone", "--text", "Please call.", "--mailbox", "sales"];
    await done("ticket", "new", "--from", "lee@gmail.com", ...flags);
    expect(await placed("lee@gmail.com")).toMatchObject({ organization: { name: "Sales Leads" } });
  });

  it("is told beforehand by inspect", async () => {
    const file = desk.file("new.eml", mailOf({ from: "new@gmail.com", id: "inspected@x.example" }));
    const flags = ["--desk", "--mailbox", "sales", "--json"];
    expect((await desk.run(["inspect", file, ...flags])).stdout).toContain("joins Sales Leads, the default");
  });

  it("joins what the organization was merged into, found by its old name", async () => {
    await done("org", "add", "Leads");
    await done("org", "merge", "Sales Leads", "Leads");
    expect(await mail("may@gmail.com", "sales")).toContain(
      "joins Leads, the default organization of the mailbox sales",
    );
    await done("undo", ...(await lastCommit("org merge")));
  });
});

async function lastCommit(what: string): Promise<string[]> {
  const rows = await desk.json<{ id: string; what: string }[]>("log", "list");
  await done("customer", "move", "may@gmail.com", "none");
  return rows
    .filter((row) => row.what.startsWith(what))
    .map(({ id }) => id)
    .slice(0, 1);
}

describe("an organization that is not there", () => {
  const doctor = async () => (await desk.run(["doctor"])).stdout;

  it("is found by doctor, which says what to do; one that is there is well", async () => {
    expect(await doctor()).toMatch(/^ok +org sales +newcomers whom no domain places join Sales Leads$/m);
    desk.file("maildesk.yaml", boxes("Sales Lead"));
    expect(await doctor()).toMatch(
      /^FAILED {2}org sales +There is no organization "Sales Lead" \(did you mean "Sales Leads"\?\), the defaultOrganization of the mailbox sales: .*maildesk org add "Sales Lead"$/m,
    );
    expect(await doctor()).not.toContain("org lab");
  });

  it("puts newcomers in none, and the explanation says why", async () => {
    expect(await mail("pat@gmail.com", "sales")).toContain(
      'joins no organization, as there is no "Sales Lead", the default organization of the mailbox sales',
    );
    expect(await placed("pat@gmail.com")).toMatchObject({ organization: null, placedBy: "nothing" });
  });
});

it("who was placed by default is so again after an export and an import", async () => {
  const other = await deskFolder();
  try {
    for (const noun of ["org", "customer"]) {
      const text = (await done(noun, "export")).stdout;
      const said = await other.run([noun, "import", "-"], { input: text });
      expect(said, said.stderr).toMatchObject({ code: 0 });
      expect((await other.run([noun, "export"])).stdout).toBe(text);
    }
    expect(await other.json("customer", "show", "ann@gmail.com")).toMatchObject({ placedBy: "default" });
  } finally {
    other.remove();
  }
});
