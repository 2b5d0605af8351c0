// How the tests run: everything they drive is the built program in dist/, so `npm test` builds first.
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ["test/servers/what-ran.ts"],
  },
});
