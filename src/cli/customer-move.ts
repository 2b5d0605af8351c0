// `maildesk customer move`: where customers belong, by hand (ORG-7): those who are named, or all whom the flags of
// `customer list` find. Their tickets stay with the old organization unless they are taken along, and what sight of it
// remains is said.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { type Change, present, remove } from "../desk/change.ts";
import { placeByHand, stillThat } from "../desk/customer.ts";
import type { Organization } from "../desk/organization.ts";
import { type Follow, unshare } from "../desk/project.ts";
import type { Cli, DeskSession } from "./context.ts";
import {
  addressOf,
  asTheyAre,
  type CustomerFilterOptions,
  customerFilter,
  selectedCustomers,
  whoText,
} from "./customer-filter.ts";
import { customerJson } from "./customer-show.ts";
import { type CustomerRecord, organizationOrNone } from "./known.ts";
import { liveGuard } from "./org-domain.ts";
import { counted, type Output } from "./output.ts";
import { verb } from "./verb.ts";

interface MoveOptions extends CustomerFilterOptions {
  withTickets?: boolean;
  dropFollows?: boolean;
}

export function registerMove(customer: Command, cli: Cli): void {
  customerFilter(
    verb(
      customer,
      "move <customers-and-org...>",
      "Put customers into an organization, or into none; their tickets stay with the old one.",
      [
        "customer move ann@acme.com Globex",
        "customer move ann@acme.com bob@acme.com Globex --with-tickets --drop-follows --dry-run",
        "customer move ann@acme.com none",
        "customer move --org Acme --type Branch Globex",
      ],
    ),
  )
    .option("--with-tickets", "the tickets that they requested go along")
    .option("--drop-follows", "they follow no ticket of the old organization any more, and no project themselves")
    .action((words: string[], options: MoveOptions) => {
      const [org = "", ...refs] = words.toReversed();
      return cli.withDesk((desk) => move(desk, cli.out, refs.reverse(), org, options));
    });
}

async function move(
  desk: DeskSession,
  out: Output,
  refs: readonly string[],
  org: string,
  options: MoveOptions,
): Promise<void> {
  const { app } = desk;
  const flags = `${options.withTickets === true ? " --with-tickets" : ""}${options.dropFollows === true ? " --drop-follows" : ""}`;
  const who = refs.length > 0 ? refs.join(" ") : "by flags";
  const done = await desk.change(
    `customer move ${who} ${org}${flags}`,
    async () => {
      const { records, byFlags } = await selectedCustomers(app, refs, options);
      const organization = (await organizationOrNone(app, org)) ?? null;
      const moves = await movesOf(app, records, organization, options);
      const moved = moves.filter(({ change }) => change !== null);
      const isMany = byFlags || records.length > 1;
      const told = isMany ? tellingOfMany(moved, organization) : moves.flatMap((one) => tellingOf(one, organization));
      const which = isMany ? moved.map((one) => movingText(one, organization)) : [];
      return {
        changes: [
          ...present(moves.map(({ change }) => change)),
          ...takenAlong(moves, organization),
          ...moves.flatMap(({ dropped }) => dropped.map(({ seat }) => remove("ticketPerson", seat))),
          ...moves.flatMap(({ unfollowed }) => unfollowed.map(unshare)),
        ],
        guards: [
          ...moved.map(({ record }) => stillThat(record.customer)),
          ...(organization === null ? [] : [liveGuard(organization)]),
        ],
        summary: isMany ? [...which, ...told.slice(1)] : told,
        result: { records, byFlags, isMany, moved, organization, told },
      };
    },
    ({ result: { byFlags, moved, organization } }) =>
      byFlags && moved.length > 0
        ? `Move ${whoText(moved.map(({ record }) => record))} to ${organization?.name ?? "no organization"}?`
        : null,
  );
  if (done === null) return;
  const { records, isMany, told } = done;
  if (out.isJson) {
    const rows = (await asTheyAre(app, records)).map(customerJson);
    return out.json(isMany ? rows : rows[0]);
  }
  const [first = "", ...rest] = told;
  out.line(first);
  for (const line of rest) out.note(line);
}

type Seated = NonNullable<ReturnType<Awaited<ReturnType<App["lists"]["seatsAtHome"]>>["get"]>>;

interface Move {
  record: CustomerRecord;
  /** Null for who is there by hand already. */
  change: Change | null;
  isThere: boolean;
  taken: Seated;
  dropped: Seated;
  /** What stays behind. */
  requested: Seated;
  followed: Seated;
  /** Projects that they follow themselves: those that they do no more, and those that they still do. */
  unfollowed: Follow[];
  following: Follow[];
}

