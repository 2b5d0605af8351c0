// The contract of a MailSource (src/ports.ts), once for all its adapters, against a real Dovecot and a real Maildir.
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openImap } from "../../dist/imap/open-imap.js";
import { openMaildirSource } from "../../dist/maildir/open-maildir-source.js";
import type { FetchedBatch, FetchedMail, MailSource } from "../../dist/ports.js";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { tempFolder } from "../servers/temp-folder.ts";

/** One kind of mailbox, and what others may do to it. */
interface Ground {
  open(folder?: string): MailSource;
  deliver(raw: string, receivedAtMs?: number): Promise<void>;
  /** As another mail client does. */
  markAllSeen(): Promise<void>;
  removeAll(): Promise<void>;
  renumber(): Promise<void>;
  /** Puts a mail there that can be listed but not read. */
  deliverUnreadable(): Promise<void>;
  /** Name of a folder below, or "" for the mailbox itself: its mails, oldest first, with their flags as letters. */
  look(folder: string): { raw: string; flags: string }[];
}

let dovecot: Dovecot;
let users = 0;
beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.remove());

const newImap = async (): Promise<Ground> => {
  users += 1;
  const { user, password, maildir } = dovecot.user(`user${users}`);
  const asOther = async (work: (client: ImapFlow) => Promise<unknown>) => {
    const client = new ImapFlow({ ...address(), auth: { user, pass: password }, logger: false });
    await client.connect();
    await client.mailboxOpen("INBOX");
    await work(client);
    await client.logout();
  };
  const address = () => ({ host: dovecot.host, port: dovecot.port, secure: false, doSTARTTLS: false });
  return {
    open: (folder = "INBOX") => {
      const { host, port } = dovecot;
      return openImap({
        name: "support",
        host,
        port,
        secure: "none",
        user,
        password: async () => password,
        folder,
      });
    },
    deliver: (raw, receivedAtMs) => dovecot.deliver(user, raw, receivedAtMs === undefined ? {} : { receivedAtMs }),
    markAllSeen: () => asOther((client) => client.messageFlagsAdd("1:*", ["\\Seen"])),
    removeAll: () => asOther((client) => client.messageDelete("1:*")),
    renumber: () => dovecot.renumber(user),
    async deliverUnreadable() {
      await dovecot.deliver(user, "Subject: secret\r\n\r\n");
      const name = readdirSync(join(maildir, "new")).sort().at(-1) ?? "";
      chmodSync(join(maildir, "new", name), 0);
    },
    look: (folder) => lookInto(maildir, folder),
  };
};

const newMaildir = async (): Promise<Ground> => {
  const path = join(folder.path, `maildir${++users}`);
  for (const part of ["tmp", "new", "cur"]) mkdirSync(join(path, part), { recursive: true });
  let delivered = 0;
  const name = () => `1700000000.M${String(++delivered).padStart(6, "0")}.test`;
  return {
    open: (subfolder) => openMaildirSource({ name: "support", path: subfolder ? join(path, subfolder) : path }),
    async deliver(raw, receivedAtMs = Date.now()) {
      const file = name();
      writeFileSync(join(path, "tmp", file), raw);
      utimesSync(join(path, "tmp", file), receivedAtMs / 1000, receivedAtMs / 1000);
      renameSync(join(path, "tmp", file), join(path, "new", file));
    },
    async markAllSeen() {
      for (const file of readdirSync(join(path, "new"))) {
        renameSync(join(path, "new", file), join(path, "cur", `${file}:2,S`));
      }
    },
    async removeAll() {
      for (const part of ["new", "cur"]) {
        for (const file of readdirSync(join(path, part))) rmSync(join(path, part, file));
      }
    },
    async renumber() {
      rmSync(join(path, ".maildesk-uids"));
    },
    // A link to itself can be listed but not opened, by nobody.
    async deliverUnreadable() {
      const file = name();
      symlinkSync(file, join(path, "new", file));
    },
    look: (subfolder) => lookInto(path, subfolder),
  };
};

function lookInto(maildir: string, subfolder: string) {
  const path = subfolder === "" ? maildir : join(maildir, `.${subfolder.replaceAll("/", ".")}`);
  const files = ["new", "cur"].flatMap((part) => readdirSync(join(path, part)).map((name) => ({ part, name })));
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return files.map(({ part, name }) => ({
    raw: readFileSync(join(path, part, name), "utf8"),
    flags: name.split(":2,")[1] ?? "",
  }));
}

