// `npm run bench`: one file after the other, nothing beside it. Figures are printed, and nothing fails by a clock.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/bench/*-bench.ts"],
    pool: "forks",
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 4 * 3_600_000,
    hookTimeout: 600_000,
    disableConsoleIntercept: true,
  },
});
