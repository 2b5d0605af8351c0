// `maildesk ticket new`: a ticket for a customer, whose first message goes out to them, or one from a customer who called
// or came by, logged as theirs (TIC-4).
import type { Command } from "commander";
import { audienceOf, mustAnswer } from "../desk/answer.ts";
import type { Guard } from "../desk/change.ts";
import { projectGuard } from "../desk/project.ts";
import { mayReceive } from "../desk/recipients.ts";
import type { Ticket } from "../desk/ticket.ts";
import { readPriority, readType } from "../desk/ticket-edit.ts";
import { openTicket } from "../desk/ticket-open.ts";
import type { Writer } from "../desk/words.ts";
import { usage } from "../errors.ts";
import { newAssignee } from "./assignee.ts";
import type { Cli, DeskSession } from "./context.ts";
import { mailboxNamed } from "./mailbox-named.ts";
import { type Body, type BodyOptions, bodyOptions, readBody } from "./message-body.ts";
import { projectOrNone } from "./project-rows.ts";
import { countOf, type Heard, showAudience, writerOf } from "./ticket-audience.ts";
import { customerNamed, type NamedCustomer } from "./ticket-customer.ts";
import { drawOf } from "./ticket-draw.ts";
import { ticketJson } from "./ticket-rows.ts";
import { typeNamed } from "./type.ts";
import { verb } from "./verb.ts";

interface NewOptions extends BodyOptions {
  for?: string;
  from?: string;
  name?: string;
  subject: string;
  mailbox?: string;
  priority?: string;
  type?: string;
  assign?: string;
  project?: string;
}

export function registerTicketNew(ticket: Command, cli: Cli): void {
  const make = verb(
    ticket,
    "new [dash]",
    "Make a ticket: --for a customer, who gets the first message, or --from one, logged as theirs.",
    [
      "ticket new --for ann@acme.com --subject 'Your order' --text 'It is on its way.'",
      "ticket new --from ann@acme.com --subject 'Called about order 7' --text 'Wants it sooner.'",
      "ticket new --for ann@acme.com --subject 'Contract' --file letter.txt --attach contract.pdf --yes",
    ],
  )
    .option("--for <customer>", "the customer who gets the first message")
    .option("--from <customer>", "the customer who said it; nobody is told")
    .requiredOption("--subject <subject>", "the title")
    .option("--name <name>", "the name of a customer who is new")
    .option("--mailbox <name>", "the mailbox that it leaves by (default: the first)")
    .option("--priority <0-5>", "0 none to 5 highest")
    .option("--type <type>", "the ticket's type")
    .option("--assign <agent-or-team>", "who takes care of it")
    .option("--project <project>", "the project that it belongs to");
  bodyOptions(make).action(async (dash: string | undefined, options: NewOptions) => {
    const ref = options.for ?? options.from;
    if (ref === undefined || (options.for !== undefined && options.from !== undefined))
      throw usage("Say --for CUSTOMER or --from CUSTOMER.");
    if (options.subject.trim() === "") throw usage("Give the ticket a subject.");
    await cli.withDesk(async (desk) => {
      if (options.for !== undefined) mustAnswer(desk.agent);
      const about =
        options.for === undefined ? `What ${ref} said.` : `The first message to ${ref}: "${options.subject}".`;
      const body = await readBody(options, dash, about);
      const number = await makeTicket(cli, desk, ref, options, body);
      if (number === null) return;
      const [row] = await desk.app.lists.ticketRows([number]);
      if (row === undefined) return;
      if (cli.out.isJson) cli.out.json(ticketJson(row));
      else {
        cli.out.line(`#${row.number}`);
        cli.out.note(
          options.for === undefined
            ? `Ticket #${row.number} was made; nobody was told.`
            : `Ticket #${row.number} was made; its first message leaves with the worker or the next \`maildesk deliver\`.`,
        );
      }
    });
  });
}

async function makeTicket(
  cli: Cli,
  desk: DeskSession,
  ref: string,
  options: NewOptions,
  { words, blobs }: Body,
): Promise<number | null> {
  const { app } = desk;
  const mailbox = mailboxNamed(app, options.mailbox);
  await valuesOf(desk, options); // what can't be is refused before a number is drawn
  const draw = await drawOf(app, desk.isDryRun ? 0 : 1);
  const number = desk.isDryRun ? await app.lists.nextTicketNumber() : await app.desk.draw("ticket", 1);
  const holdMs = (await app.desk.settings())["mail.hold"];
  const theirs = options.for === undefined;
  if (desk.isDryRun && !theirs) {
    const named = await customerNamed(desk, ref, options.name ?? "", draw, mailbox);
    const { values } = await valuesOf(desk, options);
    const audience = await audienceOfNew(desk, named, values, await writerOf(desk, mailbox));
    showAudience(cli, "Audience of the new ticket", audience, true);
    cli.out.note("Nothing was sent (--dry-run).");
    return null;
  }
  const made = await desk.change(
    `ticket new ${theirs ? "--from" : "--for"} ${ref}`,
    async () => {
      const now = app.clock.now();
      const { values, guards } = await valuesOf(desk, options);
      const named = await customerNamed(desk, ref, options.name ?? "", draw, mailbox);
      const { requester } = named;
      const writer: Writer = theirs
        ? {
            kind: "customer",
            id: requester.customerId,
            name: named.customer.name,
            address: requester.address,
          }
        : await writerOf(desk, mailbox);
      const fresh = openTicket(
        { number, subject: options.subject, mailbox, requester, writer, words, values, holdMs, now },
        draw,
      );
      const audience = theirs ? null : await audienceOfNew(desk, named, values, writer);
      const result = { number, audience };
      return {
        changes: [...named.changes, ...fresh.changes],
        guards: [...guards, ...named.guards, ...fresh.guards],
        notices: fresh.notices,
        blobs,
        result,
      };
    },
    ({ result: { audience } }) => {
      if (audience === null) return null;
      showAudience(cli, "Audience of the new ticket", audience, false);
      return `Send to ${countOf(audience)}?`;
    },
  );
  return made?.number ?? null;
}

type NewValues = Pick<Ticket, "priority" | "type" | "assigneeId" | "projectId">;

async function valuesOf(
  { app }: DeskSession,
  { priority, type, assign, project: projectRef }: NewOptions,
): Promise<{ values: Partial<NewValues>; guards: Guard[] }> {
  const values: Partial<NewValues> = {};
  if (priority !== undefined) values.priority = readPriority(priority);
  if (type !== undefined) values.type = await typeNamed(app, "ticket", readType(type));
  const assignee = assign === undefined ? null : await newAssignee(app, assign);
  if (assignee !== null) values.assigneeId = assignee.id;
  const project = await projectOrNone(app, projectRef);
  if (project != null) values.projectId = project.id;
  const guards = [...(assignee === null ? [] : [assignee.guard]), ...(project == null ? [] : [projectGuard(project)])];
  return { values, guards };
}

/** The requester alone is on a new ticket; with them hear those who follow its project. */
async function audienceOfNew(
  { app }: DeskSession,
  { customer, address }: NamedCustomer,
  { projectId }: Partial<NewValues>,
  writer: Pick<Writer, "kind" | "id">,
): Promise<Heard[]> {
  const refusal = mayReceive(customer, address);
  const requester = { customer, address: address.address, hears: refusal === null };
  const following = projectId == null ? [] : await app.lists.followersOfProject(projectId, [customer.id]);
  return [{ ...requester, why: refusal ?? "requester of the ticket" }, ...audienceOf(writer, following)];
}
