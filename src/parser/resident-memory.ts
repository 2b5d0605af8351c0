// How much memory a process holds, as the Linux kernel counts it (proc(5), VmRSS): V8's own heap limit does not see
// Buffers. Elsewhere nobody tells, and the heap limit must do.
import { readFile } from "node:fs/promises";

/** Resident bytes of a process; null where it is gone or this is no Linux. */
export async function residentBytes(pid: number): Promise<number | null> {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, "latin1"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
