// A desk on which tickets are taken apart and put together: mails in as a server would hand them over, commands in this
// process, and what is made of them for whom.
import { expect } from "vitest";
import { type SeenMail, seenMail } from "../journeys/mail-text.ts";
import { commandDesk } from "./commands-in-process.ts";

export interface ShownMessage {
  id: string;
  visibility: string;
  author: string;
  from: string;
  newText: string;
  text: string;
  flag: string | null;
  messageId: string | null;
  remarks: string[];
  attachments: { filename: string }[];
}

export interface ShownTicket {
  number: number;
  subject: string;
  status: string;
  state: string;
  type: string;
  priority: number;
  requesters: string[];
  followers: string[];
  organization: string | null;
  project: string | null;
  links: number[];
  merged: number[];
  mergedFrom: number | null;
  frozen: boolean;
  freeze: { reason: string; notices: number; mails: number } | null;
  fields: Record<string, unknown>;
  messages: ShownMessage[];
}

export type SurgeryDesk = Awaited<ReturnType<typeof surgeryDesk>>;

export async function surgeryDesk(purpose: string) {
  const desk = await commandDesk(purpose);
  const { app } = desk;

  /** A command that must end well, with yes to whatever it asks. */
  async function done(...args: string[]): Promise<string> {
    const said = await desk.run(...args, "--yes");
    expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
    return said.stdout + said.stderr;
  }
  async function json<T>(...args: string[]): Promise<T> {
    const said = await desk.run(...args, "--yes", "--json");
    expect(said.code, `${args.join(" ")}: ${said.stderr}`).toBe(0);
    return JSON.parse(said.stdout) as T;
  }
  /** One that must end with this code; resolves to what it said. */
  async function refused(code: number, ...args: string[]): Promise<string> {
    const said = await desk.run(...args, "--yes");
    expect(said.code, `${args.join(" ")}: ${said.stdout}${said.stderr}`).toBe(code);
    return said.stderr.replace(/^maildesk: /, "");
  }

  return {
    ...desk,
    done,
    json,
    refused,
    show: (number: number) => json<ShownTicket>("ticket", "show", String(number)),
    /** A mail arrives, and is judged; resolves to the number of its ticket. */
    async mail(text: string): Promise<number | null> {
      const [stored] = await app.spool.store(
        "support",
        null,
        [app.newMail(Buffer.from(text), app.clock.now(), "live", false)],
        null,
      );
      await app.process();
      const row = await app.database.read
        .selectFrom("email")
        .select(["status", "reason", "ticketNumber"])
        .where("id", "=", stored?.id ?? "")
        .executeTakeFirstOrThrow();
      expect(row.status, row.reason ?? "").toBe("filed");
      return row.ticketNumber;
    },
    deliver: () => app.deliver(),
    /** Mails to this address, the oldest first, as they left or wait to leave. */
    async mailsTo(address: string, ...statuses: string[]): Promise<SeenMail[]> {
      const rows = await app.database.read
        .selectFrom("outbox")
        .innerJoin("outboxRaw", "outboxRaw.id", "outbox.id")
        .select(["outbox.mailFrom", "outbox.toAddress", "outboxRaw.raw"])
        .where("outbox.toKey", "=", address)
        .where("outbox.status", "in", statuses.length === 0 ? ["sent"] : statuses)
        .orderBy("outbox.id")
        .execute();
      return rows.map(({ mailFrom, toAddress, raw }) =>
        seenMail({ from: mailFrom, to: toAddress, raw: raw.toString("utf8") }),
      );
    },
    /** All outgoing mails, as `to status`. */
    async out(): Promise<string[]> {
      const rows = await app.database.read.selectFrom("outbox").select(["toKey", "status"]).orderBy("id").execute();
      return rows.map(({ toKey, status }) => `${toKey} ${status}`);
    },
  };
}
