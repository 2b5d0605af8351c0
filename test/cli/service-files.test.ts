// The files in config/ by which maildesk runs as a service: every command line in them is run by the real command, units
// are read by systemd's own checker where there is one, and the container files agree with each other and the house.
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../dist/config.js";
import { configuration, exitCode, usage } from "../../dist/errors.js";
import { freePort } from "../servers/free-port.ts";
import { unitChecker, versionOf } from "../servers/what-ran.ts";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";
import { killWorkers, startWorker } from "./running-worker.ts";

const home = fileURLToPath(new URL("../..", import.meta.url));
const configFile = (name: string) => readFileSync(join(home, "config", name), "utf8");

let desk: DeskFolder;
beforeEach(async () => {
  desk = await deskFolder();
  mkdirSync(join(desk.path, "bin"));
  symlinkSync(join(home, "bin", "maildesk.js"), join(desk.path, "bin", "maildesk"));
});
afterEach(() => {
  killWorkers();
  desk.remove();
});

/** Runs a line as a shell does that finds `maildesk` and only programs of this folder before the system's. */
function shell(line: string): Promise<{ code: number; output: string }> {
  const env = { PATH: `${join(desk.path, "bin")}:${process.env.PATH}`, MAILDESK_CONFIG: desk.path };
  return new Promise((resolve) => {
    const child = execFile("/bin/sh", ["-c", line], { cwd: desk.path, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

/** The folder of the copies is one of this desk. */
function inDesk(line: string): string {
  mkdirSync(join(desk.path, "backup"), { recursive: true });
  return line.replaceAll("/var/lib/maildesk/", `${desk.path}/`);
}

/** `Key=Value` lines by key; a line that is none, nor a comment or a section, throws. */
function unit(name: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of configFile(name).split("\n")) {
    if (line === "" || line.startsWith("#") || /^\[[A-Z][a-z]+\]$/.test(line)) continue;
    const [, key = "", value = ""] = /^([A-Z][A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (key === "") throw new Error(`${name}: ${line}`);
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return values;
}

describe("the systemd units", () => {
  const services = ["maildesk.service", "maildesk-poll.service", "maildesk-nightly.service"];
  const names = [...services, "maildesk-poll.timer", "maildesk-nightly.timer"];

  it("are what systemd understands, without a warning", () => {
    const known = names.map(unit);
    expect(known.filter((one) => !one.has("Description"))).toEqual([]);
    if (versionOf(unitChecker) === null) return; // the last line of the run says so
    for (const name of names) {
      const text = configFile(name).replaceAll(/^(ExecStart=-?)maildesk /gm, `$1${join(home, "bin/maildesk.js")} `);
      writeFileSync(join(desk.path, name), text);
    }
    const files = names.map((name) => join(desk.path, name));
    expect(execFileSync("systemd-analyze", ["verify", ...files], { encoding: "utf8", stdio: "pipe" })).toBe("");
  });

  it("run one pass whose every step the command takes, and fail while something needs a person", async () => {
    const steps = unit("maildesk-poll.service").get("ExecStart") ?? [];
    expect(steps).toHaveLength(4);
    for (const step of steps) expect(await shell(step.replace(/^-/, "")), step).toMatchObject({ code: 0 });
    const config = readFileSync(join(desk.path, "maildesk.yaml"), "utf8");
    const source = `imap://sales:secret@127.0.0.1:${await freePort()}/INBOX`;
    desk.file("maildesk.yaml", `${config}\n  - { name: broken, address: sales@desk.example, source: "${source}" }\n`);
    const codes = [];
    for (const step of steps)
      codes.push(`${step.startsWith("-") ? "-" : ""}${(await shell(step.replace(/^-/, ""))).code}`);
    expect(codes).toEqual(["-75", "-0", "-0", "1"]);
  });

  it("copy the desk each night, and only then remove what is too old", async () => {
    const nightly = unit("maildesk-nightly.service");
    const [copy = "", ...more] = nightly.get("ExecStart") ?? [];
    expect(more).toEqual(["maildesk retention run"]);
    expect(nightly.get("StateDirectory")).toEqual(["maildesk maildesk/backup"]);
    const plain = inDesk(copy.replaceAll("$$", "$").replaceAll("%%", "%")); // as systemd reads them
    for (const step of [plain, plain, ...more]) expect(await shell(step), step).toMatchObject({ code: 0 });
    expect(readdirSync(join(desk.path, "backup"))).toEqual([expect.stringMatching(/^[1-7]\.backup$/)]);
  });

  it("wait for a database and a queue on the same machine", () => {
    for (const name of services)
      expect(unit(name).get("After"), name).toEqual(["network-online.target redis-server.service postgresql.service"]);
  });

  it("start the worker, do not start it again where that is of no use, and let its readers live until it ends", async () => {
    const service = unit("maildesk.service");
    const [start = ""] = service.get("ExecStart") ?? [];
    expect(start).toBe("maildesk worker");
    const worker = startWorker(desk.path);
    await worker.until("worker-started");
    worker.signal("SIGTERM");
    expect(await worker.ended).toBe(0);
    const useless = [usage(""), configuration("")].map((error) => String(exitCode(error)));
    expect(service.get("RestartPreventExitStatus")).toEqual([useless.join(" ")]);
    expect(service.get("KillMode")).toEqual(["mixed"]);
    expect(service.has("MemoryDenyWriteExecute")).toBe(false);
  });

  it("give all services the same fences", () => {
    const fences = (name: string) =>
      [...unit(name)].filter(
        ([key]) =>
          /^(Protect|Private|Restrict[A-Z]|NoNew|Cap|Lock|System|UMask)/.test(key) &&
          key !== "RestartPreventExitStatus",
      );
    for (const name of services) expect(fences(name), name).toEqual(fences("maildesk.service"));
    expect(fences("maildesk.service").length).toBeGreaterThan(15);
  });
});

it("each line of the crontab runs, and says nothing where there is nothing to do", async () => {
  const said = join(desk.path, "syslog");
  writeFileSync(join(desk.path, "bin", "logger"), `#!/bin/sh\ncat >>${said}\n`);
  chmodSync(join(desk.path, "bin", "logger"), 0o755);
  const lines = configFile("crontab.example")
    .split("\n")
    .filter((line) => /^[*\d]/.test(line));
  expect(lines).toHaveLength(4);
  for (const line of lines) {
    const [, written = ""] = /^(?:[*\d/,-]+\s+){5}maildesk\s+(.*)$/.exec(line) ?? [];
    expect(written).toContain("maildesk ");
    expect(written.replaceAll("\\%", "")).not.toContain("%"); // cron reads a bare one as the end of the line
    const command = inDesk(written.replaceAll("\\%", "%"));
    await shell(command); // the first contact is told once
    writeFileSync(said, "");
    expect(await shell(command), line).toEqual({ code: 0, output: "" });
    expect(readFileSync(said, "utf8")).toBe("");
    if (!command.includes("maildesk backup")) continue;
    rmSync(join(desk.path, "backup"), { recursive: true });
    expect((await shell(command)).output, "cron mails what a copy that fails says").toContain("maildesk: ");
  }
});

describe("the container files", () => {
  const dockerfile = configFile("Dockerfile").replaceAll("\\\n", " ").split("\n");
  const instructions = (word: string) =>
    dockerfile.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1).trim());
  const json = (word: string): string[] => JSON.parse(instructions(word)[0] ?? "[]");

  it("copy what is there, and nothing but that gets into the build", () => {
    const [, ...ignored] = configFile("Dockerfile.dockerignore")
      .split("\n")
      .filter((line) => !/^(#|$)/.test(line));
    const copied = instructions("COPY");
    const fromHere = copied
      .filter((line) => !line.startsWith("--from="))
      .flatMap((line) => line.split(/\s+/).slice(0, -1));
    expect(fromHere.filter((name) => !existsSync(join(home, name)))).toEqual([]);
    expect(ignored.map((line) => line.slice(1)).sort()).toEqual([...fromHere].sort());
    const made = copied.flatMap((line) => /^--from=build \/build\/(\S+)/.exec(line)?.[1] ?? []);
    expect(made.sort()).toEqual(
      [...fromHere.filter((name) => ["package.json", "bin"].includes(name)), "bundle", "node_modules"].sort(),
    );
    expect(instructions("USER")).toEqual(["node"]);
  });

  it("start a worker that the health check finds alive, and dead once it is gone", async () => {
    expect(json("ENTRYPOINT")).toEqual(["maildesk"]);
    expect(json("CMD")).toEqual(["worker", "--log", "json"]); // as startWorker does
    const health = /HEALTHCHECK .*?CMD (\[.*\])/.exec(dockerfile.join("\n"))?.[1] ?? "";
    const port = await freePort();
    const [node = "", ...args] = JSON.parse(health.replaceAll("9464", String(port))) as string[];
    const check = () =>
      new Promise<number>((resolve) => {
        const child = execFile(node, args, () => resolve(child.exitCode ?? -1));
      });
    const worker = startWorker(desk.path, { MAILDESK_METRICS: `0.0.0.0:${port}` });
    await worker.until("health-listening");
    expect(await check()).toBe(0);
    worker.signal("SIGTERM");
    await worker.ended;
    expect(await check()).toBe(1);
  });

  it("of compose name files and secrets that fit together, and a configuration that maildesk reads", () => {
    const { services, secrets, configs, volumes } = parse(configFile("compose.yaml"));
    const { maildesk } = services;
    expect(existsSync(join(home, "config", maildesk.build.context, maildesk.build.dockerfile))).toBe(true);
    expect(existsSync(join(home, "config", configs.maildesk.file))).toBe(true);
    for (const service of Object.values<{ secrets?: string[]; volumes?: (string | object)[] }>(services)) {
      for (const name of service.secrets ?? []) expect(Object.keys(secrets)).toContain(name);
      for (const volume of service.volumes ?? [])
        if (typeof volume === "string") expect(Object.keys(volumes)).toContain(volume.split(":")[0]);
    }
    expect(maildesk.volumes).toContainEqual(expect.objectContaining({ type: "bind", target: "/backups" }));
    const text = configFile(configs.maildesk.file);
    const active = text.replaceAll(/^#.*$/gm, "");
    const wanted = [...active.matchAll(/\/run\/secrets\/(\w+)/g)].map(([, name]) => name);
    expect(wanted.sort()).toEqual([...maildesk.secrets].sort());
    const run = join(desk.path, "secrets");
    mkdirSync(run);
    for (const name of wanted) writeFileSync(join(run, name ?? ""), "0123456789abcdef0123456789abcdef");
    desk.file("maildesk.yaml", text.replaceAll("/run/secrets", run));
    const env = Object.fromEntries(
      Object.entries<string>(maildesk.environment).map(([name, value]) => [
        name,
        value.replace(/^\$\{.*:-(.*)\}$/, "$1"),
      ]),
    );
    expect(loadConfig({ path: desk.path, env })).toMatchObject({
      database: "sqlite:/data/maildesk.db",
      queue: { kind: "embedded" },
      metrics: { host: "0.0.0.0", port: 9464 },
      mailboxes: [{ source: { kind: "imap" } }],
      alerts: null,
    });
    const alerting = text.replaceAll(/^# (alerts:| {2}\w+:)/gm, "$1").replaceAll("/run/secrets", run);
    desk.file("maildesk.yaml", alerting);
    expect(loadConfig({ path: desk.path, env })).toMatchObject({
      alerts: { kind: "mail", to: ["admin@example.com"], route: { kind: "smtp", host: "other.example.com" } },
    });
  });
});
