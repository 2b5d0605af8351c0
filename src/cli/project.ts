// `maildesk project`: what the desk works on together with customers (SHA-4 to SHA-6). Sharing one with an organization or a
// customer lets them follow it; what is said on it goes to all who follow.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { present } from "../desk/change.ts";
import { foldName } from "../desk/organization.ts";
import { newProject, projectGuard, renameProject, setProjectState } from "../desk/project.ts";
import { conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { conversationJson, showConversations } from "./conversation-rows.ts";
import { atFlag, atText, type BeginOptions, begin } from "./conversation-write.ts";
import { bodyOptions } from "./message-body.ts";
import { counted, type Output, shortTime } from "./output.ts";
import { previewFlag, previewText } from "./preview.ts";
import { knownProject, type ProjectRow, projectJson, projectShape } from "./project-rows.ts";
import { followerJson, followerLines, registerShare } from "./project-share.ts";
import { ticketJson, ticketShape } from "./ticket-rows.ts";
import { type ListOptions, limitOf, listOptions, noun, readPairs, verb } from "./verb.ts";

const keys = ["name"] as const;
const conversationsShown = 10;
const ticketsShown = 10;

export function registerProject(program: Command, cli: Cli): void {
  const project = noun(program, "project", "Projects: tickets and messages that customers follow together.");
  verb(project, "add <name>", "Make a project.", ["project add 'New office'"]).action((name: string) =>
    cli.withDesk((desk) => add(desk, cli.out, name)),
  );
  registerList(project, cli);
  verb(project, "show <project>", "Show a project with those who follow it, its messages and tickets.", [
    "project show 'New office'",
  ]).action((ref: string) =>
    cli.withDesk(async ({ app }) => await showProject(app, cli.out, await knownProject(app, ref))),
  );
  verb(project, "set <project> <key=value...>", `Set details: ${keys.join(", ")}.`, [
    "project set 'New office' name='Office in Kiel'",
  ]).action((ref: string, pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, ref, pairs)));
  registerShare(project, cli);
  registerPost(project, cli);
  for (const [name, text, state] of [
    ["close", "Close a project: nobody hears of its tickets by following it any more.", "closed"],
    ["reopen", "Open a closed project again.", "open"],
  ] as const)
    verb(project, `${name} <project>`, text, [`project ${name} 'New office'`]).action((ref: string) =>
      cli.withDesk((desk) => setState(desk, cli.out, name, ref, state)),
    );
}

function registerList(project: Command, cli: Cli): void {
  const list = verb(project, "list [text]", "List projects by name; TEXT stands in the name.", [
    "project list",
    "project list office --state all",
  ]).addOption(new Option("--state <state>", "only in this state").choices(["open", "closed", "all"]).default("open"));
  listOptions(list).action((text: string | undefined, options: ListOptions & { state: "open" | "closed" | "all" }) =>
    cli.withDesk(async ({ app }) => {
      const states = options.state === "all" ? [] : [options.state];
      const { rows, total } = await app.lists.projectList({ states, text }, limitOf(options, cli.out.isJson));
      cli.out.list(rows, total, { ...projectShape, ids: options.ids, csv: options.csv });
    }),
  );
}

function registerPost(project: Command, cli: Cli): void {
  const post = verb(
    project,
    "post <project> [dash]",
    "Say something to all who follow a project, each by a mail of their own. Who gets it is shown first.",
    [
      "project post 'New office' --subject 'The walls stand' --text 'We are on time.' --dry-run",
      "project post 'New office' --subject 'The walls stand' --file news.txt",
      "project post 'New office' --subject 'The walls stand' --file news.txt --preview-to joe@desk.example",
      "project post 'New office' --subject 'The walls stand' --file news.txt --at 2026-12-01T09:00",
      "project post 'New office' --internal --subject 'Costs' --text 'Do not tell them yet.'",
    ],
  )
    .requiredOption("--subject <subject>", "the title")
    .option("--internal", "for agents only: nobody is told")
    .option("--mailbox <name>", "the mailbox that it leaves by (default: the first)")
    .option(previewFlag, previewText)
    .option(atFlag, atText);
  bodyOptions(post).action((ref: string, dash: string | undefined, options: BeginOptions) =>
    cli.withDesk((desk) =>
      begin(desk, cli, dash, options, {
        what: `project post ${ref}`,
        ref,
        find: async () => {
          const row = await knownProject(desk.app, ref);
          mustBeOpen(row);
          return { organization: null, customer: null, project: row, guards: [projectGuard(row)] };
        },
      }),
    ),
  );
}

