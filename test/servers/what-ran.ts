// Before the tests: the real programs that they drive must be there, and no test is skipped for want of one. After
// them: a line each says what ran on what. `npm test` (test/run.sh) installs what is missing, where it may.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { programFolder } from "./postgres.ts";

const programs = [
  { name: "Dovecot", command: "dovecot", args: ["--version"], package: "dovecot-imapd" },
  { name: "Redis", command: "redis-server", args: ["--version"], package: "redis-server" },
  { name: "PostgreSQL", command: join(programFolder(), "postgres"), args: ["--version"], package: "postgresql" },
] as const;

/** Checks the systemd units in config/ where there is one; no server, and no reason to install an init system. */
export const unitChecker = { command: "systemd-analyze", args: ["--version"] };

/** Shells besides bash in which the completion is tried where they are; they are no server, and no reason to install one. */
export const completingShells = [
  { name: "zsh", command: "zsh", args: ["--version"] },
  { name: "fish", command: "fish", args: ["--version"] },
] as const;

/** The servers' folder is not on everybody's PATH. */
export const serverPath = `${process.env.PATH ?? ""}:/usr/sbin:/usr/local/sbin:/sbin`;

export function versionOf(program: { command: string; args: readonly string[] }): string | null {
  try {
    const said = execFileSync(program.command, [...program.args], {
      encoding: "utf8",
      env: { ...process.env, PATH: serverPath },
    });
    return /\d+(?:\.\d+)*/.exec(said)?.[0] ?? "unknown version";
  } catch {
    return null;
  }
}

export function setup(): () => void {
  const found = programs.map((program) => ({ program, version: versionOf(program) }));
  const missing = found.filter(({ version }) => version === null).map(({ program }) => program.package);
  if (missing.length > 0)
    throw new Error(`The tests drive real servers. Install them first: apt-get install -y ${missing.join(" ")}`);
  const built = ["../../dist/app.js", "../../bundle/main.js"].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  );
  if (!built.every((file) => existsSync(file)))
    throw new Error("The tests drive the built program. Build it first: npm run build");
  const servers = found.map(({ program, version }) => `${program.name} ${version}`).join(", ");
  const units = versionOf(unitChecker);
  const checked =
    units === null ? "units by hand, as there is no systemd-analyze" : `units by systemd-analyze ${units}`;
  const tried = completingShells.map((shell) => `${shell.name} ${versionOf(shell) ?? "(not there)"}`).join(", ");
  return () =>
    console.log(
      `\nran on Node ${process.versions.node}, SQLite (better-sqlite3), ${servers}, smtp-server; embedded and BullMQ queues; ${checked}; completion in bash, ${tried}`,
    );
}
