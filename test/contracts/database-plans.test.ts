// By which indexes SQLite finds what a sweep asks for every second, and what is asked for each mail while others wait:
// without statistics, which no desk gathers, and however many mails there are. `npm run bench -- --only=size` looks at all statements of a worker, on both engines.
import BetterSqlite from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { newMail } from "./spool-mail.ts";

const path = (url: string): string => url.slice("sqlite:".length);
const { prepare } = BetterSqlite.prototype;
let desk: NewDesk;
let texts: string[] = [];

beforeAll(async () => {
  BetterSqlite.prototype.prepare = function (this: BetterSqlite.Database, text: string) {
    texts.push(text);
    return prepare.call(this, text);
  } as typeof prepare;
  desk = await newDesk("plans");
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
  const database = new BetterSqlite(path(desk.url), { readonly: true });
  const plans = asked.map((text) => {
    const values = Array.from({ length: text.split("?").length - 1 }, () => 1);
    const rows = database.prepare(`explain query plan ${text}`).all(values) as { detail: string }[]; // SQLite names it
    return rows.map(({ detail }) => detail).join("; ");
  });
  database.close();
  return plans;
}

/** Without the short look at whether anything stands still. */
const beside = (plans: readonly string[]) => plans.filter((plan) => !plan.startsWith("SEARCH freeze USING COVERING"));

describe("what is due, on SQLite", () => {
  const now = 1_800_000_000_000;

  it("is read from an index of what waits, in its order: mails", async () => {
    expect(await plansOf(() => desk.spool.due(now, 10))).toEqual([
      "SEARCH email USING INDEX email_status_nextAttemptAt_id_some (status=? AND nextAttemptAt<?)",
    ]);
  });

  it("is read from an index of what waits, in its order: outgoing mails", async () => {
    expect(beside(await plansOf(() => desk.outbox.due(now, 10)))).toEqual([
      "SEARCH outbox USING COVERING INDEX outbox_status_nextAttemptAt_id_some (status=? AND nextAttemptAt<?)",
    ]);
  });

  it("is read from an index of what waits, in its order: notices", async () => {
    expect(beside(await plansOf(() => desk.outbox.dueConversations(now, 10)))).toEqual([
      "SEARCH notice USING INDEX notice_notBefore_some (notBefore<?)",
    ]);
  });
});

describe("one mail among many that wait, on SQLite", () => {
  let id: string;

  beforeAll(async () => {
    const mail = newMail({ id: "child@x.example", cites: ["parent@x.example"] });
    const [stored] = await desk.spool.store("box", null, [mail], null);
    id = stored?.id ?? "";
  });

  it("finds the mails that it cites by their Message-IDs", async () => {
    expect(await plansOf(() => desk.spool.waitsFor(id))).toEqual([
      "SEARCH email USING INDEX sqlite_autoindex_email_1 (id=?)",
      "SEARCH email USING INDEX email_messageId_status_some (messageId=?)",
    ]);
  });

  it("finds what must be told of a conversation by its id", async () => {
    const [waiting] = await plansOf(() => desk.outbox.noticeFacts("cnv_1", desk.clock.now()));
    expect(waiting).toContain("SEARCH notice USING INDEX notice_conversationId (conversationId=?)");
  });

  it("is taken by its id", async () => {
    const plans = await plansOf(() => desk.spool.acquire(id, desk.clock.now()));
    expect(plans).toContain("SEARCH email USING INDEX sqlite_autoindex_email_1 (id=?)");
    expect(plans.filter((plan) => plan.includes("_some"))).toEqual([]);
  });
});
