// `maildesk worker | poll | process | deliver`: everything for ever, or one pass of one thing and out again, for cron:
// silent where there is nothing to do, one line on stderr otherwise (OPS-2). Two at once do not collide.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { exitCode, type MaildeskError, operator, sentence, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { mailboxesNamed } from "./mailbox-named.ts";
import { counted, shortTime } from "./output.ts";
import { stopSignal } from "./stop-signal.ts";
import { verb } from "./verb.ts";

type MailboxConfig = App["config"]["mailboxes"][number];

/** Mailboxes read at the same time. */
const pollsMax = 4;

export function registerRun(program: Command, cli: Cli): void {
  registerWorker(program, cli);
  registerPoll(program, cli);
  registerProcess(program, cli);
  registerDeliver(program, cli);
}

function registerWorker(program: Command, cli: Cli): void {
  verb(
    program,
    "worker",
    "Run everything until stopped: read the mailboxes, judge what comes, send what is to be said.",
    ["worker", "worker --log json", "--config /etc/maildesk/maildesk.yaml worker"],
  )
    .addOption(
      new Option("--log <format>", "log lines on stderr (default: the configuration's log.format)").choices([
        "text",
        "json",
      ] as const),
    )
    .action(async ({ log }: { log?: "text" | "json" }) => {
      refuseDryRun(cli, "worker");
      let goesOn = () => {};
      const stop = stopSignal(() => goesOn());
      try {
        await cli.withDesk(
          async ({ app }) => {
            goesOn = () => app.log.info("hangup", {});
            stop.signal.addEventListener("abort", () => sayStopping(cli, app, String(stop.signal.reason)));
            await app.work(stop.signal);
          },
          { logs: { format: log } },
        );
      } finally {
        stop.release();
      }
    });
}

function sayStopping(cli: Cli, app: App, signal: string): void {
  app.log.info("worker-stopping", { signal });
  if (process.stderr.isTTY === true && app.config.log.format === "text")
    cli.out.note("What is in hand is finished first. A second signal stops at once.");
}

function refuseDryRun(cli: Cli, name: string): void {
  if (cli.flags().dryRun === true)
    throw usage(`${name} can't be tried without doing it.`, {
      remedy: "`maildesk mailbox test` reaches a server and changes nothing.",
    });
}

/** Runs one pass that a signal can end early. */
async function pass(cli: Cli, work: (desk: DeskSession, signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = stopSignal();
  try {
    await cli.withDesk(async (desk) => await work(desk, stop.signal));
  } finally {
    stop.release();
  }
}

function registerPoll(program: Command, cli: Cli): void {
  verb(
    program,
    "poll [mailboxes...]",
    "Read the mailboxes once, or only those named; what is new is stored, and judged by `process`.",
    ["poll", "poll support", "poll && maildesk process && maildesk deliver"],
  ).action(async (names: string[]) => {
    refuseDryRun(cli, "poll");
    await pass(cli, async ({ app }, signal) => {
      const results = await pollAll(cli, app, mailboxesNamed(app, names), signal);
      if (cli.out.isJson)
        cli.out.json(
          results.map(({ error, ...result }) => ({
            ...result,
            error: error === null ? null : sentence(error),
          })),
        );
      const codes = results.flatMap(({ error }) => (error === null ? [] : [exitCode(error)]));
      if (codes.length > 0) cli.exitWith(Math.max(...codes));
    });
  });
}

interface PollResult {
  mailbox: string;
  taken: number;
  left: number;
  firstContact: boolean;
  busy: boolean;
  error: MaildeskError | null;
}

/** A mailbox in trouble does not keep the others from being read. */
async function pollAll(
  cli: Cli,
  app: App,
  mailboxes: readonly MailboxConfig[],
  signal: AbortSignal,
): Promise<PollResult[]> {
  const results: PollResult[] = [];
  const queue = [...mailboxes];
  const lane = async () => {
    for (let mailbox = queue.shift(); mailbox !== undefined && !signal.aborted; mailbox = queue.shift()) {
      const result = await pollOne(app, mailbox, signal);
      const line = pollLine(result);
      if (line !== null) cli.out.note(line);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(pollsMax, mailboxes.length) }, lane));
  return results.sort((a, b) => (a.mailbox < b.mailbox ? -1 : 1));
}

