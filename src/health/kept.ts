// An answer that is kept for a while, so that whoever asks often costs no more than whoever asks now and then.

const keptMs = 5_000;
/** What asking costs is at most this share of the time, however many mails there are to count. */
const shareMax = 0.01;

/**
 * The same question, asked at most once in five seconds and in a hundred times what the last answer took; all who come
 * meanwhile hear that answer. A failure is kept as long. `nowMs` counts milliseconds steadily.
 */
export function kept<T>(ask: () => Promise<T>, nowMs: () => number): () => Promise<T> {
  let answer: Promise<T> | null = null;
  let freshUntilMs = 0;
  return () => {
    if (answer !== null && nowMs() < freshUntilMs) return answer;
    const askedAtMs = nowMs();
    freshUntilMs = Number.POSITIVE_INFINITY;
    answer = ask().finally(() => {
      freshUntilMs = nowMs() + Math.max(keptMs, (nowMs() - askedAtMs) / shareMax);
    });
    return answer;
  };
}
