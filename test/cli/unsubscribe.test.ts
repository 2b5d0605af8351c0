// Leaving and coming back as administrators see it: what `ingest` makes of a mail of an unsubscribe button, what is shown of it,
// `customer resubscribe` with --dry-run and undo, and what `doctor` says of the page for one click (SHA-10).
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../servers/free-port.ts";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";
import { killWorkers, startWorker } from "./running-worker.ts";

const eve = "eve@solo.example";
let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  await done("customer", "add", eve);
  await done("project", "add", "Office");
  await done("project", "share", "Office", eve);
});
afterAll(() => desk.remove());
afterEach(killWorkers);

const done = (...args: string[]) => doneIn(desk, ...args);
const left = async () => (await desk.json<{ left: { kind: string; name: string }[] }>("customer", "show", eve)).left;

/** Where the last mail that left says that a mail must go for leaving. */
function leaveAddress(): string {
  const folder = join(desk.path, "data/sent/new");
  const mails = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const found = mails.flatMap((raw) => /List-Unsubscribe:\s+<mailto:([^?]+)/.exec(raw)?.[1] ?? []);
  return found.at(-1) ?? expect.fail("no mail says how to leave");
}

describe("somebody who left", () => {
  it("is shown as such, and comes back by a command that can be tried and taken back", async () => {
    await done("project", "post", "Office", "--subject", "Walls", "--text", "They stand.");
    await done("deliver");
    const mail = mailOf({ from: "button@elsewhere.example", to: leaveAddress(), subject: "unsubscribe", text: "" });
    expect((await desk.run(["ingest", "-"], { input: mail })).code).toBe(0);
    expect(await left()).toMatchObject([{ kind: "project", name: "Office", number: null }]);
    expect((await done("customer", "show", eve)).stdout).toContain("Left the project Office by unsubscribe, ");
    const [email] = await desk.json<{ id: string; status: string; reason: string; ticket: null }[]>("email", "list");
    expect(email).toMatchObject({ status: "filed", reason: "left", ticket: null });
    expect((await done("email", "explain", email?.id ?? "")).stdout).toContain("left the project Office");
    expect(await desk.json("customer", "list")).toHaveLength(1);

    expect(await refusedIn(desk, 64, "customer", "resubscribe", eve, "--digest")).toMatch(/did not leave that\./);
    expect((await done("customer", "resubscribe", eve, "--dry-run")).stdout).toContain("would hear again of");
    expect(await left()).toHaveLength(1);
    expect((await done("customer", "resubscribe", eve, "--project", "Office")).stdout).toBe(
      `${eve} may hear again of the project Office.\n`,
    );
    expect(await left()).toEqual([]);
    await done("undo");
    expect(await left()).toHaveLength(1);
    expect((await done("project", "share", "Office", eve)).stdout).toContain(
      `${eve} had left it by unsubscribe, and hears of it again.`,
    );
    expect(await left()).toEqual([]);
    await done("undo");
    expect(await left()).toHaveLength(1);
    expect(await refusedIn(desk, 64, "customer", "resubscribe", "nobody@solo.example")).toContain(
      "nobody@solo.example",
    );
  });

  it("is told of to nobody by an agent who may not answer", async () => {
    await done("agent", "add", "nia@desk.example");
    await done("agent", "set", "nia@desk.example", "mayAnswer=off");
    expect(await refusedIn(desk, 1, "customer", "resubscribe", eve, "--as", "nia@desk.example")).toContain(
      "may not answer in public",
    );
  });
});

describe("doctor", () => {
  it("tells where the page for one click is answered for", async () => {
    const other = await deskFolder();
    onTestFinished(other.remove);
    const port = await freePort();
    const config = readFileSync(join(other.path, "maildesk.yaml"), "utf8");
    const write = (web: string) => other.file("maildesk.yaml", `${config}\nweb: ${web}\n`);
    const doctor = async (env: Record<string, string> = {}) =>
      /^(?:ok|FAILED) +web .*$/m.exec((await other.run(["doctor"], { env })).stdout)?.[0].replace(/ +/g, " ");
    expect(await doctor()).toBe("ok web off");
    write(`{ address: https://desk.example/, listen: "127.0.0.1:${port}" }`);
    expect(await doctor()).toBe(`ok web https://desk.example/, by 127.0.0.1:${port} is free for a worker`);
    expect(await doctor({ MAILDESK_WEB_LISTEN: "off" })).toContain("for which another worker answers");
    const worker = startWorker(other.path, {});
    await worker.until("web-listening");
    expect(await doctor()).toBe(`ok web https://desk.example/, by 127.0.0.1:${port}: a worker answers there`);
    worker.signal("SIGTERM");
    expect(await worker.ended, worker.stderr()).toBe(0);
    const stranger = createServer((_, response) => response.end("hello"));
    await new Promise<void>((resolve) => stranger.listen(port, "127.0.0.1", resolve));
    onTestFinished(() => void stranger.close());
    expect(await doctor()).toMatch(
      /^FAILED web Another program, or another worker, listens on .*MAILDESK_WEB_LISTEN\.$/,
    );
    expect(await other.run(["worker"])).toMatchObject({ code: 69 });
    write("{ address: http://desk.example/ }");
    expect(await other.run(["doctor"])).toMatchObject({
      code: 78,
      stdout: expect.stringContaining("Write https://HOST/"),
    });
  });
});
