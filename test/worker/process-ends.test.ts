// Every mail gets its end, and none stops those behind it: what cannot be read, what kills its reader, what maildesk makes
// a mistake with, and trouble that is not the mail's fault (MAIL-4, MAIL-21, PEERS 3).
import { afterEach, describe, expect, it } from "vitest";
import { operator, temporary } from "../../dist/errors.js";
import { mailLimits } from "../../dist/mail/limits.js";
import { parseMail } from "../../dist/mail/parse.js";
import { rawMail } from "./raw-mail.ts";
import { type RunningDesk, runningDesk } from "./running-desk.ts";

let one: RunningDesk;
afterEach(() => one.close());

const rows = async () => Object.fromEntries((await one.emails()).map((row) => [row.subject, row]));
/** A reader that fails as `fail` says for the mail of this subject, and reads all others. */
const readerThatFails = (subject: string, fail: (times: number) => unknown) => {
  let times = 0;
  return async (raw: Buffer) => {
    const failure = String(raw).includes(`Subject: ${subject}`) ? fail(++times) : null;
    if (failure !== null) throw failure;
    return await parseMail(raw);
  };
};

describe("a mail of which nothing can be read", () => {
  it("is held, empty or too large, and the others are filed", async () => {
    one = await runningDesk();
    const large = Buffer.concat([Buffer.from("Subject: large\r\n\r\n"), Buffer.alloc(mailLimits.sizeBytesMax)]);
    await one.store([Buffer.alloc(0), large, rawMail("good")]);
    await one.process();
    const all = await rows();
    expect([all[""]?.reason, all.large?.reason, all.good?.reason]).toEqual(["empty", "too-large", "new-ticket"]);
    expect((await one.spool.raw(all.large?.id ?? ""))?.length).toBe(large.length);
  });
});

describe("a mail whose Message-ID and References are as long as may be, in letters of three bytes", () => {
  it("is filed as any other, and holds up nobody", async () => {
    one = await runningDesk();
    const letters = (from: number) =>
      Array.from({ length: 990 }, (_, at) => String.fromCodePoint(0x4e00 + ((from + at * 7919) % 20_000))).join("");
    const long = rawMail("long", { references: [letters(1), letters(2)] }).replace(
      /^Message-ID: .*$/im,
      () => `Message-ID: <${letters(3)}@x.example>`,
    );
    await one.store([rawMail("good"), long, rawMail("behind")]);
    await one.process();
    const all = await rows();
    expect(["good", "long", "behind"].map((subject) => all[subject]?.status)).toEqual(["filed", "filed", "filed"]);
  });
});

describe("a pass", () => {
  it("counts every mail that it brought to its end, however many were on their way at once", async () => {
    one = await runningDesk();
    await one.store(Array.from({ length: 50 }, (_, number) => rawMail(`mail ${number}`)));
    expect(await one.process()).toBe(50);
  });
});

