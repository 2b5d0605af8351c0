// Random kills: mails keep coming and agents keep answering while worker processes and their readers are killed with SIGKILL
// at moments that a seed chose; then the work drains, and the desk is compared with one that nobody disturbed (OPS-4).
import { setTimeout as pause } from "node:timers/promises";
import { seeded } from "../../bench/random.ts";
import { waitUntil } from "../../servers/process.ts";
import { type Combination, type KillsDesk, openKillsDesk } from "./combination.ts";

export type { Combination } from "./combination.ts";

import { agent, openStory, type Story } from "./story.ts";
import { judge, type Verdict } from "./verdict.ts";
import { type Kill, startVictims, type Victims } from "./victims.ts";

export interface KillsOptions extends Combination {
  kills: number;
  seed: number;
  /** Mails to deliver at least, copies and answers of customers included. */
  mails: number;
  workers: number;
}

export interface KillsReport {
  options: KillsOptions;
  kills: Kill[];
  mails: number;
  answers: number;
  sent: number;
  verdict: Verdict;
  /** From the last kill until nothing was under way. */
  drainMs: number;
  totalMs: number;
}

const mailsPerAnswer = 5;
/** More is not delivered while so many mails wait. */
const waitingMax = 400;
const lookMs = 200;
/** BullMQ keeps a killed worker's ids for 45 seconds; a mail whose reader died three times waits for two minutes. */
const drainMs = 400_000;

/** Runs one combination from the first mail to the verdict. */
export async function randomKills(options: KillsOptions): Promise<KillsReport> {
  const startedAt = Date.now();
  const desk = await openKillsDesk(options);
  let victims: Victims | null = null;
  try {
    await settle(desk);
    const story = openStory(seeded(options.seed));
    victims = await startVictims(desk, options.workers, seeded(options.seed + 1));
    const surprises = await disturb(desk, story, victims, options);
    const lastKillAt = Date.now();
    await waitUntil(
      () => isSettled(desk, story),
      () => "it does not settle",
      drainMs,
    ).catch(() => surprises.push("it did not settle in time"));
    const drained = Date.now() - lastKillAt;
    surprises.push(...(await victims.stop()));
    await follow(desk, story);
    const killed = new Set(victims.kills.filter(({ what }) => what === "worker").map(({ pid }) => pid));
    const verdict = await judge(desk, story, killed);
    verdict.surprises.push(...surprises);
    return {
      options,
      kills: victims.kills,
      mails: story.mails.reduce((sum, mail) => sum + mail.copies, 0),
      answers: story.answers.length,
      sent: desk.sink.received.length,
      verdict,
      drainMs: drained,
      totalMs: Date.now() - startedAt,
    };
  } finally {
    await victims?.abandon();
    await desk.close();
  }
}

/** An agent, and limits that are made for people: a run is an hour's mail of a company in minutes. */
async function settle(desk: KillsDesk): Promise<void> {
  const limits = ["acknowledgementsPerHour", "mailsPerTicketPerHour", "mailsPerSenderPerHour"];
  for (const args of [
    ["agent", "add", agent, "--name", "Dora"],
    ["settings", "set", ...limits.map((limit) => `limits.${limit}=100000`), "mail.history=none"],
  ]) {
    const { code, said } = await desk.command(args);
    if (code !== 0) throw new Error(`maildesk ${args.join(" ")}: ${said}`);
  }
}

