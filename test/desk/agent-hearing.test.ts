// Which agents hear a message, and why (AGT-4): every reason once, and what stops it.
import { describe, expect, it } from "vitest";
import { agentHearings } from "../../dist/desk/agent-hearing.js";

type Candidate = Parameters<typeof agentHearings>[3][number];
const agent = (over: Partial<Candidate["agent"]> = {}): Candidate["agent"] => ({
  id: "agt_1",
  ref: 1,
  name: "Joe",
  state: "active",
  mayAnswer: true,
  mayAdminister: false,
  hears: "own",
  signature: "",
  createdAt: 0,
  version: 1,
  ...over,
});
const one = (over: Partial<Omit<Candidate, "agent">> = {}, who: Partial<Candidate["agent"]> = {}): Candidate => ({
  agent: agent(who),
  address: { id: "joe@desk.example", address: "joe@desk.example" },
  isAssignee: false,
  inTeam: null,
  hearsUnassigned: true,
  follows: null,
  tookPart: false,
  ...over,
});
const customers = { authorKind: "customer", authorId: "cus_1" } as const;
const own = { authorKind: "agent", authorId: "agt_1" } as const;
const notification = { kind: "notification", agentId: "" } as const;

describe("of a ticket that somebody takes care of", () => {
  it.each<[string, Candidate, string | null]>([
    ["the assignee", one({ isAssignee: true }), "it is yours"],
    ["one of the assigned team", one({ inTeam: "Billing" }), "it is your team's, Billing"],
    ["who wrote in it", one({ tookPart: true }), "you wrote in it"],
    ["who hears all", one({}, { hears: "all" }), "you hear of every ticket"],
    ["who follows the project", one({ follows: "Relaunch" }, { hears: "projects" }), "you follow the project Relaunch"],
    ["who follows it, and hears of their own alone", one({ follows: "Relaunch" }), null],
    ["who hears of projects, and does not follow this one", one({}, { hears: "projects" }), null],
    ["anybody else", one(), null],
    ["the assignee who hears of nothing", one({ isAssignee: true }, { hears: "none" }), null],
    ["the assignee who is deactivated", one({ isAssignee: true }, { state: "deactivated" }), null],
    ["the assignee without an address", one({ isAssignee: true, address: null }), null],
  ])("%s", (_, candidate, why) => {
    const [hearing] = agentHearings(notification, customers, false, [candidate]);
    expect(hearing?.hears).toBe(why !== null);
    if (why !== null) expect(hearing?.why).toBe(why);
  });

  it("nobody hears what they wrote", () => {
    expect(agentHearings(notification, own, false, [one({ isAssignee: true })])).toMatchObject([
      { hears: false, why: "wrote it" },
    ]);
  });
});

describe("of a ticket that nobody takes care of", () => {
  it("those hear who take care of such", () => {
    const all = [one(), one({ hearsUnassigned: false }), one({}, { hears: "none" })];
    expect(agentHearings(notification, customers, true, all).map(({ hears }) => hears)).toEqual([true, false, false]);
  });
});

describe("what was given to somebody", () => {
  it.each<[string, Candidate, boolean]>([
    ["to an agent, reaches them", one({ isAssignee: true }), true],
    ["to a team, reaches who is in it", one({ inTeam: "Billing" }), true],
    ["to another, reaches nobody else", one({ tookPart: true }, { hears: "all" }), false],
  ])("%s", (_, candidate, hears) => {
    expect(agentHearings({ kind: "assignment", agentId: "" }, null, false, [candidate])[0]?.hears).toBe(hears);
  });
});

describe("what is for one agent alone", () => {
  const other = one({}, { id: "agt_2" });
  it("a refusal reaches its author, though they hear of nothing else", () => {
    const [mine, theirs] = agentHearings({ kind: "refusal", agentId: "agt_1" }, own, false, [
      one({}, { hears: "none" }),
      other,
    ]);
    expect([mine?.hears, theirs?.hears]).toEqual([true, false]);
  });
});
