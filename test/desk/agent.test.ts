// Agents who leave, teams that end, customers who become agents, and who may do all that (AGT-1, AGT-3, CUS-6).
import { describe, expect, it } from "vitest";
import { needsAdministrator } from "../../dist/desk/administer.js";
import { agentGuard, deactivateAgent, newAgent, reactivateAgent, setAgent } from "../../dist/desk/agent.js";
import type { Change } from "../../dist/desk/change.js";
import { addAddress, newCustomer, placeByHand, removeAddress, setDetails } from "../../dist/desk/customer.js";
import { mergeCustomers, splitCustomer } from "../../dist/desk/customer-merge.js";
import { newOrganization, setOrganization } from "../../dist/desk/organization.js";
import { deleteOrganization, mergeOrganizations } from "../../dist/desk/organization-merge.js";
import { promoteCustomer } from "../../dist/desk/promote.js";
import { reachOf } from "../../dist/desk/refers.js";
import { joinTeam, newTeam, removeTeam, renameTeam, type Team } from "../../dist/desk/team.js";
import { addPerson, newTicket } from "../../dist/desk/ticket.js";
import { inverse, undo } from "../../dist/desk/undo.js";
import { addressOf, agentOf, customerOf, now, organizationOf } from "../intake/desk-of.ts";

const bob = agentOf("agt_bob");
const eve = agentOf("agt_eve");
const billing: Team = { id: "tea_1", name: "Billing", nameKey: "billing", createdAt: now, version: 3 };
const member = { id: "tea_1:agt_bob", teamId: "tea_1", agentId: "agt_bob", createdAt: now, version: 1 };
const tickets = { unclosed: ["tic_1", "tic_2"], closed: ["tic_9"] };
const own = { addresses: ["bob@desk.example"], members: [member], tickets };
const seat = {
  id: "tic_1:cus_1",
  ticketId: "tic_1",
  customerId: "cus_1",
  role: "requester" as const,
  address: "ann@acme.example",
  historyUntil: null,
  createdAt: now,
  version: 1,
};

describe("an agent who is deactivated", () => {
  it("gives what is not closed to the other, if nothing came to be theirs meanwhile", () => {
    const { changes, guards } = deactivateAgent(bob, own, { id: eve.id, guard: agentGuard(eve) });
    expect(changes).toEqual([
      { table: "agent", id: "agt_bob", before: { state: "active" }, after: { state: "deactivated" } },
      {
        table: "ticket",
        ids: ["tic_1", "tic_2"],
        before: { assigneeId: "agt_bob" },
        after: { assigneeId: "agt_eve" },
      },
    ]);
    expect(guards).toEqual([
      agentGuard(bob),
      agentGuard(eve),
      {
        kind: "unreferenced",
        table: "agent",
        id: "agt_bob",
        live: true,
        except: new Set([
          "customerAddress:bob@desk.example",
          "teamMember:tea_1:agt_bob",
          "ticket:tic_1",
          "ticket:tic_2",
          "ticket:tic_9",
        ]),
      },
    ]);
  });

  it("keeps everything where nobody is named, and can give it later", () => {
    expect(deactivateAgent(bob, own, null).changes).toHaveLength(1);
    const gone = agentOf("agt_bob", { state: "deactivated" });
    expect(deactivateAgent(gone, own, null).changes).toEqual([]);
    expect(deactivateAgent(gone, own, { id: "tea_1", guard: agentGuard(eve) }).changes).toMatchObject([
      { table: "ticket", after: { assigneeId: "tea_1" } },
    ]);
    expect(() => deactivateAgent(bob, own, { id: bob.id, guard: agentGuard(bob) })).toThrow("can't stay with");
    expect(reactivateAgent(gone)).toMatchObject({ after: { state: "active" } });
  });
});

