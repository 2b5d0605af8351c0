// A desk that has worked for years, made in seconds: the program itself makes one ticket, with an answer and an
// acknowledgement, and all rows that came of it are written again under other names, as often as asked for. Whatever the
// tables look like, the copies look the same. Ticket n is the same on a small desk and on a large one, so that the same
// mails are news to both.
import BetterSqlite from "better-sqlite3";
import { companies, companyDomain, peoplePerCompany, personAddress, personName, type Thread } from "./mails.ts";

const ticketsPerCommit = 5_000;
const dayMs = 86_400_000;
const betweenTicketsMs = 60_000;
const untouched: ReadonlySet<string> = new Set(["migration", "setting", "sequence", "mailbox", "condition"]);
const ids = /\b[a-z]{2,4}_[0-9a-hjkmnp-tv-z]{26}\b/g;
/** Conversations have refs from 1 on, customers from here to the end. */
const customerRefs = 10_000_000;
const refsEnd = 20_000_000;
const refsPerTicket = 64;

type Value = string | number | bigint | null | Buffer;
/** One column of a copied row: the same in each copy, or made anew for ticket n. */
type Column = Value | ((number: number) => Value);

interface RowPattern {
  insert: BetterSqlite.Statement;
  columns: Column[];
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

/** Copies the one ticket of this desk until there are `tickets`. */
export function fillDesk(path: string, tickets: number): void {
  const database = new BetterSqlite(path);
  for (const pragma of ["synchronous = OFF", "cache_size = -400000"]) database.pragma(pragma);
  database.exec(`update "outbox" set "status" = 'sent', "sentAt" = "createdAt"`);
  const patterns = rowPatterns(database, tickets);
  const copy = database.transaction((start: number, end: number) => {
    for (let number = start; number < end; number += 1)
      for (const { insert, columns } of patterns)
        insert.run(columns.map((column) => (typeof column === "function" ? column(number) : column)));
  });
  for (let start = 1; start < tickets; start += ticketsPerCommit)
    copy(start, Math.min(tickets, start + ticketsPerCommit));
  database.prepare(`update "sequence" set "value" = case "id" when 'ticket' then ? else ? end`).run(tickets, refsEnd);
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.close();
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

function rowPatterns(database: BetterSqlite.Database, tickets: number): RowPattern[] {
  const tables = database
    .prepare(`select "name" from "sqlite_master" where "type" = 'table' and "name" not like 'sqlite_%'`)
    .pluck()
    .all() as string[]; // names are text
  const rowsOf = new Map(
    tables
      .filter((table) => !untouched.has(table))
      .map((table) => [table, database.prepare(`select * from "${table}"`).all() as Record<string, Value>[]]),
  );
  const newNames = namesOf(rowsOf);
  const anyName = new RegExp([...newNames.keys()].map(escaped).join("|"), "g");
  return [...rowsOf].flatMap(([table, rows]) =>
    rows.map((row) => {
      const names = Object.keys(row);
      const sql = `insert or ignore into "${table}" (${names.map((name) => `"${name}"`).join()}) values (${names.map(() => "?").join()})`;
      const columns = names.map((name) => columnOf(table, name, row[name] ?? null, newNames, anyName, tickets));
      return { insert: database.prepare(sql), columns };
    }),
  );
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
  return (number) => pieces.map((piece) => (typeof piece === "string" ? piece : piece(number))).join("");
}

const customerNumber = (number: number): number => {
  const { company, person } = ownerOf(number);
  return company * peoplePerCompany + person;
};

/** Its people's organization exists already. */
const isFirst = (number: number): boolean => ownerOf(number).company === 0;

/** For each name in the first ticket's rows, how it is called in ticket n; longer names first, as some contain others. */
function namesOf(rowsOf: ReadonlyMap<string, Record<string, Value>[]>): Names {
  const names = new Map<string, (number: number) => string>();
  const base32 = (number: number, length: number) => number.toString(32).padStart(length, "0");
  const add = (name: unknown, called: (number: number) => string) => {
    if (typeof name === "string" && name !== "" && !names.has(name)) names.set(name, called);
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

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
