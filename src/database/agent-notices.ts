// What agents are to be told, and everything that one mail to each of them needs, read in one go. Agents are few, so all
// are looked at, and desk/agent-hearing says who hears what.
import { type AgentCandidate, agentKinds, shownCustomer } from "../desk/agent-hearing.ts";
import type { Conversation, Message } from "../desk/conversation.ts";
import type { Notice } from "../desk/notice.ts";
import { foldName } from "../desk/organization.ts";
import { noTicket } from "../desk/standalone.ts";
import type { Ticket } from "../desk/ticket.ts";
import type { AgentAbout, AgentFacts, AgentNotices } from "../ports-agents.ts";
import { waitingIn } from "./due-notices.ts";
import { heldBy } from "./held-ids.ts";
import { statusNames } from "./list-statuses.ts";
import type { WaitingNotice } from "./notice-pages.ts";
import { seatedOf, toTell } from "./notices.ts";
import type { Database } from "./open.ts";
import { idLists } from "./page.ts";
import { rowById } from "./row-by-id.ts";
import { decode } from "./schema.ts";
import { standaloneOf } from "./standalone.ts";
import { organizationById, ticketById } from "./tombstones.ts";

const agentsMax = 2_000;
const peopleShown = 3;
/** Who answers later than this after a colleague has seen it, or will look. */
const crossedMs = 3_600_000;

type Read = Database["read"];
type CareOf = (mailbox: string) => string;

export const agentNotices = ({ read }: Database): AgentNotices => ({
  async agentFacts(conversationId, now, careOf) {
    const waiting = await waitingIn.rows(read, { conversationId, kinds: agentKinds });
    const due = waiting.filter((notice) => notice.notBefore <= now);
    if (due.length === 0) return null;
    const conversation = (await rowById(read, "conversation", conversationId)) as Conversation | undefined;
    if (conversation === undefined) return null;
    return conversation.ticketId === null
      ? await inConversation(read, due, conversation, careOf)
      : await onTicket(read, due, conversation, conversation.ticketId, careOf);
  },
});

async function onTicket(
  read: Read,
  due: readonly WaitingNotice[],
  conversation: Conversation,
  ofTicket: string,
  careOf: CareOf,
): Promise<AgentFacts | null> {
  const ticket = await ticketById(read, ofTicket);
  if (ticket === null) return null;
  const seated = await seatedOf(read, ticket.id);
  const people = seated.map(({ customer, address, lastAddress }) =>
    shownCustomer(customer, address?.address ?? lastAddress),
  );
  const { project, team, assignee } = await partsOf(read, ticket);
  const about: AgentAbout = {
    ticketId: ticket.id,
    number: ticket.number,
    subject: ticket.subject,
    mailbox: ticket.mailbox,
    status: (await statusNames(read)).get(ticket.status) ?? ticket.status,
    priority: ticket.priority,
    organization:
      ticket.organizationId === null ? null : ((await organizationById(read, ticket.organizationId))?.name ?? null),
    project: project?.name ?? null,
    assignee: team?.name ?? assignee,
    people: people.slice(0, peopleShown),
    morePeople: Math.max(0, people.length - peopleShown),
    shared: false,
  };
  const conversations = read.selectFrom("conversation").select("id").where("ticketId", "=", ticket.id);
  const wrote = await read
    .selectFrom("message")
    .select("authorId")
    .distinct()
    .where("conversationId", "in", conversations)
    .where("authorKind", "=", "agent")
    .limit(agentsMax)
    .execute();
  const part = {
    assigneeId: ticket.assigneeId,
    team: team ?? null,
    project: project ?? null,
    tookPart: new Set(wrote.map(({ authorId }) => authorId)),
  };
  return await factsOf(read, due, conversation, about, part, careOf);
}

/** Nobody is assigned to a conversation: who wrote in it takes care of its answers. */
async function inConversation(
  read: Read,
  due: readonly WaitingNotice[],
  conversation: Conversation,
  careOf: CareOf,
): Promise<AgentFacts | null> {
  const found = await standaloneOf(read, conversation.id);
  if (found === null) return null;
  const { standalone, organization, customer, project } = found;
  const whom = project?.name ?? organization?.name ?? (customer?.name || "a customer");
  const wrote = await read
    .selectFrom("message")
    .select("authorId")
    .distinct()
    .where("conversationId", "=", conversation.id)
    .where("authorKind", "=", "agent")
    .limit(agentsMax)
    .execute();
  const about: AgentAbout = {
    ticketId: noTicket,
    number: null,
    subject: standalone.subject,
    mailbox: standalone.mailbox,
    status: "",
    priority: 0,
    organization: organization?.name ?? null,
    project: project?.name ?? null,
    assignee: null,
    people: [whom],
    morePeople: 0,
    shared: standalone.answers === "everybody",
  };
  const part = { assigneeId: null, team: null, project, tookPart: new Set(wrote.map(({ authorId }) => authorId)) };
  return await factsOf(read, due, conversation, about, part, careOf);
}

/** Who has a part in what agents are told of. */
interface Part {
  assigneeId: string | null;
  team: { id: string; name: string } | null;
  project: { id: string; name: string } | null;
  tookPart: ReadonlySet<string | null>;
}

