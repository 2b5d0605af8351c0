// The same desk worked by several real processes at once, as on a server with many cores: nothing is counted twice, torn
// apart, lost or sent twice, and nobody ever finds the database busy.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { rawMail, shuffled } from "./raw-mail.ts";
import { type RunningDesk, runningDesk } from "./running-desk.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

interface Said {
  errors: unknown[];
  sent: { to: string; acknowledgement: boolean }[];
}

/** Starts `count` processes on the desk's database, lets them go at the same moment, and waits for all. */
async function work(desk: RunningDesk, count: number, what: "process" | "deliver"): Promise<Said> {
  const children = Array.from({ length: count }, () => {
    const script = fileURLToPath(new URL("desk-process.mjs", import.meta.url));
    const child = fork(script, [desk.url, what], { stdio: ["ignore", "ignore", "pipe", "ipc"], execArgv: [] });
    cleanUp.push(() => child.kill("SIGKILL"));
    return child;
  });
  const said = children.map(
    (child) =>
      new Promise<Said>((resolve, reject) => {
        let text = "";
        let last: Said | null = null;
        child.stderr?.on("data", (part) => {
          text += String(part);
        });
        child.on("message", (message: Said) => {
          last = message;
        });
        child.on("close", (code) =>
          last === null || code !== 0 ? reject(new Error(`ended with ${code}: ${text}`)) : resolve(last),
        );
      }),
  );
  for (const child of children) child.send("go");
  const all = await Promise.all(said);
  return { errors: all.flatMap((one) => one.errors), sent: all.flatMap((one) => one.sent) };
}

describe("three processes on one spool", () => {
  it("file every mail once: copies, new domains and shuffled threads together", async () => {
    const desk = await runningDesk();
    cleanUp.push(() => desk.close());
    const threads = 6;
    const mails: string[] = [];
    for (let thread = 0; thread < threads; thread++) {
      for (let at = 0; at < 5; at++) {
        const from = at % 2 === 0 ? `ann@acme${thread}.example` : `bob@eu.acme${thread}.example`;
        const mail = rawMail(`t${thread}-${at}`, { from, ...(at === 0 ? {} : { inReplyTo: `t${thread}-${at - 1}` }) });
        mails.push(mail, `Received: from relay.example\n${mail}`);
      }
    }
    await desk.store(shuffled(mails, 3));
    expect((await work(desk, 3, "process")).errors).toEqual([]);
    const emails = await desk.emails();
    expect(emails.filter((row) => row.status === "filed")).toHaveLength(threads * 5);
    expect(emails.filter((row) => row.reason === "duplicate")).toHaveLength(threads * 5);
    const whole = Array.from({ length: threads }, (_, thread) =>
      Array.from({ length: 5 }, (_one, at) => `t${thread}-${at}`).join(),
    );
    expect(
      Object.values(await desk.threads())
        .map((one) => one.join())
        .sort(),
    ).toEqual(whole.sort());
    expect(await desk.read.selectFrom("organization").select("id").execute()).toHaveLength(threads);
    expect(await desk.read.selectFrom("customer").select("id").execute()).toHaveLength(threads * 2);
  });

  it("that send too acknowledge every ticket once", async () => {
    const desk = await runningDesk();
    cleanUp.push(() => desk.close());
    const count = 24;
    await desk.store(
      Array.from({ length: count }, (_, at) => rawMail(`m${at}`, { from: `p${at}@acme${at % 7}.example` })),
    );
    const { errors, sent } = await work(desk, 3, "deliver");
    expect(errors).toEqual([]);
    expect(sent.map((mail) => mail.to).sort()).toEqual(
      Array.from({ length: count }, (_, at) => `p${at}@acme${at % 7}.example`).sort(),
    );
    expect(await desk.read.selectFrom("outbox").select("status").distinct().execute()).toEqual([{ status: "sent" }]);
  });
});
