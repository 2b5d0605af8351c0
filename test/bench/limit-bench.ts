// `npm run bench -- --only=limit`: what maildesk costs beside the bare limit of fetching and parsing the same mails with
// the same libraries, and whether its memory grows. Every figure that is asked for is a ratio within this run, so that it
// holds on any machine; nothing here fails by a clock.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { measureBare } from "./bare-run.ts";
import { type Measured, makeDesk, measureWorkers, type Sample, settle } from "./bench-desk.ts";
import { type BenchRun, isLeftOut, isQuick, openBench, say } from "./bench-run.ts";
import { type MailFolder, writeMails } from "./mail-folder.ts";
import { benchMails } from "./mails.ts";
import { medians, type Rates, ratio, shownMegabytes, shownRates } from "./rates.ts";

const sizes = isQuick ? { limit: 2_000, early: 500, rounds: 1 } : { limit: 10_000, early: 2_000, rounds: 3 };
const seed = 20_260_105;

describe.skipIf(isLeftOut("limit"))("the bare limit", () => {
  let bench: BenchRun;
  let mails: MailFolder;

  beforeAll(async () => {
    bench = await openBench();
    mails = writeMails(join(bench.folder, "mails"), benchMails({ seed, name: "bench", count: sizes.limit }));
    say(
      `mails of ${(mails.meanBytes / 1000).toFixed(0)} KB, seed ${seed}; maildesk worker with SQLite, the embedded queue and 2 parser children`,
    );
    say("mail.sending is off: what must be told is decided, written and composed, not handed to a server");
    say("mails/s run from the first stored batch, which does not count, to the last ticket; CPU until all is composed");
  });

  afterAll(() => bench.remove());

  it("is compared with poll to ticket, and memory is sampled on the way", async () => {
    const bareBox = bench.newMailbox();
    mails.deliver(bareBox.maildir, 0, sizes.limit);
    const bare: Rates[] = [];
    const filed: Rates[] = [];
    const told: Rates[] = [];
    for (let round = 1; round <= sizes.rounds; round += 1) {
      const limit = await measureBare(bareBox);
      const alone = await onFreshDesk(`filed-${round}`, false);
      const whole = await onFreshDesk(`told-${round}`, true);
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

  /** One run of the worker over all mails; nothing of it stays. */
  async function onFreshDesk(name: string, acknowledge: boolean): Promise<Measured> {
    const box = bench.newMailbox();
    const desk = makeDesk(join(bench.folder, name), { boxes: [box], acknowledge });
    await settle(desk);
    const deliver = () => mails.deliver(box.maildir, 0, sizes.limit);
    const measured = await measureWorkers(desk, { count: sizes.limit, deliver });
    for (const folder of [desk.folder, box.maildir]) rmSync(folder, { recursive: true, force: true });
    return measured;
  }
});

function sayRatio(what: string, { mailsPerSecond, cpuMsPerMail, laterCpuMsPerMail }: Rates): void {
  const [rate, cpu, later] = [mailsPerSecond, cpuMsPerMail, laterCpuMsPerMail].map((figure) => figure.toFixed(2));
  say(`ratio to the bare limit, ${what}: mails/s ${rate}, CPU per mail ${cpu}; CPU of the second half ${later}`);
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
