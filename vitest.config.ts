// How the tests run: everything they drive is the built program in dist/, so `npm test` builds first. Every desk of the
// project `sqlite` is a file; `postgres` runs the tests that open a desk once more, with every desk on PostgreSQL.
import { defineConfig } from "vitest/config";

/** Tests that open a desk: on both engines. */
const desks = ["contracts", "worker", "journeys", "faults", "cli"].map((folder) => `test/${folder}/**/*.test.ts`);
/** What these say is about a file, about no database at all, or about databases that they start themselves. */
const ofFilesOnly = [
  "contracts/database-*",
  "contracts/config*",
  "contracts/imap*",
  "contracts/mail*",
  "contracts/parser*",
  "contracts/smtp*",
  "faults/disk-full*",
  "faults/postgres-*",
  "faults/random-kills*",
  "faults/four-workers*",
];

export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ["test/servers/what-ran.ts"],
    projects: [
      { extends: true, test: { name: "sqlite", include: ["test/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "postgres",
          include: desks,
          exclude: ofFilesOnly.map((file) => `test/${file}`),
          env: { MAILDESK_TEST_DATABASE: "postgres" },
          globalSetup: ["test/servers/one-postgres.ts"],
        },
      },
    ],
  },
});
