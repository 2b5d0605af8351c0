// What only a Maildir can do wrong: it has no UIDs of its own, so their index must survive kills, losses and company.
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openMaildirSource } from "../../dist/maildir/open-maildir-source.js";
import { prepareUidIndex } from "../../dist/maildir/uid-index.js";
import type { FetchedMail } from "../../dist/ports.js";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";

let folder: TempFolder;
let path = "";
beforeEach(() => {
  folder = tempFolder("maildir");
  path = join(folder.path, "inbox");
  for (const part of ["tmp", "new", "cur"]) mkdirSync(join(path, part), { recursive: true });
});
afterEach(() => folder.remove());

const indexFile = () => join(path, ".maildesk-uids");
const put = (name: string, part = "new") => writeFileSync(join(path, part, name), `Subject: ${name}\n\nHello\n`);

async function uidsByName(names: string[]): Promise<{ validity: string; uids: (number | undefined)[] }> {
  const index = prepareUidIndex(path);
  await index.number(names);
  return { validity: index.uidValidity(), uids: names.map((name) => index.uidOf(name)) };
}

async function fetchAll(onStore: () => void = () => {}): Promise<FetchedMail[]> {
  const mails: FetchedMail[] = [];
  const source = openMaildirSource({ name: "support", path });
  const request = {
    cursor: null,
    start: null,
    starting: async () => null,
    windowSize: 1000,
    known: async () => new Set<number>(),
    signal: new AbortController().signal,
  };
  await source.fetch(request, async (batch) => {
    mails.push(...batch.mails);
    onStore();
  });
  await source.close();
  return mails;
}

describe("the index of UIDs", () => {
  test("gives a name the same UID in every process and after every restart", async () => {
    const first = await uidsByName(["a", "b", 'odd "name"\nwith lines', "ünïcode"]);
    expect(first.uids).toEqual([1, 2, 3, 4]);
    expect(await uidsByName(["ünïcode", "c", "b"])).toEqual({ validity: first.validity, uids: [4, 5, 2] });
  });

  test.each(["torn in the name", "torn in the first line behind the header"])(
    "loses nothing but the torn line when a writer was killed (%s)",
    async (where) => {
      const before = await uidsByName(where.includes("header") ? ["a"] : ["a", "b"]);
      appendFileSync(indexFile(), '"half a na');
      const after = await uidsByName(["a", "c"]);
      expect(after.validity).toBe(before.validity);
      expect(after.uids[0]).toBe(1);
      expect(before.uids).not.toContain(after.uids[1]);
      expect((await uidsByName(["a", "c"])).uids).toEqual(after.uids);
    },
  );

  test("starts anew under another validity when it is lost, empty or damaged", async () => {
    const validities = [(await uidsByName(["a"])).validity];
    const damages = [
      () => rmSync(indexFile()),
      () => truncateSync(indexFile(), 0),
      () => truncateSync(indexFile(), 20),
      () => writeFileSync(indexFile(), "something else entirely, and long enough for a header\n"),
    ];
    for (const damage of damages) {
      damage();
      validities.push((await uidsByName(["b", "a"])).validity);
      expect((await uidsByName(["a", "b"])).uids).toEqual([2, 1]);
    }
    expect(new Set(validities).size).toBe(validities.length);
  });

  test("notices in a running process that another one replaced it", async () => {
    const running = prepareUidIndex(path);
    await running.number(["a", "b"]);
    rmSync(indexFile());
    const fresh = await uidsByName(["b"]);
    await running.number(["a", "b"]);
    expect(running.uidValidity()).toBe(fresh.validity);
    expect([running.uidOf("b"), running.uidOf("a")]).toEqual([1, 2]);
  });

  test("never gives two names one UID or one name two, though eight readers number at once", async () => {
    const readers = Array.from({ length: 8 }, () => prepareUidIndex(path));
    const names = Array.from({ length: 200 }, (_, index) => `mail-${index}`);
    await Promise.all(
      readers.map(async (reader, turn) => {
        for (let seen = 10; seen <= names.length; seen += 10) {
          const some = names.slice(0, seen);
          await reader.number(turn % 2 === 0 ? some : some.reverse());
        }
      }),
    );
    for (const reader of readers) await reader.number(names);
    const given = readers.map((reader) => names.map((name) => reader.uidOf(name)));
    expect(new Set(given[0]).size).toBe(names.length);
    for (const uids of given) expect(uids).toEqual(given[0]);
  });

  test("is told to a person when it cannot be written", async () => {
    mkdirSync(indexFile());
    await expect(uidsByName(["a"])).rejects.toMatchObject({
      kind: "operator",
      message: expect.stringContaining(indexFile()),
    });
  });
});

