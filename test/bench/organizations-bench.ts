// `npm run bench -- --only=organizations`: what an administrator waits for on a desk where two organizations share 50,000
// customers and 200,000 tickets: looking at them, and making one of both, and two again. Each command runs as people type it;
// what it takes beyond one that only opens the desk is told, with the plans of what it asked.

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresServer, startPostgres } from "../servers/postgres.ts";
import { startProcess, waitUntil } from "../servers/process.ts";
import { type BenchDesk, command, counter, makeDesk, run, settle } from "./bench-desk.ts";
import { type BenchRun, isLeftOut, isQuick, openBench, say } from "./bench-run.ts";
import { fillOrganizations } from "./fill-organizations.ts";
import { openOutside } from "./outside.ts";
import { type Plan, plansOf, readCounted, shownPlan } from "./plans.ts";
import { median } from "./rates.ts";

const size = isQuick ? { customers: 5_000, tickets: 20_000 } : { customers: 50_000, tickets: 200_000 };
const rounds = isQuick ? 2 : 5;
/** Opens the desk, reads one row, prints it. */
const nothing = ["settings", "get", "desk.name"];
const looks = [
  ["org", "show", "Large A"],
  ["org", "list"],
  ["customer", "list"],
  ["customer", "list", "--org", "Large A"],
  ["customer", "list", "--text", "p4999"],
  ["customer", "show", "p17@large-a.example"],
  ["ticket", "list", "--org", "Large A"],
  ["ticket", "list", "--org", "Large A", "--state", "all"],
];

describe.skipIf(isLeftOut("organizations"))("large organizations", () => {
  let bench: BenchRun;
  let postgres: PostgresServer;

  beforeAll(async () => {
    bench = await openBench();
    postgres = await startPostgres({ fsync: "on", shared_buffers: "256MB" });
  });
  afterAll(async () => {
    await postgres.remove();
    await bench.remove();
  });

  it.each(["SQLite", "PostgreSQL"])("on %s are looked at, merged and taken apart", async (engine) => {
    const database = engine === "PostgreSQL" ? { database: await postgres.database() } : {};
    const desk = makeDesk(join(bench.folder, engine), { boxes: [bench.newMailbox()], acknowledge: false, ...database });
    await settle(desk);
    await fillOrganizations(desk.database, size);
    const tellLooks = async (when: string) => {
      const base = median(await times(desk, nothing));
      say(`${engine}, ${when}: opening the desk takes ${base.toFixed(0)} ms`);
      for (const words of looks) {
        const ms = median(await times(desk, words)) - base;
        say(`  ${words.join(" ").padEnd(48)} ${ms.toFixed(0).padStart(5)} ms beyond that (at most 300)`);
        await tellPlans(desk, words);
      }
    };
    await tellLooks("before the merge");
    for (const words of [
      ["org", "merge", "Large A", "Large B"],
      ["undo", "--yes"],
      ["org", "merge", "Large A", "Large B"],
    ]) {
      const startedAt = performance.now();
      await run(desk, words);
      say(`${engine}: ${words.join(" ")}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
    }
    await tellLooks("after the merge");
    expect(await countOf(desk)).toBe(size.customers);
  });
});

async function times(desk: BenchDesk, words: readonly string[]): Promise<number[]> {
  const all: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    await run(desk, [...words]);
    all.push(performance.now() - startedAt);
  }
  return all;
}

/** Prints the plans of what a command asks. Half of the desk is one organization: reading it whole may be the best plan. */
async function tellPlans(desk: BenchDesk, words: readonly string[]): Promise<void> {
  const file = join(desk.folder, "statements.json");
  const args = ["--import", counter, command, ...words];
  const started = await startProcess(process.execPath, args, {
    cwd: desk.folder,
    env: { ...process.env, COUNT_STATEMENTS: file },
  });
  await waitUntil(
    () => started.exitCode() !== null,
    () => `${words.join(" ")} does not end`,
    120_000,
  );
  const plans: Plan[] = await plansOf(desk.database, readCounted(file));
  for (const plan of plans.filter(({ steps, text }) => steps.length > 0 && !isSmall(text)))
    say(`    ${shownPlan(plan, 1).slice(0, 260)}`);
}

/** Customers of the organization that both became. */
async function countOf(desk: BenchDesk): Promise<number> {
  const outside = await openOutside(desk.database);
  return await outside
    .number(`select count(*) from "customer" where "organizationId" = 'org_large_b'`)
    .finally(() => outside.close());
}

/** What every command asks when it opens the desk. */
const isSmall = (text: string): boolean =>
  /"(?:migration|secret|setting|slot|condition|mailbox)"|sqlite_master/.test(text);
