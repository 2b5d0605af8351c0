// A desk that has worked for years, made in minutes: the program itself makes one ticket, with an answer and an
// acknowledgement, and all rows that came of it are written again under other names, as often as asked for. Whatever the
// tables look like, the copies look the same, on either engine. Ticket n is the same on a small desk and on a large one,
// so that the same mails are news to both.
import { bulkWriter } from "./bulk-writer.ts";
import { companies, companyDomain, peoplePerCompany, personAddress, personName, type Thread } from "./mails.ts";
import { type Outside, openOutside, type Row, type Value } from "./outside.ts";

const dayMs = 86_400_000;
const betweenTicketsMs = 60_000;
const untouched: ReadonlySet<string> = new Set(["migration", "setting", "sequence", "mailbox", "condition", "slot"]);
const ids = /\b[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}\b/g;
/** Conversations have refs from 1 on, customers from here to the end. */
const customerRefs = 100_000_000;
const refsEnd = 200_000_000;
const refsPerTicket = 64;
/** From here on every person has written: the same mails have the same outcome on all larger desks. */
export const everybody = companies * peoplePerCompany;

/** One column of a copied row: the same in each copy, or made anew for ticket n. */
type Column = Value | ((number: number) => Value);

interface Pattern {
  row: Row;
  columns: readonly Column[];
}

/** The two mails of the first ticket: a person of company 0 writes, and writes again. */
export const firstMails = (): string[] => [firstMail(0, []), firstMail(1, [filledId(0, 0)])];

function firstMail(mail: number, cited: string[]): string {
  const head = [
    `From: ${personName(0, 0)} <${personAddress(0, 0)}>`,
    "To: Support <support@example.com>",
    `Subject: ${cited.length === 0 ? "" : "Re: "}The printer on floor two`,
    `Date: Mon, 05 Jan 2026 08:0${mail}:00 +0000`,
    `Message-ID: <${filledId(0, mail)}>`,
    ...cited.flatMap((id) => [`In-Reply-To: <${id}>`, `References: <${id}>`]),
  ];
  return `${head.join("\n")}\n\n${"It prints every page twice since the last update.\n".repeat(12)}`;
}

/**
 * Copies the one ticket of this desk until there are `tickets`. Indexes are made anew afterwards; nothing tells the engine
 * what the tables hold (ANALYZE), which is the caller's to do.
 */
export async function fillDesk(url: string, tickets: number): Promise<void> {
  const desk = await openOutside(url);
  try {
    await desk.run(`update "outbox" set "status" = 'sent', "sentAt" = "createdAt"`);
    const writer = await bulkWriter(desk, url);
    const tables = await deskRows(desk, await writer.tables());
    const names = namesOf(tables);
    await writer.dropIndexes();
    for (const [table, rows] of tables) {
      const [first] = rows;
      if (first === undefined) continue;
      const columns = Object.keys(first);
      const key = await writer.keyOf(table);
      await writer.write(table, columns, copies(table, rows, columns, key, names, tickets));
    }
    await writer.makeIndexes();
    await desk.run(`update "sequence" set "value" = case "id" when 'ticket' then ${tickets} else ${refsEnd} end`);
  } finally {
    await desk.close();
  }
}

async function deskRows(desk: Outside, names: readonly string[]): Promise<Map<string, Row[]>> {
  const tables = new Map<string, Row[]>();
  for (const table of names) if (!untouched.has(table)) tables.set(table, await desk.rows(`select * from "${table}"`));
  return tables;
}

/** The rows of one table of the tickets from 1 on. People, and whatever bears no ticket's name, are there once. */
function* copies(
  table: string,
  rows: readonly Row[],
  columns: readonly string[],
  key: readonly string[],
  names: Names,
  tickets: number,
): Generator<Value[]> {
  const anyName = new RegExp([...names.keys()].map(escaped).join("|"), "g");
  const patterns: Pattern[] = rows.map((row) => ({
    row,
    columns: columns.map((name) => columnOf(table, name, row[name] ?? null, names, anyName, tickets)),
  }));
  const places = key.map((name) => columns.indexOf(name));
  const copyOf = ({ columns }: Pattern, number: number): Value[] =>
    columns.map((column) => (typeof column === "function" ? column(number) : column));
  const keyOf = (copy: readonly Value[]): string => places.map((place) => copy[place]).join(" ");
  const there = new Set(patterns.map(({ row }) => key.map((name) => row[name]).join(" ")));
  const onces = patterns.map((pattern) => keyOf(copyOf(pattern, 1)) === keyOf(copyOf(pattern, 1 + everybody)));
  const end = onces.every(Boolean) ? Math.min(tickets, everybody) : tickets;
  for (let number = 1; number < end; number += 1) {
    for (const [at, pattern] of patterns.entries()) {
      if (onces[at] && number >= everybody) continue;
      const copy = copyOf(pattern, number);
      if (onces[at]) {
        const name = keyOf(copy);
        if (there.has(name)) continue;
        there.add(name);
      }
      yield copy;
    }
  }
}

