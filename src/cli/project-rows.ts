// Projects as lists print them and as verbs name them: by id or name; and what somebody follows, below them.
import type { App } from "../app.ts";
import { usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import { type Column, isoTime, type ListShape, type Output } from "./output.ts";

export type ProjectRow = NonNullable<Awaited<ReturnType<App["lists"]["projectByRef"]>>>;
type Followed = Awaited<ReturnType<App["lists"]["followedBy"]>>[number];

const projectsMax = 1_000;

export async function knownProject({ lists }: App, ref: string): Promise<ProjectRow> {
  const found = await lists.projectByRef(ref);
  if (found !== null) return found;
  const { rows } = await lists.projectList({ states: [] }, projectsMax);
  const near = didYouMean(
    ref,
    rows.map(({ name }) => name),
  );
  throw usage(`There is no project "${ref}"${near}.`, {
    remedy: "`maildesk project list --state all` shows them; name one by id or name.",
  });
}

/** `none` is no project; undefined where nothing was asked. */
export async function projectOrNone(app: App, ref: string | undefined): Promise<ProjectRow | null | undefined> {
  if (ref === undefined) return undefined;
  return ref.trim().toLowerCase() === "none" || ref.trim() === "" ? null : await knownProject(app, ref);
}

export const projectJson = ({ id, name, state, followers, openTickets, createdAt }: ProjectRow) => ({
  id,
  name,
  state,
  followers,
  openTickets,
  createdAt: isoTime(createdAt),
});

const columns: readonly Column<ProjectRow>[] = [
  { head: "NAME", value: (row) => row.name, max: 40 },
  { head: "STATE", value: (row) => row.state },
  { head: "FOLLOWERS", value: (row) => row.followers, right: true },
  { head: "OPEN", value: (row) => row.openTickets, right: true },
  { head: "ID", value: (row) => row.id },
];

export const projectShape: ListShape<ProjectRow> = {
  columns,
  id: (row) => row.id,
  json: projectJson,
  none: "There are no projects. `maildesk project add NAME` makes one.",
};

export const followedJson = ({ id, name, state, level, through }: Followed) => ({ id, name, state, level, through });

/** Below whoever follows them (SHA-6). */
export function showFollowed(out: Output, rows: readonly Followed[]): void {
  if (rows.length === 0) return;
  out.line("");
  out.table(rows, [
    { head: "PROJECT", value: (row) => row.name, max: 40 },
    { head: "STATE", value: (row) => row.state },
    { head: "HEARS", value: (row) => row.level },
    { head: "THROUGH", value: (row) => row.through ?? "", max: 30 },
  ]);
}
