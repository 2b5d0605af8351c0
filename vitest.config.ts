// How the tests run: what they drive is built, so `npm test` builds first: the command is what is packed, bundle/, and single
// modules are in dist/. Every desk of the project `sqlite` is a file; `postgres` runs tests that open a desk once more, with every desk on PostgreSQL: those of what
// the database does, and a few stories; all of them with `npm test -- --all`.
import { configDefaults, defineConfig } from "vitest/config";

const isAll = (process.env.MAILDESK_TEST_ALL ?? "") !== "";
/** Minutes of several workers on servers that come and go: with --all. */
const long = ["postgres-disturbed", "four-workers", "killed-while-fanning-out"].map(
  (name) => `test/faults/${name}.test.ts`,
);
const all = ["contracts/*", "worker/*", "journeys/*", "faults/*", "cli/*"];
const some = [
  "contracts/*",
  "worker/*",
  "journeys/new-ticket*",
  "journeys/agent-answers*",
  "journeys/arriving-at-once*",
  "journeys/backup-while-ingesting*",
  "cli/another-desk*",
  "cli/worker-two-versions*",
];
/** What these say is about a file, about no database at all, or about databases that they start themselves. */
const ofFilesOnly = [
  "contracts/database-*",
  "cli/another-program*",
  "contracts/config*",
  "contracts/imap*",
  "contracts/mail*",
  "contracts/parser*",
  "contracts/queue*",
  "contracts/smtp*",
  "faults/disk-full*",
  "faults/postgres-*",
  "faults/random-kills*",
  "faults/four-workers*",
];

/** On a server with --all: sixteen processes with their connections take a minute there where others compete. */
const longOnServers = ["contracts/commands-at-once*"];

export default defineConfig({
  test: {
    pool: "forks",
    // One more than the cores of a small machine: a test waits for servers half of its time.
    maxWorkers: 3,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ["test/servers/what-ran.ts", "test/servers/one-init.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "sqlite",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...(isAll ? [] : long)],
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: (isAll ? all : some).map((file) => `test/${file}.test.ts`),
          exclude: [...ofFilesOnly, ...(isAll ? [] : longOnServers)].map((file) => `test/${file}`),
          env: { MAILDESK_TEST_DATABASE: "postgres" },
          globalSetup: ["test/servers/one-postgres.ts"],
        },
      },
    ],
  },
});
