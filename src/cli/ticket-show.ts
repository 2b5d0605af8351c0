// `maildesk ticket show N`: one ticket as a page that reads from top to bottom: what it is, whose it is, then every
// message with who wrote it, who may read it, and its files. The JSON shape is fixed in DESIGN.
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Cli } from "./context.ts";
import { page, person } from "./explanation.ts";
import { fieldsJson, type ShownField, shownFields } from "./field.ts";
import { type Message, messageJson, showMessage } from "./message-shown.ts";
import { shortTime } from "./output.ts";
import { fieldItems, type PanelItem, panelOf } from "./panel.ts";
import { frozenOf } from "./ticket-freeze.ts";
import { readNumber, type TicketFound, type TicketRow, ticketJson, ticketOf } from "./ticket-rows.ts";
import { verb } from "./verb.ts";

type Linked = Awaited<ReturnType<App["lists"]["ticketLinks"]>>[number];

export function registerTicketShow(ticket: Command, cli: Cli): void {
  verb(ticket, "show <number>", "Show a ticket with its people and messages.", [
    "ticket show 12",
    "ticket show 12 --all",
    "ticket show 12 --json",
  ])
    .option("--all", "the whole text of each message, with its id and what it quotes; and all properties")
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
        const merged = await lists.mergedInto(found.ticket.id);
        const frozen = await frozenOf(desk.app, found);
        if (cli.out.isJson)
          return cli.out.json({ ...showJson(row, found, messages, links, fields), merged, freeze: frozen.json });
        const all = options.all === true;
        const items = [
          ...itemsOf(row, found, links),
          { key: "merged", label: "Merged", value: merged.map((number) => `#${number}`).join(", ") },
          { key: "frozen", label: "Frozen", value: frozen.text },
          ...fieldItems(fields),
        ];
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
    { key: "tags", label: "Tags", value: row.tags.join(", ") },
    { key: "organization", label: "Organization", value: row.organization },
    { key: "project", label: "Project", value: row.project },
    { key: "published", label: "Published", value: row.published ? null : "no: only those who are on it see it" },
    { key: "requesters", label: "Requesters", value: seated("requester") || "nobody" },
    { key: "followers", label: "Followers", value: seated("follower") },
    { key: "assignee", label: "Assignee", value: row.assignee ?? "nobody" },
    { key: "mailbox", label: "Mailbox", value: row.mailbox },
    { key: "created", label: "Created", value: shortTime(row.createdAt) },
    { key: "updated", label: "Updated", value: shortTime(row.updatedAt) },
    { key: "waiting", label: "Waits since", value: row.waitingSince === null ? null : shortTime(row.waitingSince) },
    { key: "linked", label: "Linked", value: links.map((link) => `#${link.number} (${link.status})`).join(", ") },
  ];
}
