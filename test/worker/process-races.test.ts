// What many workers do to the same few rows at the same time: one mail counted once, one organization for a new domain,
// one ticket for a thread. Two processors of eight to sixteen lanes share one spool; many rounds, as races are shy.
import { afterEach, describe, expect, it } from "vitest";
import { rawMail, shuffled } from "./raw-mail.ts";
import { type RunningDesk, type RunningOver, runningDesk } from "./running-desk.ts";

const open: RunningDesk[] = [];
afterEach(async () => {
  for (const desk of open.splice(0)) await desk.close();
});

async function desk(over: RunningOver = {}): Promise<RunningDesk> {
  const opened = await runningDesk({ workers: 2, concurrency: 16, ...over });
  open.push(opened);
  return opened;
}

const reasonsOf = async (one: RunningDesk) => (await one.emails()).map((row) => row.reason).sort();

describe("the same mail", () => {
  it("that several workers decide at once counts once, whatever its transport headers", async () => {
    const one = await desk();
    for (let round = 0; round < 15; round++) {
      const mail = rawMail(`m${round}`, { from: `p${round}@acme${round}.example` });
      await one.store(
        Array.from(
          { length: 4 },
          (_, copy) => `Received: from relay${copy}.example\nDelivered-To: box${copy}@desk.example\n${mail}`,
        ),
      );
    }
    await one.process();
    const counts = await reasonsOf(one);
    expect(counts.filter((reason) => reason === "new-ticket")).toHaveLength(15);
    expect(counts.filter((reason) => reason === "duplicate")).toHaveLength(45);
    expect(await one.tickets()).toHaveLength(15);
    const copies = (await one.emails()).filter((row) => row.reason === "duplicate");
    const originals = new Set((await one.emails()).filter((row) => row.reason === "new-ticket").map((row) => row.id));
    for (const copy of copies) expect(originals.has(copy.duplicateOf ?? "")).toBe(true);
  });

  it("is not the same by its Message-ID alone: nine mails that share three are nine messages", async () => {
    const one = await desk();
    const mails = Array.from({ length: 9 }, (_, at) =>
      rawMail(`shared${at % 3}`, { subject: `s${at}`, text: `text ${at}` }),
    );
    await one.store(shuffled(mails, 5));
    await one.process();
    expect(
      Object.values(await one.threads())
        .flat()
        .sort(),
    ).toEqual(Array.from({ length: 9 }, (_, at) => `s${at}`));
    expect((await reasonsOf(one)).filter((reason) => reason === "duplicate")).toEqual([]);
  });
});

describe("a new domain", () => {
  it("makes one organization, however many first mails of it come at once", async () => {
    const one = await desk();
    const rounds = 12;
    for (let round = 0; round < rounds; round++) {
      const hosts = ["", "eu.", "us.", ""];
      await one.store(
        hosts.map((host, at) => rawMail(`m${round}-${at}`, { from: `p${at}@${host}new${round}.example` })),
      );
      await one.process();
    }
    const organizations = await one.read.selectFrom("organization").select("name").orderBy("name").execute();
    expect(organizations.map((row) => row.name)).toEqual(
      Array.from({ length: rounds }, (_, at) => `new${at}.example`).sort(),
    );
    const customers = await one.read.selectFrom("customer").select("organizationId").execute();
    expect(customers).toHaveLength(rounds * 4);
    expect(customers.filter((row) => row.organizationId === null)).toEqual([]);
  });

  it("makes one customer, however many first mails of one person come at once", async () => {
    const one = await desk();
    await one.store(
      Array.from({ length: 12 }, (_, at) =>
        rawMail(`m${at}`, { from: at % 2 === 0 ? "Ann@Acme.example" : "ann@acme.EXAMPLE" }),
      ),
    );
    await one.process();
    expect(await one.read.selectFrom("customer").select("id").execute()).toHaveLength(1);
    expect(await one.tickets()).toHaveLength(12);
    expect(new Set((await one.tickets()).map((row) => row.number)).size).toBe(12);
  });
});

type Link = "in-reply-to" | "references";

/** Six mails, each an answer to the one before, by one person or by two of one organization; every thread has its own people. */
function thread(number: number, by: readonly string[], link: Link): string[] {
  const id = (at: number) => `t${number}-${at}`;
  return Array.from({ length: 6 }, (_, at) => {
    const older = Array.from({ length: at }, (_one, before) => id(before));
    const cites =
      at === 0 ? {} : link === "in-reply-to" ? { inReplyTo: id(at - 1) } : { inReplyTo: id(at - 1), references: older };
    return rawMail(id(at), { from: (by[at % by.length] ?? "").replace("N", String(number)), ...cites });
  });
}

const whole = (number: number) => Array.from({ length: 6 }, (_, at) => `t${number}-${at}`);

describe("threads of six mails", () => {
  const orders = 30;
  const seeds = Array.from({ length: orders }, (_, seed) => seed);
  const cases: [string, readonly string[], Link][] = [
    ["one person without an organization, In-Reply-To only", ["carlN@gmail.com"], "in-reply-to"],
    [
      "two of one organization, In-Reply-To only",
      ["Ann <ann@acmeN.example>", "Bob <bob@acmeN.example>"],
      "in-reply-to",
    ],
    ["two of one organization, full References", ["Ann <ann@acmeN.example>", "Bob <bob@acmeN.example>"], "references"],
  ];

  it.each(cases)("in any order at once are one ticket each: %s", async (_title, by, link) => {
    const one = await desk({ concurrency: 8 });
    await one.store(
      shuffled(
        seeds.flatMap((seed) => shuffled(thread(seed, by, link), seed)),
        77,
      ),
    );
    await one.process();
    await expectWhole(one, seeds);
    await one.deliver();
    expect(one.sent.filter((mail) => mail.raw.includes("Auto-Submitted: auto-replied"))).toHaveLength(orders);
  });

  it.each(cases)(
    "that have lain there too long to wait for each other are one ticket each: %s",
    async (_title, by, link) => {
      const one = await desk({ concurrency: 8 });
      await one.store(
        shuffled(
          seeds.flatMap((seed) => shuffled(thread(seed, by, link), seed)),
          78,
        ),
      );
      one.clock.advance(61_000);
      await one.process();
      await expectWhole(one, seeds);
    },
  );

  it.each(cases)(
    "split over two polls in any order are one ticket each, as nobody was told yet: %s",
    async (_title, by, link) => {
      const one = await desk({ concurrency: 8 });
      const halves: [string[], string[]] = [[], []];
      for (const seed of seeds) {
        const mails = shuffled(thread(seed, by, link), 100 + seed);
        const cut = 1 + (seed % 5);
        halves[0].push(...mails.slice(0, cut));
        halves[1].push(...mails.slice(cut));
      }
      for (const half of halves) {
        await one.store(half);
        await one.process();
      }
      await expectWhole(one, seeds);
    },
  );
});

async function expectWhole(one: RunningDesk, seeds: readonly number[]): Promise<void> {
  const threads = Object.values(await one.threads()).sort((a, b) => String(a[0]).localeCompare(String(b[0])));
  expect(threads).toEqual(seeds.map(whole).sort((a, b) => String(a[0]).localeCompare(String(b[0]))));
  expect((await one.emails()).filter((row) => row.status !== "filed")).toEqual([]);
}
