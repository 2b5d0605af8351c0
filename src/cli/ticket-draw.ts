// New ids, and short numbers for the tokens of new rows, drawn before deciding: an unused number is a gap, never a twin.
import type { App } from "../app.ts";
import type { AnswerDraw } from "../desk/words.ts";

/** Conversations and customers that one row of a command can need, for each time that it decides again. */
const refsEach = 2;
const decisionsMax = 6;

/** `rows` 0 draws nothing, for what is only shown. */
export async function drawOf(app: App, rows: number): Promise<AnswerDraw> {
  let ref = rows === 0 ? 0 : await app.desk.draw("ref", rows * refsEach * decisionsMax);
  return { id: (prefix) => app.ids.next(prefix), ref: () => ref++ };
}