const folder = tempFolder("source");
afterAll(() => folder.remove());

/** A spool in memory: what is stored, and how far. */
function newSpool() {
  const stored = new Map<string, FetchedMail>();
  const spool = {
    cursor: null as FetchedBatch["cursor"] | null,
    start: null as { atMs: number; uid: number } | null,
    batches: [] as FetchedBatch[],
    /** The mails of the last poll. */
    taken: [] as FetchedMail[],
    texts: () => spool.taken.map(({ raw }) => raw?.toString() ?? null),
    uids: () => spool.taken.map(({ uid }) => uid),
    forget: (uid: number) => stored.delete(`${spool.cursor?.uidValidity}/${uid}`),
    async poll(
      source: MailSource,
      more: {
        startAtMs?: number;
        windowSize?: number;
        signal?: AbortSignal;
        onStore?: () => void | Promise<void>;
      } = {},
    ) {
      spool.taken = [];
      spool.batches = [];
      const request = {
        cursor: spool.cursor,
        start: spool.start,
        async starting(uid: number) {
          const atMs = spool.start?.atMs ?? more.startAtMs ?? null;
          spool.start = atMs === null ? null : { atMs, uid };
          return spool.start;
        },
        windowSize: more.windowSize ?? 1000,
        known: async (validity: string, uids: number[]) =>
          new Set(uids.filter((uid) => stored.has(`${validity}/${uid}`))),
        signal: more.signal ?? new AbortController().signal,
      };
      return source.fetch(request, async (batch) => {
        await more.onStore?.();
        spool.batches.push(batch);
        spool.taken.push(...batch.mails);
        for (const mail of batch.mails) if (mail.raw) stored.set(`${batch.cursor.uidValidity}/${mail.uid}`, mail);
        spool.cursor = batch.cursor;
      });
    },
  };
  return spool;
}

const mail = (subject: string) => `From: ann@example.com\r\nSubject: ${subject}\r\n\r\nHello ${subject}\r\n`;
const aDayMs = 24 * 60 * 60 * 1000;