async function movesOf(
  app: App,
  records: readonly CustomerRecord[],
  organization: Organization | null,
  { withTickets, dropFollows }: MoveOptions,
): Promise<Move[]> {
  const isThere = ({ customer }: CustomerRecord) => customer.organizationId === (organization?.id ?? null);
  const leaving = records.filter((record) => !isThere(record)).map(({ customer }) => customer);
  const seats = await app.lists.seatsAtHome(leaving);
  const own = await app.lists.followsOfAll(leaving.map(({ id }) => id));
  return records.map((record): Move => {
    const follows = own.get(record.customer.id) ?? [];
    const all = seats.get(record.customer.id) ?? [];
    const requested = all.filter(({ seat }) => seat.role === "requester");
    const followed = all.filter(({ seat }) => seat.role === "follower");
    return {
      record,
      change: placeByHand(record.customer, organization),
      isThere: isThere(record),
      taken: withTickets === true ? requested : [],
      dropped: dropFollows === true ? followed : [],
      requested: withTickets === true ? [] : requested,
      followed: dropFollows === true ? [] : followed,
      unfollowed: dropFollows === true ? follows : [],
      following: dropFollows === true ? [] : follows,
    };
  });
}

/** Tickets carry the organization that they had, which may be one that was merged away since; one of two movers goes once. */
function takenAlong(moves: readonly Move[], organization: Organization | null): Change[] {
  const byOrigin = new Map<string | null, Set<string>>();
  for (const { ticket } of moves.flatMap(({ taken }) => taken)) {
    const ids = byOrigin.get(ticket.organizationId) ?? new Set();
    byOrigin.set(ticket.organizationId, ids.add(ticket.id));
  }
  return [...byOrigin].map(([organizationId, ids]) => ({
    table: "ticket",
    ids: [...ids],
    before: { organizationId },
    after: { organizationId: organization?.id ?? null },
  }));
}

function tellingOf({ record, isThere, ...move }: Move, organization: Organization | null): string[] {
  const [taken, dropped, requested, followed] = countsOf([move]);
  const who = addressOf(record);
  const where = organization?.name ?? "no organization";
  const old = record.organization?.name ?? "no organization";
  if (isThere) return [`${who} is in ${where} already, and stays there by hand from now on.`];
  const lines = [`${who} is in ${where} now, by hand: no domain moves them any more.`];
  if (taken > 0) lines.push(`${counted(taken, "ticket")} of theirs ${taken === 1 ? "goes" : "go"} along.`);
  if (dropped > 0) lines.push(`They follow ${counted(dropped, "ticket")} of ${old} no more.`);
  if (requested > 0) lines.push(staying(requested, old));
  if (followed > 0)
    lines.push(`They still follow ${counted(followed, "ticket")} of ${old} (--drop-follows ends that).`);
  return [...lines, ...tellingOfFollows([move])];
}

function tellingOfFollows(moves: readonly Pick<Move, "unfollowed" | "following">[]): string[] {
  const projects = (rows: readonly Follow[]) => new Set(rows.map(({ projectId }) => projectId)).size;
  const ended = projects(moves.flatMap(({ unfollowed }) => unfollowed));
  const left = projects(moves.flatMap(({ following }) => following));
  return [
    ...(ended > 0 ? [`They follow ${counted(ended, "project")} no more.`] : []),
    ...(left > 0 ? [`They still follow ${counted(left, "project")} themselves (--drop-follows ends that).`] : []),
  ];
}

const staying = (count: number, old: string): string =>
  `${counted(count, "ticket")} of theirs ${count === 1 ? "stays" : "stay"} with ${old}; they still hear of ${count === 1 ? "it" : "them"} (--with-tickets takes them along).`;

/** A ticket that two of them requested counts once. */
const countsOf = (moves: readonly Omit<Move, "record" | "isThere">[]): [number, number, number, number] => {
  const tickets = (seats: Seated) => new Set(seats.map(({ ticket }) => ticket.id)).size;
  return [
    tickets(moves.flatMap(({ taken }) => taken)),
    tickets(moves.flatMap(({ dropped }) => dropped)),
    tickets(moves.flatMap(({ requested }) => requested)),
    tickets(moves.flatMap(({ followed }) => followed)),
  ];
};

function movingText({ record, isThere }: Move, organization: Organization | null): string {
  const who = addressOf(record);
  const where = organization?.name ?? "no organization";
  if (isThere) return `${who} would stay in ${where}, by hand`;
  return `${who} would be in ${where}, no longer in ${record.organization?.name ?? "no organization"}`;
}

/** The first line says how many, the others what becomes of their tickets. */
function tellingOfMany(moved: readonly Move[], organization: Organization | null): string[] {
  const [taken, dropped, requested, followed] = countsOf(moved);
  const where = organization?.name ?? "no organization";
  const many = counted(moved.length, "customer");
  const lines = [
    `${many} ${moved.length === 1 ? "is" : "are"} in ${where} now, by hand: no domain moves them any more.`,
  ];
  if (taken > 0) lines.push(`${counted(taken, "ticket")} of theirs ${taken === 1 ? "goes" : "go"} along.`);
  if (dropped > 0) lines.push(`They follow ${counted(dropped, "ticket")} of where they were no more.`);
  if (requested > 0) lines.push(staying(requested, "where they were"));
  if (followed > 0)
    lines.push(`They still follow ${counted(followed, "ticket")} of where they were (--drop-follows ends that).`);
  return [...lines, ...tellingOfFollows(moved)];
}
