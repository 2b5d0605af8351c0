// `maildesk customer trace E`: every mail in and out of one person with its fate, the reason, and what the server said
// (CUS-12): the answer to "did you get my mail" and to "I never heard from you". Works for any address, known or not.
import type { Command } from "commander";
import { parseAddress } from "../address/email.ts";
import type { App } from "../app.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { showLeft } from "./customer-left.ts";
import { nearTime } from "./explanation.ts";
import { type Column, isoTime, type ListShape, type Output } from "./output.ts";
import { type ListOptions, limitOf, listOptions, verb } from "./verb.ts";

type Traced = Awaited<ReturnType<App["lists"]["traceOf"]>>["rows"][number];

export function registerTrace(customer: Command, cli: Cli): void {
  listOptions(
    verb(customer, "trace <customer>", "Show every mail from and to somebody, and what became of it.", [
      "customer trace ann@acme.com",
      "customer trace nobody@example.com --json",
    ]),
  ).action((ref: string, options: ListOptions) => cli.withDesk((desk) => trace(desk, cli.out, ref, options)));
}

interface TraceRow extends Traced {
  ticket: number | null;
}

const columns: readonly Column<TraceRow>[] = [
  { head: "WHEN", value: (row) => nearTime(row.at) },
  { head: "", value: (row) => (row.direction === "in" ? "<-" : "->") },
  { head: "ADDRESS", value: (row) => row.address, max: 24 },
  { head: "SUBJECT", value: (row) => row.subject, max: 24 },
  { head: "FATE", value: (row) => row.status },
  { head: "WHY", value: (row) => row.reason ?? row.response ?? "", max: 28 },
  { head: "TICKET", value: (row) => (row.ticket === null ? "" : `#${row.ticket}`), right: true },
  { head: "ID", value: (row) => row.id },
];

async function trace({ app }: DeskSession, out: Output, ref: string, options: ListOptions): Promise<void> {
  const { rows, total } = await app.lists.traceOf(await keysOf(app, ref), limitOf(options, out.isJson));
  const numbers = await app.lists.numbersOf(rows.flatMap((row) => row.ticketId ?? []));
  const shape: ListShape<TraceRow> = {
    columns,
    id: (row) => row.id,
    json: (row) => ({
      direction: row.direction,
      id: row.id,
      at: isoTime(row.at),
      address: row.address,
      subject: row.subject,
      status: row.status,
      reason: row.reason,
      response: row.response,
      ticket: row.ticket,
    }),
    none: "No mail came from there, and none was made for it.",
    ids: options.ids,
    csv: options.csv,
  };
  out.list(
    rows.map((row) => ({ ...row, ticket: row.ticketId === null ? null : (numbers.get(row.ticketId) ?? null) })),
    total,
    shape,
  );
  const record = await app.lists.customerByRef(ref);
  if (record !== null && !out.isJson) showLeft(out, await app.lists.leftBy(record.customer.id));
  if (rows.length > 0 && !out.isJson) out.note("More of one: maildesk email explain ID, or maildesk outbox show ID");
}

/** The addresses of a customer, or the one address that nobody has. */
async function keysOf({ lists }: App, ref: string): Promise<string[]> {
  const record = await lists.customerByRef(ref);
  if (record !== null) return record.addresses.map((row) => row.id);
  const parsed = parseAddress(ref);
  if (!parsed.ok) throw usage(`There is no customer "${ref}".`, { remedy: "Name one by id, or give an address." });
  return [parsed.key];
}
