// `maildesk customer resubscribe`, and how it is shown what a customer left by unsubscribing (SHA-10): a ticket, a project, a
// conversation or the digest. Adding them again by hand does the same for the one place.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { mustAnswer } from "../desk/answer.ts";
import { present } from "../desk/change.ts";
import { stillThat } from "../desk/customer.ts";
import { comeBack } from "../desk/opt-out.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { addressOf } from "./customer-filter.ts";
import { knownCustomer } from "./known.ts";
import { isoTime, type Output, shortTime } from "./output.ts";
import { knownProject } from "./project-rows.ts";
import { readNumber } from "./ticket-rows.ts";
import { verb } from "./verb.ts";

export type LeftRow = Awaited<ReturnType<App["lists"]["leftBy"]>>[number];

interface ResubscribeOptions {
  ticket?: string;
  project?: string;
  conversation?: string;
  digest?: boolean;
}

export function registerResubscribe(customer: Command, cli: Cli): void {
  verb(
    customer,
    "resubscribe <customer>",
    "Let somebody hear again who left by unsubscribing; without a flag: of all that they left.",
    ["customer resubscribe ann@acme.com", "customer resubscribe ann@acme.com --project 'New office' --dry-run"],
  )
    .option("--ticket <number>", "only of this ticket")
    .option("--project <project>", "only of this project")
    .option("--conversation <id>", "only of this conversation")
    .option("--digest", "only the digest")
    .action((ref: string, options: ResubscribeOptions) =>
      cli.withDesk((desk) => resubscribe(desk, cli.out, ref, options)),
    );
}

async function resubscribe(desk: DeskSession, out: Output, ref: string, options: ResubscribeOptions): Promise<void> {
  const { app } = desk;
  mustAnswer(desk.agent);
  const project = options.project === undefined ? null : await knownProject(app, options.project);
  const number = options.ticket === undefined ? null : readNumber(options.ticket);
  const isWanted = ({ kind, number: ofTicket, optOut }: LeftRow): boolean =>
    Object.keys(options).length === 0 ||
    (number !== null && ofTicket === number) ||
    (project !== null && optOut.aboutId === project.id) ||
    (options.conversation !== undefined && optOut.aboutId === options.conversation) ||
    (options.digest === true && kind === "digest");
  const done = await desk.change(`customer resubscribe ${ref}`, async () => {
    const record = await knownCustomer(app, ref);
    const rows = (await app.lists.leftBy(record.customer.id)).filter(isWanted);
    if (rows.length === 0)
      throw usage(`${addressOf(record)} did not leave ${Object.keys(options).length === 0 ? "anything" : "that"}.`, {
        remedy: "`maildesk customer show` says what they left.",
      });
    return {
      changes: present(rows.map(({ optOut }) => comeBack(optOut))),
      guards: [stillThat(record.customer)],
      summary: rows.map((row) => `${addressOf(record)} would hear again of ${leftText(row)}`),
      result: { record, rows },
    };
  });
  if (done === null) return;
  const { record, rows } = done;
  if (out.isJson) return out.json(rows.map(leftJson));
  for (const row of rows) out.line(`${addressOf(record)} may hear again of ${leftText(row)}.`);
  for (const row of rows) if (row.number !== null) out.note(seatNote(row.number, addressOf(record)));
}

const seatNote = (number: number, address: string): string =>
  `To give them a seat on #${number} again: maildesk ticket follower add ${number} ${address}`;

export function leftText({ kind, number, name }: Pick<LeftRow, "kind" | "number" | "name">): string {
  if (kind === "ticket") return `#${number}`;
  if (kind === "digest") return "the digest";
  return kind === "project" ? `the project ${name}` : `the conversation "${name}"`;
}

export const leftJson = ({ kind, number, name, optOut }: LeftRow) => ({
  kind,
  id: optOut.aboutId,
  number,
  name,
  leftAt: isoTime(optOut.createdAt),
});

/** Below whoever left. */
export function showLeft(out: Output, rows: readonly LeftRow[]): void {
  if (rows.length === 0) return;
  out.line("");
  for (const row of rows)
    out.line(`Left ${leftText(row)} by unsubscribe, ${shortTime(row.optOut.createdAt)}: hears nothing of it.`);
}
