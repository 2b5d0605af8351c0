// Whether mail reaches a customer, out of one desk and into another: since when they asked to hear nothing (SHA-10), which
// addresses bounce, and how often mail to them failed for a while (MAIL-12, CUS-13).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn } from "./desk-folder.ts";

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
});
afterAll(() => desk.remove());

interface Account {
  made: number;
  changed: number;
  unchanged: number;
  failed: number;
  failures: { line: number; error: string }[];
}

const imported = async (text: string, ...flags: string[]): Promise<Account> =>
  JSON.parse((await desk.run(["customer", "import", desk.file("people.csv", text), "--json", ...flags])).stdout);

interface Shown {
  mutedAt: string | null;
  addresses: { address: string; primary: boolean; state: string; softBounces: number }[];
}
const show = (ref: string, on = desk) => on.json<Shown>("customer", "show", ref);

describe("an import", () => {
  it("takes a moment of silence, bouncing addresses and their counts, of whoever is new", async () => {
    const text =
      "email,addresses,mutedAt,bouncing,softBounces\n" +
      "ann@acme.com,ann@home.example Ann@work.example,2025-03-01T09:30:00+01:00,ANN@HOME.example,ann@acme.com=2;ann@home.example=3\n" +
      "bob@acme.com,,2025-03-01,,\n" +
      "eve@acme.com,,none,none,none\n";
    expect(await imported(text)).toMatchObject({ made: 3, failed: 0 });
    expect(await show("ann@acme.com")).toMatchObject({
      mutedAt: "2025-03-01T08:30:00.000Z",
      addresses: [
        { address: "ann@acme.com", primary: true, state: "ok", softBounces: 2 },
        { address: "ann@home.example", primary: false, state: "bouncing", softBounces: 3 },
        { address: "Ann@work.example", primary: false, state: "ok", softBounces: 0 },
      ],
    });
    expect(await show("bob@acme.com")).toMatchObject({ mutedAt: "2025-03-01T00:00:00.000Z" });
    expect(await show("eve@acme.com")).toMatchObject({
      mutedAt: null,
      addresses: [{ state: "ok", softBounces: 0 }],
    });
  });

  it("leaves what an empty cell is silent about, sets and takes away what it names, and is one undo", async () => {
    const before = await show("ann@acme.com");
    expect(await imported("email,addresses,mutedAt,bouncing\nann@acme.com,ann@home.example,,\n")).toMatchObject({
      unchanged: 1,
    });
    const said = await doneIn(
      desk,
      "customer",
      "import",
      desk.file("people.csv", "email,addresses,mutedAt,bouncing\nann@acme.com,ann@home.example,none,ann@acme.com\n"),
      "--report",
    );
    expect(said.stdout).toContain("line 2: ann@acme.com changed, mutedAt, bouncing\n");
    expect(await show("ann@acme.com")).toMatchObject({
      mutedAt: null,
      addresses: [
        { address: "ann@acme.com", state: "bouncing", softBounces: 2 },
        { address: "ann@home.example", state: "ok", softBounces: 0 },
        { address: "Ann@work.example", state: "ok", softBounces: 0 },
      ],
    });
    await doneIn(desk, "undo");
    expect(await show("ann@acme.com")).toEqual(before);
  });

  it("refuses nonsense row by row, and keeps the good rows", async () => {
    const rows = [
      ["yes", "", ""],
      ["2025-02-31", "", ""],
      ["2999-01-01", "", ""],
      ["1969-07-20", "", ""],
      ["", "yes", ""],
      ["", "bob@acme.com", ""],
      ["", "", "3"],
      ["", "", "x0@bad.example=many"],
      ["", "", "bob@acme.com=1"],
    ];
    const lines = rows.map((cells, at) => `x${at}@bad.example,${cells.join(",")}\n`);
    const account = await imported(
      `email,mutedAt,bouncing,softBounces\n${lines.join("")}good@good.example,2025-01-01,good@good.example,\n`,
    );
    expect(account).toMatchObject({ made: 1, failed: rows.length });
    expect(account.failures.map(({ error }) => error)).toEqual([
      'mutedAt is a moment: write it as 2026-11-27T10:00:00Z, or none, not "yes".',
      'mutedAt is a moment: write it as 2026-11-27T10:00:00Z, or none, not "2025-02-31".',
      "mutedAt says since when they hear nothing: 2999-01-01 is to come.",
      "mutedAt says since when they hear nothing: 1969-07-20 is too long ago.",
      'bouncing names addresses, or none: "yes" is no address: give one such as ann@acme.com.',
      "bouncing names bob@acme.com, which is no address of this row.",
      'softBounces counts by address, such as ann@acme.com=2, or is none: not "3".',
      'softBounces counts by address, such as ann@acme.com=2, or is none: not "x0@bad.example=many".',
      "softBounces names bob@acme.com, which is no address of this row.",
    ]);
    expect(await desk.json("customer", "list", "bad.example")).toEqual([]);
  });
});

describe("what was exported", () => {
  it.each(["csv", "jsonl"])("comes in as it was, into an empty desk, as %s", async (format) => {
    const other = await deskFolder();
    try {
      const companies = (await doneIn(desk, "org", "export")).stdout;
      await other.run(["org", "import", "-"], { input: companies });
      const text = (await doneIn(desk, "customer", "export", "--format", format)).stdout;
      expect(text).toContain("2025-03-01T08:30:00.000Z");
      const said = await other.run(["customer", "import", "-", "--format", format], { input: text });
      expect(said, said.stderr).toMatchObject({ code: 0 });
      expect((await doneIn(other, "customer", "export", "--format", format)).stdout).toBe(text);
      for (const who of ["ann@acme.com", "bob@acme.com", "good@good.example"]) {
        const own = await show(who);
        const theirs = await show(who, other);
        expect(theirs.mutedAt).toBe(own.mutedAt);
        expect(new Set(theirs.addresses)).toEqual(new Set(own.addresses));
      }
      expect(await other.json("customer", "list", "--muted")).toHaveLength(3);
    } finally {
      other.remove();
    }
  });

  it("changes nothing where it comes from", async () => {
    const text = (await doneIn(desk, "customer", "export")).stdout;
    expect(await imported(text)).toMatchObject({ made: 0, changed: 0, failed: 0 });
  });
});