describe("a team", () => {
  it("has a name in one line that stands for nobody else", () => {
    expect(newTeam("tea_1", " Billing \n & orders ", now)).toMatchObject({
      after: { name: "Billing & orders", nameKey: "billing & orders" },
    });
    expect(renameTeam(billing, "BILLING")).toMatchObject({ after: { name: "BILLING" } });
    expect(renameTeam(billing, "Billing")).toBeNull();
    for (const name of ["", " ", "None", "x".repeat(101)]) expect(() => newTeam("tea_1", name, now)).toThrow(/team/);
  });

  it("ends with its members, and only by force where it has tickets, closed ones too", () => {
    const all = { team: billing, members: [member], tickets };
    expect(() => removeTeam(all, false)).toThrow("3 tickets (1 closed) are assigned to the team Billing.");
    const none = { unclosed: [], closed: [] };
    expect(() => removeTeam({ ...all, tickets: { ...none, closed: ["tic_9"] } }, false)).toThrow(
      "1 ticket, all closed, is assigned",
    );
    expect(removeTeam({ ...all, tickets: none }, false).changes).toMatchObject([
      { table: "teamMember", after: null },
      { table: "team", after: null },
    ]);
    expect(removeTeam(all, true).changes).toMatchObject([
      { table: "ticket", ids: ["tic_1", "tic_2", "tic_9"], after: { assigneeId: null } },
      { table: "teamMember", after: null },
      { table: "team", after: null },
    ]);
  });

  it("that comes back needs its name and its agents, and a ticket that comes back to it needs the team", () => {
    const all = { team: billing, members: [member], tickets };
    const back = reachOf(inverse(removeTeam(all, true).changes));
    expect(back.names).toEqual([{ table: "team", id: "tea_1", key: "billing", appliesTo: null }]);
    expect(back.needs).toMatchObject([{ id: "agt_bob", by: { table: "teamMember" } }]);
    const assigned = reachOf([
      { table: "ticket", id: "tic_1", before: { assigneeId: null }, after: { assigneeId: "tea_1" } },
    ]);
    expect(assigned.needs).toMatchObject([{ id: "tea_1", to: ["agent", "team"], by: { column: "assigneeId" } }]);
  });
});

describe("a customer who is promoted", () => {
  const ann = customerOf("cus_1", { name: "Ann", organizationId: "org_acme" });
  const addresses = [addressOf("ann@acme.example", "cus_1"), addressOf("ann@home.example", "cus_1")];
  const draft = { id: "agt_ann", ref: 9, name: "Ann", mayAnswer: true, mayAdminister: false };
  const promoted = promoteCustomer({ customer: ann, addresses, seats: [seat], follows: [], optOuts: [] }, draft, now);

  it("is an agent with the same addresses, without organization and seats, and leaves a tombstone", () => {
    expect(promoted.changes).toMatchObject([
      { table: "agent", id: "agt_ann", before: null, after: { ref: 9, name: "Ann", state: "active" } },
      { table: "customerAddress", id: "ann@acme.example", after: { ownerKind: "agent", ownerId: "agt_ann" } },
      { table: "customerAddress", id: "ann@home.example", after: { ownerKind: "agent", ownerId: "agt_ann" } },
      { table: "ticketPerson", id: "tic_1:cus_1", after: null },
      { table: "customer", id: "cus_1", after: { state: "promoted", mergedInto: "agt_ann", organizationId: null } },
    ]);
    expect(promoted.guards).toContainEqual({
      kind: "unreferenced",
      table: "customer",
      id: "cus_1",
      live: true,
      except: new Set([
        "customerAddress:ann@acme.example",
        "customerAddress:ann@home.example",
        "ticketPerson:tic_1:cus_1",
      ]),
    });
  });

  it("must be active", () => {
    for (const state of ["blocked", "deactivated"] as const)
      expect(() =>
        promoteCustomer({ customer: { ...ann, state }, addresses, seats: [], follows: [], optOuts: [] }, draft, now),
      ).toThrow(state);
  });

  it("stays an agent: an undo refuses, and says what can be done", () => {
    const commit = {
      id: "cmt_1",
      kind: "command" as const,
      by: "operator",
      what: "customer promote ann@acme.example",
      at: now,
      undoneBy: null,
    };
    const nothing = {
      differing: [],
      standing: [],
      ended: [],
      taken: [],
      relied: [],
      bore: new Set<string>(),
      told: [],
      messageIds: [],
    };
    expect(() => undo({ commit, changes: promoted.changes, ...nothing })).toThrow(
      "cmt_1 can't be taken back: it made an agent of a customer, and that is for good.",
    );
  });
});

