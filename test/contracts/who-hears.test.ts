// The matrix of recipients (issue 5): everybody whom a desk knows in every part and state, and every kind of author and of
// visibility; who hears, who does not, and the reason that is stored. As the database has it, so with memberships as they are now.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newAgent, setAgent } from "../../dist/desk/agent.js";
import { agentHearings, followProject } from "../../dist/desk/agent-hearing.js";
import { present, update } from "../../dist/desk/change.js";
import { newConversation, newMessage } from "../../dist/desk/conversation.js";
import { newCustomer } from "../../dist/desk/customer.js";
import type { Notice } from "../../dist/desk/notice.js";
import { newOrganization } from "../../dist/desk/organization.js";
import { newProject, share } from "../../dist/desk/project.js";
import { recipients } from "../../dist/desk/recipients.js";
import { joinTeam, newTeam } from "../../dist/desk/team.js";
import { addPerson, newTicket } from "../../dist/desk/ticket.js";
import { editTicket } from "../../dist/desk/ticket-edit.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("hears");
  await people();
});
afterAll(() => desk.close());

/** Customers: the part that they have, and the state that they are in. */
const customers = {
  asker: "requester, who writes the customer's messages",
  requester: "another requester",
  follower: "follower",
  muted: "requester, muted",
  blocked: "requester, blocked",
  deactivated: "follower, deactivated",
  bouncing: "requester whose address bounces",
  copied: "follower who stood in Cc of the customer's mail",
  posts: "follows the project for posts",
  replies: "follows the project for replies",
  all: "follows the project for all",
  member: "in an organization that follows the project",
  joined: "joined that organization after it came to follow",
  left: "left that organization",
  both: "requester, and in that organization",
  nobody: "has no part in it",
} as const;
type Who = keyof typeof customers;

const agents = {
  writer: "writes the agents' messages",
  owner: "has the ticket",
  everything: "hears of every ticket",
  project: "follows the project",
  own: "hears of their own tickets",
  nothing: "has a part, and hears of nothing",
  gone: "had a part, and is deactivated",
} as const;
type Agent = keyof typeof agents;

const id = (who: Who) => `cus_${who}`;
const agentId = (who: Agent) => `agt_${who}`;
const whoOf = (customerId: string) => customerId.slice(4) as Who;
const mailOf = (who: string) => `${who}@acme.example`;
const placed: readonly Who[] = ["member", "left", "both"];
const seats: [Who, "requester" | "follower"][] = [
  ["asker", "requester"],
  ["requester", "requester"],
  ["follower", "follower"],
  ["muted", "requester"],
  ["blocked", "requester"],
  ["deactivated", "follower"],
  ["bouncing", "requester"],
  ["copied", "follower"],
  ["both", "requester"],
];