async function pollOne(app: App, mailbox: MailboxConfig, signal: AbortSignal): Promise<PollResult> {
  const polled = await app.poll(mailbox, signal, true);
  const result: PollResult = {
    mailbox: mailbox.name,
    taken: 0,
    left: 0,
    firstContact: false,
    busy: polled?.kind === "busy",
    error: null,
  };
  if (polled?.kind === "done")
    return { ...result, taken: polled.taken, left: polled.left, firstContact: polled.firstContact };
  return polled?.kind === "error" ? { ...result, error: polled.error } : result;
}

function pollLine({ mailbox, taken, left, firstContact, busy, error }: PollResult): string | null {
  if (error !== null) return `${mailbox}: ${sentence(error)}`;
  if (busy) return `${mailbox}: another process is reading it.`;
  if (firstContact)
    return `${mailbox}: first contact: ${counted(taken, "mail")} taken, ${left} older left alone (see \`start\` in the configuration).`;
  return taken === 0 ? null : `${mailbox}: ${counted(taken, "mail")} taken.`;
}

function registerProcess(program: Command, cli: Cli): void {
  verb(program, "process", "Judge all mail that waits, once.", ["process", "process --dry-run"]).action(async () => {
    await pass(cli, async ({ app, isDryRun }, signal) => {
      const waiting = async () => (await app.lists.emailList({ status: "pending" }, 1)).total;
      if (isDryRun)
        return cli.out.note(`${counted(await waiting(), "mail")} would be judged: nothing was changed (--dry-run).`);
      const { handled } = await app.process(signal);
      const pending = await waiting();
      if (cli.out.isJson) cli.out.json({ handled, pending });
      else if (handled > 0 || pending > 0)
        cli.out.note(
          `${counted(handled, "mail")} judged${pending === 0 ? "." : `; ${pending} in the hands of another process, or to be tried again.`}`,
        );
    });
  });
}

function registerDeliver(program: Command, cli: Cli): void {
  verb(program, "deliver", "Send all that is due, once.", ["deliver", "deliver --dry-run"]).action(async () => {
    await pass(cli, async ({ app, isDryRun }, signal) => {
      if (isDryRun) return await foretellDelivery(cli, app);
      const before = await app.lists.outboxCounts();
      // A person who calls this has mended what paused the sending, or wants to hear the reason again.
      const pause = await app.outbox.pause();
      if (pause !== null) await app.outbox.setPause({ ...pause, untilMs: 0 }); // it keeps its beginning until a mail leaves
      await app.deliver(signal);
      const after = await app.lists.outboxCounts();
      const ended = (["sent", "failed", "uncertain", "suppressed"] as const).map(
        (status) => [status, Math.max(0, after[status] - before[status])] as const,
      );
      const moved = ended.filter(([, count]) => count > 0);
      // What this pass had in hand has ended: the rest is another one's, which runs at the same time.
      const busy = await app.lists.outboxInHand();
      if (cli.out.isJson) cli.out.json({ ...Object.fromEntries(ended), queued: after.queued, held: after.held, busy });
      else if (moved.length > 0)
        cli.out.note(
          `${moved.map(([status, count]) => `${count} ${status}`).join(", ")}${after.queued === 0 ? "." : `; ${after.queued} still wait.`}`,
        );
      if (busy > 0 && !cli.out.isJson)
        cli.out.note(`Another process is sending ${counted(busy, "mail")} at this moment.`);
      await sayWhyNothingLeaves(cli, app, after.queued);
    });
  });
}

async function foretellDelivery(cli: Cli, app: App): Promise<void> {
  const { queued } = await app.lists.outboxCounts();
  const conversations = await app.outbox.dueConversations(app.clock.now(), 1000);
  const news =
    conversations.length === 0 ? "" : `, and news of ${counted(conversations.length, "conversation")} to be told`;
  cli.out.note(`${counted(queued, "mail")} queued${news}: nothing was sent (--dry-run).`);
}

async function sayWhyNothingLeaves(cli: Cli, app: App, queued: number): Promise<void> {
  const settings = await app.desk.settings();
  if (!settings["mail.sending"]) {
    if (queued === 0) return;
    const oldest = await app.lists.outboxOldestQueued();
    return cli.out.note(
      `mail.sending is off: ${counted(queued, "mail")} ${queued === 1 ? "waits" : "wait"}${oldest === null ? "" : `, the oldest since ${shortTime(oldest)}`}.`,
    );
  }
  const pause = await app.outbox.pause();
  if (pause !== null) throw operator(pause.error);
}
