// Some administrators define types and fields while others give them to customers, each a process of its own: types come, are
// renamed and go, and so do choices and a field. Nobody is left with a type, a choice or a field that is no more.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadConfig } from "../../dist/config.js";
import { openDatabase } from "../../dist/database/open.js";
import { type DeskFolder, deskFolder } from "../cli/desk-folder.ts";
import { databaseEnv } from "../servers/test-database.ts";
import { broken, stateOf } from "./desk-state.ts";

interface Ended {
  args: string[];
  code: number;
  stderr: string;
}

const rounds = 12;
const people = ["ann", "bob", "eve", "joe"].map((who) => `${who}@acme.example`);
const script = fileURLToPath(new URL("./command-lines.mjs", import.meta.url));
/** `Other` is always there, so that no word but a type's will do. */
const beginning = [
  ...people.map((who) => `customer add ${who}`),
  "type add Other --on customer",
  "field add plan --on customer --form choice --choice Free --choice Gold",
  ...people.map((who) => `ticket new --from ${who} --subject Help --text please`),
];

const again = (lines: (at: number) => string[]): string[][] =>
  Array.from({ length: rounds }, (_, at) => lines(at).map((line) => line.split(" "))).flat();
/** Who defines, who gives, and two of whom one becomes the other. */
const processes = [
  again(() => [
    "type add VIP --on customer",
    "type set VIP name=Key --on customer",
    "type remove Key --on customer --force",
  ]),
  again(() => [
    "field set plan --on customer --choice Free",
    "field set plan --on customer --choice Free --choice Gold",
    "field add seats --on customer",
    "field remove seats --on customer --force",
  ]),
  ...[0, 1].map((one) =>
    again((at) => {
      const who = people[(at + one) % people.length] ?? "";
      return [
        `customer set ${who} type=VIP`,
        `customer set ${who} field:plan=Gold`,
        `customer set ${who} type=Key`,
        `customer set ${who} field:seats=${at}`,
        `customer set ${who} field:plan=Free`,
      ];
    }),
  ),
  again((at) => [
    "ticket-status add Held --state waiting",
    `ticket set ${1 + (at % 2)} status=Held`,
    "ticket-status remove Held --into open",
    "tag remove urgent --force",
    "tag merge later urgent",
  ]),
  again((at) => [
    `ticket set ${1 + (at % 4)} status=Held`,
    `ticket tag add ${1 + (at % 3)} urgent later`,
    `ticket set ${2 + (at % 3)} tag+=later status=waiting`,
    `ticket tag remove --tag urgent urgent`,
  ]),
  again((at) => [
    `customer add new${at}@acme.example --type ${at % 2 === 0 ? "VIP" : "Key"}`,
    `customer merge new${at}@acme.example ${people[at % people.length]}`,
  ]),
];

let desk: DeskFolder;
let ended: Ended[];

beforeAll(async () => {
  desk = await deskFolder();
  for (const line of beginning) expect(await desk.run(line.split(" ")), line).toMatchObject({ code: 0 });
  ended = (await Promise.all(processes.map(played))).flat();
}, 400_000);
afterAll(() => desk.remove());

/** The lines of one process, as they ended. */
async function played(lines: readonly string[][]): Promise<Ended[]> {
  const { MAILDESK_AGENT: _agent, MAILDESK_CONFIG: _config, ...inherited } = process.env;
  const list = lines.map((line) => [...line, "--yes"]);
  const child = spawn(process.execPath, [script, JSON.stringify(list)], {
    cwd: desk.path,
    env: { ...inherited, ...databaseEnv(desk.path) },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const told: Ended[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") child.stdin.write("go\n");
    else told.push(JSON.parse(line));
  });
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  return told;
}

it("types and fields that come and go leave nobody with one that is no more", async () => {
  const { database: url } = loadConfig({ path: desk.path, env: databaseEnv(desk.path), folder: desk.path });
  const database = await openDatabase({ url, migrate: false, now: () => Date.now() });
  const state = await stateOf(database.read);
  await database.close();
  expect(broken(state, ["customer"])).toEqual([]);
});

it("every command is done, or refused by what it names", () => {
  expect(ended).toHaveLength(processes.flat().length);
  const named =
    /^maildesk: (?:There is no (?:customer type|field|"field:|customer "|tag )|"\w+" is (?:no choice of|still somebody's|no status)|There is a )/;
  expect(ended.filter(({ code, stderr }) => code !== 0 && !named.test(stderr))).toEqual([]);
  console.log(
    `${ended.length} commands of ${processes.length} processes: ${ended.filter(({ code }) => code !== 0).length} refused by name`,
  );
});