function mustBeOpen({ name, state }: ProjectRow): void {
  if (state === "closed")
    throw usage(`The project ${name} is closed.`, {
      remedy: `Open it again first: maildesk project reopen ${JSON.stringify(name)}`,
    });
}

async function showProject(app: App, out: Output, row: ProjectRow): Promise<void> {
  const { lists } = app;
  const followers = await lists.projectFollowers(row.id);
  const people = await lists.countFollowing(row);
  const conversations = await lists.conversationList({ projectId: row.id }, conversationsShown);
  const tickets = await lists.ticketList({ states: [], projectId: row.id }, ticketsShown);
  if (out.isJson)
    return out.json({
      ...projectJson(row),
      people: people.posts,
      following: followers.map(followerJson),
      conversations: conversations.rows.map(conversationJson),
      tickets: tickets.rows.map(ticketJson),
    });
  out.fields([
    ["Project", row.name],
    ["Id", row.id],
    ["State", row.state],
    ["Followers", followerLines(followers) || "nobody"],
    ["People", `${counted(people.posts, "person", "people")} hear what is said on it`],
    ["Tickets", `${row.openTickets} open`],
    ["Made", shortTime(row.createdAt)],
  ]);
  showConversations(out, conversations);
  if (tickets.rows.length === 0) return;
  out.line("");
  out.table(tickets.rows, ticketShape.columns);
  if (tickets.rows.length < tickets.total) out.note(`${tickets.rows.length} of ${counted(tickets.total, "ticket")}`);
}

/** Names of projects are unique without regard to case. */
async function nameMustBeFree({ lists }: App, name: string, ownId: string | null): Promise<void> {
  const other = await lists.projectByRef(name);
  if (other !== null && other.nameKey === foldName(name) && other.id !== ownId)
    throw conflict(`There is a project named ${other.name} already (${other.id}).`, { remedy: "Give another name." });
}

async function add(desk: DeskSession, out: Output, name: string): Promise<void> {
  const { app } = desk;
  const id = app.ids.next("prj");
  const done = await desk.change(`project add ${name}`, async () => {
    await nameMustBeFree(app, name, null);
    return { changes: [newProject(id, name, app.clock.now())], result: id };
  });
  if (done !== null) await showProject(app, out, await knownProject(app, done));
}

async function set(desk: DeskSession, out: Output, ref: string, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  if (pairs.some((pair) => /^stat(?:e|us)=/i.test(pair)))
    throw usage("A project is closed and opened by verbs of their own.", {
      remedy: `maildesk project close ${JSON.stringify(ref)}`,
    });
  const name = readPairs(pairs, keys).get("name") ?? "";
  const done = await desk.change(`project set ${ref} ${pairs.join(" ")}`, async () => {
    const row = await knownProject(app, ref);
    await nameMustBeFree(app, name, row.id);
    return { changes: present([renameProject(row, name)]), guards: [projectGuard(row)], result: row.id };
  });
  if (done !== null) await showProject(app, out, await knownProject(app, done));
}

async function setState(
  desk: DeskSession,
  out: Output,
  verbName: string,
  ref: string,
  state: "open" | "closed",
): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`project ${verbName} ${ref}`, async () => {
    const row = await knownProject(app, ref);
    const change = setProjectState(row, state);
    return { changes: present([change]), guards: [projectGuard(row)], result: { row, isNew: change !== null } };
  });
  if (done === null) return;
  const row = await knownProject(app, done.row.id);
  if (out.isJson) out.json(projectJson(row));
  else out.line(`${row.name} is ${state}${done.isNew ? "" : " already"}.`);
}
