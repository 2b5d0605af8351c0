// `maildesk conversation settle | to-ticket`: answers that need nothing more, and those that somebody must take care of as a
// ticket (SHA-13).
import type { Command } from "commander";
import { present } from "../desk/change.ts";
import { answersToTicket, settleStandalone, standaloneToTicket } from "../desk/standalone.ts";
import type { Requester } from "../desk/ticket-open.ts";
import type { AnswerDraw } from "../desk/words.ts";
import { conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type ConversationFound, conversationNamed } from "./conversation.ts";
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
        const found = await Promise.all([...new Set(ids)].map((id) => conversationNamed(desk, id)));
        return { changes: present(found.map(({ standalone }) => settleStandalone(standalone))), result: found };
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
  const draw = await drawOf(app, desk.isDryRun ? 0 : 2);
  const decide = async (number: number) => {
    const found = await conversationNamed(desk, id);
    const from = await requesterOf(desk, found, whose);
    return await decided(desk, found, from, number, draw);
  };
  await decide(0); // what can't be is refused before a number is drawn
  const number = desk.isDryRun ? await app.lists.nextTicketNumber() : await app.desk.draw("ticket", 1);
  const done = await desk.change(`conversation to-ticket ${id}`, async () => ({
    ...(await decide(number)),
    result: number,
  }));
  if (done === null) return;
  const [row] = await app.lists.ticketRows([done]);
  if (row === undefined) return;
  if (cli.out.isJson) return cli.out.json(ticketJson(row));
  cli.out.line(`#${row.number}`);
  cli.out.note(`Ticket #${row.number} was made; nobody was told.`);
}

async function decided(
  { app }: DeskSession,
  found: ConversationFound,
  requester: Requester,
  number: number,
  draw: AnswerDraw,
) {
  const now = app.clock.now();
  const { conversation, standalone, organization, project } = found;
  if ((await app.lists.freezeOf(conversation.id))?.since != null)
    throw conflict(`"${standalone.subject}" is frozen, and what waits there would go on standing still.`, {
      remedy: `Let it go on first: maildesk conversation unfreeze ${conversation.id}`,
    });
  if (standalone.customerId !== null) return standaloneToTicket(found, { number, requester, now }, draw);
  const messages = await app.lists.answersOf(conversation.id, requester.customerId);
  const ids = messages.map((message) => message.id);
  const othersWait = await app.lists.othersAnswered(conversation.id, ids);
  const withWhom = project?.name ?? organization?.name ?? "an organization that is gone";
  const address = messages.at(-1)?.fromAddress || requester.address;
  const input = { number, requester: { ...requester, address }, now, messages, withWhom, othersWait };
  return answersToTicket(found, input, draw);
}

/** The customer whom the conversation is with, or the one who is named, whose answers they are. */
async function requesterOf({ app }: DeskSession, { standalone }: ConversationFound, whose: string | undefined) {
  const isAlone = standalone.customerId !== null;
  if (isAlone && whose !== undefined) throw usage("The conversation is with one customer: leave --customer out.");
  if (!isAlone && whose === undefined) throw usage("Say whose answers become the ticket: --customer CUSTOMER.");
  const { customer, addresses } = await knownCustomer(app, standalone.customerId ?? whose ?? "");
  return {
    customerId: customer.id,
    organizationId: customer.organizationId,
    address: addresses[0]?.address ?? "",
  };
}
