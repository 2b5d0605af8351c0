// `maildesk customer promote`: a customer becomes an agent, for good (CUS-6). What that means is said before it is asked.
import type { Command } from "commander";
import { personName } from "../desk/customer.ts";
import { promoteCustomer } from "../desk/promote.ts";
import { agentJson } from "./agent-show.ts";
import type { Cli, DeskSession } from "./context.ts";
import { knownAgent, knownCustomer } from "./known.ts";
import { counted } from "./output.ts";
import { verb } from "./verb.ts";

interface PromoteOptions {
  name?: string;
}

const numbersShown = 20;

export function registerPromote(customer: Command, cli: Cli): void {
  verb(
    customer,
    "promote <customer>",
    "Make an agent of a customer, with the same addresses. They leave their organization and their tickets; it can't be taken back.",
    ["customer promote ann@acme.com --dry-run", 'customer promote ann@acme.com --name "Ann Lee"'],
  )
    .option("--name <name>", "their name as an agent, which customers see (default: the one they have)")
    .action((ref: string, options: PromoteOptions) => cli.withDesk((desk) => promote(desk, cli, ref, options)));
}

async function promote(desk: DeskSession, cli: Cli, ref: string, { name }: PromoteOptions): Promise<void> {
  const { app } = desk;
  const { out } = cli;
  desk.mustAdminister();
  const id = app.ids.next("agt");
  const drawn = desk.isDryRun ? 0 : await app.desk.draw("ref", 1);
  const done = await desk.change(
    `customer promote ${ref}`,
    async () => {
      const { customer, addresses, organization } = await knownCustomer(app, ref);
      const who = addresses[0]?.address ?? customer.id;
      const own = await app.lists.customerBelongings(customer);
      const alone = await app.lists.askedAloneBy(customer.id);
      const draft = {
        id,
        ref: drawn,
        name: personName(name ?? customer.name),
        mayAnswer: true,
        mayAdminister: false,
      };
      const decided = promoteCustomer(own, draft, app.clock.now());
      const seats = own.seats.length;
      const summary = [
        `${customer.name || who} (${own.addresses.map(({ address }) => address).join(", ")}) becomes an agent, who may answer. That can't be taken back.`,
        ...(organization === null ? [] : [`  They leave ${organization.name}.`]),
        ...(seats === 0
          ? []
          : [`  They leave ${counted(seats, "ticket")}, and get no more mail about them; what they wrote stays.`]),
        ...(alone.length === 0 ? [] : [`  ${aloneText(alone)}`]),
      ];
      return { ...decided, summary, result: { who, customerId: customer.id, seats, alone, summary } };
    },
    ({ result }) => {
      for (const line of result.summary) out.note(line);
      return `Make an agent of ${result.who}, for good?`;
    },
  );
  if (done === null) return;
  const row = await knownAgent(app, id);
  const { who, customerId, seats, alone } = done;
  if (out.isJson) out.json({ ...agentJson(row), customer: customerId, leftTickets: seats, withoutRequester: alone });
  else
    out.line(
      `${who} is an agent now (${row.id})${seats > 0 ? `, and off ${counted(seats, "ticket")}` : ""}. What agents may: maildesk agent set ${who} mayAdminister=on`,
    );
}

function aloneText(numbers: readonly number[]): string {
  const shown = numbers
    .slice(0, numbersShown)
    .map((number) => `#${number}`)
    .join(", ");
  const more = numbers.length > numbersShown ? ` and ${numbers.length - numbersShown} more` : "";
  return `${shown}${more} ${numbers.length === 1 ? "has" : "have"} no requester then: maildesk ticket requester add NUMBER ADDRESS`;
}