async function people(): Promise<void> {
  const now = desk.clock.now();
  const keys = Object.keys(customers) as Who[];
  await write(desk, [
    ...newOrganization("org_acme", "Acme", "hand", [], now),
    newProject("prj_1", "Relaunch", now),
    newTeam("tea_1", "Support", now),
  ]);
  await write(desk, [
    ...keys.flatMap((who, at) =>
      newCustomer(
        {
          ...{ id: id(who), ref: 100 + at, name: who, nameOrigin: "hand", placedBy: "hand" },
          ...{ address: mailOf(who), addressKey: mailOf(who) },
          organization: placed.includes(who) ? { id: "org_acme" } : null,
          state: who === "blocked" || who === "deactivated" ? who : "active",
          mutedAt: who === "muted" ? now : null,
        },
        now,
      ),
    ),
    ...(Object.keys(agents) as Agent[]).flatMap((who, at) =>
      newAgent(
        {
          ...{ id: agentId(who), ref: 200 + at, name: who, mayAnswer: true, mayAdminister: false },
          ...{ address: `${who}@desk.example`, addressKey: `${who}@desk.example` },
        },
        now,
      ),
    ),
    newTicket(
      { id: "tic_1", number: 1, subject: "Relaunch", organizationId: null, mailbox: "support", closed: false },
      now,
    ),
    ...seats.map(([who, role]) => addPerson("tic_1", id(who), role, mailOf(who), now)),
    newConversation("cnv_public", 1, "tic_1", "public", now),
    newConversation("cnv_internal", 2, "tic_1", "internal", now),
  ]);
  const follow = (who: Parameters<typeof share>[1], level: "posts" | "replies" | "all") =>
    share({ id: "prj_1" }, who, level, null, now);
  const ticket = await desk.read.selectFrom("ticket").selectAll().executeTakeFirstOrThrow();
  await write(
    desk,
    present([
      follow({ customerId: null, organizationId: "org_acme" }, "replies"),
      follow({ customerId: id("posts"), organizationId: null }, "posts"),
      follow({ customerId: id("replies"), organizationId: null }, "replies"),
      follow({ customerId: id("all"), organizationId: null }, "all"),
      editTicket(ticket, { projectId: "prj_1", assigneeId: agentId("owner") }, now),
      joinTeam({ id: "tea_1" }, { id: agentId("own") }, now),
      followProject(agentId("project"), "prj_1", now),
    ]),
  );
  const rowOf = async (who: Agent) => {
    const row = await desk.read
      .selectFrom("agent")
      .selectAll()
      .where("id", "=", agentId(who))
      .executeTakeFirstOrThrow();
    return { ...row, mayAnswer: true, mayAdminister: false };
  };
  const customerOf = async (who: Who) =>
    await desk.read.selectFrom("customer").selectAll().where("id", "=", id(who)).executeTakeFirstOrThrow();
  const bouncing = await desk.read
    .selectFrom("customerAddress")
    .selectAll()
    .where("id", "=", mailOf("bouncing"))
    .executeTakeFirstOrThrow();
  await write(
    desk,
    present([
      setAgent(await rowOf("everything"), { hears: "all" }),
      setAgent(await rowOf("project"), { hears: "projects" }),
      setAgent(await rowOf("nothing"), { hears: "none" }),
      update("agent", await rowOf("gone"), { state: "deactivated" }),
      update("customer", await customerOf("joined"), { organizationId: "org_acme" }),
      update("customer", await customerOf("left"), { organizationId: null }),
      update("customerAddress", { ...bouncing, isPrimary: true } as never, { state: "bouncing" }),
    ]),
  );
  for (const who of ["nothing", "gone"] as const) await say(`msg_${who}`, "cnv_internal", "agent", agentId(who), null);
}

async function say(
  messageId: string,
  conversationId: string,
  authorKind: "agent" | "customer" | "desk" | "machine",
  authorId: string | null,
  flag: string | null,
  notices: Notice[] = [],
): Promise<void> {
  const now = desk.clock.now();
  const message = newMessage({
    ...{ id: messageId, conversationId, direction: "in", authorKind, authorId, fromName: "", fromAddress: "" },
    ...{
      toAddresses: [],
      ccAddresses: [],
      subject: "",
      text: "words",
      newText: "words",
      messageId: null,
      emailId: null,
    },
    ...{ flag, remarks: [], createdAt: now },
  });
  await write(desk, [message], { notices });
}

/** `-` where somebody is not asked at all; a reason in brackets where they hear nothing. */
async function heard(
  what: string,
  conversationId: "cnv_public" | "cnv_internal",
  authorKind: "agent" | "customer" | "desk",
  flag: string | null,
): Promise<Map<string, string>> {
  const now = desk.clock.now();
  const authorId = { agent: agentId("writer"), customer: id("asker"), desk: null }[authorKind];
  const messageId = `msg_${what}`;
  const notice = (kind: Notice["kind"]): Notice => ({
    ...{ id: `ntc_${kind}_${what}`, kind, ticketId: "tic_1", conversationId, messageId, agentId: "" },
    ...{ hadIt: authorKind === "customer" ? [mailOf("copied")] : [], notBefore: now, createdAt: now },
  });
  await say(messageId, conversationId, authorKind, authorId, flag, [notice("message"), notice("notification")]);
  const told = new Map<string, string>();
  for (const who of [...Object.keys(customers), ...Object.keys(agents)]) told.set(who, "-");
  const facts = await desk.outbox.noticeFacts(conversationId, now);
  const message = facts?.messages.find((one) => one.id === messageId);
  const telling = facts?.notices.find((one) => one.messageId === messageId);
  if (facts == null || message === undefined || telling === undefined) throw new Error("nothing is due");
  for (const { customer, hears, why } of recipients(telling, message, facts.conversation, facts.candidates))
    told.set(whoOf(customer.id), hears ? why : `(${why})`);
  const toAgents = await desk.outbox.agentFacts(conversationId, now, () => "all");
  const due = toAgents?.notices.find((one) => one.messageId === messageId);
  if (toAgents == null || due === undefined) throw new Error("nothing is due to agents");
  for (const { agent, hears, why } of agentHearings(due, message, toAgents.isUnassigned, toAgents.candidates))
    told.set(agent.id.slice(4), hears ? why : `(${why})`);
  await desk.outbox.expand(facts.notices, [], now, facts);
  await desk.outbox.expand(toAgents.notices, [], now);
  return told;
}

