// One post on a project that an organization of two thousand customers follows, and the worker killed between two pages of the
// expansion and twice while it sends: two thousand mails, each in an envelope of its own, nobody twice. What a killed worker was
// handing over is in doubt, and arrived once or not at all (SHA-5, OPS-4).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import { openFaultDesk } from "./fault-desk.ts";

const people = 2_000;
const word = "ribbon-4711";

let imap: Dovecot;
beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

describe("a post to two thousand people", () => {
  it("reaches each of them once, whenever the worker is killed", { timeout: 600_000 }, async ({ onTestFinished }) => {
    const desk = await openFaultDesk(imap, "embedded");
    onTestFinished(desk.remove);
    const rows = Array.from({ length: people }, (_, at) => `person${at}@acme.example`);
    desk.file("people.csv", ["email", ...rows].join("\n"));
    await desk.expectEnd(0, ["org", "add", "Acme", "--domain", "acme.example"]);
    await desk.expectEnd(0, ["customer", "import", "people.csv"]);
    await desk.expectEnd(0, ["project", "add", "Office"]);
    await desk.expectEnd(0, ["project", "share", "Office", "Acme"]);
    await desk.expectEnd(0, ["settings", "set", "mail.hold=0"]);
    await desk.expectEnd(0, [
      "project",
      "post",
      "Office",
      "--subject",
      "Walls",
      "--text",
      `They stand: ${word}`,
      "--yes",
    ]);

    // After the first page, of which nothing is sent yet.
    await desk.expectEnd("SIGKILL", ["deliver"], { fault: { at: '"reached" = ', when: "after", nth: 2 } });
    const made = await desk.count(`"outbox"`);
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(people);
    expect(desk.sink.received).toHaveLength(0);
    for (const after of [300, 1_100]) {
      const worker = await desk.start(["worker"]);
      await waitUntil(
        () => desk.sink.received.length >= after,
        () => `only ${desk.sink.received.length} mails left: ${worker.output()}`,
        240_000,
      );
      await worker.stop("SIGKILL");
    }
    expect(desk.sink.received.length).toBeLessThan(people);
    await desk.expectEnd(0, ["deliver"]);

    const heard = desk.sink.received.map((mail) => mail.to);
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.filter((one) => !rows.includes(one))).toEqual([]);
    const statuses = await desk.rows<{ status: string; n: number }>(
      `select "status", count(*) as "n" from "outbox" group by "status" order by "status"`,
    );
    const counts = Object.fromEntries(statuses.map(({ status, n }) => [status, Number(n)]));
    const { sent = 0, uncertain = 0, ...others } = counts;
    expect([sent + uncertain, others]).toEqual([people, {}]);
    expect(heard.length).toBeGreaterThanOrEqual(sent);
    for (const mail of desk.sink.received) {
      const other = /person\d+@acme\.example/g;
      expect(new Set(mail.raw.match(other))).toEqual(new Set([mail.to]));
      expect(mail.raw.split(word)).toHaveLength(3); // as text and as HTML
    }
    console.log(`${people} people: ${sent} sent, ${uncertain} in doubt, ${heard.length} arrived, nobody twice`);
  });
});
