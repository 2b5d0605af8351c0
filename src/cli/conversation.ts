// `maildesk conversation`: what the desk talks about with an organization or a customer without a ticket (ORG-14, SHA-13).
// Here are the verbs that look; conversation-write.ts has those that say something, conversation-ticket.ts those that end it.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type ConversationRow, conversationJson, conversationShape, withWhom } from "./conversation-rows.ts";
import { registerConversationTicket } from "./conversation-ticket.ts";
import { registerConversationWrite } from "./conversation-write.ts";
import { page } from "./explanation.ts";
import { knownCustomer, knownOrganization } from "./known.ts";
import { type Message, messageJson, showMessage } from "./message-shown.ts";
import { counted, type Output, shortTime } from "./output.ts";
import { knownProject } from "./project-rows.ts";
import { frozenAlone, registerConversationFreeze } from "./ticket-freeze.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";

export type ConversationFound = NonNullable<Awaited<ReturnType<App["lists"]["conversationById"]>>>;

interface ListingOptions extends ListOptions {
  org?: string;
  customer?: string;
  project?: string;
  unanswered?: boolean;
}

export function registerConversation(program: Command, cli: Cli): void {
  const conversation = noun(
    program,
    "conversation",
    "Conversations without a ticket: with all customers of an organization, or with one customer.",
  );
  registerConversationWrite(conversation, cli);
  registerList(conversation, cli);
  registerShow(conversation, cli);
  registerConversationTicket(conversation, cli);
  registerConversationFreeze(conversation, cli);
}

function registerList(conversation: Command, cli: Cli): void {
  const list = verb(conversation, "list", "List conversations without a ticket, the one begun last first.", [
    "conversation list --unanswered",
    "conversation list --org Acme",
    "conversation list --json",
  ])
    .option("--org <org>", "those with this organization")
    .option("--customer <customer>", "those with this customer alone")
    .option("--project <project>", "those on this project")
    .option("--unanswered", "those in which an answer waits for the agents");
  listOptions(list).action((options: ListingOptions) =>
    cli.withDesk(async ({ app }) => {
      const organization = options.org === undefined ? undefined : await knownOrganization(app, options.org);
      const customer = options.customer === undefined ? undefined : await knownCustomer(app, options.customer);
      const { rows, total } = await app.lists.conversationList(
        {
          organizationId: organization?.id,
          customerId: customer?.customer.id,
          projectId: options.project === undefined ? undefined : (await knownProject(app, options.project)).id,
          unanswered: options.unanswered,
        },
        limitOf(options, cli.out.isJson),
      );
      cli.out.list(rows, total, { ...conversationShape, ids: options.ids, csv: options.csv });
    }),
  );
}

function registerShow(conversation: Command, cli: Cli): void {
  verb(conversation, "show <conversation>", "Show a conversation with its messages.", [
    "conversation show cnv_01jd0000000000000000000000",
  ])
    .option("--all", "the whole text of each message, with its id and what it quotes")
    .action((id: string, options: { all?: boolean }) =>
      cli.withDesk(async (desk) => {
        const found = await conversationNamed(desk, id);
        const messages = await desk.app.lists.ticketMessages({ conversations: [found.conversation] });
        const row = rowOf(found, messages);
        const frozen = await frozenAlone(desk.app, found);
        if (cli.out.isJson)
          return cli.out.json({
            ...conversationJson(row),
            freeze: frozen.json,
            messages: messages.map((one) => messageJson(one)),
          });
        show(cli.out, row, messages, frozen.text, options.all === true);
      }),
    );
}

function show(
  out: Output,
  row: ConversationRow,
  messages: readonly Message[],
  frozen: string | null,
  all: boolean,
): void {
  for (const line of page(row.subject)) out.line(line);
  out.line("");
  out.fields([
    ["With", withText(row)],
    ["Answers", answersText(row)],
    ["Mailbox", row.mailbox],
    ["Id", row.id],
    ["Created", shortTime(row.createdAt)],
    ["Messages", counted(messages.length, "message")],
    ["Frozen", frozen],
  ]);
  for (const message of messages) showMessage(out, message, all);
}

function withText(row: ConversationRow): string {
  if (row.visibility === "internal") return `${withWhom(row)}, internal: no customer sees it`;
  if (row.project !== null) return `all who follow ${row.project.name}, each by a mail of their own`;
  return row.organization === null ? withWhom(row) : `${withWhom(row)}, each customer by a mail of their own`;
}

const answersText = ({ visibility, answers }: ConversationRow): string | null => {
  if (visibility === "internal") return null;
  return answers === "agents" ? "reach agents only" : "reach everybody";
};

const rowOf = (found: ConversationFound, messages: readonly Message[]): ConversationRow => {
  const { conversation, standalone, organization, customer, project } = found;
  const { id, subject, mailbox, answers, waitingSince, createdAt } = standalone;
  return {
    ...{ id, subject, mailbox, answers, waitingSince, createdAt },
    organization: organization === null ? null : { id: organization.id, name: organization.name },
    customer: customer === null ? null : { id: customer.id, name: customer.name },
    project: project === null ? null : { id: project.id, name: project.name },
    visibility: conversation.visibility,
    messages: messages.length,
  };
};

/** Rejects with usage where there is none of this id, or one that has a ticket, which is named. */
export async function conversationNamed({ app }: Pick<DeskSession, "app">, ref: string): Promise<ConversationFound> {
  const id = ref.trim();
  const found = await app.lists.conversationById(id);
  if (found !== null) return found;
  const number = await app.lists.ticketOfConversation(id);
  if (number !== null)
    throw usage(`The conversation ${id} belongs to ticket #${number}.`, { remedy: `maildesk ticket show ${number}` });
  throw usage(`There is no conversation "${ref}".`, {
    remedy: "Name it by its id (cnv_...): `maildesk conversation list` shows them.",
  });
}
