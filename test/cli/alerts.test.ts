// `maildesk alerts`, and the look that `deliver` takes: the real command, an SMTP server that hears the alerts, a program
// that is told instead.
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../servers/free-port.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp-sink.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
let sink: SmtpSink;
beforeEach(async () => {
  desk = await deskFolder();
  sink = await startSmtpSink();
});
afterEach(async () => {
  await sink.stop();
  desk.remove();
});

/** Adds keys to maildesk.yaml. */
const configure = (text: string) =>
  desk.file("maildesk.yaml", `${readFileSync(join(desk.path, "maildesk.yaml"), "utf8")}\n${text}\n`);
const byMail = (to = "admin@elsewhere.example") =>
  configure(`alerts: { to: [${to}], route: "smtp://127.0.0.1:${sink.port}" }`);

describe("alerts", () => {
  it("are off until somebody is named", async () => {
    expect(await desk.run(["alerts", "test"])).toMatchObject({
      code: 78,
      stderr: expect.stringMatching(/Nobody is told anything: alerts is off\.\n {2}Write `alerts: \{ to:/),
    });
    expect((await desk.run(["doctor"])).stdout).toMatch(/^ok +alerts +off$/m);
    expect(await desk.json("alerts", "list")).toEqual([]);
  });

  it("are tested by the way that they take, and a refusal is said", async () => {
    byMail("admin@elsewhere.example, 550@elsewhere.example");
    expect((await desk.run(["doctor"])).stdout).toMatch(
      /^ok +alerts +admin@elsewhere\.example, 550@elsewhere\.example by 127\.0\.0\.1:\d+: ready/m,
    );
    expect((await desk.run(["alerts", "test", "--dry-run"])).stderr).toContain("nothing was sent (--dry-run)");
    expect(sink.received).toEqual([]);
    expect(await desk.run(["alerts", "test"])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^told {4}admin@elsewhere\.example: 250 .*\nFAILED {2}550@elsewhere\.example: .*550/,
      ),
    });
    expect(sink.received.map(({ from, to }) => [from, to])).toEqual([
      ["support@desk.example", "admin@elsewhere.example"],
    ]);
    expect(sink.received[0]?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  });

  it("are told at the end of `deliver`, once, and shown by `alerts list` and --dry-run", async () => {
    byMail();
    const source = `imap://sales:secret@127.0.0.1:${await freePort()}/INBOX`;
    const config = readFileSync(join(desk.path, "maildesk.yaml"), "utf8");
    desk.file(
      "maildesk.yaml",
      config.replace("mailboxes:", `mailboxes:\n  - { name: broken, address: sales@example.com, source: "${source}" }`),
    );
    await desk.run(["settings", "set", "alerts.digestAt=00:00"]);
    await desk.run(["ingest", "-"], { input: "Subject: no sender\r\n\r\nHello\r\n" });
    expect((await desk.run(["poll", "broken"])).code).toBe(75);
    const foretold = await desk.json<{ kind: string }[]>("alerts", "run", "--dry-run");
    expect(foretold.map(({ kind }) => kind)).toEqual(["held"]); // a server that is away for a moment is no alert
    await desk.run(["deliver"]);
    await desk.run(["deliver"]);
    expect(await desk.run(["alerts", "run"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(sink.received).toHaveLength(1);
    expect(sink.received[0]?.raw).toContain("Subject: [maildesk] 1 mail held or failed");
    expect(await desk.json("alerts", "list")).toMatchObject([
      {
        kind: "held",
        subject: "desk",
        phase: "raised",
        to: "admin@elsewhere.example",
        status: "told",
        response: expect.stringContaining("250"),
        toldAt: expect.stringMatching(/^20.*Z$/),
      },
    ]);
  });

  it("say by the second route that sending is paused, as the first one refuses the login", async () => {
    byMail();
    const strict = await startSmtpSink({ auth: { user: "desk", password: "right" } });
    try {
      const env = { MAILDESK_OUTGOING: `smtp://desk:geheim@127.0.0.1:${strict.port}` };
      await desk.run(["ingest", "-"], { input: mailOf({}) });
      expect((await desk.run(["deliver"], { env })).code).toBe(69);
      expect((await desk.run(["deliver"], { env })).code).toBe(69);
      expect(sink.received.map(({ raw }) => /^Subject: (.*)\r$/m.exec(raw)?.[1])).toEqual([
        "[maildesk] sending is paused",
      ]);
      expect(sink.received[0]?.raw).not.toContain("geheim");
    } finally {
      await strict.stop();
    }
  });

  it("know what waits because no server is reached, and which tickets nobody took", async () => {
    const env = {
      MAILDESK_OUTGOING: `smtp://127.0.0.1:${await freePort()}`,
      NODE_OPTIONS: `--import ${fileURLToPath(new URL("../faults/shift-clock.mjs", import.meta.url))}`,
    };
    const daysAgo = (days: number, args: string[], input = "") =>
      desk.run(args, { input, env: { ...env, SHIFT_MS: String(-days * 86_400_000) } });
    await daysAgo(2, ["ingest", "-"], mailOf({}));
    await daysAgo(2, ["deliver"]);
    expect(await desk.json("alerts", "run", "--dry-run")).toMatchObject([
      { kind: "sending", subject: "unreachable", title: "mail cannot leave" },
      {
        kind: "unassigned",
        text: expect.stringContaining("1 open ticket has had no agent for more than 24 hours: #1."),
      },
    ]);
  });

  it("that cannot be told are tried again, and `status --check` says so", async () => {
    configure(`alerts: { to: [admin@elsewhere.example], route: "smtp://127.0.0.1:${await freePort()}" }`);
    await desk.run(["settings", "set", "alerts.digestAt=00:00"]);
    await desk.run(["ingest", "-"], { input: "Subject: no sender\r\n\r\nHello\r\n" });
    expect(await desk.run(["alerts", "run"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("0 alerts told; 1 not"),
    });
    expect((await desk.run(["status", "--check"])).stdout).toMatch(
      /^1 alert could not be told \(.+\): maildesk alerts list$/m,
    );
    expect(await desk.json("alerts", "list", "--status", "due")).toMatchObject([{ attempts: 1, toldAt: null }]);
  });

  it("reach a program with the text on its standard input, and none of the desk's own variables", async () => {
    desk.file(
      "told.sh",
      '#!/bin/sh\ncat > told.txt\nenv | grep ^MAILDESK_ | grep -v _ID= | sort >> told.txt\necho "hello $1"\n',
    );
    configure("alerts: { command: [./told.sh, you] }");
    expect((await desk.run(["doctor"])).stdout).toMatch(/^FAILED +alerts +The program \.\/told\.sh .*\(EACCES\)/m);
    chmodSync(join(desk.path, "told.sh"), 0o755);
    expect((await desk.run(["doctor"])).stdout).toMatch(/^ok +alerts +command by a program: .*told\.sh may be run$/m);
    const env = { MAILDESK_AGENT: "operator" };
    expect(await desk.run(["alerts", "test"], { env })).toMatchObject({
      code: 0,
      stdout: "told    command: hello you\n",
    });
    const told = readFileSync(join(desk.path, "told.txt"), "utf8");
    expect(told).toMatch(
      /^this is a test\n\nSomebody asked .*\nMAILDESK_ALERT_DAY=.*\nMAILDESK_ALERT_KIND=test\nMAILDESK_ALERT_PHASE=raised\nMAILDESK_ALERT_SUBJECT=alr_.*\nMAILDESK_ALERT_TITLE=this is a test\n$/,
    );
    desk.file("told.sh", "#!/bin/sh\necho no network >&2\nexit 7\n");
    expect(await desk.run(["alerts", "test"])).toMatchObject({
      code: 75,
      stdout: expect.stringContaining("ended with exit code 7: no network"),
    });
  });
});
