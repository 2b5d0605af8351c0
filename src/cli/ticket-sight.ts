// Who gains sight of tickets by a move into a project that customers follow (VIS-2): said before it is done, and asked on a terminal.
import type { App } from "../app.ts";
import type { Project } from "../desk/project.ts";
import type { Ticket } from "../desk/ticket.ts";
import { scopeOf } from "../desk/visibility.ts";
import { counted } from "./output.ts";

/** A sentence for each ticket that somebody would see who does not see it now. */
export async function gainLines(app: App, tickets: readonly Ticket[], project: Project | null): Promise<string[]> {
  if (project === null) return [];
  const scope = scopeOf((await app.desk.settings())["visibility.scope"].join(","));
  const lines: string[] = [];
  for (const ticket of tickets) {
    if (ticket.projectId === project.id) continue;
    const count = await app.lists.countGaining(ticket, project.id, scope);
    if (count > 0)
      lines.push(
        `#${ticket.number}: ${counted(count, "customer gains", "customers gain")} sight of it by ${project.name}.`,
      );
  }
  return lines;
}

/** A person can still say no; a script that names the project has said yes. */
export const isAsked = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;
