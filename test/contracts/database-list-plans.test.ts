// By which indexes SQLite finds what the flags of lists ask for: custom fields, domains, members. Nothing is looked up by
// reading a whole table for each row, and a value of a field is found where it stands.
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { customerLists } from "../../dist/database/list-customers.js";
import { importLists } from "../../dist/database/list-import.js";
import { organizationLists } from "../../dist/database/list-organizations.js";
import { ticketLists } from "../../dist/database/list-tickets.js";
import { searchLists } from "../../dist/database/search.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";

const { prepare } = BetterSqlite.prototype;
let desk: NewDesk;
let texts: string[] = [];

beforeAll(async () => {
  BetterSqlite.prototype.prepare = function (this: BetterSqlite.Database, text: string) {
    texts.push(text);
    return prepare.call(this, text);
  } as typeof prepare;
  desk = await newDesk("list-plans");
});
afterAll(async () => {
  BetterSqlite.prototype.prepare = prepare;
  await desk.close();
});

/** The plans of all that the call asks for the first time. */
async function plansOf(call: () => Promise<unknown>): Promise<string[]> {
  texts = [];
  await call();
  const asked = [...new Set(texts)];
  expect(asked).not.toEqual([]);
  const database = new BetterSqlite(desk.url.slice("sqlite:".length), { readonly: true });
  const plans = asked.map((text) => {
    const values = Array.from({ length: text.split("?").length - 1 }, () => 1);
    const rows = database.prepare(`explain query plan ${text}`).all(values) as { detail: string }[]; // SQLite names it
    return rows.map(({ detail }) => detail).join("; ");
  });
  database.close();
  return plans;
}

const gold = [{ fieldId: "fld_1", value: "Gold" }];
const none = [{ fieldId: "fld_1", value: "" }];
const unclosed = ["open", "waiting"] as const;
/** Whatever the table: rows are walked only where all of them, or all in a state, are asked about. */
const theirValues =
  /LIST SUBQUERY \d; SEARCH fieldValue USING COVERING INDEX fieldValue_fieldId_value_ownerId \(fieldId=\? AND value=\?\)/;

describe("a value of a custom field, on SQLite", () => {
  it("finds its tickets, also among all that are closed", async () => {
    const { ticketList } = ticketLists(desk.database);
    for (const states of [[], ["closed"]] as const)
      for (const plan of await plansOf(() => ticketList({ states, fields: gold }, 50)))
        expect(plan).toMatch(/^SEARCH ticket USING PRIMARY KEY|^SEARCH ticket USING INDEX sqlite_autoindex_ticket/);
    for (const plan of await plansOf(() => ticketList({ states: unclosed, fields: gold }, 50))) {
      expect(plan).toMatch(/^SEARCH ticket USING INDEX ticket_state_number \(state=\?\)/);
      expect(plan).toMatch(theirValues);
    }
  });

  it("finds its organizations and customers", async () => {
    const plans = [
      ...(await plansOf(() => organizationLists(desk.database).organizationList({ fields: gold, limit: 50 }))),
      ...(await plansOf(() => importLists(desk.database).organizationsAfter({ fields: gold }, ""))),
      ...(await plansOf(() => customerLists(desk.database).customerList({ fields: gold, limit: 50 }))),
    ];
    for (const plan of plans) {
      expect(plan).toMatch(theirValues);
      expect(plan).not.toContain("SCAN");
    }
  });

  it("is looked up one by one by its key where those are asked for who have none", async () => {
    const plans = [
      ...(await plansOf(() => ticketLists(desk.database).ticketList({ states: unclosed, fields: none }, 50))),
      ...(await plansOf(() => organizationLists(desk.database).organizationList({ fields: none, limit: 50 }))),
    ];
    for (const plan of plans)
      expect(plan).toMatch(/SEARCH fieldValue USING (PRIMARY KEY|.*sqlite_autoindex_fieldValue_1) \(id=\?\)/);
  });
});

