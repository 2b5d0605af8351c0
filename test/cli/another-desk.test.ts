// Another desk's database, known by its secret: refused, and not changed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

let desk: DeskFolder;
afterEach(() => desk.remove());

const otherSecret = "another secret, long enough for a desk";
const refusal =
  "maildesk: This database is another desk's: it signs by another secret than maildesk.yaml has.\n" +
  "  Name another database, or that desk's `secret`. Is it lost for good: maildesk secret adopt; answers then find their tickets by Message-ID only.\n";

describe("another desk's database", () => {
  it("is refused by its secret, until that is given, or said to be lost", async () => {
    desk = await deskFolder();
    await desk.json("status");
    const other = { env: { MAILDESK_SECRET: otherSecret } };
    expect(await desk.run(["status"], other)).toMatchObject({ code: 69, stderr: refusal });
    expect((await desk.run(["doctor"], other)).stdout).toContain("This database is another desk's");
    expect(await desk.run(["secret", "adopt"], other)).toMatchObject({ code: 64 });
    expect(await desk.run(["status"])).toMatchObject({ code: 0 });
    expect(await desk.run(["secret", "adopt", "--yes"], other)).toMatchObject({ code: 0 });
    expect(await desk.run(["status"], other)).toMatchObject({ code: 0 });
    expect(await desk.run(["status"])).toMatchObject({ code: 69, stderr: refusal });
  });

  it("knows a new secret that stands beside the old one, and then the new one alone", async () => {
    desk = await deskFolder();
    await desk.json("status");
    const path = join(desk.path, "maildesk.yaml");
    const config = readFileSync(path, "utf8");
    const both = `secret:\n  - { id: 2, secret: "${otherSecret}" }\n  - { id: 1, secret: { file: ./maildesk.secret } }`;
    writeFileSync(
      path,
      config.replace(/^secret: .*$/m, () => both),
    );
    expect(await desk.run(["status"])).toMatchObject({ code: 0 });
    writeFileSync(
      path,
      config.replace(/^secret: .*$/m, () => `secret: "${otherSecret}"`),
    );
    expect(await desk.run(["status"])).toMatchObject({ code: 0 });
  });

  it("is not filled from a dump of a desk with another secret, and stays empty", async () => {
    desk = await deskFolder();
    await desk.run(["ingest", desk.file("a.eml", "From: ann@acme.example\nSubject: a\nMessage-ID: <a@b>\n\nhello\n")]);
    expect(await desk.run(["dump", "desk.jsonl"])).toMatchObject({ code: 0 });
    const empty = await deskFolder();
    empty.file("maildesk.secret", otherSecret);
    try {
      const dump = empty.file("desk.jsonl", readFileSync(join(desk.path, "desk.jsonl")));
      expect(await empty.run(["load", dump])).toMatchObject({ code: 69, stderr: refusal });
      expect(await empty.json("ticket", "list")).toEqual([]);
      const env = { MAILDESK_SECRET: readFileSync(join(desk.path, "maildesk.secret"), "utf8").trim() };
      expect(await empty.run(["secret", "adopt", "--yes"], { env })).toMatchObject({ code: 0 });
      expect(await empty.run(["load", dump], { env })).toMatchObject({ code: 0 });
    } finally {
      empty.remove();
    }
  });
});
