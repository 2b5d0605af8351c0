// Projects and who follows them (SHA-4): a customer, or an organization with all who are its customers at the time. Sharing is
// following, by membership and never by copy; a level says how much of it they want to hear.
import { badData } from "../errors.ts";
import { type Change, type Guard, insert, remove, update } from "./change.ts";
import { foldName } from "./organization.ts";

export interface Project {
  id: string;
  name: string;
  /** The name folded; unique. */
  nameKey: string;
  state: "open" | "closed";
  createdAt: number;
  version: number;
}

/** posts: what is said on the project itself; replies: also the agents' answers on its tickets; all: also the customers'. */
export const followLevels = ["posts", "replies", "all"] as const;
export type FollowLevel = (typeof followLevels)[number];
export const followLevelDefault: FollowLevel = "replies";

/** `id` is project id, colon, the follower's id. */
export interface Follow {
  id: string;
  projectId: string;
  /** The customer who follows; null where an organization does. */
  customerId: string | null;
  /** The organization that follows, with all who are its customers when something is told. */
  organizationId: string | null;
  level: FollowLevel;
  createdAt: number;
  version: number;
}

export type Follower = { customerId: string; organizationId: null } | { customerId: null; organizationId: string };

const nameCharsMax = 200;

export function newProject(id: string, name: string, now: number): Change {
  const clean = projectName(name);
  return insert("project", { id, name: clean, nameKey: foldName(clean), state: "open", createdAt: now });
}

export function renameProject(project: Project, name: string): Change | null {
  const clean = projectName(name);
  return update("project", project, { name: clean, nameKey: foldName(clean) });
}

export const setProjectState = (project: Project, state: Project["state"]): Change | null =>
  update("project", project, { state });

export const followerId = ({ customerId, organizationId }: Follower | Follow): string =>
  customerId ?? organizationId ?? "";

/** Shares the project with somebody, or changes how much they hear; null where it is so already. */
export function share(
  project: Pick<Project, "id">,
  who: Follower,
  level: FollowLevel,
  existing: Follow | null,
  now: number,
): Change | null {
  if (existing !== null) return update("follow", existing, { level });
  return insert("follow", followRow(project.id, who, level, now));
}

export const unshare = (row: Follow): Change => remove("follow", row);

const followRow = (
  projectId: string,
  who: Follower,
  level: FollowLevel,
  createdAt: number,
): Omit<Follow, "version"> => ({ id: `${projectId}:${followerId(who)}`, projectId, ...who, level, createdAt });

/** What one follows another follows from then on; of two follows of one project the level that hears more stays. */
export function handOverFollows(rows: readonly Follow[], to: Follower, theirs: ReadonlyMap<string, Follow>): Change[] {
  return rows.flatMap((row) => {
    const other = theirs.get(row.projectId);
    if (other === undefined)
      return [remove("follow", row), insert("follow", followRow(row.projectId, to, row.level, row.createdAt))];
    const raised = hearsMore(row.level, other.level) ? update("follow", other, { level: row.level }) : null;
    return raised === null ? [remove("follow", row)] : [remove("follow", row), raised];
  });
}

/** How somebody comes to follow a project; `through` is the organization by which they do, null for themselves. */
export const followsText = (project: Pick<Project, "name">, through: string | null): string =>
  through === null ? `follows ${project.name}` : `customer of ${through}, which follows ${project.name}`;

export const hearsMore = (one: FollowLevel, other: FollowLevel): boolean =>
  followLevels.indexOf(one) > followLevels.indexOf(other);

/** As it was read: nothing joins a project that is closed or taken away meanwhile. */
export const projectGuard = ({ id, version }: Pick<Project, "id" | "version">): Guard => ({
  kind: "version",
  table: "project",
  id,
  version,
});

/** A level as a person wrote it; badData with what is known. */
export function readLevel(text: string): FollowLevel {
  const level = followLevels.find((one) => one === text.trim().toLowerCase());
  if (level === undefined) throw badData(`"${text}" is no level: write ${followLevels.join(", ")}.`);
  return level;
}

function projectName(text: string): string {
  const name = text
    .normalize("NFC")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
  if (name === "" || name.length > nameCharsMax)
    throw badData(`A project needs a name of at most ${nameCharsMax} characters.`);
  if (foldName(name) === "none") throw badData('A project can\'t be named "none": that is a ticket without a project.');
  return name;
}
