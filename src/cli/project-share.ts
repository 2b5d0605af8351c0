// `maildesk project share | unshare | followers`: who follows a project, and how much of it they hear (SHA-4, SHA-7). WHO is a
// customer by address or id, or an organization by name, domain or id.
import { type Command, Option } from "commander";
import type { App } from "../app.ts";
import { mustAnswer } from "../desk/answer.ts";
import { type Change, type Guard, present } from "../desk/change.ts";
import { stillThat } from "../desk/customer.ts";
import { comeBack } from "../desk/opt-out.ts";
import {
  type Follower,
  followLevelDefault,
  followLevels,
  projectGuard,
  readLevel,
  share,
  unshare,
} from "../desk/project.ts";
import { usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli, DeskSession } from "./context.ts";
import { person } from "./explanation.ts";
import { liveGuard } from "./org-domain.ts";
import { counted, isoTime, type ListShape } from "./output.ts";
import { knownProject } from "./project-rows.ts";
import { type ListOptions, limitOf, listOptions, verb } from "./verb.ts";

type FollowerRow = Awaited<ReturnType<App["lists"]["projectFollowers"]>>[number];

export function registerShare(project: Command, cli: Cli): void {
  verb(
    project,
    "share <project> <who...>",
    "Let organizations and customers follow a project. Who joins such an organization later follows it at once, and who leaves does no more.",
    [
      "project share 'New office' Acme",
      "project share 'New office' ann@globex.com --level posts",
      "project share 'New office' Acme --level all",
    ],
  )
    .addOption(
      new Option(
        "--level <level>",
        "posts: what is said on the project; replies: also answers of agents on its tickets; all: also those of customers",
      )
        .choices(followLevels)
        .default(followLevelDefault),
    )
    .action((ref: string, who: string[], { level }: { level: string }) =>
      cli.withDesk((desk) => change(desk, cli, "share", ref, who, level)),
    );
  verb(project, "unshare <project> <who...>", "Let them follow a project no more: what waits is not sent to them.", [
    "project unshare 'New office' Acme",
  ]).action((ref: string, who: string[]) =>
    cli.withDesk((desk) => change(desk, cli, "unshare", ref, who, followLevelDefault)),
  );
  listOptions(
    verb(project, "followers <project>", "List who follows a project.", [
      "project followers 'New office'",
      "project followers 'New office' --json",
    ]),
  ).action((ref: string, options: ListOptions) =>
    cli.withDesk(async ({ app }) => {
      const project = await knownProject(app, ref);
      const all = await app.lists.projectFollowers(project.id);
      const rows = all.slice(0, limitOf(options, cli.out.isJson));
      cli.out.list(rows, all.length, { ...followerShape, ids: options.ids, csv: options.csv });
      const left = await app.lists.leftFrom(project.id);
      if (left.length > 0 && !cli.out.isJson) cli.out.note(leftLine(left));
    }),
  );
}

const leftShown = 20;

/** Who asked to hear no more of a project. */
function leftLine(left: readonly { name: string; address: string }[]): string {
  const some = left.slice(0, leftShown).map(({ name, address }) => person(name, address));
  const more = left.length > some.length ? ` and ${left.length - some.length} more` : "";
  return `Left by unsubscribe, and hear nothing of it: ${some.join(", ")}${more}.`;
}

export const followerJson = ({ follow, name, address, people, left }: FollowerRow) => ({
  organization: follow.organizationId === null ? null : { id: follow.organizationId, name },
  customer: follow.customerId === null ? null : { id: follow.customerId, name, email: address },
  level: follow.level,
  people,
  left,
  createdAt: isoTime(follow.createdAt),
});

const followerShape: ListShape<FollowerRow> = {
  columns: [
    { head: "WHO", value: ({ name, address }) => (address === null ? name : person(name, address)), max: 50 },
    { head: "PEOPLE", value: ({ follow, people }) => (follow.customerId === null ? people : ""), right: true },
    { head: "HEARS", value: ({ follow }) => follow.level },
  ],
  id: ({ follow }) => follow.customerId ?? follow.organizationId ?? "",
  json: followerJson,
  none: "Nobody follows it.",
};

