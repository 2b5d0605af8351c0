// `maildesk customer block`, `unblock`, `deactivate`, `reactivate`, `mute`, `unmute`: what happens to a customer's mail, and
// whether they hear anything (CUS-7, SHA-10), for those who are named, or for all whom the flags of `customer list` find.
import type { Command } from "commander";
import { present, update } from "../desk/change.ts";
import { type Customer, stillThat } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import {
  addressOf,
  asTheyAre,
  type CustomerFilterOptions,
  customerFilter,
  selectedCustomers,
  whoText,
} from "./customer-filter.ts";
import { customerJson } from "./customer-show.ts";
import { counted } from "./output.ts";
import { verb } from "./verb.ts";

interface StateVerb {
  name: string;
  text: string;
  /** What they are then. */
  becomes: string;
  /** In a sentence: "is blocked already". */
  isSo(customer: Customer): boolean;
  /** Where it is not so: whether it can become so. */
  fits(customer: Customer): boolean;
  next(now: number): Partial<Pick<Customer, "state" | "mutedAt">>;
}

/** Only from these states, or from any where none is named. */
const toState = (
  name: string,
  text: string,
  state: "active" | "deactivated" | "blocked",
  from: readonly Customer["state"][] = ["active", "deactivated", "blocked"],
): StateVerb => ({
  name,
  text,
  becomes: state,
  isSo: (customer) => customer.state === state,
  fits: (customer) => from.includes(customer.state),
  next: () => ({ state }),
});

const verbs: readonly StateVerb[] = [
  toState("block", "Hold their mail from now on: no ticket, no answer.", "blocked"),
  toState("unblock", "Take their mail again.", "active", ["blocked"]),
  toState("deactivate", "Take their mail, but send them nothing.", "deactivated", ["active"]),
  toState("reactivate", "Send them mail again.", "active", ["deactivated"]),
  {
    name: "mute",
    text: "Send them nothing, as they asked for; their own mail makes tickets as before.",
    becomes: "muted",
    isSo: ({ mutedAt }) => mutedAt !== null,
    fits: () => true,
    next: (now) => ({ mutedAt: now }),
  },
  {
    name: "unmute",
    text: "Let them hear again what concerns them.",
    becomes: "unmuted",
    isSo: ({ mutedAt }) => mutedAt === null,
    fits: () => true,
    next: () => ({ mutedAt: null }),
  },
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

async function change(
  desk: DeskSession,
  cli: Cli,
  { name, becomes, isSo, fits, next }: StateVerb,
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
        if (isSo(record.customer) || fits(record.customer)) return true;
        if (byFlags) return false;
        throw usage(`${addressOf(record)} is ${record.customer.state}: there is nothing to ${name}.`);
      });
      const changed = fitting.filter(({ customer }) => !isSo(customer));
      return {
        changes: present(changed.map(({ customer }) => update("customer", customer, next(app.clock.now())))),
        guards: changed.map(({ customer }) => stillThat(customer)),
        summary: changed.map((record) => `${addressOf(record)} would be ${becomes}`),
        result: { records: fitting, byFlags, changed },
      };
    },
    ({ result: { byFlags, changed } }) =>
      byFlags && changed.length > 0 ? `${name[0]?.toUpperCase()}${name.slice(1)} ${whoText(changed)}?` : null,
  );
  if (done === null) return;
  const { records, byFlags, changed } = done;
  if (out.isJson) return out.json((await asTheyAre(app, records)).map(customerJson));
  if (byFlags) return out.line(`${counted(changed.length, "customer")} changed: ${becomes} now.`);
  for (const record of records)
    out.line(`${addressOf(record)} is ${becomes}${isSo(record.customer) ? " already" : ""}.`);
}
