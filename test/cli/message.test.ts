// `maildesk message`, `ticket merge | split | freeze` and --history as they are typed: what is asked first, what machines get,
// and what a mistyped line says. What they do to the desk stands in test/contracts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type DeskFolder, deskFolder, doneIn, mailOf, refusedIn } from "./desk-folder.ts";

interface Shown {
  number: number;
  merged: number[];
  messages: { id: string; newText: string; flag: string | null }[];
}

let desk: DeskFolder;
beforeAll(async () => {
  desk = await deskFolder();
  for (const [at, from] of ["ann@acme.example", "bob@acme.example", "eve@far.example"].entries())
    await desk.run(["ingest", "-"], { input: mailOf({ from, id: `${at}@x.example`, text: `Text ${at}.` }) });
  await doneIn(desk, "ticket", "reply", "1", "--text", "We come.");
  await doneIn(desk, "deliver");
});
afterAll(() => desk.remove());

const show = (number: number) => desk.json<Shown>("ticket", "show", String(number));

describe("a redaction", () => {
  it("asks first, and does nothing where nobody can be asked", async () => {
    const [first] = (await show(2)).messages;
    const said = await desk.run(["message", "redact", first?.id ?? ""]);
    expect(said.code).toBe(64);
    expect(said.stderr).toContain("It can't be undone, and it does not reach: backups");
    expect((await show(2)).messages[0]?.newText).toBe("Text 1.");
    expect(await desk.json("message", "redact", first?.id ?? "", "--pattern", "text 1", "--yes")).toMatchObject({
      redacted: true,
      times: 2,
      title: false,
      attachments: 0,
    });
    const email = (await desk.json<{ id: string; ticket: number }[]>("email", "list")).find((one) => one.ticket === 2);
    expect(await refusedIn(desk, 65, "email", "raw", email?.id ?? "")).toContain("as a message of it was redacted.");
  });
});

describe("a flag and its release", () => {
  it("show by --all which message it is, and who would get it", async () => {
    const [, answer] = (await show(1)).messages;
    const id = answer?.id ?? "";
    expect((await desk.run(["ticket", "show", "1", "--all"])).stdout).toContain(`  ${id}\n`);
    await doneIn(desk, "message", "flag", id, "--reason", "not for all");
    expect((await show(1)).messages[1]?.flag).toBe("not for all");
    const said = await desk.run(["message", "release", id]);
    expect(said).toMatchObject({ code: 64, stderr: expect.stringContaining("not ann@acme.example: has it already") });
    expect(await desk.json("message", "release", id, "--yes")).toMatchObject({ flag: null, recipients: 0 });
  });
});

describe("tickets", () => {
  it("become one by merge, and two by split, for machines too", async () => {
    expect((await desk.run(["ticket", "merge", "2", "1", "--dry-run"])).stdout).toContain(
      "#2 becomes part of #1: 1 message, 1 person.",
    );
    expect(await desk.json("ticket", "merge", "2", "1")).toMatchObject({ number: 1, merged: 2, readersMore: 2 });
    expect(await show(2)).toMatchObject({ number: 1, mergedFrom: 2, merged: [2] });
    const second = (await show(1)).messages.find(({ newText }) => newText === "(redacted).");
    expect(await desk.json("ticket", "split", "1", second?.id ?? "")).toMatchObject({ splitFrom: 1, messages: 2 });
    expect(await refusedIn(desk, 1, "ticket", "merge", "1", "3")).toContain("are not of one organization");
  });

  it("stand still by freeze, which lists and status tell", async () => {
    expect(await desk.json("ticket", "freeze", "3", "--reason", "a loop")).toMatchObject({
      ...{ frozen: true, reason: "a loop", waiting: { notices: 0, mails: 0 } },
    });
    const frozen = (await desk.json<{ number: number; frozen: boolean }[]>("ticket", "list")).filter(
      (one) => one.frozen,
    );
    expect(frozen.map(({ number }) => number)).toEqual([3]);
    const status = await desk.run(["status", "--check"]);
    expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining("ticket #3 is frozen: a loop") });
    expect(await desk.json("ticket", "unfreeze", "3")).toMatchObject({ frozen: false });
  });

  it("take requesters with or without their history", async () => {
    const said = await doneIn(desk, "ticket", "requester", "add", "3", "zoe@far.example", "--history", "none");
    expect(said.stderr).toContain("The 1 earlier public message is not sent to them.");
    expect(
      await refusedIn(desk, 64, "ticket", "requester", "add", "3", "yan@far.example", "--history", "some"),
    ).toContain("Allowed choices are full, none.");
  });
});
