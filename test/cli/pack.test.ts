// What `npm pack` gives, laid out elsewhere with the dependencies beside it: the command works without the sources.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { tempFolder } from "../servers/temp-folder.ts";
import { mailOf } from "./desk-folder.ts";

const home = fileURLToPath(new URL("../..", import.meta.url));
const folder = tempFolder("pack");
afterAll(() => folder.remove());

it("has all of config/, initialises a desk, finds everything in order, and turns a mail into a ticket", () => {
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder.path], { cwd: home });
  const packed = readdirSync(folder.path).find((name) => name.endsWith(".tgz")) ?? "";
  execFileSync("tar", ["-xzf", packed], { cwd: folder.path });
  const laidOut = join(folder.path, "package");
  symlinkSync(join(home, "node_modules"), join(laidOut, "node_modules"));
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
