// `maildesk undo`: takes a command back, after showing what that means. What a mail caused and what was sent stays
// (OPS-6, SHA-8). Taking back an undo does it again.
import type { Command } from "commander";
import { describe } from "../desk/change.ts";
import { undo as planUndo } from "../desk/undo.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession, Plan } from "./context.ts";
import { type CommitRow, knownCommit } from "./log.ts";
import { counted, isoTime, shortTime } from "./output.ts";
import { verb } from "./verb.ts";

const linesShown = 20;

export function registerUndo(program: Command, cli: Cli): void {
  verb(program, "undo [commit]", "Take back your own last command, or the one that is named.", [
    "undo --dry-run",
    "undo",
    "undo cmt_01jd0000000000000000000000 --yes",
  ]).action((id: string | undefined) => cli.withDesk((desk) => undo(desk, cli, id)));
}

async function undo(desk: DeskSession, cli: Cli, id: string | undefined): Promise<void> {
  const { app } = desk;
  const { out } = cli;
  // Named once: a second decision must not take back another command than the one that was shown.
  const commit = id === undefined ? await lastOf(desk) : await knownCommit(app, id);
  const isOwn = commit.by === desk.actor;
  const done = await desk.change(
    `undo: ${commit.what}`,
    async () => {
      const current = await knownCommit(app, commit.id);
      const plan = planUndo(await app.lists.undoFacts(current, await app.lists.changesOf(current.id)));
      return { ...plan, undoes: current.id, result: plan };
    },
    (plan) => {
      for (const line of linesOf(commit, plan)) out.note(line);
      return `Take this back${isOwn ? "" : `, which ${commit.by} did`}?`;
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