async function factsOf(
  read: Read,
  due: readonly WaitingNotice[],
  conversation: Conversation,
  about: AgentAbout,
  part: Part,
  careOf: CareOf,
): Promise<AgentFacts> {
  const candidates = await candidatesFor(read, part, careOf(about.mailbox));
  const ids = candidates.map(({ agent }) => agent.id);
  const told = await toTell(read, due, conversation);
  const crossed = conversation.visibility === "public" ? await crossedBy(read, told.messages) : [];
  return {
    ...told,
    crossed,
    notices: told.notices as Notice[],
    about,
    lastMessage: told.messages.at(-1) ?? (await lastIn(read, conversation.id)),
    isUnassigned: part.assigneeId === null && (about.number !== null || part.tookPart.size === 0),
    candidates,
    told: await toldAlready(read, ids, [...told.messages, ...crossed.map(({ message }) => message)]),
    held: ids.length === 0 ? new Map() : await heldBy(read, conversation.id, ids),
  };
}

/** What another agent said in public shortly before one of these answers, with no customer's word in between. */
async function crossedBy(read: Read, messages: readonly Message[]): Promise<AgentFacts["crossed"]> {
  const found: AgentFacts["crossed"] = [];
  for (const { authorKind, authorId, conversationId, createdAt, id, flag } of messages) {
    if (authorKind !== "agent" || authorId === null || flag !== null) continue;
    const row = await read
      .selectFrom("message")
      .selectAll()
      .where("conversationId", "=", conversationId)
      .where("createdAt", "<=", createdAt)
      .where("id", "!=", id)
      .where("flag", "is", null)
      .orderBy("createdAt", "desc")
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirst();
    if (row === undefined || row.authorKind !== "agent" || row.authorId === authorId) continue;
    if (createdAt - row.createdAt <= crossedMs) found.push({ agentId: authorId, message: decode("message", row) });
  }
  return found;
}

async function toldAlready(
  read: Read,
  agentIds: readonly string[],
  messages: readonly Pick<Message, "id">[],
): Promise<Set<string>> {
  const found = new Set<string>();
  const messageIds = messages.map(({ id }) => id);
  for (const ids of messageIds.length === 0 ? [] : idLists(agentIds)) {
    const rows = await read
      .selectFrom("outboxMessage")
      .select(["customerId", "messageId"])
      .where("customerId", "in", ids)
      .where("messageId", "in", messageIds)
      .execute();
    for (const { customerId, messageId } of rows) found.add(`${customerId} ${messageId}`);
  }
  return found;
}

async function candidatesFor(read: Read, part: Part, care: string): Promise<AgentCandidate[]> {
  const rows = await read
    .selectFrom("agent")
    .leftJoin("customerAddress", (join) =>
      join.onRef("customerAddress.ownerId", "=", "agent.id").on("customerAddress.isPrimary", "=", 1),
    )
    .selectAll("agent")
    .select(["customerAddress.id as key", "customerAddress.address"])
    .where("agent.state", "=", "active")
    .orderBy("agent.id")
    .limit(agentsMax)
    .execute();
  const { assigneeId, team, project, tookPart } = part;
  const inTeam = team === null ? new Set<string>() : await membersOf(read, team.id);
  const careful = await caring(read, care);
  const following = project === null ? new Set<string>() : await followersOf(read, project.id);
  return rows.map(({ key, address, ...row }) => ({
    agent: decode("agent", row),
    address: key === null || address === null ? null : { id: key, address },
    isAssignee: row.id === assigneeId,
    inTeam: inTeam.has(row.id) ? (team?.name ?? null) : null,
    hearsUnassigned: careful === null || careful.has(row.id),
    follows: following.has(row.id) ? (project?.name ?? null) : null,
    tookPart: tookPart.has(row.id),
  }));
}

/** Who takes care of what is nobody's; null for everybody. A team that is gone leaves it to everybody, too: nothing may go unseen. */
async function caring(read: Read, care: string): Promise<ReadonlySet<string> | null> {
  if (care === "none") return new Set();
  if (care === "all") return null;
  const team = await read.selectFrom("team").select("id").where("nameKey", "=", foldName(care)).executeTakeFirst();
  return team === undefined ? null : await membersOf(read, team.id);
}

async function membersOf(read: Read, teamId: string): Promise<Set<string>> {
  const rows = await read.selectFrom("teamMember").select("agentId").where("teamId", "=", teamId).execute();
  return new Set(rows.map(({ agentId }) => agentId));
}

async function followersOf(read: Read, projectId: string): Promise<Set<string>> {
  const rows = await read.selectFrom("agentFollow").select("agentId").where("projectId", "=", projectId).execute();
  return new Set(rows.map(({ agentId }) => agentId));
}

async function partsOf(read: Read, { projectId, assigneeId }: Pick<Ticket, "projectId" | "assigneeId">) {
  const agent = assigneeId === null ? undefined : await rowById(read, "agent", assigneeId);
  return {
    project: projectId === null ? undefined : await rowById(read, "project", projectId),
    team: assigneeId === null || agent !== undefined ? undefined : await rowById(read, "team", assigneeId),
    assignee: agent === undefined ? null : agent.name || agent.id,
  };
}

async function lastIn(read: Read, conversationId: string): Promise<Message | null> {
  const row = await read
    .selectFrom("message")
    .selectAll()
    .where("conversationId", "=", conversationId)
    .orderBy("createdAt", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : decode("message", row);
}
