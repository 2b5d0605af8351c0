// `npm run kills`: one combination, many kills, one line of counts. Options come from run.sh.
import { expect, it } from "vitest";
import { isBad, type KillsOptions, randomKills, reportLines } from "./random-kills.ts";

const options = JSON.parse(process.env.KILLS ?? "{}") as KillsOptions; // run.sh checks them

it(`${options.kills} kills on ${options.database} + ${options.queue}`, async () => {
  const report = await randomKills(options);
  console.log(reportLines(report).join("\n"));
  expect(isBad(report)).toBe(false);
});
