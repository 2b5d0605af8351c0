// Whoever leaves leaves nothing behind, whatever others write meanwhile: an agent whose tickets are given to somebody, a team
// that ends, a customer who becomes an agent. What came to be theirs in between makes the decision be made again (AGT-3, CUS-6).
import { afterAll, beforeAll, expect, it } from "vitest";
import { customerParts } from "../../dist/database/list-customer-parts.js";
import { teamLists } from "../../dist/database/list-teams.js";
import { customerById, promotedTo } from "../../dist/database/tombstones.js";
import { type Agent, agentGuard, deactivateAgent, newAgent } from "../../dist/desk/agent.js";
import { update } from "../../dist/desk/change.js";
import { promoteCustomer } from "../../dist/desk/promote.js";
import { newTeam, removeTeam, teamGuard } from "../../dist/desk/team.js";
import { addPerson, type Ticket } from "../../dist/desk/ticket.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { ticketInDesk, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("leaving");
});
afterAll(() => desk.close());

const lists = () => teamLists(desk.database);
const guard = expect.objectContaining({ code: "guard" });

async function agent(name: string): Promise<Agent> {
  const id = desk.ids.next("agt");
  const address = `${name}@desk.example`;
  const draft = { id, ref: await desk.desk.draw("ref", 1), name, mayAnswer: true, mayAdminister: false };
  await write(desk, newAgent({ ...draft, address, addressKey: address }, 1));
  return { ...draft, state: "active", signature: "", hears: "own", createdAt: 1, version: 1 };
}

async function team(name: string) {
  await write(desk, [newTeam(desk.ids.next("tea"), name, 1)]);
  const row = await lists().teamByRef(name);
  if (row === null) throw new Error("no team");
  return row;
}

const ticketOf = async (id: string): Promise<Ticket> =>
  await desk.read.selectFrom("ticket").selectAll().where("id", "=", id).executeTakeFirstOrThrow();

async function assign(ticketId: string, assigneeId: string): Promise<void> {
  const change = update("ticket", await ticketOf(ticketId), { assigneeId });
  if (change !== null) await write(desk, [change]);
}

it("an agent who gets a ticket meanwhile is not deactivated without it", async () => {
  const [bob, eve] = [await agent("bob"), await agent("eve")];
  const [one, two] = [await ticketInDesk(desk, ["ann"]), await ticketInDesk(desk, ["ann"])];
  await assign(one.ticketId, bob.id);
  const plan = async () => {
    const own = await lists().agentBelongings(bob.id);
    return deactivateAgent(bob, own, { id: eve.id, guard: agentGuard(eve) });
  };
  const early = await plan();
  await assign(two.ticketId, bob.id);
  await expect(write(desk, early.changes, { guards: early.guards })).rejects.toEqual(guard);
  const late = await plan();
  await write(desk, late.changes, { guards: late.guards });
  expect([await ticketOf(one.ticketId), await ticketOf(two.ticketId)]).toMatchObject([
    { assigneeId: eve.id },
    { assigneeId: eve.id },
  ]);
  // And who assigns relies on an agent who is active.
  const change = update("ticket", await ticketOf(one.ticketId), { assigneeId: bob.id });
  await expect(write(desk, change === null ? [] : [change], { guards: [agentGuard(bob)] })).rejects.toEqual(guard);
});

it("a team that gets a ticket meanwhile is not removed, and no ticket goes to one that is", async () => {
  const billing = await team("Billing");
  const { ticketId } = await ticketInDesk(desk, ["ann"]);
  const plan = async () => removeTeam(await lists().teamBelongings(billing), true);
  const early = await plan();
  await assign(ticketId, billing.id);
  await expect(write(desk, early.changes, { guards: early.guards })).rejects.toEqual(guard);
  const late = await plan();
  await write(desk, late.changes, { guards: late.guards });
  expect(await ticketOf(ticketId)).toMatchObject({ assigneeId: null });
  expect(await lists().teamByRef("Billing")).toBeNull();
  const change = update("ticket", await ticketOf(ticketId), { assigneeId: billing.id });
  await expect(write(desk, change === null ? [] : [change], { guards: [teamGuard(billing)] })).rejects.toEqual(guard);
});

it("a customer who joins a ticket meanwhile is not promoted with that seat, and is no customer afterwards", async () => {
  const { customers } = await ticketInDesk(desk, ["zoe"]);
  const other = await ticketInDesk(desk, ["ann"]);
  const id = customers[0]?.id ?? "";
  const draft = { id: desk.ids.next("agt"), ref: 900, name: "Zoe", mayAnswer: true, mayAdminister: false };
  const plan = async () => {
    const customer = await customerById(desk.read, id);
    if (customer === null) throw new Error("no customer");
    return promoteCustomer(await customerParts(desk.database).customerBelongings(customer), draft, 1);
  };
  const early = await plan();
  await write(desk, [addPerson(other.ticketId, id, "follower", "zoe@acme.example", 1)]);
  await expect(write(desk, early.changes, { guards: early.guards })).rejects.toEqual(guard);
  const late = await plan();
  await write(desk, late.changes, { guards: late.guards });
  expect(await customerById(desk.read, id)).toBeNull();
  expect(await promotedTo(desk.read, id)).toBe(draft.id);
  expect(await desk.read.selectFrom("ticketPerson").select("id").where("customerId", "=", id).execute()).toEqual([]);
});
