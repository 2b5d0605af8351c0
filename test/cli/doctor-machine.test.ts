// What `doctor` and `status --check` say of the machine itself: a clock that is wrong, an address that is taken, a mailbox
// that nobody has read for long.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../servers/free-port.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";
import { killWorkers, startWorker } from "./running-worker.ts";

let desk: DeskFolder;
beforeEach(async () => {
  desk = await deskFolder();
});
afterEach(() => {
  killWorkers();
  desk.remove();
});

/** The command by a clock that stands so much later. */
const shifted = (args: string[], ms: number) =>
  desk.run(args, {
    env: {
      NODE_OPTIONS: `--import ${fileURLToPath(new URL("../faults/shift-clock.mjs", import.meta.url))}`,
      SHIFT_MS: String(ms),
    },
  });

describe("doctor", () => {
  it("finds a clock that stands before the desk's last change", async () => {
    await desk.run(["ingest", "-"], { input: mailOf({}) });
    expect(await shifted(["doctor"], -10 * 60_000)).toMatchObject({
      code: 69,
      stdout: expect.stringMatching(
        /^FAILED {2}clock +The desk's last change is dated 10 min in the future: .*timedatectl/m,
      ),
    });
    expect((await desk.run(["doctor"])).stdout).toMatch(/^ok +clock +agrees with the desk's last change$/m);
  });

  it("tells the address of /healthz that is free from one where a worker answers, and from one that is taken", async () => {
    const port = await freePort();
    const env = { MAILDESK_METRICS: `127.0.0.1:${port}` };
    const doctor = async () => (await desk.run(["doctor"], { env })).stdout;
    expect(await doctor()).toContain(`ok      metrics         127.0.0.1:${port} is free for a worker`);
    const worker = startWorker(desk.path, env);
    await worker.until("health-listening");
    expect(await doctor()).toContain(`127.0.0.1:${port}: a worker answers there, and is ok`);
    worker.signal("SIGTERM");
    await worker.ended;
    const other = createServer((_, response) => response.end("{}"));
    await new Promise<void>((resolve) => other.listen(port, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    expect(await doctor()).toMatch(/^FAILED {2}metrics +Another program, or another worker, listens on/m);
  });
});

describe("status --check", () => {
  it("notices that nobody reads a mailbox, although nothing waits", async () => {
    await desk.run(["poll"]);
    expect(await desk.run(["status", "--check"])).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await shifted(["status", "--check"], 2 * 3_600_000)).toEqual({
      code: 1,
      stdout: expect.stringMatching(/^mailbox support was last read at \S+ \S+: does a worker run\?\n$/),
      stderr: "",
    });
  });
});