/** `Acme (12 people, replies)`, a line each. */
export const followerLines = (rows: readonly FollowerRow[]): string =>
  rows
    .map(({ follow, name, address, people }) => {
      const who = address === null ? name : person(name, address);
      return `${who} (${follow.customerId === null ? `${counted(people, "person", "people")}, ` : ""}${follow.level})`;
    })
    .join("\n");

interface Named {
  who: Follower;
  name: string;
  guard: Guard;
}

async function change(
  desk: DeskSession,
  cli: Cli,
  name: "share" | "unshare",
  ref: string,
  refs: readonly string[],
  levelText: string,
): Promise<void> {
  const { app } = desk;
  if (name === "share") mustAnswer(desk.agent); // who follows gets every public answer
  const level = readLevel(levelText);
  const suffix = name === "share" ? ` --level ${level}` : "";
  const done = await desk.change(`project ${name} ${ref} ${refs.join(" ")}${suffix}`, async () => {
    const project = await knownProject(app, ref);
    const changes = new Map<string, Change | null>();
    const guards: Guard[] = [projectGuard(project)];
    const told: string[] = [];
    for (const one of refs) {
      const named = await followerNamed(app, one);
      const existing = await app.lists.followOf(project.id, named.who);
      if (name === "unshare") {
        if (existing === null) throw usage(`${named.name} does not follow ${project.name}.`);
        changes.set(existing.id, unshare(existing));
        told.push(`${named.name} follows ${project.name} no more.`);
        continue;
      }
      const made = share(project, named.who, level, existing, app.clock.now());
      const left = named.who.customerId === null ? null : await app.lists.optOutOf(named.who.customerId, project.id);
      changes.set(named.name, made);
      changes.set(`${named.name}, who left`, comeBack(left));
      guards.push(named.guard);
      told.push(`${named.name} ${made === null ? "follows" : "now follows"} ${project.name}: ${levelWords[level]}.`);
      if (left !== null) told.push(`${named.name} had left it by unsubscribe, and hears of it again.`);
    }
    return { changes: present([...changes.values()]), guards, summary: told, result: { project, told } };
  });
  if (done === null) return;
  if (cli.out.isJson) return cli.out.json((await app.lists.projectFollowers(done.project.id)).map(followerJson));
  for (const line of done.told) cli.out.line(line);
  if (done.project.state === "closed") return cli.out.note("It is closed: nobody hears anything of it.");
  const left = await app.lists.leftFrom(done.project.id);
  if (left.length > 0) cli.out.note(leftLine(left));
  const people = await app.lists.countFollowing(done.project);
  cli.out.note(`${counted(people.posts, "person hears", "people hear")} what is said on it.`);
}

const levelWords = {
  posts: "what is said on it",
  replies: "what is said on it, and agents' answers on its tickets",
  all: "what is said on it, and what agents and customers write on its tickets",
} as const;

/** An organization or a customer; what is neither is refused with what is near. */
async function followerNamed({ lists }: App, ref: string): Promise<Named> {
  const organization = await lists.organizationByRef(ref);
  if (organization !== null)
    return {
      who: { customerId: null, organizationId: organization.id },
      name: organization.name,
      guard: liveGuard(organization),
    };
  const found = await lists.customerByRef(ref);
  if (found !== null)
    return {
      who: { customerId: found.customer.id, organizationId: null },
      name: found.customer.name || (found.addresses[0]?.address ?? found.customer.id),
      guard: stillThat(found.customer),
    };
  const near = ref.includes("@") ? await lists.addressesLike(ref, "customer") : await lists.organizationNames(ref);
  throw usage(`There is no organization or customer "${ref}"${didYouMean(ref, near)}.`, {
    remedy: "Name an organization by name or domain, or a customer by address.",
  });
}
