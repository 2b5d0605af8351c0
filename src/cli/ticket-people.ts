// `maildesk ticket requester | follower`: who sits on a ticket (SHA-2). Whoever is added hears what is said from now on,
// and that is what is said here; whoever is taken off hears nothing more, queued mail included.
import type { Command } from "commander";
import { present } from "../desk/change.ts";
import { comeBack } from "../desk/opt-out.ts";
import type { TicketPerson } from "../desk/ticket.ts";
import { seatPerson, unseatPerson } from "../desk/ticket-edit.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { counted } from "./output.ts";
import { customerNamed } from "./ticket-customer.ts";
import { drawOf } from "./ticket-draw.ts";
import { readNumber, type TicketFound, ticketOf } from "./ticket-rows.ts";
import { type ListOptions, listOptions, noun, verb } from "./verb.ts";

type Role = TicketPerson["role"];

export function registerTicketPeople(ticket: Command, cli: Cli): void {
  registerRole(ticket, cli, "requester", "Requesters: those whose ticket it is.");
  registerRole(ticket, cli, "follower", "Followers: those who read along.");
}

function registerRole(ticket: Command, cli: Cli, role: Role, sentence: string): void {
  const people = noun(ticket, role, sentence);
  listOptions(verb(people, "list <number>", `List the ${role}s of a ticket.`, [`ticket ${role} list 12`])).action(
    async (number: string, options: ListOptions) => {
      const wanted = readNumber(number);
      await cli.withDesk(async (desk) => show(cli, await ticketOf(desk, wanted, cli.out), role, options));
    },
  );
  verb(people, "add <number> <customer>", `Add a customer, known or new, as ${role}.`, [
    `ticket ${role} add 12 bob@acme.com`,
  ]).action(async (number: string, ref: string) => {
    const wanted = readNumber(number);
    await cli.withDesk(async (desk) => await add(cli, desk, wanted, ref, role));
  });
  const removing = verb(
    people,
    "remove <number> <customer>",
    `Take a ${role} off a ticket: they hear nothing more of it.`,
    [`ticket ${role} remove 12 bob@acme.com`],
  );
  if (role === "requester") removing.option("--force", "even the last requester");
  removing.action(async (number: string, ref: string, options: { force?: boolean }) => {
    const wanted = readNumber(number);
    await cli.withDesk(async (desk) => await takeOff(cli, desk, wanted, ref, role, options.force === true));
  });
}

async function add(cli: Cli, desk: DeskSession, number: number, ref: string, role: Role): Promise<void> {
  const { app } = desk;
  const draw = await drawOf(app, desk.isDryRun ? 0 : 1);
  const done = await desk.change(`ticket ${role} add ${number} ${ref}`, async () => {
    const found = await ticketOf(desk, number, cli.out);
    const named = await customerNamed(desk, ref, "", draw, found.ticket.mailbox);
    const seated = found.people.find((one) => one.customer.id === named.customer.id)?.person ?? null;
    const seat = seatPerson(found.ticket.id, named.customer.id, role, named.requester.address, seated, app.clock.now());
    const left = await app.lists.optOutOf(named.customer.id, found.ticket.id);
    return {
      changes: [...named.changes, ...present([seat, comeBack(left)])],
      guards: named.guards,
      result: { named, seated, seat, found, left },
    };
  });
  if (done === null) return;
  const { named, seated, seat, found, left } = done;
  const after = await ticketOf(desk, number, { ...cli.out, note: () => {} });
  if (cli.out.isJson) return show(cli, after, role);
  const who = named.requester.address;
  if (left !== null) cli.out.note(`${who} had left #${found.ticket.number} by unsubscribe, and hears of it again.`);
  if (seat === null) return cli.out.note(`${who} is ${seated?.role ?? role} of #${found.ticket.number} already.`);
  const earlier = (await app.lists.ticketMessages(found)).filter(
    (message) => message.visibility === "public" && message.flag === null,
  ).length;
  const history =
    seated !== null || earlier === 0
      ? ""
      : ` The ${counted(earlier, "earlier public message")} ${earlier === 1 ? "is" : "are"} not sent to them.`;
  cli.out.note(`${who}${named.isNew ? ", a new customer," : ""} is ${role} of #${found.ticket.number} now.${history}`);
}

async function takeOff(
  cli: Cli,
  desk: DeskSession,
  number: number,
  ref: string,
  role: Role,
  force: boolean,
): Promise<void> {
  const done = await desk.change(`ticket ${role} remove ${number} ${ref}`, async () => {
    const found = await ticketOf(desk, number, cli.out);
    const customer = (await desk.app.lists.customerByRef(ref))?.customer;
    const seat = found.people.find((one) => one.customer.id === customer?.id);
    if (seat === undefined) throw usage(`${ref} is not on #${found.ticket.number}.`, { remedy: peopleText(found) });
    if (seat.person.role !== role)
      throw usage(`${ref} is ${seat.person.role} of #${found.ticket.number}, not ${role}.`, {
        remedy: `maildesk ticket ${seat.person.role} remove ${number} ${ref}`,
      });
    const people = found.people.map((one) => one.person);
    return { changes: [unseatPerson(found.ticket, seat.person, people, force)], result: { found, seat } };
  });
  if (done === null) return;
  const now = await ticketOf(desk, number, cli.out);
  if (cli.out.isJson) return show(cli, now, role);
  const following = now.followers.find(({ customer }) => customer.id === done.seat.customer.id);
  const hears = following === undefined ? "hears nothing more of it" : `still hears of answers: ${following.part}`;
  cli.out.note(`${done.seat.person.address} is off #${done.found.ticket.number}, and ${hears}.`);
}

const peopleText = ({ people }: TicketFound): string =>
  people.length === 0
    ? "Nobody is."
    : `On it are: ${people.map((one) => `${one.person.address} (${one.person.role})`).join(", ")}.`;

function show(cli: Cli, { people, ticket }: TicketFound, role: Role, { limit, ids, csv }: ListOptions = {}): void {
  const all = people.filter((one) => one.person.role === role);
  const rows = all.slice(0, limit ?? all.length);
  const email = ({ address, person }: (typeof rows)[number]) => address?.address ?? person.address;
  cli.out.list(rows, all.length, {
    columns: [
      { head: "EMAIL", value: email },
      { head: "NAME", value: (row) => row.customer.name, max: 30 },
      {
        head: "STATE",
        value: (row) => (row.address?.state === "bouncing" ? "bouncing" : row.customer.state),
      },
    ],
    id: email,
    json: (row) => ({ email: email(row), name: row.customer.name, role, state: row.customer.state }),
    none: `#${ticket.number} has no ${role}s.`,
    ids,
    csv,
  });
}
