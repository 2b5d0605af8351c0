// The program that copies a SQLite desk and reads a copy through: a process of its own, since either takes minutes in which it
// hears no signal, and can be killed. Only backup-file.ts starts it.
import { rmSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { systemCode } from "../errors.ts";
import { copyDatabase, faultOf } from "./copy-database.ts";

/** What it says, once: what is wrong with the file that it read, or why it could not. */
export type CopyAnswer = { fault: string | null } | { message: string; code: string | null };

async function answerTo(file: string, from: string | undefined): Promise<CopyAnswer> {
  try {
    if (from !== undefined) copyDatabase(from, file);
    await turn(); // the parent may have ended meanwhile, and nobody else removes the file
    if (from !== undefined && !process.connected) rmSync(file, { force: true });
    return { fault: process.connected ? faultOf(file) : null };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error), code: systemCode(error) };
  }
}

const [file = "", from] = process.argv.slice(2);
const answer = await answerTo(file, from);
if (process.connected) process.send?.(answer, () => process.disconnect());
