// `npm run bench`: one file, one process, nothing beside it. Figures are printed, and nothing fails by a clock.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/bench/bench.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 900_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
});
