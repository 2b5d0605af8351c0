// Types and choices are words that rows bear: none goes while somebody bears it, or comes to bear it at that moment, and an
// undo names who does. Whatever was merged away or deleted is carried along, and counts for nobody.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Change, type Guard, present } from "../../dist/desk/change.js";
import { type Customer, setDetails } from "../../dist/desk/customer.js";
import { removeField, setField, setValue } from "../../dist/desk/field.js";
import { newType, removeType, setType, type Type } from "../../dist/desk/type.js";
import { type CommandDesk, commandDesk } from "./commands-in-process.ts";
import { broken, stateOf } from "./desk-state.ts";

let desk: CommandDesk;
beforeEach(async () => {
  desk = await commandDesk("words");
  for (const who of ["ann", "bob", "eve"]) await done(`customer add ${who}@acme.example`);
});
afterEach(async () => {
  expect(broken(await stateOf(desk.app.database.read))).toEqual([]);
  await desk.close();
});

async function done(line: string): Promise<string> {
  const said = await desk.run(...line.split(" "), "--yes");
  expect(said, line).toMatchObject({ code: 0 });
  return said.stdout;
}
async function refused(line: string): Promise<string> {
  const said = await desk.run(...line.split(" "), "--yes");
  expect(said.code, `${line}: ${said.stdout}`).not.toBe(0);
  return said.stderr;
}
/** The commit that this line made last. */
async function commitOf(what: string): Promise<string> {
  const { rows } = await desk.app.lists.logList({ limit: 100 });
  return rows.find((row) => row.what === what)?.id ?? `no commit ${what}`;
}
const undo = async (what: string): Promise<string> => `undo ${await commitOf(what)}`;
async function customer(who: string): Promise<Customer> {
  const found = await desk.app.lists.customerByRef(`${who}@acme.example`);
  if (found === null) throw new Error(`no ${who}`);
  return found.customer;
}
const typeOf = async (who: string): Promise<string> => (await customer(who)).type;
const id = async (who: string): Promise<string> => (await customer(who)).id;

