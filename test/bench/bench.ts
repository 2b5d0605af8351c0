// `npm run bench`: what maildesk costs beside the bare limit of fetching and parsing the same mails with the same
// libraries, whether its memory grows, and whether a large desk is slower than a small one. Every figure that is asked
// for is a ratio within this run, so that it holds on any machine; nothing here fails by a clock.

import { rmSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";
import { measureBare } from "./bare-run.ts";
import {
  type BenchDesk,
  type BenchSource,
  type Measured,
  makeDesk,
  measureWorker,
  run,
  type Sample,
  settle,
} from "./bench-desk.ts";
import { fillDesk, filledThreads, firstMails } from "./fill-desk.ts";
import { type MailFolder, writeMails } from "./mail-folder.ts";
import { benchMails } from "./mails.ts";
import { medians, type Rates, ratio, shownMegabytes, shownRates } from "./rates.ts";

const isQuick = process.env.BENCH_QUICK === "1";
const only = process.env.BENCH_ONLY ?? "";
const sizes = isQuick
  ? { limit: 2_000, early: 500, rounds: 1, desks: [1_000, 10_000], news: 300 }
  : { limit: 10_000, early: 2_000, rounds: 3, desks: [10_000, 100_000], news: 1_000 };
const seed = 20_260_105;

let scratch: TempFolder;
let dovecot: Dovecot;
let mails: MailFolder;
let users = 0;

beforeAll(async () => {
  scratch = tempFolder("bench");
  dovecot = await startDovecot();
  mails = writeMails(join(scratch.path, "mails"), benchMails({ seed, name: "bench", count: sizes.limit }));
  say(`${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.versions.node}, Dovecot on 127.0.0.1`);
  say(
    `mails of ${(mails.meanBytes / 1000).toFixed(0)} KB, seed ${seed}; maildesk worker with SQLite, the embedded queue and 2 parser children`,
  );
  say("mail.sending is off: what must be told is decided, written and composed, not handed to a server");
  say("mails/s run from the first stored batch, which does not count, to the last ticket; CPU until all is composed");
});

afterAll(async () => {
  await dovecot.remove();
  scratch.remove();
});

describe.skipIf(only !== "" && !only.includes("limit"))("the bare limit", () => {
  it("is compared with poll to ticket, and memory is sampled on the way", async () => {
    const bareBox = newMailbox();
    mails.deliver(bareBox.maildir, 0, sizes.limit);
    const bare: Rates[] = [];
    const filed: Rates[] = [];
    const told: Rates[] = [];
    for (let round = 1; round <= sizes.rounds; round += 1) {
      const limit = await measureBare(bareBox);
      const alone = await onFreshDesk(`filed-${round}`, sizes.limit, false);
      const whole = await onFreshDesk(`told-${round}`, sizes.limit, true);
      bare.push(limit);
      filed.push(alone);
      told.push(whole);
      say(`  round ${round}: bare limit       ${shownRates(limit)}`);
      say(`           poll to ticket   ${shownRates(alone)}; memory ${shownMemory(alone.samples)}`);
      say(`           and acknowledged ${shownRates(whole)}; memory ${shownMemory(whole.samples)}`);
    }
    say(`bare limit, imapflow and mailparser          ${shownRates(medians(bare))}`);
    say(`poll to ticket, maildesk worker              ${shownRates(medians(filed))}`);
    say(`the same, every acknowledgement composed too ${shownRates(medians(told))}`);
    sayRatio("poll to ticket", ratio(medians(filed), medians(bare)));
    sayRatio("acknowledged  ", ratio(medians(told), medians(bare)));
    say("asked of poll to ticket: mails/s at least 0.7, CPU at most 1.5, memory at most 400 MB and not growing");
  });
});

function sayRatio(what: string, { mailsPerSecond, cpuMsPerMail, laterCpuMsPerMail }: Rates): void {
  const [rate, cpu, later] = [mailsPerSecond, cpuMsPerMail, laterCpuMsPerMail].map((figure) => figure.toFixed(2));
  say(`ratio to the bare limit, ${what}: mails/s ${rate}, CPU per mail ${cpu}; CPU of the second half ${later}`);
}

describe.skipIf(only !== "" && !only.includes("desk"))("a large desk", () => {
  it("is compared with a small one", async () => {
    const [few = 0, many = 0] = sizes.desks;
    const [small, large] = [await filledDesk(few), await filledDesk(many)];
    const runs: { small: Rates[]; large: Rates[] } = { small: [], large: [] };
    for (let round = 1; round <= sizes.rounds; round += 1) {
      const news = benchMails({
        seed: seed + round,
        name: `news-${round}`,
        count: sizes.news,
        threads: filledThreads(few, 300),
      });
      const folder = writeMails(join(scratch.path, `news-${round}`), news);
      // Whoever comes second finds a machine in another state, so they take turns.
      for (const size of round % 2 === 1 ? (["small", "large"] as const) : (["large", "small"] as const)) {
        const { desk, box } = size === "small" ? small : large;
        const measured = await measureWorker(desk, sizes.news, () => folder.deliver(box.maildir));
        say(`  round ${round}, ${size}: ${shownRates(measured)}`);
        runs[size].push(measured);
      }
    }
    say(`desk with ${few} tickets     ${shownRates(medians(runs.small))}`);
    say(`desk with ${many} tickets    ${shownRates(medians(runs.large))}`);
    const { mailsPerSecond, cpuMsPerMail } = ratio(medians(runs.large), medians(runs.small));
    say(
      `ratio of the large desk to the small one: mails/s ${mailsPerSecond.toFixed(2)} (at least 0.9), CPU per mail ${cpuMsPerMail.toFixed(2)} (at most 1.1)`,
    );
  });
});

/** A desk on which the program made one ticket, and that has as many as asked for. */
async function filledDesk(tickets: number): Promise<{ desk: BenchDesk; box: BenchSource & { maildir: string } }> {
  const box = newMailbox();
  const desk = makeDesk(join(scratch.path, `desk-${tickets}`), box, true);
  await settle(desk);
  const files = firstMails().map((raw, index) => {
    const file = join(desk.folder, `first-${index}.eml`);
    writeFileSync(file, raw);
    return file;
  });
  await run(desk, ["ingest", "--answer", ...files]);
  await run(desk, ["deliver"]);
  fillDesk(desk.database, tickets);
  return { desk, box };
}

/** One run of the worker over the first `count` mails; nothing of it stays. */
async function onFreshDesk(name: string, count: number, acknowledge: boolean): Promise<Measured> {
  const box = newMailbox();
  const desk = makeDesk(join(scratch.path, name), box, acknowledge);
  await settle(desk);
  const measured = await measureWorker(desk, count, () => mails.deliver(box.maildir, 0, count));
  for (const folder of [desk.folder, box.maildir]) rmSync(folder, { recursive: true, force: true });
  return measured;
}

function newMailbox(): BenchSource & { maildir: string } {
  users += 1;
  return { port: dovecot.port, ...dovecot.user(`box-${users}`) };
}

/** Of the worker and its children together; it goes up and down, so the most of each stretch is told. */
function shownMemory(samples: readonly Sample[]): string {
  const most = (from: number, to: number) =>
    shownMegabytes(
      Math.max(...samples.filter(({ decided }) => decided >= from && decided <= to).map((one) => one.residentBytes)),
    );
  const { early, limit } = sizes;
  return `at most ${most(0, early)} up to mail ${early}, ${most(early, limit - early)} then, ${most(limit - early, limit)} over the last ${early}`;
}

const say = (line: string): void => console.log(line);
