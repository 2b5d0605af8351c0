// /healthz and /metrics of a real worker, as an orchestrator and Prometheus ask for them (OPS-9).
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../servers/free-port.ts";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";
import { killWorkers, startWorker } from "./running-worker.ts";

let desk: DeskFolder;
let address: string;
beforeEach(async () => {
  desk = await deskFolder();
  address = `127.0.0.1:${await freePort()}`;
});
afterEach(() => {
  killWorkers();
  desk.remove();
});

const get = async (path: string, method = "GET") => {
  const response = await fetch(`http://${address}${path}`, { method });
  return { code: response.status, type: response.headers.get("content-type"), text: await response.text() };
};

describe("a worker with `metrics:`", () => {
  it("tells how it is and what it did, and nothing of what the mails say", async () => {
    for (const part of ["new", "cur", "tmp"]) mkdirSync(join(desk.path, "data/inbox", part), { recursive: true });
    writeFileSync(join(desk.path, "data/inbox/new/1.a"), mailOf({}));
    const worker = startWorker(desk.path, { MAILDESK_METRICS: address });
    expect(await worker.until("health-listening")).toMatchObject({ address: `http://${address}` });
    await worker.until("sent");

    const health = await get("/healthz");
    expect([health.code, health.type]).toEqual([200, "application/json"]);
    expect(JSON.parse(health.text)).toMatchObject({
      status: "ok",
      failing: [],
      degraded: [],
      loops: [{ loop: "sweep" }, { loop: "watch support" }],
      version: "0.1.0",
    });

    const metrics = await get("/metrics");
    expect(metrics.type).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(metrics.text).toContain('maildesk_mails_judged_total{status="filed",reason="new-ticket"} 1\n');
    expect(metrics.text).toMatch(/^maildesk_mail_oldest_waiting_seconds 0$/m);
    expect(metrics.text).toMatch(/^maildesk_mailbox_lag_seconds\{mailbox="support"\} \d/m);
    expect(metrics.text).toMatch(/^maildesk_mailbox_error\{mailbox="support"\} 0$/m);
    expect(metrics.text).toMatch(/^process_resident_memory_bytes [1-9]\d{7}/m);
    expect(metrics.text + health.text).not.toMatch(/acme|Ann|printer|burns|@/i);

    expect(await get("/")).toMatchObject({ code: 404 });
    expect(await get("/healthz", "POST")).toMatchObject({ code: 405 });
    worker.signal("SIGTERM");
    expect(await worker.ended, worker.stderr()).toBe(0);
    await expect(get("/healthz")).rejects.toThrow();
  });

  it("refuses to start where another one has the port, with what to do", async () => {
    const first = startWorker(desk.path, { MAILDESK_METRICS: address });
    await first.until("health-listening");
    const second = await desk.run(["worker"], { env: { MAILDESK_METRICS: address } });
    expect(second).toEqual({
      code: 69,
      stdout: "",
      stderr: `maildesk: Another program, or another worker, listens on ${address} already.\n  Write another port under \`metrics:\` in maildesk.yaml, or in MAILDESK_METRICS.\n`,
    });
  });

  it("refuses an address that is not this machine's, and one that is none", async () => {
    // 192.0.2.0/24 is for documentation (RFC 5737): nobody has it.
    expect(await desk.run(["worker"], { env: { MAILDESK_METRICS: "192.0.2.1:9464" } })).toMatchObject({
      code: 78,
      stderr: expect.stringContaining("This machine has no address 192.0.2.1 to listen on."),
    });
    expect(await desk.run(["worker"], { env: { MAILDESK_METRICS: "here" } })).toMatchObject({
      code: 78,
      stderr: expect.stringContaining(
        'MAILDESK_METRICS "here" is no address with a port. Write off, or 127.0.0.1:9464.',
      ),
    });
  });
});
