// Two versions of maildesk at one desk. Whoever starts with the newer one changes the tables, and a worker of the older one
// would go on to write what does not fit any more: it notices within a second or two, finishes what it has in hand, and
// ends with a sentence.
import { MaildeskError } from "./errors.ts";
import type { DeskHealth } from "./ports-health.ts";

/** `signal` is aborted with the given one, or when `look` finds that the tables are newer; `verdict` then throws. */
export function endWhenNewer({ mustKnowTables }: DeskHealth, told: AbortSignal) {
  const found = new AbortController();
  let newer: MaildeskError | null = null;
  return {
    signal: AbortSignal.any([told, found.signal]),
    async look(): Promise<void> {
      try {
        await mustKnowTables();
      } catch (error) {
        if (!(error instanceof MaildeskError) || error.code !== "newer") throw error;
        newer = error;
        found.abort();
      }
    },
    verdict(): void {
      if (newer !== null) throw newer;
    },
  };
}
