// What `npm pack` gives, laid out elsewhere with the dependencies beside it and nothing else: the command works without the
// sources and without what only the build needs, and brings the licences of the packages that went into it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { tempFolder } from "../servers/temp-folder.ts";
import { mailOf } from "./desk-folder.ts";

const home = fileURLToPath(new URL("../..", import.meta.url));
const folder = tempFolder("pack");
const laidOut = join(folder.path, "package");
afterAll(() => folder.remove());

/** What npm installs for somebody who uses maildesk: no package that is only for work on it. */
function linkDependencies(): void {
  const lock = JSON.parse(readFileSync(join(home, "package-lock.json"), "utf8"));
  const packages = Object.entries<{ dev?: boolean }>(lock.packages).filter(([path, { dev }]) => path !== "" && !dev);
  for (const [path] of packages.filter(([path]) => path.split("node_modules/").length === 2)) {
    mkdirSync(dirname(join(laidOut, path)), { recursive: true });
    if (existsSync(join(home, path))) symlinkSync(join(home, path), join(laidOut, path));
  }
}

it("has all of config/, initialises a desk, finds everything in order, and turns a mail into a ticket", () => {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder.path], { cwd: home });
  const packed = readdirSync(folder.path).find((name) => name.endsWith(".tgz")) ?? "";
  execFileSync("tar", ["-xzf", packed], { cwd: folder.path });
  linkDependencies();
  const maildesk = (args: string[], input = "") =>
    execFileSync(process.execPath, [join(laidOut, "bin", "maildesk.js"), ...args], {
      cwd: folder.path,
      input,
      encoding: "utf8",
    });
  maildesk(["init"]);
  expect(maildesk(["doctor"])).toMatch(/^ok +parser/m);
  maildesk(["ingest", "-"], mailOf({ from: "ann@acme.example" }));
  expect(JSON.parse(maildesk(["ticket", "list", "--json"]))).toMatchObject([
    { number: 1, requesters: ["ann@acme.example"] },
  ]);
  expect(readdirSync(join(laidOut, "config"))).toEqual(readdirSync(join(home, "config")));
  expect([existsSync(join(laidOut, "src", "app.ts")), existsSync(join(laidOut, "test"))]).toEqual([false, false]);
});

it("brings the licence of each package whose code is in it", () => {
  const bundle = join(laidOut, "bundle");
  const code = readdirSync(bundle)
    .filter((name) => name.endsWith(".js"))
    .map((name) => readFileSync(join(bundle, name), "utf8"))
    .join("");
  const inside = new Set([...code.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map(([, name]) => name));
  const licences = readFileSync(join(bundle, "LICENSES.txt"), "utf8").split(/^-{80}$/m);
  const licensed = licences.map((text) => /^(\S+) \d/.exec(text.trim())?.[1]);
  expect(inside).toContain("kysely");
  expect([...inside].filter((name) => !licensed.includes(name))).toEqual([]);
  expect(licences.filter((text) => !/copyright/i.test(text))).toEqual([]);
});
