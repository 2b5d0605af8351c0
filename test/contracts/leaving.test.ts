// What a signed token lets somebody leave on a real database, whoever they are by now; what is refused at the attempt; and that merges,
// promotions and erasures leave no opt-out behind that leads nowhere (SHA-10).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { erase } from "../../dist/database/erase.js";
import { leavingOf } from "../../dist/database/leaving.js";
import { customerParts } from "../../dist/database/list-customer-parts.js";
import { optOutLists } from "../../dist/database/opt-outs.js";
import { customerById } from "../../dist/database/tombstones.js";
import { invert } from "../../dist/desk/change.js";
import { mergeCustomers } from "../../dist/desk/customer-merge.js";
import { leave } from "../../dist/desk/opt-out.js";
import { newProject, share } from "../../dist/desk/project.js";
import { promoteCustomer } from "../../dist/desk/promote.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { outgoing } from "./outbox-row.ts";
import { ticketInDesk, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("leaving");
});
afterAll(() => desk.close());

const now = () => desk.clock.now();
const customer = async (id: string) => (await customerById(desk.read, id)) ?? expect.fail(`${id} is not there`);
const leavesNow = async (conversation: number, recipient: number) => {
  const leaving = (await leavingOf(desk.read, { conversation, recipient })) ?? expect.fail("nobody");
  const left = leave(leaving, now());
  await write(desk, left.changes, { guards: left.guards });
  return { leaving, left };
};
const leftBy = async (id: string) => (await optOutLists(desk.database).leftBy(id)).map(({ optOut }) => optOut.id);

async function ticket() {
  const made = await ticketInDesk(desk, ["ann", "bob"]);
  const [ann, bob] = made.customers;
  if (ann === undefined || bob === undefined) throw new Error("two people");
  return { made, ann, bob };
}

describe("leaving", () => {
  it("a ticket frees the seat once, and what is queued is refused", async () => {
    const { made, bob } = await ticket();
    const mail = outgoing(desk, made, 1);
    await desk.outbox.expand([made.notice], [mail], now());
    const { leaving, left } = await leavesNow(made.ref, bob.ref);
    expect(leaving.from?.kind).toBe("ticket");
    expect((await desk.outbox.acquire(mail.id, now()))?.refusal).toBe("left by unsubscribe");
    expect((await leavesNow(made.ref, bob.ref)).left.changes).toEqual([]);
    await write(desk, invert(left.changes));
    expect(await leftBy(bob.id)).toEqual([]);
  });

  it("is not for requesters, nor for whom nobody knows", async () => {
    const { made, ann } = await ticket();
    expect(await leavesNow(made.ref, ann.ref)).toMatchObject({ leaving: { from: null }, left: { changes: [] } });
    expect(await leavingOf(desk.read, { conversation: made.ref, recipient: 2 ** 39 })).toBeNull();
    expect(await leavingOf(desk.read, { conversation: 2 ** 39, recipient: ann.ref })).toBeNull();
  });

  it("the digest is a place as well", async () => {
    const { bob } = await ticket();
    expect((await leavesNow(0, bob.ref)).leaving.from).toEqual({ kind: "digest" });
    expect(await leftBy(bob.id)).toEqual([`digest:${bob.id}`]);
  });

  it("of a ticket, by who only follows its project, is leaving the project", async () => {
    const { made } = await ticket();
    const eve = (await ticket()).bob;
    const projectId = desk.ids.next("prj");
    const follow = share({ id: projectId }, { customerId: eve.id, organizationId: null }, "all", null, now());
    if (follow === null) throw new Error("a follow");
    await write(desk, [
      newProject(projectId, projectId, now()),
      follow,
      { table: "ticket", id: made.ticketId, before: { projectId: null }, after: { projectId } },
    ]);
    const mail = outgoing(desk, made, 1, { customerId: eve.id, to: eve.address, toKey: eve.address });
    await desk.outbox.expand([made.notice], [mail], now());
    const { leaving } = await leavesNow(made.ref, eve.ref);
    expect(leaving.from).toMatchObject({ kind: "project", project: { id: projectId } });
    expect((await desk.outbox.acquire(mail.id, now()))?.refusal).toBe("left by unsubscribe");
    expect((await leavesNow(made.ref, eve.ref)).left.changes).toEqual([]);
  });
});

describe("what somebody left", () => {
  it("goes over in a merge, once, and undo brings it back", async () => {
    const [one, two] = [await ticket(), await ticket()];
    await leavesNow(one.made.ref, one.bob.ref);
    for (const { bob } of [one, two]) await leavesNow(0, bob.ref);
    const from = await customerParts(desk.database).customerBelongings(await customer(one.bob.id));
    const theirs = await optOutLists(desk.database).leftBy(two.bob.id);
    const { changes, guards } = mergeCustomers(
      from,
      await customer(two.bob.id),
      { seats: new Map(), follows: new Map(), optOuts: new Map(theirs.map(({ optOut }) => [optOut.id, optOut])) },
      { own: [], theirs: [] },
    );
    await write(desk, changes, { guards });
    expect(await leftBy(one.bob.id)).toEqual([]);
    expect((await leftBy(two.bob.id)).sort()).toEqual(
      [`digest:${two.bob.id}`, `${one.made.ticketId}:${two.bob.id}`].sort(),
    );
    // The token that the other was sent leads to who they are now.
    expect((await leavingOf(desk.read, { conversation: 0, recipient: one.bob.ref }))?.customer.id).toBe(two.bob.id);
    await write(desk, invert(changes));
    expect((await leftBy(one.bob.id)).length).toBe(2);
  });

  it("makes a merge decide again where they left something meanwhile", async () => {
    const [one, two] = [await ticket(), await ticket()];
    const from = await customerParts(desk.database).customerBelongings(await customer(one.bob.id));
    const none = { seats: new Map(), follows: new Map(), optOuts: new Map() };
    const { changes, guards } = mergeCustomers(from, await customer(two.bob.id), none, { own: [], theirs: [] });
    await leavesNow(0, one.bob.ref);
    await expect(write(desk, changes, { guards })).rejects.toMatchObject({ code: "guard" });
  });

  it("ends with a promotion, and with an erasure", async () => {
    const [one, two] = [await ticket(), await ticket()];
    for (const { bob } of [one, two]) await leavesNow(0, bob.ref);
    const own = await customerParts(desk.database).customerBelongings(await customer(one.bob.id));
    const draft = {
      id: desk.ids.next("agt"),
      ref: 1_000_000 + one.bob.ref,
      name: "Bob",
      mayAnswer: true,
      mayAdminister: false,
    };
    const { changes, guards } = promoteCustomer(own, draft, now());
    await write(desk, changes, { guards });
    await erase(desk.database, { customerId: two.bob.id, commitId: desk.ids.next("cmt"), atMs: now(), by: "operator" });
    for (const { bob } of [one, two]) {
      expect(await leftBy(bob.id)).toEqual([]);
      expect(await leavingOf(desk.read, { conversation: 0, recipient: bob.ref })).toBeNull();
    }
  });
});
