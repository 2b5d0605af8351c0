// `maildesk undo`: takes a command back, after showing what that means. What a mail caused and what was sent stays
// (OPS-6, SHA-8). Taking back an undo does it again. An import is taken back as a whole, by as many commits as made it.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { type Change, describe } from "../desk/change.ts";
import { undo as planUndo } from "../desk/undo.ts";
import { type GroupReach, groupReach, groupText } from "../desk/undo-group.ts";
import { temporary, usage } from "../errors.ts";
import { withProgress } from "./archive-progress.ts";
import type { Cli, DeskSession, Plan } from "./context.ts";
import { type CommitRow, knownCommit } from "./log.ts";
import { counted, isoTime, shortTime } from "./output.ts";
import { verb } from "./verb.ts";

const linesShown = 20;

export function registerUndo(program: Command, cli: Cli): void {
  verb(program, "undo [commit]", "Take back your own last command, or the one that is named; an import as a whole.", [
    "undo --dry-run",
    "undo",
    "undo cmt_01jd0000000000000000000000 --yes",
  ]).action((id: string | undefined) => cli.withDesk((desk) => undo(desk, cli, id)));
}

async function undo(desk: DeskSession, cli: Cli, id: string | undefined): Promise<void> {
  // Named once: a second decision must not take back another command than the one that was shown.
  const commit = id === undefined ? await lastOf(desk) : await knownCommit(desk.app, id);
  if (commit.groupId === null || commit.undoneBy !== null) return await undoOne(desk, cli, commit);
  const group = await desk.app.lists.groupCommits(commit.groupId);
  return group.length > 1 ? await undoGroup(desk, cli, group) : await undoOne(desk, cli, commit);
}

const question = ({ by }: CommitRow, { actor }: DeskSession): string =>
  `Take this back${by === actor ? "" : `, which ${by} did`}?`;

async function undoOne(desk: DeskSession, { out }: Cli, commit: CommitRow): Promise<void> {
  const done = await desk.change(
    `undo: ${commit.what}`,
    () => planOf(desk.app, commit.id),
    (plan) => {
      for (const line of linesOf(commit, plan)) out.note(line);
      return question(commit, desk);
    },
  );
  if (done === null) return;
  if (out.isJson)
    return out.json({
      undone: commit.id,
      what: commit.what,
      at: isoTime(commit.at),
      changes: done.changes.map(describe),
      recalled: done.recalls,
    });
  out.line(
    `Took back: ${commit.what}.${done.recalls.length > 0 ? ` ${counted(done.recalls.length, "message")} reached nobody.` : ""}`,
  );
}

async function planOf({ lists }: App, id: string, group?: GroupReach) {
  const current = await lists.commitRow(id);
  if (current === null) throw usage(`There is no commit "${id}" any more.`);
  const plan = planUndo(await lists.undoFacts(current, await lists.changesOf(id), group));
  return { ...plan, undoes: id, result: plan };
}

/** Nothing is taken back unless all of it can be; then the newest part goes first, each by a commit of its own. */
async function undoGroup(desk: DeskSession, cli: Cli, group: readonly CommitRow[]): Promise<void> {
  const { app } = desk;
  const { out } = cli;
  const [newest] = group;
  if (newest === undefined) return;
  const reach = await groupReach(partsOf(app, group));
  for (const { id } of group) await planOf(app, id, reach);
  const text = `${newest.what}: ${counted(group.length, "commit")}; taking it back ${groupText(reach)}.`;
  if (desk.isDryRun) {
    if (out.isJson) out.json({ dryRun: true, undoes: group.map(({ id }) => id), rows: rowsJson(reach) });
    else out.line(text);
    return out.note("Nothing was changed (--dry-run).");
  }
  out.note(`${shortTime(newest.at)}  ${newest.by}  ${text}`);
  if (!(await out.confirm(question(newest, desk)))) return out.note("Nothing was changed.");
  const name = app.ids.next("imp");
  let rows = 0;
  await withProgress(cli, "Taken back:", async ({ signal, seen }) => {
    for (const commit of group) {
      if (signal.aborted)
        throw temporary(`Stopped before the end: what was taken back stays so. To go on: maildesk undo ${commit.id}`);
      await desk.change(`undo: ${commit.what}`, async () => ({ ...(await planOf(app, commit.id)), group: name }));
      rows += commit.rows;
      seen(rows);
    }
  });
  if (out.isJson)
    return out.json({
      undone: group.map(({ id }) => id),
      what: newest.what,
      at: isoTime(newest.at),
      rows: rowsJson(reach),
    });
  out.line(`Took back: ${newest.what}, ${counted(rows, "row")} in ${counted(group.length, "commit")}.`);
}

async function* partsOf({ lists }: App, group: readonly CommitRow[]): AsyncGenerator<readonly Change[]> {
  for (const { id } of group) yield await lists.changesOf(id);
}

const rowsJson = ({ rows }: GroupReach) => Object.fromEntries(rows);

function linesOf(commit: CommitRow, plan: Pick<Plan<unknown>, "changes">): string[] {
  const lines = plan.changes.slice(0, linesShown).map((change) => `  ${describe(change)}`);
  const more = plan.changes.length - lines.length;
  return [
    `${shortTime(commit.at)}  ${commit.by}  ${commit.what}`,
    ...lines,
    ...(more > 0 ? [`  and ${counted(more, "change")} more`] : []),
  ];
}

async function lastOf({ app, actor }: DeskSession): Promise<CommitRow> {
  const commit = await app.lists.lastCommandBy(actor);
  if (commit !== null) return commit;
  throw usage(`${actor} has no command to take back.`, {
    remedy: "`maildesk log list` shows everybody's; name one.",
  });
}
