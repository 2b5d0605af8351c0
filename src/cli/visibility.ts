// `maildesk customer can-see | tickets` and `ticket viewers | publish | unpublish`: what customers may see, and why (VIS-1 to VIS-3).
import type { Command } from "commander";
import { type Change, present, update } from "../desk/change.ts";
import type { Ticket } from "../desk/ticket.ts";
import { type Properties, partsOf, propertiesOf, propertyWords, scopeOf } from "../desk/visibility.ts";
import type { Cli, DeskSession } from "./context.ts";
import { person } from "./explanation.ts";
import { knownCustomer } from "./known.ts";
import { counted } from "./output.ts";
import {
  numbersText,
  readNumber,
  readNumbers,
  showChanged,
  type TicketRow,
  ticketGuard,
  ticketJson,
  ticketOf,
  ticketShape,
  ticketsOf,
} from "./ticket-rows.ts";
import { type ListOptions, limitOf, listOptions, verb } from "./verb.ts";

const deskScope = async ({ app }: DeskSession) => scopeOf((await app.desk.settings())["visibility.scope"].join(","));

export function registerSight(customer: Command, cli: Cli): void {
  verb(customer, "can-see <customer> <number>", "Say whether a customer sees a ticket, and why.", [
    "customer can-see ann@acme.com 12",
    "customer can-see ann@acme.com 12 --json",
  ]).action((ref: string, number: string) =>
    cli.withDesk(async (desk) => {
      const { customer: row } = await knownCustomer(desk.app, ref);
      const { ticket } = await ticketOf(desk, readNumber(number), cli.out);
      const { sees, why } = await desk.app.lists.sight(row, ticket, await deskScope(desk));
      if (cli.out.isJson) cli.out.json({ customer: row.id, ticket: ticket.number, sees, why });
      else cli.out.line(`${sees ? "yes" : "no"}: ${why}`);
    }),
  );
  listOptions(
    verb(customer, "tickets <customer>", "List the tickets that a customer sees, the newest first.", [
      "customer tickets ann@acme.com",
    ]),
  ).action((ref: string, options: ListOptions) =>
    cli.withDesk(async (desk) => {
      const { customer: row, addresses } = await knownCustomer(desk.app, ref);
      const settings = await desk.app.desk.settings();
      const parts = partsOf(settings["visibility.parts"]);
      const seen = propertiesOf(settings["visibility.properties"]);
      const own = new Set(addresses.map(({ address }) => address));
      const limit = limitOf(options, cli.out.isJson);
      const { rows, total } = await desk.app.lists.ticketsSeenBy(row, await deskScope(desk), limit);
      const shown = (
        parts.has("followers")
          ? rows
          : rows.map((one) => ({ ...one, requesters: one.requesters.filter((address) => own.has(address)) }))
      ).map((one) => withSeen(one, seen));
      cli.out.list(shown, total, {
        ...ticketShape,
        json: (one) => ({
          ...ticketJson(one),
          ...Object.fromEntries(
            propertyWords.filter((word) => word !== "fields" && !seen.has(word)).map((word) => [word, null]),
          ),
          messages: parts.has("conversations") ? one.messages : null,
        }),
        none: "They see no tickets.",
        ids: options.ids,
        csv: options.csv,
      });
    }),
  );
}

/** The row as the customer sees it: what they don't see is empty. */
const withSeen = (row: TicketRow, seen: Properties): TicketRow => ({
  ...row,
  status: seen.has("status") ? row.status : "",
  priority: seen.has("priority") ? row.priority : 0,
  assignee: seen.has("assignee") ? row.assignee : null,
});

export function registerViewers(ticket: Command, cli: Cli): void {
  verb(ticket, "viewers <number>", "List the customers who see a ticket, and why each.", [
    "ticket viewers 12",
    "ticket viewers 12 --json",
  ]).action((number: string) =>
    cli.withDesk(async (desk) => {
      const { lists } = desk.app;
      const { ticket: row } = await ticketOf(desk, readNumber(number), cli.out);
      const scope = await deskScope(desk);
      const viewers = await lists.viewersOf(row, scope);
      const everybody = scope.has("all") && row.unpublishedAt === null;
      const organizations = row.unpublishedAt === null ? await lists.organizationsThatSeeAll() : [];
      if (cli.out.isJson)
        return cli.out.json({
          ticket: row.number,
          everybody,
          organizations,
          viewers: viewers.map(({ email, name, why }) => ({ email, name, why })),
        });
      for (const one of viewers) cli.out.line(`${person(one.name, one.email)}  (${one.why})`);
      for (const name of organizations) cli.out.line(`all customers of ${name}  (they see all tickets)`);
      if (everybody) cli.out.line("every customer  (visibility.scope shows all tickets)");
      if (viewers.length + organizations.length === 0 && !everybody) cli.out.note("No customer sees it.");
    }),
  );
  for (const [name, text, word] of [
    ["publish", "Let customers see tickets again, as the visibility says.", "published"],
    [
      "unpublish",
      "Show tickets to nobody but those who are on them; followers of the project hear no more of them.",
      "not published",
    ],
  ] as const)
    verb(ticket, `${name} <numbers...>`, text, [`ticket ${name} 12`, `ticket ${name} 12 14`]).action(
      (texts: string[]) => cli.withDesk((desk) => publish(desk, cli, name, word, readNumbers(texts))),
    );
}

async function publish(
  desk: DeskSession,
  cli: Cli,
  name: "publish" | "unpublish",
  word: string,
  numbers: readonly number[],
): Promise<void> {
  const done = await desk.change(`ticket ${name} ${numbers.join(" ")}`, async () => {
    const found = (await ticketsOf(desk, numbers, cli.out)).map(({ ticket }) => ticket);
    const changed = found.filter((ticket) => (ticket.unpublishedAt === null) === (name === "unpublish"));
    const at = name === "publish" ? null : desk.app.clock.now();
    const change = (ticket: Ticket): Change | null => update("ticket", ticket, { unpublishedAt: at });
    return { changes: present(changed.map(change)), guards: changed.map(ticketGuard), result: { found, changed } };
  });
  if (done === null) return;
  const { found, changed } = done;
  const are = changed.length === 1 ? "is" : "are";
  await showChanged(
    desk,
    found,
    changed.length === 0
      ? `${counted(found.length, "ticket")} ${word} already.`
      : `${numbersText(changed)} ${are} ${word} now.`,
    cli.out,
  );
}
