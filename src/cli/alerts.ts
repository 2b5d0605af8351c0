// `maildesk alerts`: what the administrator was told, a test of the way, and one look for cron (OPS-12). The test is a verb of
// its own and no flag of `doctor`, which looks and changes nothing: a mail that somebody gets is a change.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { configuration, exitCode, sentence } from "../errors.ts";
import type { Cli } from "./context.ts";
import { nearTime, page } from "./explanation.ts";
import { type Column, counted, isoTime, type ListShape } from "./output.ts";
import { stopSignal } from "./stop-signal.ts";
import { type ListOptions, limitOf, listOptions, noun, verb } from "./verb.ts";

type AlertRow = Awaited<ReturnType<App["lists"]["alertList"]>>["rows"][number];

const statuses = ["due", "told", "failed", "dropped"] as const;

interface AlertListOptions extends ListOptions {
  status?: (typeof statuses)[number];
}

export function registerAlerts(program: Command, cli: Cli): void {
  const alerts = noun(program, "alerts", "Who is told when something is wrong, and what was told.");
  registerList(alerts, cli);
  registerTest(alerts, cli);
  registerRun(alerts, cli);
}

const columns: readonly Column<AlertRow>[] = [
  { head: "WHEN", value: (row) => nearTime(row.createdAt) },
  { head: "TO", value: (row) => row.to, max: 24 },
  { head: "ALERT", value: (row) => row.title, max: 44 },
  { head: "STATUS", value: (row) => row.status },
  { head: "TOLD", value: (row) => nearTime(row.toldAt) },
  { head: "ERROR", value: (row) => row.error, max: 30 },
];

const shape: ListShape<AlertRow> = {
  columns,
  id: (row) => row.id,
  json: ({ nextAttemptAt, createdAt, toldAt, ...row }) => ({
    ...row,
    createdAt: isoTime(createdAt),
    toldAt: isoTime(toldAt),
    nextAttemptAt: isoTime(nextAttemptAt),
  }),
  none: "Nobody was told anything.",
};

function registerList(alerts: Command, cli: Cli): void {
  const list = verb(alerts, "list", "List what was told and what is still to be told, the newest first.", [
    "alerts list",
    "alerts list --status due --json",
  ]).addOption(new Option("--status <status>", "only of this status").choices(statuses));
  listOptions(list).action(async (options: AlertListOptions) => {
    await cli.withDesk(async ({ app }) => {
      const { rows, total } = await app.lists.alertList(options.status, limitOf(options, cli.out.isJson));
      cli.out.list(rows, total, { ...shape, ids: options.ids, csv: options.csv });
    });
  });
}

function mustBeOn({ alerts }: App): void {
  if (alerts.recipients.length > 0) return;
  throw configuration("Nobody is told anything: alerts is off.", {
    remedy: "Write `alerts: { to: [admin@example.com] }` into maildesk.yaml.",
  });
}

function registerTest(alerts: Command, cli: Cli): void {
  verb(alerts, "test", "Tell everybody under `alerts:` a test, by the way that alerts take.", [
    "alerts test",
    "alerts test --dry-run",
  ]).action(async () => {
    await cli.withDesk(async ({ app, isDryRun, mustAdminister }) => {
      mustAdminister();
      mustBeOn(app);
      if (isDryRun)
        return cli.out.note(`${app.alerts.recipients.join(", ")} would be told: nothing was sent (--dry-run).`);
      const results = await app.alerts.test();
      if (cli.out.isJson)
        cli.out.json(
          results.map(({ recipient, response, error }) => ({
            to: recipient,
            ok: error === null,
            response,
            error: error === null ? null : sentence(error),
          })),
        );
      else
        for (const { recipient, response, error } of results)
          cli.out.line(
            error === null ? `told    ${recipient}: ${response}` : `FAILED  ${recipient}: ${sentence(error)}`,
          );
      const failed = results.find(({ error }) => error !== null);
      if (failed !== undefined) cli.exitWith(exitCode(failed.error));
    });
  });
}

function registerRun(alerts: Command, cli: Cli): void {
  verb(
    alerts,
    "run",
    "Look at the desk once and tell what is due, as a worker does every minute and `deliver` at its end; --dry-run only shows what is wrong.",
    ["alerts run", "alerts run --dry-run"],
  ).action(async () => {
    const stop = stopSignal();
    try {
      await cli.withDesk(async ({ app, isDryRun }) => {
        if (isDryRun) {
          const alarms = await app.alerts.foretell();
          if (cli.out.isJson) return cli.out.json(alarms);
          for (const { title, text } of alarms) for (const line of [title, ...page(text, "  "), ""]) cli.out.line(line);
          return cli.out.note(alarms.length === 0 ? "Nothing is wrong." : "Nobody was told (--dry-run).");
        }
        mustBeOn(app);
        const { raised, told, failed } = await app.alerts.run(stop.signal);
        if (cli.out.isJson) cli.out.json({ raised, told, failed });
        else if (told + failed > 0)
          cli.out.note(
            `${counted(told, "alert")} told${failed === 0 ? "." : `; ${failed} not, which are tried again: maildesk alerts list`}`,
          );
        if (failed > 0) cli.exitWith(1);
      });
    } finally {
      stop.release();
    }
  });
}
