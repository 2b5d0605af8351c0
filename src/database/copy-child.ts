// The program that copies a SQLite desk and reads a copy through: a process of its own, since either takes minutes in which it
// hears no signal, and can be killed. Only backup-file.ts starts it.
import { rmSync } from "node:fs";
import { systemCode } from "../errors.ts";
import { copyDatabase, faultOf } from "./copy-database.ts";

/** What it says, once: what is wrong with the file that it read, or why it could not. */
export type CopyAnswer = { fault: string | null } | { message: string; code: string | null };

const [parent, file = "", from] = process.argv.slice(2);
/** Who was killed can't remove the copy. */
const isAlone = () => process.ppid !== Number(parent);

function answerNow(): CopyAnswer {
  try {
    if (from !== undefined && !isAlone()) copyDatabase(from, file);
    return { fault: isAlone() ? null : faultOf(file) };
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error), code: systemCode(error) };
  }
}

const answer = answerNow();
if (isAlone() && from !== undefined) rmSync(file, { force: true });
process.send?.(answer, () => process.disconnect());