/** Conversations of a filled desk for mails to answer, spread over the first `tickets`. */
export function filledThreads(tickets: number, count: number): Thread[] {
  return Array.from({ length: count }, (_, at) => {
    const number = Math.floor((at * tickets) / count);
    const { company, person } = ownerOf(number);
    return { subject: `Ticket ${number}`, company, person, messageIds: [0, 1].map((mail) => filledId(number, mail)) };
  });
}

const ownerOf = (number: number) => ({
  company: number % companies,
  person: Math.floor(number / companies) % peoplePerCompany,
});

function filledId(number: number, mail: number): string {
  return `filled.${number}.${mail}@${companyDomain(ownerOf(number).company)}`;
}

type Names = ReadonlyMap<string, (number: number) => string>;

function columnOf(table: string, name: string, value: Value, names: Names, anyName: RegExp, tickets: number): Column {
  if (typeof value === "number" && (name === "number" || name === "ticketNumber")) return (number) => value + number;
  if (typeof value === "number" && name === "ref")
    return table === "customer"
      ? (number) => customerRefs + customerNumber(number)
      : (number) => number * refsPerTicket + value;
  // Moments lie days back, one ticket a minute: nothing of it happened within the hour.
  if (typeof value === "number" && value > dayMs * 1000)
    return (number) => value - 2 * dayMs - (tickets - number) * betweenTicketsMs;
  if (typeof value !== "string") return value;
  const found = [...value.matchAll(anyName)].map((match) => ({ at: match.index, name: match[0] }));
  if (found.length === 0) return value;
  const pieces: (string | ((number: number) => string))[] = [];
  let end = 0;
  for (const { at, name: old } of found) {
    pieces.push(value.slice(end, at), names.get(old) ?? old);
    end = at + old.length;
  }
  pieces.push(value.slice(end));
  return (number) => {
    let text = "";
    for (const piece of pieces) text += typeof piece === "string" ? piece : piece(number);
    return text;
  };
}

const customerNumber = (number: number): number => {
  const { company, person } = ownerOf(number);
  return company * peoplePerCompany + person;
};

/** Its people's organization exists already. */
const isFirst = (number: number): boolean => ownerOf(number).company === 0;

/** For each name in the first ticket's rows, how it is called in ticket n; longer names first, as some contain others. */
function namesOf(rowsOf: ReadonlyMap<string, Row[]>): Names {
  const names = new Map<string, (number: number) => string>();
  const base32 = (number: number, length: number) => number.toString(32).padStart(length, "0");
  const add = (name: unknown, called: (number: number) => string) => {
    if (typeof name === "string" && name !== "" && !names.has(name)) names.set(name, once(called));
  };
  for (const mail of [0, 1]) add(filledId(0, mail), (number) => filledId(number, mail));
  add(personAddress(0, 0), (number) => personAddress(ownerOf(number).company, ownerOf(number).person));
  add(companyDomain(0), (number) => companyDomain(ownerOf(number).company));
  for (const row of rowsOf.get("organization") ?? [])
    for (const name of [row.name, row.nameKey])
      add(name, (number) => (isFirst(number) ? String(name) : `${String(name)} ${ownerOf(number).company}`));
  for (const row of rowsOf.get("outbox") ?? []) {
    const local = String(row.messageId).split("@")[0] ?? "";
    add(local, (number) => local.slice(0, -8) + base32(number, 8));
  }
  for (const row of rowsOf.get("email") ?? [])
    add(row.digest, (number) => base32(number, 8) + String(row.digest).slice(8));
  let index = 0;
  for (const name of JSON.stringify([...rowsOf.values()]).match(ids) ?? []) {
    const prefix = name.slice(0, name.indexOf("_"));
    const place = index++;
    if (prefix === "org")
      add(name, (number) => (isFirst(number) ? name : `org_01h${base32(ownerOf(number).company, 23)}`));
    else if (prefix === "cus")
      add(name, (number) => (customerNumber(number) === 0 ? name : `cus_01h${base32(customerNumber(number), 23)}`));
    else add(name, (number) => `${prefix}_01h${base32(number, 20)}${base32(place % 32_768, 3)}`);
  }
  return new Map([...names].sort(([a], [b]) => b.length - a.length));
}

/** A ticket's row names most things more than once. */
function once(called: (number: number) => string): (number: number) => string {
  let last = -1;
  let name = "";
  return (number) => {
    if (number !== last) name = called(number);
    last = number;
    return name;
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
