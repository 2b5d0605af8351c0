// `maildesk log`: who changed what (OPS-6). The log is the list of changes itself, without the words of any mail.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { describe, isSet } from "../desk/change.ts";
import { badData, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type Column, counted, isoTime, type ListShape, type Output, shortTime } from "./output.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";

export type CommitRow = Awaited<ReturnType<App["lists"]["logList"]>>["rows"][number];

interface LogOptions extends ListOptions {
  about?: string;
  by?: string;
}

export function registerLog(program: Command, cli: Cli): void {
  const log = noun(program, "log", "Who changed what, and when.");
  const list = verb(log, "list", "List changes, the newest first.", [
    "log list",
    "log list --about ann@acme.com",
    "log list --about 12 --json",
    "log list --by operator",
  ])
    .option("--about <ref>", "only about this organization, customer, agent, team, ticket number, setting or id")
    .option("--by <actor>", "only by this agent's address, operator, or mail");
  listOptions(list).action((options: LogOptions) => cli.withDesk((desk) => listLog(desk, cli.out, options)));
  verb(log, "show <commit>", "Show every change of one commit, with before and after.", [
    "log show cmt_01jd0000000000000000000000",
  ]).action((id: string) => cli.withDesk((desk) => showCommit(desk.app, cli.out, id)));
}

const columns: readonly Column<CommitRow>[] = [
  { head: "TIME", value: (row) => shortTime(row.at) },
  { head: "BY", value: (row) => row.by, max: 18 },
  { head: "WHAT", value: (row) => `${row.what}${row.undoneBy === null ? "" : " (taken back)"}`, max: 34 },
  { head: "ROWS", value: (row) => row.rows, right: true },
  { head: "ID", value: (row) => row.id },
];

const commitJson = ({ at, ...row }: CommitRow) => ({ ...row, at: isoTime(at) });

const shape: ListShape<CommitRow> = {
  columns,
  id: (row) => row.id,
  json: commitJson,
  none: "There are no such changes.",
};

async function listLog({ app }: DeskSession, out: Output, options: LogOptions): Promise<void> {
  const about = options.about === undefined ? undefined : await rowIds(app, options.about);
  const { rows, total } = await app.lists.logList({
    about,
    by: options.by,
    limit: limitOf(options, out.isJson),
  });
  out.list(rows, total, { ...shape, ids: options.ids, csv: options.csv });
}

/** All rows that belong to what was named: a customer with their addresses, an organization with its domains. */
async function rowIds({ lists }: App, ref: string): Promise<string[]> {
  const number = /^#?(\d{1,10})$/.exec(ref.trim())?.[1];
  if (number !== undefined) {
    const found = await lists.ticketByNumber(Number(number));
    if (found === null) throw usage(`There is no ticket #${number}.`);
    return await lists.ticketRowIds(found.ticket.id);
  }
  const customer = await lists.customerByRef(ref);
  if (customer !== null) return [customer.customer.id, ...customer.addresses.map((row) => row.id)];
  const agent = await lists.agentByRef(ref);
  if (agent !== null) return [agent.id, ...(await lists.addressesOf(agent.id)).map((row) => row.id)];
  const organization = await lists.organizationByRef(ref);
  if (organization !== null) return [organization.id, ...(await lists.domainsOf(organization.id)).map((row) => row.id)];
  const team = await lists.teamByRef(ref);
  if (team !== null) return [team.id, ...(await lists.teamAgents(team.id)).map(({ member }) => member.id)];
  return [ref.trim()];
}

export async function knownCommit({ lists }: App, id: string): Promise<CommitRow> {
  const row = await lists.commitRow(id);
  if (row !== null) return row;
  const goneBefore = await lists.logGoneBefore(id.trim().toLowerCase());
  if (goneBefore !== null)
    throw badData(`The log of ${id} is gone: all of before ${shortTime(goneBefore)} was removed by age.`, {
      remedy: "What it changed stays as it is and can't be taken back; retention.logDays is the setting.",
    });
  const { rows } = await lists.logList({ limit: nearMax });
  throw usage(
    `There is no commit "${id}"${didYouMean(
      id,
      rows.map((one) => one.id),
    )}.`,
    { remedy: "`maildesk log list` shows them." },
  );
}

const nearMax = 200;

async function showCommit(app: App, out: Output, id: string): Promise<void> {
  const row = await knownCommit(app, id);
  const changes = await app.lists.changesOf(row.id);
  if (out.isJson) {
    return out.json({
      ...commitJson(row),
      changes: changes.map((change) =>
        isSet(change) ? { ...change, text: describe(change) } : { ...change, text: describe(change) },
      ),
    });
  }
  out.fields([
    ["Commit", row.id],
    ["Time", shortTime(row.at)],
    ["By", row.by],
    ["Cause", `${row.kind}: ${row.what}`],
    ["Takes back", row.undoes],
    ["Taken back", row.undoneBy === null ? null : `by ${row.undoneBy}`],
    ["Changed", counted(row.rows, "row")],
  ]);
  out.line("");
  for (const change of changes) out.line(describe(change));
}
