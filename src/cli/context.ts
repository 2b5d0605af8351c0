// What every verb works with: the global flags, the output, and the desk, opened when a verb needs it and always closed.
// Every change to the desk goes through `change`, so that --dry-run, the log and "somebody else was faster" are the
// same everywhere. Heavy modules are loaded here, inside the call, to keep --help quick.
import type { App } from "../app.ts";
import { needsAdministrator } from "../desk/administer.ts";
import type { Agent } from "../desk/agent.ts";
import { isAgentKind } from "../desk/agent-hearing.ts";
import { type Change, describe, type Guard } from "../desk/change.ts";
import type { Notice } from "../desk/notice.ts";
import { configuration, exitCode, isKind, MaildeskError, usage } from "../errors.ts";
import { type AgentRow, knownAgent } from "./known.ts";
import { gatherLines, openLog } from "./log-lines.ts";
import { onlyJson } from "./only-json.ts";
import { type Output, openOutput, type Print, printOfProcess } from "./output.ts";

export interface GlobalFlags {
  config?: string;
  json?: boolean;
  as?: string;
  yes?: boolean;
  dryRun?: boolean;
}

/** A decision that was not written yet. `result` is what the verb prints afterwards. */
export interface Plan<T> {
  changes: readonly Change[];
  /** What --dry-run tells people instead of the changes, one sentence a line; machines get both. */
  summary?: readonly string[];
  /** More fields of what --dry-run prints as JSON. */
  preview?: Readonly<Record<string, unknown>>;
  guards?: readonly Guard[];
  notices?: readonly Notice[];
  /** The commit that this one takes back. */
  undoes?: string;
  /** What it is a part of: commits of one group are taken back together. */
  group?: string;
  /** Messages whose waiting notices are recalled. */
  recalls?: readonly string[];
  /** Tickets that become part of another one, which then tells what they still had to tell. */
  merged?: readonly string[];
  /** Conversations whose waiting messages and mails are dropped. */
  drops?: readonly string[];
  /** Bytes of files that an agent attached. */
  blobs?: readonly { sha256: string; bytes: Buffer }[];
  result: T;
}

export interface DeskSession {
  app: App;
  /** Who acts: an agent's address, or "operator" (AGT-2). */
  actor: string;
  agent: Agent | null;
  isDryRun: boolean;
  /** Refuses agents who may not administer; the operator may. */
  mustAdminister(): void;
  /**
   * Decides and commits; where somebody was faster it reads and decides again. `what` is the command without bodies and
   * secrets. With --dry-run the changes are printed and null is returned. `ask` may return a question that stops it.
   */
  change<T>(what: string, decide: () => Promise<Plan<T>>, ask?: (plan: Plan<T>) => string | null): Promise<T | null>;
}

export interface DeskOptions {
  /** Writes log lines to stderr as the configuration says, or in another format; otherwise commands are silent but for errors. */
  logs?: { format?: "text" | "json" | undefined };
  /** Also a desk that signs by another secret than the configuration has. */
  anySecret?: boolean;
}

/** What a command line finds around it: by default the process's own streams, and a desk that is opened for it alone. */
export interface Surroundings {
  print?: Print;
  /** A desk that is open already, and stays open. */
  app?: App;
}

export interface Cli {
  out: Output;
  flags(): GlobalFlags;
  withDesk(work: (desk: DeskSession) => Promise<void>, options?: DeskOptions): Promise<void>;
  /** The exit code of a verb that ends without an error but not well (doctor, status --check). */
  exitWith(code: number): void;
  /** Runs another command line with the same global flags: `show` hands over to the noun that it found. */
  again(argv: readonly string[]): Promise<void>;
}

/** Some seconds in all: an organization to which somebody comes all the time can be merged as well. */
const decideAgainMax = 50;
const againMs = 20;
const againMsMax = 200;
const operatorName = "operator";

export function openCli(
  flags: () => GlobalFlags,
  { exitWith, again }: Pick<Cli, "exitWith" | "again">,
  { print = printOfProcess, app: opened }: Surroundings,
): Cli {
  const out = openOutput(() => ({ json: flags().json === true, yes: flags().yes === true }), print);
  return {
    out,
    flags,
    exitWith,
    again,
    async withDesk(work, options = {}) {
      if (opened !== undefined) return await work(await session(opened, flags(), out));
      const { openApp, loadConfig } = await import("../app.ts");
      const read = loadConfig({ path: flags().config });
      const config = { ...read, log: logOf(read.log, options) };
      const lines = gatherLines((text) => out.note(text));
      process.once("exit", lines.flush);
      const log = openLog(config.log, lines.add);
      const isJson = config.log.format === "json" && config.log.level !== "silent";
      const release = isJson ? onlyJson(log, lines.flush) : () => {};
      try {
        const app = await openApp(config, { log, anySecret: options.anySecret === true });
        try {
          await work(await session(app, flags(), out));
        } finally {
          await app.close();
        }
      } catch (error) {
        if (!isJson) throw error;
        const remedy = error instanceof MaildeskError ? error.remedy : null;
        log.error("worker-failed", { error, remedy, exitCode: exitCode(error) });
        exitWith(exitCode(error));
      } finally {
        release();
        lines.flush();
        process.off("exit", lines.flush);
      }
    },
  };
}

