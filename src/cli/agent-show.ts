// How one agent is shown: what they may do, their addresses, teams and open tickets.
import type { App } from "../app.ts";
import type { Agent } from "../desk/agent.ts";
import type { AgentRow } from "./known.ts";
import { counted, isoTime, type Output, shortTime } from "./output.ts";

/** The record alone, as decisions take it. */
export const agentOf = ({ address: _address, openTickets: _openTickets, ...agent }: AgentRow): Agent => agent;

export const rights = ({ mayAnswer, mayAdminister }: Pick<Agent, "mayAnswer" | "mayAdminister">): string =>
  [mayAnswer ? "answer" : "note", ...(mayAdminister ? ["administer"] : [])].join(", ");

export const agentJson = ({
  id,
  address,
  name,
  state,
  mayAnswer,
  mayAdminister,
  hears,
  signature,
  openTickets,
  createdAt,
}: AgentRow) => ({
  id,
  email: address,
  name,
  state,
  mayAnswer,
  mayAdminister,
  hears,
  signature,
  openTickets,
  createdAt: isoTime(createdAt),
});

export async function showAgent({ lists }: App, out: Output, row: AgentRow): Promise<void> {
  const addresses = await lists.addressesOf(row.id);
  const teams = await lists.teamsOf(row.id);
  const projects = await lists.projectsFollowedBy(row.id);
  if (out.isJson)
    return out.json({
      ...agentJson(row),
      addresses: addresses.map(({ address, isPrimary }) => ({ address, primary: isPrimary })),
      teams: teams.map(({ name }) => name),
      follows: projects.map(({ name }) => name),
    });
  out.fields([
    ["Agent", row.name || row.address],
    ["Id", row.id],
    [
      "Addresses",
      addresses
        .map(({ address, isPrimary }) => `${address}${isPrimary && addresses.length > 1 ? " (primary)" : ""}`)
        .join("\n"),
    ],
    ["State", row.state],
    ["May", rights(row)],
    ["Signs", row.signature],
    ["Teams", teams.map(({ name }) => name).join(", ")],
    ["Hears of", heardOf(row, projects)],
    ["Assigned", counted(row.openTickets, "open ticket")],
    ["Made", shortTime(row.createdAt)],
  ]);
}

function heardOf({ hears }: AgentRow, projects: readonly { name: string }[]): string {
  const names = projects.map(({ name }) => name).join(", ");
  if (hears === "all") return "every ticket";
  if (hears === "none") return "nothing";
  const own = "what is theirs or their team's, what they wrote in, and what nobody takes care of";
  if (hears === "projects") return names === "" ? own : `${own}; and ${names}`;
  return names === "" ? own : `${own} (not of ${names}, which they follow: hears=projects)`;
}