describe("an administrator", () => {
  const ann = customerOf("cus_1");
  const lee = customerOf("cus_2");
  const [work, home] = [
    addressOf("ann@acme.example", "cus_1"),
    addressOf("ann@home.example", "cus_1", { isPrimary: false }),
  ];
  const acme = organizationOf("org_acme");
  const globex = organizationOf("org_globex");
  const belongings = {
    customer: ann,
    addresses: [work],
    seats: [seat],
    messages: ["msg_1"],
    tombstones: [],
    follows: [],
    optOuts: [],
    conversations: [],
  };
  const organization = {
    organization: acme,
    members: [],
    placed: new Map(),
    domains: [],
    tombstones: [],
    follows: [],
    optOuts: [],
  };
  const draft = { id: "agt_1", ref: 1, name: "", mayAnswer: true, mayAdminister: false };
  const newAnn = {
    id: "cus_1",
    ref: 1,
    name: "",
    nameOrigin: "mail" as const,
    address: "a@b.example",
    addressKey: "a@b.example",
    organization: null,
    placedBy: "nothing" as const,
  };
  const split = { id: "cus_3", ref: 3, name: "", addresses: [home], seats: [], messages: [] };
  const ticket = { id: "tic_1", number: 1, subject: "s", organizationId: null, mailbox: "support", closed: false };
  const list = (...changes: (Change | null)[]): Change[] => changes.filter((change) => change !== null);

  it.each<[string, Change[]]>([
    ["to make an agent", newAgent({ ...draft, address: "b@desk.example", addressKey: "b@desk.example" }, now)],
    ["to change one", list(setAgent(bob, { mayAdminister: true }))],
    [
      "to give an agent an address",
      [addAddress({ ownerKind: "agent", ownerId: "agt_1" }, "a@b.example", "a@b.example", now)],
    ],
    ["to make a team", [newTeam("tea_1", "Billing", now)]],
    ["to change who is in it", [joinTeam(billing, bob, now)]],
    ["to change a setting", [{ table: "setting", id: "mail.hold", before: null, after: { value: "1m" } }]],
    [
      "to merge customers",
      mergeCustomers(
        belongings,
        lee,
        { seats: new Map(), follows: new Map(), optOuts: new Map() },
        { own: [], theirs: [] },
      ).changes,
    ],
    ["to split one", splitCustomer(ann, [work, home], split, now).changes],
    ["to promote one", promoteCustomer(belongings, draft, now).changes],
    ["to merge organizations", mergeOrganizations(organization, globex, { own: [], theirs: [] }, new Map()).changes],
    ["to delete one", deleteOrganization(organization, null).changes],
  ])("is needed %s, and to take that back", (_what, changes) => {
    expect(needsAdministrator(changes)).toBe(true);
    expect(needsAdministrator(inverse(changes))).toBe(true);
  });

  it.each<[string, Change[]]>([
    ["a new customer", newCustomer(newAnn, now)],
    ["details", list(setDetails(ann, { phone: "1" }), setOrganization(acme, { name: "Acme" }))],
    ["where a customer belongs", list(placeByHand(ann, acme))],
    ["a customer's addresses", [removeAddress([work, home], home)]],
    ["a new organization", newOrganization("org_1", "Acme", "hand", ["acme.example"], now)],
    [
      "a customer who is blocked",
      [{ table: "customer", id: "cus_1", before: { state: "active" }, after: { state: "blocked" } }],
    ],
    ["tickets and their people", [newTicket(ticket, now), addPerson("tic_1", "cus_1", "follower", "a@b.example", now)]],
    [
      "who has a ticket",
      [{ table: "ticket", id: "tic_1", before: { assigneeId: null }, after: { assigneeId: "tea_1" } }],
    ],
  ])("is not needed for %s", (_what, changes) => {
    expect(needsAdministrator(changes)).toBe(false);
    expect(needsAdministrator(inverse(changes))).toBe(false);
  });
});