describe("a mail that kills its reader", () => {
  it("is failed the third time, later each time, and the others are filed at once", async () => {
    one = await runningDesk({
      parser: readerThatFails("deadly", () => temporary("It took more than 20 seconds.", { code: "time" })),
    });
    await one.store([rawMail("deadly"), rawMail("good")]);
    await one.process();
    expect((await rows()).good?.status).toBe("filed");
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      const row = (await rows()).deadly;
      if (row?.status !== "pending") break;
      waits.push(row.nextAttemptAt - one.clock.now());
      one.clock.advance(row.nextAttemptAt - one.clock.now() + 1);
      await one.process();
    }
    expect((await rows()).deadly).toMatchObject({ status: "failed", reason: "unreadable", attempts: 3 });
    const kills = one.logged.filter(({ event }) => event === "reader-killed").map(({ fields }) => fields?.cause);
    expect(kills).toEqual(["time", "time", "time"]);
    expect(waits).toHaveLength(2);
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
  });

  it("once, after workers were killed that held it three times, is read by the next one", async () => {
    one = await runningDesk({
      parser: readerThatFails("unlucky", (times) =>
        times === 1 ? temporary("Its reader ended.", { code: "crash" }) : null,
      ),
    });
    const [id] = await one.store([rawMail("unlucky")]);
    for (let kill = 0; kill < 3; kill++) {
      await one.spool.acquire(id ?? "", one.clock.now());
      one.clock.advance(121_000);
    }
    await one.process();
    expect((await rows()).unlucky).toMatchObject({ status: "pending", attempts: 4, readerDeaths: 1 });
    one.clock.advance(3_600_000);
    await one.process();
    expect((await rows()).unlucky).toMatchObject({ status: "filed", attempts: 5, readerDeaths: 1 });
  });

  it("and its whole worker with it is failed after ten times", async () => {
    one = await runningDesk();
    const [id] = await one.store([rawMail("deadly")]);
    for (let kill = 0; kill < 10; kill++) {
      await one.spool.acquire(id ?? "", one.clock.now());
      one.clock.advance(121_000);
    }
    await one.process();
    expect((await rows()).deadly).toMatchObject({ status: "failed", reason: "unreadable", attempts: 11 });
  });
});

describe("a mistake of ours", () => {
  it("ends the mail with the stack, keeps the raw, and the others are filed; a retry reads it again", async () => {
    one = await runningDesk({
      parser: readerThatFails("odd", (times) =>
        times === 1 ? new TypeError("x is not a function") : operator("gone"),
      ),
    });
    const [id] = await one.store([rawMail("odd"), rawMail("good")]);
    await one.process();
    const all = await rows();
    expect([all.odd?.reason, all.good?.reason]).toEqual(["bug", "new-ticket"]);
    expect(all.odd?.trace).toContain("x is not a function");
    expect(String(await one.spool.raw(id ?? ""))).toContain("Subject: odd");
    expect(await one.spool.retry([id ?? ""])).toBe(1);
  });

  it("with a mail that another worker took over meanwhile is that worker's: nothing is written and nothing breaks", async () => {
    const reader = { take: async () => undefined as unknown };
    one = await runningDesk({
      parser: async () => {
        await reader.take();
        throw new TypeError("x is not a function");
      },
    });
    const [id] = await one.store([rawMail("odd")]);
    reader.take = () => {
      one.clock.advance(121_000);
      return one.spool.acquire(id ?? "", one.clock.now());
    };
    await one.processors[0]?.handle(id ?? "");
    expect((await rows()).odd).toMatchObject({ status: "pending", fence: 2, attempts: 2 });
  });
});

describe("trouble that is not the mail's fault", () => {
  it("costs it no attempt, and is written down", async () => {
    one = await runningDesk({
      parser: readerThatFails("good", (times) => (times < 20 ? operator("The disk is full.") : temporary("stop"))),
    });
    const [id] = await one.store([rawMail("good")]);
    for (let round = 0; round < 5; round++) {
      await one.processors[0]?.handle(id ?? "");
      one.clock.advance(120_000);
    }
    expect((await rows()).good).toMatchObject({ status: "pending", attempts: 0, error: "The disk is full." });
  });
});

describe("a decision that finds the desk changed", () => {
  it("is made again on what is there now", async () => {
    one = await runningDesk();
    await one.store([rawMail("first")]);
    let changedOnce = false;
    const { commit } = one.base.desk;
    one.base.desk.commit = async (input) => {
      if (!changedOnce) {
        changedOnce = true;
        await one.database.write((tx) =>
          tx
            .insertInto("reference")
            .values({
              id: "cited:cnv_x:first@x.example",
              key: "first@x.example",
              kind: "cited",
              conversationId: "cnv_x",
              createdAt: 1,
              version: 1,
            })
            .execute(),
        );
      }
      await commit(input);
    };
    await one.process();
    expect((await rows()).first).toMatchObject({ status: "filed", reason: "new-ticket" });
    expect(await one.tickets()).toHaveLength(1);
  });
});
