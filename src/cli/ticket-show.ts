// `maildesk ticket show N`: one ticket as a page that reads from top to bottom: what it is, whose it is, then every
// message with who wrote it, who may read it, and its files. The JSON shape is fixed in DESIGN.
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Cli } from "./context.ts";
import { byteSize, page, person } from "./explanation.ts";
import { fieldsJson, type ShownField, shownFields } from "./field.ts";
import { isoTime, type Output, shortTime } from "./output.ts";
import { fieldItems, type PanelItem, panelOf } from "./panel.ts";
import { readNumber, type TicketFound, type TicketRow, ticketJson, ticketOf } from "./ticket-rows.ts";
import { verb } from "./verb.ts";

type Message = Awaited<ReturnType<App["lists"]["ticketMessages"]>>[number];
type Linked = Awaited<ReturnType<App["lists"]["ticketLinks"]>>[number];

export function registerTicketShow(ticket: Command, cli: Cli): void {
  verb(ticket, "show <number>", "Show a ticket with its people and messages.", [
    "ticket show 12",
    "ticket show 12 --all",
    "ticket show 12 --json",
  ])
    .option("--all", "the whole text of each message, with what it quotes; and all properties")
    .action(async (number: string, options: { all?: boolean }) => {
      const wanted = readNumber(number);
      await cli.withDesk(async (desk) => {
        const { lists } = desk.app;
        const found = await ticketOf(desk, wanted, cli.out);
        const [row] = await lists.ticketRows([found.ticket.number]);
        if (row === undefined) return;
        const messages = await lists.ticketMessages(found);
        const links = await lists.ticketLinks(found.ticket.id);
        const fields = await shownFields(desk.app, "ticket", found.ticket.id);
        if (cli.out.isJson) return cli.out.json(showJson(row, found, messages, links, fields));
        const all = options.all === true;
        const items = [...itemsOf(row, found, links), ...fieldItems(fields)];
        for (const line of page(`#${row.number}  ${row.subject}`)) cli.out.line(line);
        cli.out.line("");
        cli.out.fields(panelOf(await desk.app.desk.settings(), "ticket", items, all));
        for (const message of messages) showMessage(cli.out, message, all);
      });
    });
}

const addressOf = ({ address, person: seat }: TicketFound["people"][number]): string =>
  address?.address ?? seat.address;

function showJson(
  row: TicketRow,
  found: TicketFound,
  messages: readonly Message[],
  links: readonly Linked[],
  fields: readonly ShownField[],
) {
  return {
    ...ticketJson(row),
    messages: messages.map(messageJson),
    followers: found.people.filter((one) => one.person.role === "follower").map(addressOf),
    fields: fieldsJson(fields),
    links: links.map((link) => link.number),
    mergedFrom: found.asked === row.number ? null : found.asked,
  };
}

const messageJson = (message: Message) => ({
  id: message.id,
  direction: message.direction,
  visibility: message.visibility,
  author: message.authorKind,
  fromName: message.fromName,
  from: message.fromAddress,
  to: message.toAddresses,
  cc: message.ccAddresses,
  subject: message.subject,
  text: message.text,
  newText: message.newText,
  messageId: message.messageId,
  email: message.emailId,
  createdAt: isoTime(message.createdAt),
  flagged: message.flag !== null,
  flag: message.flag,
  remarks: message.remarks,
  attachments: message.attachments.map(({ filename, contentType, sizeBytes, inline, goneAt }) => ({
    filename,
    contentType,
    size: sizeBytes,
    inline,
    goneAt: isoTime(goneAt),
  })),
});

function itemsOf(row: TicketRow, found: TicketFound, links: readonly Linked[]): PanelItem[] {
  const seated = (role: string) =>
    found.people
      .filter((one) => one.person.role === role)
      .map((one) => person(one.customer.name, addressOf(one)))
      .join(", ");
  return [
    { key: "status", label: "Status", value: row.status },
    { key: "priority", label: "Priority", value: row.priority === 0 ? null : row.priority },
    { key: "type", label: "Type", value: row.type },
    { key: "organization", label: "Organization", value: row.organization },
    { key: "requesters", label: "Requesters", value: seated("requester") || "nobody" },
    { key: "followers", label: "Followers", value: seated("follower") },
    { key: "assignee", label: "Assignee", value: row.assignee ?? "nobody" },
    { key: "mailbox", label: "Mailbox", value: row.mailbox },
    { key: "created", label: "Created", value: shortTime(row.createdAt) },
    { key: "updated", label: "Updated", value: shortTime(row.updatedAt) },
    { key: "linked", label: "Linked", value: links.map((link) => `#${link.number} (${link.status})`).join(", ") },
  ];
}

function showMessage(out: Output, message: Message, all: boolean): void {
  out.line("");
  const author =
    message.authorKind === "machine"
      ? `a machine, ${message.fromAddress}`
      : person(message.fromName, message.fromAddress);
  const kind =
    message.visibility === "internal" ? "internal" : message.direction === "out" ? "public answer" : "public";
  for (const line of page(`${shortTime(message.createdAt)}  ${author}  (${kind})`)) out.line(line);
  const copies = message.ccAddresses.length === 0 ? [] : [`cc: ${message.ccAddresses.join(", ")}`];
  const flag = message.flag === null ? [] : [`FLAGGED, shown to no customer: ${message.flag}`];
  for (const line of [...copies, ...flag, ...message.remarks]) for (const shown of page(line, "  ! ")) out.line(shown);
  const text = (all ? message.text : message.newText).trim();
  for (const line of text === "" ? [] : page(text, "    ")) out.line(line);
  for (const [at, file] of message.attachments.entries()) {
    for (const line of page(
      `[${at + 1}] ${file.filename || "(no name)"}  ${file.contentType}, ${byteSize(file.sizeBytes)}${file.inline ? ", inline" : ""}${file.goneAt === null ? "" : `, gone since ${shortTime(file.goneAt)}`}`,
      "  ",
    ))
      out.line(line);
  }
  if (message.emailId !== null && message.attachments.some(({ goneAt }) => goneAt === null))
    out.line(`  maildesk email attachment ${message.emailId} NUMBER --output FILE`);
}