/** What somebody decided on the desk as it was, written now. */
async function write(decided: { changes: readonly Change[]; guards: readonly Guard[]; group?: string }): Promise<void> {
  const { app } = desk;
  const cause = { kind: "command" as const, by: "operator", what: "late" };
  await app.desk.commit({ id: app.ids.next("cmt"), atMs: app.clock.now(), cause, notices: [], ...decided });
}
describe("an undo", () => {
  it("of a type that somebody got since is refused, and names them", async () => {
    await done("type add VIP --on customer");
    await done("customer set ann@acme.example type=VIP");
    expect(await refused(await undo("type add VIP --on customer"))).toMatch(
      new RegExp(
        `the type VIP is in use: customer ${await id("ann")} is of it, by cmt_\\w+ \\(customer set ann@acme\\.example type, operator\\)\\.\\n {2}Take that back first: maildesk undo cmt_`,
      ),
    );
    await done(await undo("customer set ann@acme.example type"));
    await done(await undo("type add VIP --on customer"));
    expect(await done("type list --json")).toBe("[]\n");
  });

  it("of a type of tickets that a ticket got since is refused too", async () => {
    await done("type add Bug --on ticket");
    await done("type add Bug --on customer");
    await done("ticket new --from ann@acme.example --subject One --text Help --type Bug");
    expect(await refused(await undo("type add Bug --on ticket"))).toContain("the type Bug is in use: ticket tic_");
    await done(await undo("type add Bug --on customer"));
  });

  it("of a type whose word somebody bore before it was one is done", async () => {
    await done("customer set ann@acme.example type=VIP");
    await done("type add VIP --on customer");
    await done("customer set ann@acme.example type=");
    await done("customer set ann@acme.example type=VIP");
    await done(await undo("type add VIP --on customer"));
    expect(await typeOf("ann")).toBe("VIP");
  });

  it("of a type's new name is done for those whom it renamed, and refused where another came by it", async () => {
    await done("type add VIP --on customer");
    await done("customer set ann@acme.example type=VIP");
    await done("type set VIP name=Key --on customer");
    await done("customer set bob@acme.example type=Key");
    const renamed = await undo("type set VIP name=Key --on customer");
    expect(await refused(renamed)).toContain(`the type Key is in use: customer ${await id("bob")} is of it, by cmt_`);
    await done("customer set bob@acme.example type=");
    await done(renamed);
    expect(await typeOf("ann")).toBe("VIP");
  });

  it("that would give somebody a type that is no more is refused", async () => {
    await done("type add VIP --on customer");
    await done("type add Key --on customer");
    await done("customer set ann@acme.example type=VIP");
    await done("customer set ann@acme.example type=Key");
    await done("type remove VIP --on customer");
    expect(await refused(await undo("customer set ann@acme.example type"))).toMatch(
      /customer cus_\w+ would be of the type VIP again, which is no more, by cmt_\w+ \(type remove VIP/,
    );
    await done(await undo("type remove VIP --on customer"));
    await done(await undo("customer set ann@acme.example type"));
    expect(await typeOf("ann")).toBe("VIP");
  });

  it("of what was any word before types were defined is done", async () => {
    await done("customer set ann@acme.example type=whatever");
    await done("type add VIP --on customer");
    await done("customer set ann@acme.example type=VIP");
    await done(await undo("customer set ann@acme.example type"));
    expect(await typeOf("ann")).toBe("whatever");
  });

  it("of a whole import takes a type away with those whom the import gave it", async () => {
    const [group, ann, bob] = ["imp_1", await customer("ann"), await customer("bob")];
    const type = { id: "typ_1", appliesTo: "customer" as const, name: "VIP", colour: "" };
    await write({ changes: [newType(type, 1)], guards: [], group });
    await write({ changes: present([setDetails(ann, { type: "VIP" })]), guards: [], group });
    await done("customer set bob@acme.example type=VIP");
    const whole = `undo ${(await desk.app.lists.groupCommits(group))[0]?.id}`;
    expect(await refused(whole)).toContain(`the type VIP is in use: customer ${bob.id} is of it, by cmt_`);
    expect(await typeOf("ann")).toBe("VIP");
    await done("customer set bob@acme.example type=");
    await done(whole);
    expect(await typeOf("ann")).toBe("");
    expect(await done("type list --json")).toBe("[]\n");
  });

  it("of a choice or a field that somebody has since is refused, and names them", async () => {
    await done("field add plan --on customer --form choice --choice Free");
    await done("field set plan --on customer --choice Free --choice Gold");
    await done("customer set ann@acme.example field:plan=Gold");
    expect(await refused(await undo("field set plan --on customer"))).toMatch(
      new RegExp(
        `the choice Gold of field fld_\\w+ is in use: fieldValue fld_\\w+:${await id("ann")} is that, by cmt_\\w+ \\(customer set`,
      ),
    );
    await done("customer set ann@acme.example field:plan=Free");
    await done(await undo("field set plan --on customer"));
    expect(await refused(await undo("field add plan --on customer"))).toContain("refers to it, by cmt_");
    await done("customer set ann@acme.example field:plan=");
    await done(await undo("field add plan --on customer"));
  });

  it("that would give somebody a choice that is no more is refused", async () => {
    await done("field add plan --on customer --form choice --choice Free --choice Gold");
    await done("customer set ann@acme.example field:plan=Gold");
    await done("customer set ann@acme.example field:plan=Free");
    await done("field set plan --on customer --choice Free");
    expect(await refused(await undo("customer set ann@acme.example field:plan"))).toMatch(
      /would be Gold again, which is no choice of field fld_\w+ any more, by cmt_\w+ \(field set plan/,
    );
    await done(await undo("field set plan --on customer"));
    await done(await undo("customer set ann@acme.example field:plan"));
  });
});

const tooLate = { code: "guard" };

describe("who was too late decides again", () => {
  const type = async (name: string): Promise<Type> => {
    const found = (await desk.app.lists.types("customer")).find((one) => one.name === name);
    if (found === undefined) throw new Error(`no type ${name}`);
    return found;
  };
  const field = async () => {
    const [found] = await desk.app.lists.fields("customer");
    if (found === undefined) throw new Error("no field");
    return found;
  };
  const changing = (change: Change | null) => ({ changes: change === null ? [] : [change], guards: [] });
  beforeEach(async () => {
    await done("type add VIP --on customer");
    await done("type add Other --on customer");
    await done("field add plan --on customer --form choice --choice Free --choice Gold");
  });

  it("who removes a type that somebody got meanwhile, or renames it", async () => {
    const vip = await type("VIP");
    const bearers = await desk.app.lists.bearersOfType(vip);
    await done("customer set ann@acme.example type=VIP");
    await expect(write(removeType(vip, bearers, true))).rejects.toMatchObject(tooLate);
    await expect(write(setType(vip, { name: "Key" }, bearers))).rejects.toMatchObject(tooLate);
    await write(setType(vip, { colour: "#c0392b" }, bearers));
    expect(await typeOf("ann")).toBe("VIP");
  });

  it("who gives somebody a type that was removed meanwhile, or renamed", async () => {
    const late = changing(setDetails(await customer("ann"), { type: "VIP" }));
    await done("type set VIP name=Key --on customer");
    await expect(write(late)).rejects.toMatchObject(tooLate);
    await done("type remove Key --on customer");
    await expect(write(late)).rejects.toMatchObject(tooLate);
    expect(await typeOf("ann")).toBe("");
  });

  it("who removes a field of which somebody got a value meanwhile", async () => {
    const late = removeField(await field(), { living: [], ended: [] });
    await done("customer set ann@acme.example field:plan=Gold");
    await expect(write(late)).rejects.toMatchObject(tooLate);
  });

  it("who takes away a choice that somebody got meanwhile", async () => {
    const late = setField(await field(), { choices: ["Free"] }, { living: [], ended: [] });
    await done("customer set ann@acme.example field:plan=Gold");
    await expect(write(late)).rejects.toMatchObject(tooLate);
    await done("customer set ann@acme.example field:plan=Free");
    await write(late);
  });

  it("who gives somebody a value of a field, or a choice, that is no more", async () => {
    const late = changing(setValue(await field(), await id("ann"), null, "Gold"));
    await done("field set plan --on customer --choice Free");
    await expect(write(late)).rejects.toMatchObject(tooLate);
    await done("customer set ann@acme.example field:plan=Free");
    const current = (await desk.app.lists.fieldValues([await id("ann")])).get(await id("ann"))?.[0] ?? null;
    const older = { ...(await field()), choices: ["Free", "Gold"] };
    await expect(write(changing(setValue(older, await id("ann"), current, "Gold")))).rejects.toMatchObject(tooLate);
    await done("field remove plan --on customer --force");
    await expect(write(late)).rejects.toMatchObject(tooLate);
  });

  it("but who becomes somebody else hands on a word of before types were defined", async () => {
    await done("type remove VIP --on customer");
    await done("type remove Other --on customer");
    await done("customer set ann@acme.example type=whatever");
    await done("type add VIP --on customer");
    await done("customer merge ann@acme.example bob@acme.example");
    expect(await typeOf("bob")).toBe("whatever");
  });
});

describe("what was merged away, deleted or promoted", () => {
  const rows = async (line: string) => JSON.parse(await done(`${line} --json`)) as { rows?: number; values?: number };

  it("counts for no type, gets its new name, and loses it with the others", async () => {
    await done("type add VIP --on customer");
    for (const who of ["ann", "bob"]) await done(`customer set ${who}@acme.example type=VIP`);
    await done("customer merge ann@acme.example bob@acme.example");
    expect(await rows("type show VIP --on customer")).toMatchObject({ rows: 1 });
    expect(await refused("type remove VIP --on customer")).toContain("1 customer is of the type VIP.");
    await done("type set VIP name=Key --on customer");
    await done(await undo("customer merge ann@acme.example bob@acme.example"));
    expect(await typeOf("ann")).toBe("Key");
    await done("customer merge ann@acme.example bob@acme.example");
    await done("customer set bob@acme.example type=");
    await done("type remove Key --on customer");
    await done(await undo("type remove Key --on customer"));
    expect(await rows("type show Key --on customer")).toMatchObject({ rows: 0 });
  });

  it("counts for no field, and keeps no choice", async () => {
    await done("field add plan --on customer --form choice --choice Free --choice Gold");
    await done("field add tier --on organization --form choice --choice one --choice two");
    await done("org add Beta");
    await done("org set Beta field:tier=two");
    await done("customer set ann@acme.example field:plan=Gold");
    await done("customer promote ann@acme.example");
    await done("org delete Beta");
    expect(await rows("field show plan --on customer")).toMatchObject({ values: 0 });
    expect(await done("field list --on organization --csv")).toMatch(/,0\r?\n$/);
    await done("field set tier --on organization --choice one");
    expect(await refused("field remove nothing --on customer")).toContain("There is no field");
    await done("field remove plan --on customer");
    await done(await undo("org delete Beta"));
    expect(JSON.parse(await done("org show Beta --json"))).toMatchObject({ fields: {} });
    await done("org delete Beta");
    await done(await undo("field set tier --on organization"));
    await done(await undo("org delete Beta"));
    expect(JSON.parse(await done("org show Beta --json"))).toMatchObject({ fields: { tier: "two" } });
  });
});
