// `npm run kills`: one file, one process; it prints a line and fails where something was lost, doubled or left half done.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/faults/random-kills/kills.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 3_600_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
  },
});
