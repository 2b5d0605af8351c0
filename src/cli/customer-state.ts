// `maildesk customer block`, `unblock`, `deactivate`, `reactivate`: what happens to a customer's mail (CUS-7), for those
// who are named, or for all whom the flags of `customer list` find.
import type { Command } from "commander";
import { present, update } from "../desk/change.ts";
import type { Customer } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type CustomerFilterOptions, customerFilter, selectedCustomers } from "./customer-filter.ts";
import { customerJson } from "./customer-show.ts";
import { type CustomerRecord, knownCustomer } from "./known.ts";
import { counted } from "./output.ts";
import { verb } from "./verb.ts";

interface StateVerb {
  name: string;
  text: string;
  to: Customer["state"];
  /** Only from this state; from any where it is not given. */
  from?: Customer["state"];
}

const verbs: readonly StateVerb[] = [
  { name: "block", text: "Hold their mail from now on: no ticket, no answer.", to: "blocked" },
  { name: "unblock", text: "Take their mail again.", to: "active", from: "blocked" },
  { name: "deactivate", text: "Take their mail, but send them nothing.", to: "deactivated", from: "active" },
  { name: "reactivate", text: "Send them mail again.", to: "active", from: "deactivated" },
];

export function registerState(customer: Command, cli: Cli): void {
  for (const one of verbs)
    customerFilter(
      verb(customer, `${one.name} [customer...]`, one.text, [
        `customer ${one.name} ann@acme.com`,
        `customer ${one.name} --org Acme --dry-run`,
      ]),
    ).action((refs: string[], options: CustomerFilterOptions) =>
      cli.withDesk((desk) => change(desk, cli, one, refs, options)),
    );
}

const addressOf = ({ customer, addresses }: CustomerRecord): string => addresses[0]?.address ?? customer.id;

async function change(
  desk: DeskSession,
  cli: Cli,
  { name, to, from }: StateVerb,
  refs: readonly string[],
  options: CustomerFilterOptions,
): Promise<void> {
  const { app } = desk;
  const { out } = cli;
  const done = await desk.change(
    `customer ${name} ${refs.length > 0 ? refs.join(" ") : "by flags"}`,
    async () => {
      const { records, byFlags } = await selectedCustomers(app, refs, options);
      const fitting = records.filter((record) => {
        const { state } = record.customer;
        if (from === undefined || state === from || state === to) return true;
        if (byFlags) return false;
        throw usage(`${addressOf(record)} is ${state}, not ${from}.`);
      });
      const changes = present(fitting.map(({ customer }) => update("customer", customer, { state: to })));
      const summary = fitting
        .filter(({ customer }) => customer.state !== to)
        .map((record) => `${addressOf(record)}: ${record.customer.state} -> ${to}`);
      return { changes, summary, result: { records: fitting, byFlags, count: changes.length } };
    },
    ({ result: { byFlags, count } }) =>
      byFlags && count > 0 ? `${name[0]?.toUpperCase()}${name.slice(1)} ${counted(count, "customer")}?` : null,
  );
  if (done === null) return;
  const { records, byFlags, count } = done;
  if (out.isJson)
    return out.json(
      await Promise.all(records.map(async ({ customer }) => customerJson(await knownCustomer(app, customer.id)))),
    );
  if (byFlags) return out.line(`${counted(count, "customer")} changed: ${to} now.`);
  for (const record of records)
    out.line(`${addressOf(record)} is ${to}${record.customer.state === to ? " already" : ""}.`);
}
