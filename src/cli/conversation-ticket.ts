// `maildesk conversation settle | to-ticket`: answers that need nothing more, and those that somebody must take care of as a
// ticket (SHA-13).
import type { Command } from "commander";
import { present } from "../desk/change.ts";
import { answersToTicket, settleStandalone, standaloneToTicket } from "../desk/standalone.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { conversationNamed } from "./conversation.ts";
import { knownCustomer } from "./known.ts";
import { drawOf } from "./ticket-draw.ts";
import { ticketJson } from "./ticket-rows.ts";
import { verb } from "./verb.ts";

export function registerConversationTicket(conversation: Command, cli: Cli): void {
  verb(
    conversation,
    "settle <conversation...>",
    "Say that what was answered until now needs nothing more: it waits for nobody then.",
    ["conversation settle cnv_01jd0000000000000000000000"],
  ).action((ids: string[]) =>
    cli.withDesk(async (desk) => {
      const done = await desk.change(`conversation settle ${ids.join(" ")}`, async () => {
        const found = await Promise.all(ids.map((id) => conversationNamed(desk, id)));
        const now = desk.app.clock.now();
        return { changes: present(found.map(({ standalone }) => settleStandalone(standalone, now))), result: found };
      });
      for (const { standalone } of done ?? []) cli.out.note(`"${standalone.subject}" waits for nobody.`);
    }),
  );
  verb(
    conversation,
    "to-ticket <conversation>",
    "Make a ticket of it: of a conversation with a customer, or of what one customer answered in one with an organization or on a project.",
    [
      "conversation to-ticket cnv_01jd0000000000000000000000",
      "conversation to-ticket cnv_01jd0000000000000000000000 --customer bob@acme.com",
    ],
  )
    .option(
      "--customer <customer>",
      "whose answers become the ticket; for a conversation with an organization or on a project",
    )
    .action((id: string, options: { customer?: string }) =>
      cli.withDesk((desk) => toTicket(desk, cli, id, options.customer)),
    );
}

async function toTicket(desk: DeskSession, cli: Cli, id: string, whose: string | undefined): Promise<void> {
  const { app } = desk;
  await conversationNamed(desk, id);
  const draw = await drawOf(app, desk.isDryRun ? 0 : 2);
  const number = desk.isDryRun ? await app.lists.nextTicketNumber() : await app.desk.draw("ticket", 1);
  const done = await desk.change(`conversation to-ticket ${id}`, async () => {
    const now = app.clock.now();
    const found = await conversationNamed(desk, id);
    const { organization, customer, project } = found;
    if (customer !== null && whose === undefined) {
      const requester = await requesterOf(desk, customer.id);
      return { ...standaloneToTicket(found, { number, requester, now }, draw), result: { number } };
    }
    const place = project ?? organization;
    if (place === null || whose === undefined)
      throw usage(
        customer === null
          ? "Say whose answers become the ticket: --customer CUSTOMER."
          : "The conversation is with one customer: leave --customer out.",
      );
    const requester = await requesterOf(desk, whose);
    const messages = await app.lists.answersOf(found.conversation.id, requester.customerId);
    const input = { number, requester, now, messages, withWhom: place.name };
    return { ...answersToTicket(found, input, draw), result: { number } };
  });
  if (done === null) return;
  const [row] = await app.lists.ticketRows([done.number]);
  if (row === undefined) return;
  if (cli.out.isJson) return cli.out.json(ticketJson(row));
  cli.out.line(`#${row.number}`);
  cli.out.note(`Ticket #${row.number} was made; nobody was told.`);
}

async function requesterOf({ app }: DeskSession, ref: string) {
  const { customer, addresses } = await knownCustomer(app, ref);
  return {
    customerId: customer.id,
    organizationId: customer.organizationId,
    address: addresses[0]?.address ?? "",
  };
}
