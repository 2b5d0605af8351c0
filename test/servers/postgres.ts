// A real PostgreSQL for tests: a cluster of its own in a temporary folder, on 127.0.0.1 and a free port, with trust
// authentication. It refuses to run as root, so then it runs as the user that Debian's package made.
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { type StartedProcess, startProcess, waitUntil } from "./process.ts";
import { tempFolder } from "./temp-folder.ts";

export interface PostgresServer {
  port: number;
  /** Makes an empty database and resolves to its address, `postgres://postgres@127.0.0.1:PORT/NAME`. */
  database(): Promise<string>;
  /** Runs one statement as the superuser, in the given database or the maintenance database. */
  query(text: string, url?: string): Promise<Record<string, unknown>[]>;
  /** Null while it is stopped. */
  pid(): number | null;
  /** "fast" ends sessions at once; "immediate" is a crash, recovered from at the next start. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
  /** Starts it after `stop`, or stops it first; same port, same data. */
  restart(mode?: "fast" | "immediate"): Promise<void>;
  /** Stops it for good and removes its folder. */
  remove(): Promise<void>;
  log(): string;
}

const debianFolder = "/usr/lib/postgresql";
/** Quick to make, and able to hold several workers' pools. What is tested is a crash of processes, not of the power. */
const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  max_connections: "100",
  shared_buffers: "32MB",
};

/** Starts PostgreSQL and resolves when it answers. `more`: settings of postgresql.conf beside or instead of those above. */
export async function startPostgres(more: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const folder = tempFolder("postgres");
  const data = join(folder.path, "data");
  const port = await freePort();
  const isRoot = userInfo().uid === 0;
  if (isRoot) chownSync(folder.path, ...ownerIds("postgres"));
  chmodSync(folder.path, 0o755);
  const asOwner = (program: string, args: string[]): [string, string[]] =>
    isRoot ? ["runuser", ["-u", "postgres", "--", program, ...args]] : [program, args];
  const initdb = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
  execFileSync(...asOwner(join(programFolder(), "initdb"), initdb), { cwd: folder.path, stdio: "pipe" });

  let running: StartedProcess | null = null;
  let databases = 0;
  const base = `postgres://postgres@127.0.0.1:${port}`;

  async function query(text: string, url = `${base}/postgres`): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined); // a server that is stopped under us is what some tests want
    await client.connect();
    try {
      const { rows } = await client.query(text);
      return rows;
    } finally {
      await client.end();
    }
  }
  async function start(): Promise<void> {
    const named = Object.entries({ ...settings, ...more, port: String(port) }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]);
    const started = await startProcess(...asOwner(join(programFolder(), "postgres"), ["-D", data, ...named]), {
      cwd: folder.path,
    });
    running = started;
    await waitUntil(
      async () => {
        if (started.exitCode() !== null) throw new Error("gone");
        await query("select 1");
        return true;
      },
      () => `PostgreSQL did not start:\n${started.output()}`,
    );
  }
  async function stop(mode: "fast" | "immediate" = "fast"): Promise<void> {
    if (running === null) return;
    const pgCtl = ["stop", "-D", data, "-m", mode, "-w"];
    execFileSync(...asOwner(join(programFolder(), "pg_ctl"), pgCtl), { cwd: folder.path, stdio: "pipe" });
    await running.stop();
    running = null;
  }

  await start();
  return {
    port,
    query,
    pid: () => running?.pid ?? null,
    log: () => running?.output() ?? "",
    async database() {
      databases += 1;
      await query(`create database desk${databases}`);
      return `${base}/desk${databases}`;
    },
    stop,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    async remove() {
      await stop("immediate");
      folder.remove();
    },
  };
}

/** Debian keeps the programs of each major version apart and only a client on the PATH; the newest is taken. */
export function programFolder(): string {
  const versions = existsSync(debianFolder)
    ? readdirSync(debianFolder)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  for (const version of versions) {
    const bin = join(debianFolder, String(version), "bin");
    if (existsSync(join(bin, "initdb"))) return bin;
  }
  return "";
}

function ownerIds(user: string): [number, number] {
  const id = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return [id("-u"), id("-g")];
}