describe("fetching", () => {
  test("follows a file that another reader renames between the listing and the reading", async () => {
    for (let count = 1; count <= 51; count += 1) put(`17000000${String(count).padStart(2, "0")}.M1.test`);
    const moved = "1700000051.M1.test";
    let turns = 0;
    const mails = await fetchAll(() => {
      turns += 1;
      if (turns === 1) renameSync(join(path, "new", moved), join(path, "cur", `${moved}:2,RS`));
    });
    expect(mails.map(({ error }) => error)).toEqual(Array.from({ length: 51 }, () => null));
  });

  test("keeps the UID of a mail whatever flags other readers give it", async () => {
    put("1700000001.M1.test");
    const [first] = await fetchAll();
    renameSync(join(path, "new", "1700000001.M1.test"), join(path, "cur", "1700000001.M1.test:2,F"));
    expect((await fetchAll()).map(({ uid }) => uid)).toEqual([first?.uid]);
  });

  test("passes over folders, dot files and mails that are still being written", async () => {
    mkdirSync(join(path, "new", "folder"));
    put(".hidden");
    put("half-written", "tmp");
    expect(await fetchAll()).toEqual([]);
  });
});

test("marking as seen keeps the other flags, in their order", async () => {
  put("1700000001.M1.test:2,FT", "cur");
  const source = openMaildirSource({ name: "support", path });
  const [mail] = await fetchAll();
  const { validity } = await uidsByName([]);
  await source.finish(validity, [mail?.uid ?? 0], { kind: "seen" });
  expect(readFileSync(join(path, "cur", "1700000001.M1.test:2,FST"), "utf8")).toContain("Hello");
  await source.close();
});

test.each(["../elsewhere", "", "a//b", ".hidden"])("no mail is moved to the folder %j", async (odd) => {
  put("1700000001.M1.test");
  const source = openMaildirSource({ name: "support", path });
  await fetchAll();
  const { validity } = await uidsByName([]);
  await expect(source.finish(validity, [1], { kind: "move", folder: odd })).rejects.toMatchObject({
    kind: "operator",
  });
  expect(readFileSync(join(path, "new", "1700000001.M1.test"), "utf8")).toContain("Hello");
  await source.close();
});

test("a Maildir is made only where that is asked for", async () => {
  const missing = join(folder.path, "none");
  await expect(openMaildirSource({ name: "support", path: missing }).check()).rejects.toThrow(missing);
  expect(await openMaildirSource({ name: "support", path: missing, create: true }).check()).toBe("0 mails, watched");
});

test("a folder that is no Maildir is named", async () => {
  await expect(openMaildirSource({ name: "support", path: folder.path }).check()).rejects.toMatchObject({
    kind: "operator",
    message: expect.stringContaining("is not a Maildir"),
  });
});

test("a mail that arrives while the ones before it are finished is news, and is fetched", async () => {
  put("a");
  const source = openMaildirSource({ name: "support", path });
  const request = {
    cursor: null,
    start: null,
    starting: async () => null,
    windowSize: 1000,
    known: async () => new Set<number>(),
    signal: new AbortController().signal,
  };
  let validity = "";
  await source.fetch(request, async ({ cursor, mails }) => {
    validity = cursor.uidValidity;
    put("b");
    expect(
      await source.finish(
        validity,
        mails.map((mail) => mail.uid),
        { kind: "seen" },
      ),
    ).toHaveLength(mails.length);
  });
  // With nothing new this would wait for the whole hour, and the test would not end.
  await source.wait(3_600_000, new AbortController().signal);
  const cursor = { uidValidity: validity, lastUid: 1 };
  const fetched: number[] = [];
  await source.fetch({ ...request, cursor, known: async () => new Set([1]) }, async ({ mails }) => {
    fetched.push(...mails.map((mail) => mail.uid));
  });
  expect(fetched).toEqual([2]);
  await source.close();
});