describe.each([
  { kind: "IMAP", make: newImap },
  { kind: "Maildir", make: newMaildir },
])("a mail source on $kind", ({ make }) => {
  let ground: Ground;
  let source: MailSource;
  let spool: ReturnType<typeof newSpool>;
  beforeEach(async () => {
    ground = await make();
    source = ground.open();
    spool = newSpool();
  });
  afterEach(() => source.close());

  test("brings every mail byte for byte, oldest first, and nothing at the second fetch", async () => {
    const raws = [mail("one"), mail("two — ünïcode"), "no header at all", mail("four").repeat(1000)];
    for (const [index, raw] of raws.entries()) await ground.deliver(raw, Date.now() - (raws.length - index) * 5000);
    await spool.poll(source);
    expect(spool.texts()).toEqual(raws);
    expect(spool.uids()).toEqual([...spool.uids()].sort((a, b) => a - b));
    await spool.poll(source);
    expect(spool.batches).toEqual([]);
    await ground.deliver(mail("five"));
    await spool.poll(source);
    expect(spool.texts()).toEqual([mail("five")]);
  });

  test("says when each mail was received", async () => {
    const receivedAtMs = Date.UTC(2024, 1, 29, 23, 30, 15);
    await ground.deliver(mail("leap"), receivedAtMs);
    await spool.poll(source);
    expect(spool.taken[0]?.receivedAtMs).toBe(receivedAtMs);
  });

  test("brings a mail that another client marked as seen", async () => {
    await ground.deliver(mail("read elsewhere"));
    await ground.markAllSeen();
    await spool.poll(source);
    expect(spool.texts()).toEqual([mail("read elsewhere")]);
  });

  test("changes nothing by fetching", async () => {
    await ground.deliver(mail("untouched"));
    await spool.poll(source);
    expect(ground.look("")).toEqual([{ raw: mail("untouched"), flags: "" }]);
  });

  test("finds a UID that appears late, or failed before, within the window and not below it", async () => {
    for (const name of ["one", "two", "three"]) await ground.deliver(mail(name));
    await spool.poll(source);
    const [first = 0, second = 0] = spool.uids();
    spool.forget(first);
    spool.forget(second);
    await spool.poll(source, { windowSize: 2 });
    expect(spool.uids()).toEqual([second]);
    expect(spool.cursor?.lastUid).toBe(second + 1);
    await spool.poll(source, { windowSize: 3 });
    expect(spool.uids()).toEqual([first]);
  });

  test("leaves at first contact what was received before the start, to the second, and says how many", async () => {
    const startAtMs = Date.UTC(2026, 2, 10, 12, 0, 0);
    await ground.deliver(mail("long ago"), startAtMs - 30 * aDayMs);
    await ground.deliver(mail("same day, too early"), startAtMs - 1000);
    await ground.deliver(mail("in time"), startAtMs);
    const summary = await spool.poll(source, { startAtMs });
    expect(summary).toEqual({ left: 2, renumbered: false });
    expect(spool.texts()).toEqual([mail("in time")]);
    await spool.poll(source);
    expect(spool.batches).toEqual([]);
    await ground.deliver(mail("came later, dated earlier"), startAtMs - aDayMs);
    await spool.poll(source);
    expect(spool.texts()).toEqual([mail("came later, dated earlier")]);
  });

  test("still leaves them alone when the server renumbered", async () => {
    await ground.deliver(mail("long ago"), Date.now() - 30 * aDayMs);
    await ground.deliver(mail("today"));
    await spool.poll(source, { startAtMs: Date.now() - aDayMs });
    await ground.renumber();
    expect(await spool.poll(source)).toEqual({ left: 0, renumbered: true });
    expect(spool.texts()).toEqual([mail("today")]);
  });

  test("moves the cursor past mails that are all left alone, and gives an empty mailbox a cursor", async () => {
    await spool.poll(source);
    expect(spool.cursor?.lastUid).toBe(0);
    spool = newSpool();
    await ground.deliver(mail("old"), Date.now() - aDayMs);
    expect(await spool.poll(source, { startAtMs: Date.now() - 1000 })).toEqual({
      left: 1,
      renumbered: false,
    });
    expect(spool.taken).toEqual([]);
    expect(spool.cursor?.lastUid).toBeGreaterThan(0);
  });

  test("brings a mail again when storing it failed", async () => {
    await ground.deliver(mail("stubborn"));
    const diskFull = new Error("disk full");
    const failing = spool.poll(source, {
      onStore: () => {
        throw diskFull;
      },
    });
    await expect(failing).rejects.toBe(diskFull);
    await spool.poll(source);
    expect(spool.texts()).toEqual([mail("stubborn")]);
  });

  test("hands over at most 50 mails at once, and the next batch only after the last is stored", async () => {
    for (let count = 1; count <= 120; count += 1) await ground.deliver(mail(`number ${count}`));
    let storing = 0;
    await spool.poll(source, {
      async onStore() {
        storing += 1;
        expect(storing).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        storing -= 1;
      },
    });
    expect(spool.batches.map(({ mails }) => mails.length)).toEqual([50, 50, 20]);
    expect(new Set(spool.texts()).size).toBe(120);
    for (const { mails, cursor } of spool.batches) expect(cursor.lastUid).toBe(mails.at(-1)?.uid);
  });

  test("stops between batches when told to, and goes on from there", async () => {
    for (let count = 1; count <= 60; count += 1) await ground.deliver(mail(`number ${count}`));
    const stop = new AbortController();
    await spool.poll(source, { signal: stop.signal, onStore: () => stop.abort() });
    expect(spool.taken.length).toBe(50);
    await spool.poll(source);
    expect(spool.taken.length).toBe(10);
  });

  test("lists everything anew under a new uidValidity when the server renumbered", async () => {
    await ground.deliver(mail("one"));
    await ground.deliver(mail("two"));
    await spool.poll(source);
    const before = spool.cursor;
    await ground.renumber();
    expect(await spool.poll(source)).toEqual({ left: 0, renumbered: true });
    expect(spool.texts()).toEqual([mail("one"), mail("two")]);
    expect(spool.cursor?.uidValidity).not.toBe(before?.uidValidity);
    expect(await source.finish(before?.uidValidity ?? "", [1, 2], { kind: "delete" })).toEqual([]);
    expect(ground.look("").length).toBe(2);
  });

  test("brings a mail of no bytes as a mail of no bytes", async () => {
    await ground.deliver("");
    await ground.deliver(mail("after it"));
    await spool.poll(source);
    expect(spool.texts()).toEqual(["", mail("after it")]);
    expect(spool.taken[0]?.error).toBeNull();
  });

  test("reports a mail that cannot be read and brings those around it", async () => {
    await ground.deliver(mail("before"));
    await ground.deliverUnreadable();
    await ground.deliver(mail("after"));
    await spool.poll(source);
    const raws = spool.texts();
    expect(raws).toHaveLength(3);
    expect(raws).toEqual(expect.arrayContaining([mail("before"), mail("after"), null]));
    expect(spool.taken.find(({ raw }) => raw === null)?.error).toMatch(/cannot be read|does not hand it over/);
    await spool.poll(source);
    expect(spool.texts()).toEqual([null]);
  });

  describe("after storing", () => {
    let uids: number[];
    let validity: string;
    beforeEach(async () => {
      for (const name of ["one", "two", "three"]) await ground.deliver(mail(name));
      await spool.poll(source);
      uids = spool.uids();
      validity = spool.cursor?.uidValidity ?? "";
    });

    test("keeps mails as they are", async () => {
      expect(await source.finish(validity, uids, { kind: "keep" })).toEqual(uids);
      expect(ground.look("").map(({ flags }) => flags)).toEqual(["", "", ""]);
    });

    test("marks only the given mails as seen", async () => {
      expect(await source.finish(validity, uids.slice(0, 2), { kind: "seen" })).toEqual(uids.slice(0, 2));
      expect(ground.look("").map(({ flags }) => flags)).toEqual(["S", "S", ""]);
      await spool.poll(source);
      expect(spool.batches).toEqual([]);
    });

    test("moves mails to a folder that it makes, and again to the folder that is there", async () => {
      const after = { kind: "move", folder: "Done" } as const;
      expect(await source.finish(validity, uids.slice(0, 1), after)).toEqual(uids.slice(0, 1));
      expect(await source.finish(validity, uids.slice(1, 2), after)).toEqual(uids.slice(1, 2));
      expect(ground.look("Done").map(({ raw }) => raw)).toEqual([mail("one"), mail("two")]);
      expect(ground.look("").map(({ raw }) => raw)).toEqual([mail("three")]);
    });

    test("deletes only the given mails", async () => {
      expect(await source.finish(validity, uids.slice(1), { kind: "delete" })).toEqual(uids.slice(1));
      expect(ground.look("").map(({ raw }) => raw)).toEqual([mail("one")]);
    });

    test.each([{ kind: "seen" }, { kind: "move", folder: "Done" }, { kind: "delete" }] as const)(
      "counts mails that are gone as done ($kind)",
      async (after) => {
        await ground.removeAll();
        expect(await source.finish(validity, uids, after)).toEqual(uids);
      },
    );
  });

  test("wakes the one who waits when a mail comes", async () => {
    await spool.poll(source);
    const order: string[] = [];
    const waiting = source.wait(60 * 60 * 1000, new AbortController().signal).then(() => order.push("woken"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    order.push("delivering");
    await ground.deliver(mail("wake up"));
    await waiting;
    expect(order).toEqual(["delivering", "woken"]);
    await spool.poll(source);
    expect(spool.texts()).toEqual([mail("wake up")]);
  });

  test("does not wait for a mail that came since the last fetch", async () => {
    await spool.poll(source);
    await ground.deliver(mail("in between"));
    await source.wait(60 * 60 * 1000, new AbortController().signal);
  });

  test("stops waiting on abort and when the time is over", async () => {
    await spool.poll(source);
    const stop = new AbortController();
    const waiting = source.wait(60 * 60 * 1000, stop.signal);
    stop.abort();
    await waiting;
    await source.wait(60 * 60 * 1000, stop.signal);
    await source.wait(50, new AbortController().signal);
  });

  test("tells in a few words what is there", async () => {
    await ground.deliver(mail("one"));
    expect(await source.check()).toMatch(/^1 mail, /);
  });

  test("names a folder that does not exist", async () => {
    const nowhere = ground.open("Nirgendwo");
    for (const call of [() => nowhere.check(), () => spool.poll(nowhere)]) {
      await expect(call()).rejects.toMatchObject({
        kind: "operator",
        message: expect.stringContaining("Nirgendwo"),
      });
    }
    await nowhere.close();
  });
});