describe("domains and members of organizations, on SQLite", () => {
  it("are found by their indexes", async () => {
    const { organizationList } = organizationLists(desk.database);
    for (const plan of await plansOf(() => organizationList({ domain: "acme.com", limit: 50 })))
      expect(plan).not.toContain("SCAN");
    for (const hasCustomers of [true, false])
      for (const plan of await plansOf(() => organizationList({ hasCustomers, limit: 50 })))
        expect(plan).toMatch(
          /SEARCH customer .*USING (COVERING )?INDEX customer_organizationId_id \(organizationId=\?\)/,
        );
    for (const plan of await plansOf(() => organizationList({ domain: null, limit: 50 })))
      expect(plan).toContain("INDEX organizationDomain_organizationId (organizationId=?)");
  });
});

describe("tickets, on SQLite", () => {
  const recent = { fromMs: 1, untilMs: null };
  const list = (filter: Parameters<ReturnType<typeof ticketLists>["ticketList"]>[0], by?: "created" | "updated") =>
    plansOf(() =>
      ticketLists(desk.database).ticketList(filter, 50, by === undefined ? undefined : { by, reverse: false }),
    );
  /** All but what is read of the rows of a page, of which there are none here. */
  const ofTickets = (plans: string[]) =>
    plans.filter((plan) => plan.startsWith("SEARCH ticket") || plan.startsWith("SCAN"));

  it("of some time are found by it, also among all that are closed", async () => {
    for (const states of [[], ["closed"]] as const)
      for (const plan of ofTickets(await list({ states, created: recent })))
        expect(plan).toMatch(/^SEARCH ticket USING (COVERING )?INDEX ticket_createdAt \(createdAt>\?\)/);
    for (const plan of ofTickets(await list({ states: unclosed, updated: recent })))
      expect(plan).toMatch(/^SEARCH ticket USING INDEX ticket_(state_number \(state=\?\)|updatedAt \(updatedAt>\?\))/);
  });

  it("are walked in the order that was asked for", async () => {
    for (const [by, index] of [
      ["created", "ticket_createdAt"],
      ["updated", "ticket_updatedAt"],
    ] as const) {
      const [page] = ofTickets(await list({ states: ["closed"] }, by));
      expect(page).toMatch(new RegExp(`^SCAN ticket USING INDEX ${index}`));
    }
  });

  it("with a tag, or of a status of the desk's own, are found by it", async () => {
    for (const states of [[], ["closed"]] as const)
      for (const plan of ofTickets(await list({ states, tags: ["tag_1"] })))
        expect(plan).toMatch(/^SEARCH ticket USING (PRIMARY KEY|INDEX sqlite_autoindex_ticket)/);
    for (const plan of ofTickets(await list({ states: [], status: "sts_1" })))
      expect(plan).toMatch(/^SEARCH ticket USING (COVERING )?INDEX ticket_status_number_some \(status=\?\)/);
  });

  it("on which somebody waits are looked at one by one, by the messages of each", async () => {
    for (const plan of ofTickets(await list({ states: unclosed, waiting: recent }))) {
      expect(plan).toMatch(/^SEARCH ticket USING INDEX ticket_state_number \(state=\?\)/);
      expect(plan).toContain("INDEX conversation_ticketId (ticketId=?)");
      expect(plan).toContain("INDEX message_conversationId_createdAt (conversationId=?");
      expect(plan).not.toContain("SCAN");
    }
  });

  it("are found by words in the index of words", async () => {
    const text = { all: [{ words: ["printer"], isBeginning: false }], without: [] };
    for (const plan of ofTickets(await list({ states: unclosed, text }))) {
      expect(plan).toMatch(/^SEARCH ticket USING INDEX ticket_state_number \(state=\?\)/);
      expect(plan).toContain("searchWords VIRTUAL TABLE INDEX");
      expect(plan).toContain("SEARCH searchEntry USING INTEGER PRIMARY KEY");
    }
    for (const plan of await plansOf(() => searchLists(desk.database).search(text, { states: [], limit: 50 })))
      expect(plan).not.toMatch(/SCAN (ticket|message|conversation|searchEntry)/);
  });
});
