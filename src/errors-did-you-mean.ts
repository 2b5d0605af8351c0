// "Did you mean": the nearest known word to a mistyped one, for every sentence that refuses a name.

/** Letters beyond which two words are not compared. */
const lettersMax = 60;

/** ` (did you mean "org"?)` to stand at the end of a refusal, before its full stop; "" where no known word is near. */
export function didYouMean(word: string, words: readonly string[]): string {
  const near = nearest(word, words);
  return near === null ? "" : ` (did you mean "${near}"?)`;
}

/** The known word with the fewest changed letters, if they are few for its length. */
export function nearest(word: string, words: readonly string[]): string | null {
  const typed = word.toLowerCase().slice(0, lettersMax);
  let best: string | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const known of words) {
    const changes = changedLetters(typed, known.toLowerCase().slice(0, lettersMax));
    if (changes < fewest) [best, fewest] = [known, changes];
  }
  if (best !== null && fewest <= Math.max(1, Math.floor(Math.max(typed.length, best.length) / 2.5))) return best;
  const holding = typed.length < 3 ? [] : words.filter((known) => known.toLowerCase().includes(typed));
  return holding.toSorted((a, b) => a.length - b.length)[0] ?? null;
}

/** Letters to insert, remove, replace, or swap with their neighbour (Damerau's distance, adjacent swaps only). */
function changedLetters(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}
