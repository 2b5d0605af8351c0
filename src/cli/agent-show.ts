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
  signature,
  openTickets,
  createdAt: isoTime(createdAt),
});

export async function showAgent({ lists }: App, out: Output, row: AgentRow): Promise<void> {
  const addresses = await lists.addressesOf(row.id);
  const teams = await lists.teamsOf(row.id);
  if (out.isJson)
    return out.json({
      ...agentJson(row),
      addresses: addresses.map(({ address, isPrimary }) => ({ address, primary: isPrimary })),
      teams: teams.map(({ name }) => name),
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
    ["Assigned", counted(row.openTickets, "open ticket")],
    ["Made", shortTime(row.createdAt)],
  ]);
}
