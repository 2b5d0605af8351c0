// The name by which a process signs its leases, and whether a process of that name is dead. On this host that can be
// known at once; elsewhere, and where in doubt, it lives until its lease runs out.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { systemCode } from "./errors.ts";

/** `host/pid/start`: the start tells a process from an earlier one of the same number, as in a container that was restarted. */
export const processName = (): string => `${hostname()}/${process.pid}/${startOf(process.pid)}`;

/** True where that process ran on this host and is no more. */
export function isGone(name: string): boolean {
  const [host, pid = "", start = ""] = name.split("/");
  if (host !== hostname() || !/^\d+$/.test(pid)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return systemCode(error) === "ESRCH";
  }
  const now = startOf(Number(pid));
  return now !== "" && start !== "" && now !== start;
}

/** Clock ticks between the system's start and the process's (proc(5), stat field 22); "" where the system does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
