// A short run of the random kills (random-kills/) on every way to put database and queue together, with a new seed each
// time; `npm run kills` repeats one at length. FAULTS_SEED repeats a run.
import { describe, expect, it } from "vitest";
import { type Combination, isBad, randomKills, reportLines } from "./random-kills/random-kills.ts";

const combinations: Combination[] = [
  { database: "sqlite", queue: "embedded" },
  { database: "sqlite", queue: "redis" },
  { database: "postgres", queue: "redis" },
  { database: "postgres", queue: "postgres" },
];
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);

describe("processes that are killed at random", { concurrent: true, timeout: 500_000 }, () => {
  for (const { database, queue } of combinations)
    it(`on ${database} with the ${queue} queue lose, double and halve nothing`, async () => {
      const report = await randomKills({ database, queue, kills: 10, seed, mails: 60, workers: 2 });
      const lines = reportLines(report);
      console.log(`random kills: FAULTS_SEED=${seed}\n${lines.join("\n")}`);
      expect(isBad(report), lines.join("\n")).toBe(false);
    });
});
