// `maildesk customer erase` and `customer trace` (CUS-7, CUS-12): after an erasure no table holds a word or an address of
// the person, whatever they did on the desk before; numbers and the words of others stay.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
});
afterAll(() => desk.remove());

const done = (...args: string[]) => doneIn(desk, ...args);
let mails = 0;
const mail = (from: string, more: Parameters<typeof mailOf>[0] = {}) =>
  desk.run(["ingest", "-"], { input: mailOf({ from, id: `${++mails}@host.example`, ...more }) });

/** Each stands in one place; none may be left anywhere. */
const words = [
  "zebulon",
  "quagga",
  "okapi",
  "numbat",
  "axolotl",
  "dugong",
  "margay",
  "caracal",
  "fossa",
  "ocelot",
  "serval",
  "kinkajou",
  "pangolin",
];

/** All of a dump, bytes as text. */
async function dumped(): Promise<string> {
  const { stdout } = await desk.run(["dump"]);
  const lines = stdout.split("\n").filter((line) => line.startsWith('{"table"'));
  return lines
    .map((line) => {
      const { row } = JSON.parse(line) as { row: Record<string, unknown> };
      const bytes = row.raw ?? row.bytes;
      const raw = typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("latin1") : "";
      return `${line} ${raw}`;
    })
    .join("\n")
    .toLowerCase();
}

describe("a person who did much", () => {
  beforeAll(async () => {
    await done("field", "add", "hobby", "--on", "customer");
    await done("settings", "set", "bounces.softLimit=1");
    await mail("Zebulon <zebulon@quagga.example>", { subject: "About an okapi", text: "My numbat is ill." });
    await mail("Other <other@else.example>", { subject: "Another ticket", text: "Not a word of theirs." });
    await done("customer", "set", "zebulon@quagga.example", "notes=axolotl", "field:hobby=dugong");
    await done("customer", "address", "add", "zebulon@quagga.example", "margay@home.example");
    await mail("margay@home.example", { subject: "Re: [#1]", text: "A caracal as well." });
    await done("ticket", "follower", "add", "2", "margay@home.example");
    await done("ticket", "reply", "1", "--text", "We care.");
    await done("deliver");
    await done("customer", "add", "fossa@third.example", "--name", "Fossa");
    // What they had once, and what the merged one had: only the log knows it.
    await done("customer", "address", "add", "zebulon@quagga.example", "ocelot@old.example");
    await mail("ocelot@old.example", { subject: "Re: [#1]", text: "From an ocelot." });
    await done("customer", "address", "remove", "zebulon@quagga.example", "ocelot@old.example");
    await done("customer", "set", "fossa@third.example", "field:hobby=serval");
    await done("ticket", "follower", "add", "2", "fossa@third.example");
    await done("customer", "merge", "fossa@third.example", "zebulon@quagga.example", "--force");
    desk.file("kinkajou.txt", "the bytes of a pangolin");
    await done(
      ...["ticket", "new", "--from", "zebulon@quagga.example", "--subject", "kinkajou", "--text", "see the file"],
      ...["--attach", join(desk.path, "kinkajou.txt")],
    );
    await done("customer", "add", "joanzebulon@quagga.example");
    await done("customer", "block", "zebulon@quagga.example");
    await mail("Zebulon <Zebulon@Quagga.example>", { subject: "held, with a numbat" });
  });

  it("is traced with every mail in and out, its fate and the reason", async () => {
    const traced = await desk.json<{ direction: string; status: string; reason: string; ticket: number | null }[]>(
      "customer",
      "trace",
      "zebulon@quagga.example",
    );
    expect(traced.filter(({ direction }) => direction === "in")).toMatchObject([
      { status: "held", reason: "blocked", ticket: null },
      { status: "filed", ticket: 1 },
      { status: "filed", reason: "new-ticket", ticket: 1 },
    ]);
    expect(traced.filter(({ direction, status }) => direction === "out" && status === "sent").length).toBeGreaterThan(
      0,
    );
    expect(await desk.json("customer", "trace", "nobody@nowhere.example")).toEqual([]);
  });

  it("is shown first what goes, what stays and what lies elsewhere, and asked", async () => {
    const before = await dumped();
    for (const word of words) expect(before).toContain(word);
    const shown = await done("customer", "erase", "zebulon@quagga.example", "--dry-run");
    expect(shown.stdout).toMatch(
      /^Erases Zebulon, zebulon@quagga\.example \(cus_\w+\) for good:\n {2}4 addresses, 4 messages, 2 titles of tickets, 4 mails from them/,
    );
    expect(shown.stdout).toContain("backups and dumps made before");
    expect(await desk.run(["customer", "erase", "zebulon@quagga.example"])).toMatchObject({ code: 64 });
    expect(await dumped()).toBe(before);
  });

  it("is gone from every table, while tickets keep their numbers and others their words", async () => {
    const { id } = await desk.json<{ id: string }>("customer", "show", "zebulon@quagga.example");
    await done("customer", "erase", "zebulon@quagga.example");
    const after = await dumped();
    // The organization that mail made is named after the domain, which is no person's.
    const others = after.replaceAll("joanzebulon", "");
    const left = words.filter((word) => word !== "quagga" && others.includes(word));
    expect(left).toEqual([]);
    expect(after.replaceAll("joanzebulon@quagga.example", "")).not.toContain("@quagga.example");
    expect(await desk.json("customer", "show", "joanzebulon@quagga.example")).toMatchObject({ state: "active" });
    expect(await desk.json("log", "list")).toContainEqual(
      expect.objectContaining({ what: "customer add joanzebulon@quagga.example" }),
    );
    expect(await desk.json("ticket", "show", "1")).toMatchObject({
      subject: "(erased)",
      requesters: [],
      messages: expect.arrayContaining([expect.objectContaining({ text: "We care." })]),
    });
    expect(await desk.json("ticket", "show", "2")).toMatchObject({ subject: "Another ticket", followers: [] });
    expect(await desk.run(["undo", "--yes"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining(`can't be taken back: customer erase ${id}.`),
    });
    expect((await desk.run(["status", "--check"])).stderr).not.toContain("mistake");
  });

  it("is somebody new when they write again", async () => {
    await mail("Zebulon <zebulon@quagga.example>", { subject: "Hello again" });
    expect(await desk.json("customer", "show", "zebulon@quagga.example")).toMatchObject({
      state: "active",
      openTickets: 1,
    });
  });
});