const requester = "requester of the ticket";
const follower = "follower of the ticket";
const through = "customer of Acme, which follows Relaunch";
const other = "(follows the project for other messages)";
const states: Partial<Record<Who, string>> = {
  muted: "(the customer asked to hear nothing (muted))",
  blocked: "(the customer is blocked)",
  deactivated: "(the customer is deactivated)",
  bouncing: "(the address bounces)",
};
const agentsOnly = {
  owner: "it is yours",
  everything: "you hear of every ticket",
  project: "you follow the project Relaunch",
  own: "(it does not concern them)",
  nothing: "(asked to hear of nothing)",
  gone: "-",
};

describe("who hears of a message on a ticket of a project that an organization follows", () => {
  it.each([
    [
      "an agent's public message",
      "cnv_public",
      "agent",
      null,
      {
        ...{ asker: requester, requester, follower, ...states, copied: follower, both: requester },
        ...{ posts: other, replies: "follows Relaunch", all: "follows Relaunch" },
        ...{ member: through, joined: through, left: "-", nobody: "-" },
        ...{ writer: "(wrote it)", ...agentsOnly },
      },
    ],
    [
      "a customer's message",
      "cnv_public",
      "customer",
      null,
      {
        ...{ asker: "(wrote it)", requester, follower, ...states, both: requester },
        copied: "(had it already: To or Cc of the mail)",
        ...{ posts: other, replies: other, all: "follows Relaunch" },
        ...{ member: other, joined: other, left: "-", nobody: "-" },
        ...{ writer: "you wrote in it", ...agentsOnly },
      },
    ],
    [
      "the desk's own message",
      "cnv_public",
      "desk",
      null,
      {
        ...{ asker: requester, requester, follower, ...states, copied: follower, both: requester },
        ...{ posts: other, replies: "follows Relaunch", all: "follows Relaunch" },
        ...{ member: through, joined: through, left: "-", nobody: "-" },
        ...{ writer: "you wrote in it", ...agentsOnly },
      },
    ],
  ] as const)("%s", async (what, conversationId, authorKind, flag, expected) => {
    expect(Object.fromEntries(await heard(what.replaceAll(" ", "-"), conversationId, authorKind, flag))).toEqual(
      expected,
    );
  });

  it.each([
    ["an agent's internal message", "cnv_internal", "agent", null, "(the message is internal)"],
    ["a customer's internal message", "cnv_internal", "customer", null, "(the message is internal)"],
    ["a flagged message", "cnv_public", "customer", "a stranger", "(the message is flagged: a stranger)"],
  ] as const)("%s reaches agents and no customer at all", async (what, conversationId, authorKind, flag, why) => {
    const told = await heard(what.replaceAll(" ", "-"), conversationId, authorKind, flag);
    for (const who of Object.keys(customers))
      expect([who, told.get(who)]).toEqual([who, expect.stringMatching(/^(-$|\()/)]);
    expect(told.get("requester")).toBe(why);
    const theirs = Object.fromEntries([...told].filter(([who]) => who in agentsOnly));
    expect(theirs).toEqual(agentsOnly);
  });
});