/** Resolves to surprises once all kills are done and all mails are delivered. */
async function disturb(desk: KillsDesk, story: Story, victims: Victims, options: KillsOptions): Promise<string[]> {
  const surprises: string[] = [];
  let isOver = false;
  let answering: Promise<void> | null = null;
  const delivered = () => story.mails.reduce((sum, mail) => sum + mail.copies, 0);

  /** Mails come as the kills go on, so that the last kill finds work too. */
  const feed = async () => {
    while (!isOver || delivered() < options.mails) {
      await follow(desk, story);
      const share = isOver ? 1 : (victims.kills.length + 10) / (options.kills + 10);
      const waiting = await desk.database.count(`"email" where "status" = 'pending'`);
      let steps = 0;
      const isWanted = () => delivered() < options.mails * share || (!isOver && steps === 0);
      for (; isWanted() && waiting < waitingMax; steps += 1) {
        const wantsAnswer = answering === null && story.answers.length < delivered() / mailsPerAnswer;
        const step = story.next(wantsAnswer);
        if (step.kind === "mail") {
          for (const mailbox of step.mailboxes) await desk.deliver(mailbox, step.raw);
          continue;
        }
        const { mark, thread } = step.answer;
        const args = ["ticket", "reply", String(thread.number), "--text", mark, "--yes", "--as", agent];
        answering = desk.command(args).then(({ code, said }) => {
          if (code !== 0) surprises.push(`an answer ended with ${code}: ${said}`);
          story.done({ mark });
          answering = null;
        });
      }
      await pause(lookMs);
    }
  };
  const feeding = feed();
  // Whoever fails first is heard by the await below.
  feeding.catch(() => undefined);
  while (victims.kills.length < options.kills) await victims.killOne();
  isOver = true;
  await feeding;
  await answering;
  return surprises;
}

/** Tells the story which of its mails are filed, and as which ticket. */
async function follow(desk: KillsDesk, story: Story): Promise<void> {
  const filed = await desk.database.rows<{ messageId: string; ticket: number }>(
    `select "messageId", "ticketNumber" as "ticket" from "email" where "status" = 'filed'`,
  );
  for (const one of filed) story.done(one);
}

async function isSettled(desk: KillsDesk, story: Story): Promise<boolean> {
  const mails = story.mails.reduce((sum, mail) => sum + mail.copies, 0);
  const [row] = await desk.database.rows<{ busy: number }>(
    `select case when (select count(*) from "email") < ${mails}
       or exists (select 1 from "email" where "status" = 'pending' or "afterDone" = 0)
       or exists (select 1 from "slot" where "doneAt" is null)
       or exists (select 1 from "notice" where "state" = 'waiting')
       or exists (select 1 from "outbox" where "status" in ('queued', 'sending', 'handing'))
       then 1 else 0 end as "busy"`,
  );
  return row?.busy === 0;
}

/** True where something was lost, doubled or left half done. */
export const isBad = ({ verdict }: KillsReport): boolean =>
  [verdict.lost, verdict.doubled, verdict.partial, verdict.leases, verdict.surprises].some((list) => list.length > 0);

/** One line with the counts, then a line for each deviation. */
export function reportLines({ options, kills, mails, answers, sent, verdict, ...times }: KillsReport): string[] {
  const readers = kills.filter(({ what }) => what === "reader").length;
  const held = (key: keyof Kill["held"]) => kills.filter((kill) => kill.held[key] > 0).length;
  const any = kills.filter(
    ({ held: { emails, sending, handing, mailboxes } }) => emails + sending + handing + mailboxes,
  );
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
  const counts = (["lost", "doubled", "partial", "leases", "surprises"] as const).map(
    (key) => `${key === "leases" ? "leases left" : key} ${verdict[key].length}`,
  );
  const line = [
    `${options.database} + ${options.queue}:`,
    `${kills.length} kills of ${options.workers} workers (${kills.length - readers} workers, ${readers} readers;`,
    `${any.length} held a lease: ${held("emails")} mails, ${held("mailboxes")} a mailbox, ${held("sending")} sending,`,
    `${held("handing")} handing over), ${mails} mails, ${answers} answers, ${sent} mails out:`,
    `${counts.join(", ")}, uncertain ${verdict.uncertain.all} (${verdict.uncertain.arrived} arrived);`,
    `drained in ${seconds(times.drainMs)}, all in ${seconds(times.totalMs)}; seed ${options.seed}`,
  ].join(" ");
  const details = (["lost", "doubled", "partial", "leases", "surprises"] as const).flatMap((key) =>
    verdict[key].map((text) => `  ${key}: ${text}`),
  );
  return [line, ...details];
}
