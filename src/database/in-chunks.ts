// A question about many values, some hundred at a time, below what one statement may name.
const chunkMax = 400;

/** Runs a question for at most so many values at a time. */
export async function inChunks<Row>(
  values: readonly string[],
  ask: (part: readonly string[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < values.length; start += chunkMax)
    rows.push(...(await ask(values.slice(start, start + chunkMax))));
  return rows;
}
