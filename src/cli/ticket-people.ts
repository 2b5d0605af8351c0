// `maildesk ticket requester | follower`: who sits on a ticket (SHA-2). Whoever is added hears what is said from now on,
// and what was said before as --history says (SHA-3); whoever is taken off hears nothing more, queued mail included.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { present } from "../desk/change.ts";
import { comeBack } from "../desk/opt-out.ts";
import { earlierFor, type HistoryChoice, historyFrom, historyMessagesMax } from "../desk/owed-history.ts";
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
    `ticket ${role} add 12 bob@acme.com --history ${role === "requester" ? "none" : "full"}`,
  ])
    .addOption(
      new Option(
        "--history <which>",
        `whether the earlier public messages go to them with the next one (default: ${role === "requester" ? "as notify.history says" : "none"})`,
      ).choices(["full", "none"]),
    )
    .action(async (number: string, ref: string, options: { history?: HistoryChoice }) => {
      const wanted = readNumber(number);
      await cli.withDesk(async (desk) => await add(cli, desk, wanted, ref, role, options.history));
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

async function add(
  cli: Cli,
  desk: DeskSession,
  number: number,
  ref: string,
  role: Role,
  wanted: HistoryChoice | undefined,
): Promise<void> {
  const { app } = desk;
  const byDefault = role === "requester" && (await app.desk.settings())["notify.history"] === "full" ? "full" : "none";
  const draw = await drawOf(app, desk.isDryRun ? 0 : 1);
  const done = await desk.change(`ticket ${role} add ${number} ${ref}`, async () => {
    const found = await ticketOf(desk, number, cli.out);
    const named = await customerNamed(desk, ref, "", draw, found.ticket.mailbox);
    const seated = found.people.find((one) => one.customer.id === named.customer.id)?.person ?? null;
    const now = app.clock.now();
    const { requester } = named;
    // Who sits there already keeps what they are owed, unless somebody says so or they become a requester.
    const isNew = seated === null || (seated.role !== role && role === "requester");
    const until = wanted === undefined && !isNew ? undefined : historyFrom(wanted ?? byDefault, now);
    const seat = seatPerson(found.ticket.id, named.customer.id, role, requester.address, seated, now, until);
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
  const person = after.people.find((one) => one.customer.id === named.customer.id)?.person ?? null;
  const history = await historySaid(app, found, person, seated !== null && person?.historyUntil == null);
  cli.out.note(`${who}${named.isNew ? ", a new customer," : ""} is ${role} of #${found.ticket.number} now.${history}`);
}

/** How many earlier messages go to them, or don't; "" where there are none, or they sat there before. */
async function historySaid(app: App, found: TicketFound, person: TicketPerson | null, isOld: boolean): Promise<string> {
  const [first] = found.conversations.filter(({ visibility }) => visibility === "public");
  if (person === null || first === undefined || isOld) return "";
  const messages = await app.lists.ticketMessages({ conversations: [first] });
  const told = await app.lists.toldOfThese(
    person.customerId,
    messages.map(({ id }) => id),
  );
  const until = person.historyUntil ?? app.clock.now();
  const earlier = earlierFor({ ...person, historyUntil: until }, messages, told).length;
  if (earlier === 0) return "";
  const what = `The ${counted(earlier, "earlier public message")}`;
  if (person.historyUntil === null) return ` ${what} ${earlier === 1 ? "is" : "are"} not sent to them.`;
  const bound = earlier > historyMessagesMax ? ` (the last ${historyMessagesMax})` : "";
  return ` ${what}${bound} ${earlier === 1 ? "goes" : "go"} to them with the next one.`;
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
