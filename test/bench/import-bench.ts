// `npm run bench -- --only=import`: many customers of many domains out of a file, the same file again, as many more beside
// them, out again, and one undo of it all; on a desk in a SQLite file. Rows a second and the most memory that was seen.
import { once } from "node:events";
import { createWriteStream, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, it } from "vitest";
import { startProcess } from "../servers/process.ts";
import { tempFolder } from "../servers/temp-folder.ts";
import { type BenchDesk, makeDesk, run } from "./bench-desk.ts";
import { isLeftOut, isQuick, say } from "./bench-run.ts";
import { treeResidentBytes } from "./process-tree.ts";

const sizes = isQuick ? { customers: 10_000, domains: 2_000 } : { customers: 100_000, domains: 20_000 };
const command = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));
const lookEveryMs = 50;

describe.skipIf(isLeftOut("import"))("an import", () => {
  const scratch = tempFolder("bench");
  afterAll(() => scratch.remove());

  it("of many customers is measured, and its undo", async () => {
    const source = { port: 143, user: "nobody", password: "unused" };
    const desk = makeDesk(join(scratch.path, "desk"), { boxes: [source], acknowledge: false });
    await run(desk, ["field", "add", "plan", "--on", "customer"]);
    say(`${sizes.customers} customers of ${sizes.domains} domains, nine columns, one of them a custom field; SQLite`);
    const first = await peopleFile(join(desk.folder, "first.csv"), 0);
    const second = await peopleFile(join(desk.folder, "second.csv"), 1);
    const { customers } = sizes;
    await measured(desk, "try it (--dry-run)", customers, ["customer", "import", first, "--dry-run"]);
    await measured(desk, "import          ", customers, ["customer", "import", first]);
    await measured(desk, "the same again  ", customers, ["customer", "import", first]);
    await measured(desk, "as many more    ", customers, ["customer", "import", second]);
    await measured(desk, "export          ", 2 * customers, ["customer", "export", "--out", "all.csv"]);
    await measured(desk, "undo the latter ", customers, ["undo", "--yes"]);
    rmSync(desk.folder, { recursive: true, force: true });
  });
});

async function measured(desk: BenchDesk, what: string, rows: number, args: string[]): Promise<void> {
  const startedAt = Date.now();
  const started = await startProcess(process.execPath, [command, ...args], { cwd: desk.folder });
  let most = 0;
  while (started.exitCode() === null) {
    most = Math.max(most, treeResidentBytes(started.pid));
    await pause(lookEveryMs);
  }
  const seconds = (Date.now() - startedAt) / 1000;
  if (started.exitCode() !== 0) throw new Error(`maildesk ${args.join(" ")}: ${started.output()}`);
  const rate = Math.round(rows / seconds);
  say(
    `${what} ${seconds.toFixed(1)} s, ${rate} rows/s, at most ${Math.round(most / 1e6)} MB: ${lastLine(started.output())}`,
  );
}

const lastLine = (text: string): string => text.trim().split("\n").at(-1) ?? "";

/** Names are made up; `part` makes other people of other domains. */
async function peopleFile(path: string, part: number): Promise<string> {
  const stream = createWriteStream(path);
  stream.write("email,name,phone,title,postalAddress,timeZone,language,notes,field:plan\r\n");
  for (let at = 0; at < sizes.customers; at += 1) {
    const domain = `company-${part}-${at % sizes.domains}.com`;
    const cells = [
      `person.${at}@${domain}`,
      `Person Number ${at}`,
      `+44 1632 ${String(at).padStart(6, "0")}`,
      "Head of Printing",
      `"${at} High Street\nLondon"`,
      "Europe/London",
      "en",
      "Met at the fair; likes paper.",
      at % 3 === 0 ? "Gold" : "",
    ];
    if (!stream.write(`${cells.join(",")}\r\n`)) await once(stream, "drain");
  }
  await new Promise<void>((resolve) => stream.end(() => resolve()));
  return path;
}
