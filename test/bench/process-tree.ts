// What a process and its children cost, as the Linux kernel counts it (proc(5)): processor time, also of children that
// have ended and were waited for, and resident memory.
import { readdirSync, readFileSync } from "node:fs";

/** The kernel's unit of processor time in /proc, USER_HZ: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** User and system time of the process, its living children and its ended ones, in milliseconds. */
export function treeCpuMs(pid: number): number {
  const own = stat(pid);
  if (own === null) return 0;
  const living = childrenOf(pid).reduce((sum, child) => sum + treeCpuMs(child), 0);
  // Fields 14 to 17 of proc(5): utime, stime, cutime, cstime.
  const ticks = [14, 15, 16, 17].reduce((sum, field) => sum + Number(own[field - 1]), 0);
  return living + (ticks * 1000) / ticksPerSecond;
}

/** Resident bytes of the process and its children together; pages that they share count in each. */
export function treeResidentBytes(pid: number): number {
  return residentBytes(pid) + childrenOf(pid).reduce((sum, child) => sum + treeResidentBytes(child), 0);
}

function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // it ended meanwhile
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "latin1").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** The fields of /proc/PID/stat, the first at index 0; null once it is gone. The name may hold spaces. */
function stat(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const end = text.lastIndexOf(")");
    return [String(pid), "name", ...text.slice(end + 2).split(" ")];
  } catch {
    return null;
  }
}
