// `maildesk poll | process | deliver | worker`: one pass each, for cron, silent where there is nothing to do (OPS-2).
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import BetterSqlite from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../servers/free-port.ts";
import { startSmtpSink } from "../servers/smtp-sink.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeEach(async () => {
  desk = await deskFolder();
});
afterEach(() => desk.remove());

/** Into the mailbox that `init` configured. */
function arrive(name: string, mail: string): void {
  for (const part of ["new", "cur", "tmp"]) mkdirSync(join(desk.path, "data/inbox", part), { recursive: true });
  writeFileSync(join(desk.path, "data/inbox/new", name), mail);
}

const silent = { code: 0, stdout: "", stderr: "" };

describe("one pass of each", () => {
  it("takes a mail through the house, and says one line for each step", async () => {
    arrive("1.a", mailOf({}));
    expect(await desk.run(["poll"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("support: first contact: 1 mail taken, 0 older left alone"),
    });
    expect(await desk.run(["process"])).toEqual({ code: 0, stdout: "", stderr: "1 mail judged.\n" });
    expect(await desk.run(["deliver"])).toEqual({ code: 0, stdout: "", stderr: "1 sent.\n" });
    expect(readdirSync(join(desk.path, "data/sent/new"))).toHaveLength(1);
  });

  it("is silent where there is nothing to do", async () => {
    await desk.run(["poll"]);
    for (const name of ["poll", "process", "deliver"]) expect(await desk.run([name])).toEqual(silent);
  });

  it("tells machines what it did", async () => {
    arrive("1.a", mailOf({}));
    expect(await desk.json("poll")).toMatchObject([
      { mailbox: "support", taken: 1, left: 0, firstContact: true, busy: false, error: null },
    ]);
    expect(await desk.json("process")).toEqual({ handled: 1, pending: 0 });
    expect(await desk.json("deliver")).toMatchObject({ sent: 1, failed: 0, queued: 0 });
  });

  it("that can be foretold changes nothing with --dry-run, and the others refuse it", async () => {
    await desk.run(["ingest", "-", "--store-only"], { input: mailOf({}) });
    expect((await desk.run(["process", "--dry-run"])).stderr).toContain("1 mail would be judged");
    expect(await desk.json("ticket", "list")).toEqual([]);
    await desk.run(["process"]);
    expect((await desk.run(["deliver", "--dry-run"])).stderr).toContain("news of 1 conversation");
    expect(await desk.json("outbox", "list")).toEqual([]);
    for (const name of ["poll", "worker"]) expect((await desk.run([name, "--dry-run"])).code).toBe(64);
  });
});

describe("poll", () => {
  it("says that another process reads the mailbox, and ends well", async () => {
    await desk.run(["poll"]);
    const database = new BetterSqlite(join(desk.path, "data/maildesk.db"));
    database.prepare("update mailbox set leaseOwner = 'somebody', leaseUntil = ?").run(Date.now() + 600_000);
    database.close();
    expect(await desk.run(["poll"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "support: another process is reading it.\n",
    });
  });

  it("reads the other mailboxes where one cannot be reached, and ends with its exit code", async () => {
    const port = await freePort();
    const config = readFileSync(join(desk.path, "maildesk.yaml"), "utf8");
    desk.file("password", "secret");
    desk.file(
      "maildesk.yaml",
      `${config}\n  - name: broken\n    address: sales@desk.example\n    source: { url: "imap://sales@127.0.0.1:${port}/INBOX", password: { file: ./password } }\n`,
    );
    arrive("1.a", mailOf({}));
    const said = await desk.run(["poll"]);
    expect(said.stderr).toContain("support: first contact: 1 mail taken");
    expect(said.stderr).toMatch(/^broken: /m);
    expect(said.code).toBe(75);
  });

  it("refuses a mailbox that is not configured", async () => {
    expect(await desk.run(["poll", "suport"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining('"support"'),
    });
  });
});

describe("deliver", () => {
  it("says how much waits while sending is off", async () => {
    await desk.run(["settings", "set", "mail.sending=off"]);
    await desk.run(["ingest", "-"], { input: mailOf({}) });
    expect(await desk.run(["deliver"])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^mail\.sending is off: 1 mail waits, the oldest since /),
    });
  });
});

describe("two passes at once", () => {
  it("send each mail once, and the second says so and ends well", async () => {
    let answer = () => {};
    let heard = () => {};
    const asked = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const sink = await startSmtpSink({
      onData: () => {
        heard();
        return new Promise<void>((resolve) => {
          answer = resolve;
        });
      },
    });
    const config = readFileSync(join(desk.path, "maildesk.yaml"), "utf8");
    desk.file("maildesk.yaml", config.replace(/^outgoing: .*$/m, `outgoing: "smtp://127.0.0.1:${sink.port}"`));
    await desk.run(["ingest", "-"], { input: mailOf({}) });
    const first = desk.run(["deliver"]);
    await asked;
    const second = { code: 0, stdout: "", stderr: "Another process is sending 1 mail at this moment.\n" };
    expect(await desk.run(["deliver"])).toEqual(second);
    expect(await desk.json("deliver")).toMatchObject({ sent: 0, busy: 1 });
    answer();
    expect(await first).toEqual({ code: 0, stdout: "", stderr: "1 sent.\n" });
    expect(await desk.run(["deliver"])).toEqual(silent);
    expect(sink.received).toHaveLength(1);
    await sink.stop();
  });
});

describe("deliver to a server that refuses the login", () => {
  it("says so, spends no attempt, and sends once the password is mended", async () => {
    const sink = await startSmtpSink({ auth: { user: "desk", password: "right" }, tls: "starttls" });
    const config = readFileSync(join(desk.path, "maildesk.yaml"), "utf8");
    const outgoing = `outgoing: { url: "smtp://desk@127.0.0.1:${sink.port}", password: { file: ./smtp.password }, allowInvalidCertificates: true }`;
    desk.file("maildesk.yaml", config.replace(/^outgoing: .*$/m, outgoing));
    desk.file("smtp.password", "wrong");
    await desk.run(["ingest", "-"], { input: mailOf({}) });
    const refused = await desk.run(["deliver"]);
    expect(refused).toMatchObject({ code: 69, stderr: expect.stringContaining("maildesk: ") });
    expect(await desk.json("outbox", "list")).toMatchObject([{ status: "queued", attempts: 0 }]);
    desk.file("smtp.password", "right");
    expect(await desk.run(["deliver"])).toMatchObject({ code: 0, stderr: "1 sent.\n" });
    expect(sink.received).toHaveLength(1);
    await sink.stop();
  });
});

describe("worker", () => {
  let worker: ChildProcess | null = null;
  afterEach(() => {
    worker?.kill("SIGKILL");
    worker = null;
  });

  it("takes a mail to its answer, and ends well when it is told to stop", async () => {
    const bin = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));
    arrive("1.a", mailOf({}));
    const running = spawn(process.execPath, [bin, "worker"], { cwd: desk.path, stdio: ["ignore", "ignore", "pipe"] });
    worker = running;
    let log = "";
    const ended = new Promise<number | null>((resolve) => running.on("exit", resolve));
    const answered = new Promise<boolean>((resolve) => {
      running.stderr.on("data", (text: Buffer) => {
        log += text.toString();
        if (log.includes(" sent ")) resolve(true);
      });
    });
    expect(await Promise.race([answered, ended]), log).toBe(true);
    running.kill("SIGTERM");
    expect(await ended, log).toBe(0);
    expect(log).toMatch(/ mail email=eml_\w+ status=filed reason=new-ticket ticket=1\n/);
    expect(log).toContain("worker-stopped");
    expect(readdirSync(join(desk.path, "data/sent/new"))).toHaveLength(1);
  });
});