const logOf = (log: App["config"]["log"], { logs }: DeskOptions): App["config"]["log"] =>
  logs === undefined ? { ...log, level: "silent" } : { ...log, format: logs.format ?? log.format };

async function session(app: App, flags: GlobalFlags, out: Output): Promise<DeskSession> {
  const agent = await agentOf(app, flags);
  const actor = agent === null ? operatorName : agent.address;
  const isDryRun = flags.dryRun === true;
  const mustAdminister = () => {
    if (agent === null || agent.mayAdminister) return;
    throw usage(`${actor} may not administer.`, { remedy: "Act as somebody who may, or as nobody: --as operator." });
  };
  return {
    app,
    actor,
    agent,
    isDryRun,
    mustAdminister,
    async change(what, decide, ask) {
      let answered: string | null = null;
      let shown = "";
      for (let round = 0; ; round++) {
        const plan = await decide().catch((error: unknown) => {
          if (!isGuard(error) || round >= decideAgainMax) throw error;
          return null;
        });
        if (plan === null) continue;
        if (needsAdministrator(plan.changes)) mustAdminister();
        const commit = {
          id: app.ids.next("cmt"),
          atMs: app.clock.now(),
          cause: { kind: "command" as const, by: actor, what: what.slice(0, 500) },
          changes: plan.changes,
          guards: plan.guards ?? [],
          notices: plan.notices ?? [],
          ...(plan.undoes === undefined ? {} : { undoes: plan.undoes }),
          ...(plan.group === undefined ? {} : { group: plan.group }),
          ...(plan.recalls === undefined ? {} : { recalls: plan.recalls }),
          ...(plan.merged === undefined ? {} : { merged: plan.merged }),
          ...(plan.drops === undefined ? {} : { drops: plan.drops }),
          ...(plan.blobs === undefined ? {} : { blobs: plan.blobs }),
        };
        if (isDryRun) {
          showPlan(plan, out);
          return null;
        }
        const asked = out.held(() => ask?.(plan) ?? null);
        if (asked.text !== shown) asked.show();
        shown = asked.text;
        const question = asked.value;
        if (question !== null && question !== answered && !(await out.confirm(question))) {
          out.note("Nothing was changed.");
          return null;
        }
        answered = question;
        try {
          if (commit.changes.length + commit.notices.length > 0) await app.desk.commit(commit);
          return plan.result;
        } catch (error) {
          if (!isGuard(error) || round >= decideAgainMax) throw error;
        }
        // Many who began at once would meet again and again.
        await new Promise((resolve) =>
          setTimeout(resolve, Math.random() * Math.min(againMsMax, againMs * (round + 1))),
        );
      }
    },
  };
}

/** --as, else MAILDESK_AGENT, else the agent of the system user (AGT-2); null for the operator. */
async function agentOf(app: App, { as }: GlobalFlags): Promise<AgentRow | null> {
  const { actingAgent } = await import("../app.ts");
  const named = as === undefined ? actingAgent(app.config) : { ref: as, user: null };
  if (named === null || named.ref === operatorName) return null;
  const { ref, user } = named;
  const found = user === null ? await knownAgent(app, ref) : await app.lists.agentByRef(ref);
  if (found?.state === "active") return found;
  if (user === null) throw usage(`The agent ${found?.address ?? ref} is deactivated and can't act.`);
  throw configuration(
    `The system user ${user} acts as ${ref}, says agents.users in maildesk.yaml, ${found === null ? "and there is no such agent" : "who is deactivated and can't act"}.`,
    {
      remedy: `Mend maildesk.yaml, or say who acts: --as operator may ${found === null ? `make them by \`maildesk agent add ${ref}\`` : `put them back by \`maildesk agent reactivate ${ref}\``}.`,
    },
  );
}

function showPlan<T>(plan: Plan<T>, out: Output): void {
  const lines = plan.changes.map(describe);
  const mails = (plan.notices ?? []).filter(({ kind }) => !isAgentKind(kind)).length;
  const summary = plan.summary ?? [];
  if (out.isJson) out.json({ dryRun: true, changes: lines, notices: mails, summary, ...plan.preview });
  else for (const line of summary.length > 0 ? summary : lines) out.line(line);
  out.note(
    lines.length === 0
      ? "Nothing would change."
      : `Nothing was changed (--dry-run)${mails > 0 ? `, and nobody was told` : ""}.`,
  );
}

const isGuard = (error: unknown): boolean =>
  isKind(error, "conflict") && error instanceof MaildeskError && error.code === "guard";
