// A worker is killed while the server has its alert and has not answered: the next worker tells it again, as the same mail,
// and no third time.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { type DeskFolder, deskFolder } from "../cli/desk-folder.ts";
import { killWorkers, startWorker } from "../cli/running-worker.ts";
import { type SmtpSink, startSmtpSink } from "../servers/smtp-sink.ts";

let desk: DeskFolder;
let sink: SmtpSink;
afterEach(async () => {
  killWorkers();
  await sink.stop();
  desk.remove();
});

it("an alert in doubt is told again, once, with the same Message-ID and the same bytes", async () => {
  let answers = false;
  sink = await startSmtpSink({ onData: () => (answers ? undefined : new Promise<void>(() => {})) });
  desk = await deskFolder();
  const config = readFileSync(join(desk.path, "maildesk.yaml"), "utf8");
  desk.file(
    "maildesk.yaml",
    `${config}\nalerts: { to: [admin@elsewhere.example], route: "smtp://127.0.0.1:${sink.port}" }\n`,
  );
  await desk.run(["settings", "set", "alerts.digestAt=00:00"]);
  await desk.run(["ingest", "-"], { input: "Subject: no sender\r\n\r\nHello\r\n" });
  const first = startWorker(desk.path);
  await sink.waitFor(1);
  first.signal("SIGKILL");
  await first.ended;
  expect(await desk.json("alerts", "list")).toMatchObject([{ kind: "held", status: "due", attempts: 1 }]);
  answers = true;
  const second = startWorker(desk.path);
  await second.until("alert");
  expect(await desk.run(["alerts", "run"])).toEqual({ code: 0, stdout: "", stderr: "" });
  second.signal("SIGTERM");
  expect(await second.ended).toBe(0);
  expect(sink.received).toHaveLength(2);
  expect(sink.received[1]?.raw).toBe(sink.received[0]?.raw);
  expect(await desk.json("alerts", "list")).toMatchObject([{ kind: "held", status: "told", attempts: 2 }]);
});
