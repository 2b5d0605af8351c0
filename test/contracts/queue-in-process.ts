// A process of its own that does nothing but use a BullMQ queue: whether it ends by itself once the queue is closed can't be
// seen from within the test's.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { waitUntil } from "../servers/process.ts";

const adapter = new URL("../../dist/queue/open-bullmq.js", import.meta.url).href;
const endsWithinMs = 30_000;

export const fates = ["up", "away from the start", "lost on the way"] as const;
export type Fate = (typeof fates)[number];

/** How a process ends that pushed, worked and closed, while its server had that fate; `stop` ends the server. */
export async function queueInProcess(url: string, fate: Fate, stop: () => Promise<void>) {
  if (fate === "away from the start") await stop();
  const script = `
    const { openBullmq } = await import(${JSON.stringify(adapter)});
    const log = { info() {}, warn() {}, error() {} };
    const q = openBullmq({ url: ${JSON.stringify(url)}, prefix: "desk", log });
    const pushed = () => q.push("process", ["a"]).then(() => true, () => false);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
    q.work("process", async () => {}, 1);
    q.work("deliver", async () => {}, 1);
    await pushed();
    console.log("working");
    while (${fate === "lost on the way"} && (await pushed())) await pause();
    await pause();
    await q.close();
    console.log("closed");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  const giveUp = setTimeout(() => child.kill("SIGKILL"), endsWithinMs);
  let stdout = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.resume();
  await waitUntil(
    () => stdout !== "",
    () => "the process with the queue says nothing",
  );
  if (fate === "lost on the way") await stop();
  const [code, signal] = await ended;
  clearTimeout(giveUp);
  return { stdout, code, signal };
}

/** What it says and how it ends, whatever became of its server. */
export const endedWell = { stdout: "working\nclosed\n", code: 0, signal: null };
