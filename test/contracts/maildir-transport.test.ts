// Outgoing mail into a Maildir: complete or not there, once, and recognisable when it is sent again.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openMaildirTransport } from "../../dist/maildir/open-maildir-transport.js";
import type { Transport } from "../../dist/ports.js";
import { type TempFolder, tempFolder } from "../servers/temp-folder.ts";

let folder: TempFolder;
let path = "";
let transport: Transport;
beforeEach(() => {
  folder = tempFolder("sent");
  path = join(folder.path, "data", "sent");
  transport = openMaildirTransport({ path });
});
afterEach(() => folder.remove());

const envelope = { from: "support+b1@example.com", to: "ann@example.org" };
const raw = Buffer.from("Message-ID: <1@example.com>\r\nSubject: Hello\r\n\r\nHello\r\n");
const names = (part: string) => readdirSync(join(path, part));
const nothing = async () => {};

test("a mail is stored with the lines that an MTA puts on top, in the mail's own line ends", async () => {
  await transport.send(envelope, raw, nothing);
  const [name = ""] = names("new");
  const trace = "Return-Path: <support+b1@example.com>\r\nDelivered-To: ann@example.org\r\n";
  expect(readFileSync(join(path, "new", name), "latin1")).toBe(trace + raw.toString("latin1"));
  expect(names("tmp")).toEqual([]);
  await transport.send({ ...envelope, from: "" }, Buffer.from("Subject: x\n\nbody\n"), nothing);
  const stored = names("new").map((file) => readFileSync(join(path, "new", file), "latin1"));
  expect(stored).toContain("Return-Path: <>\nDelivered-To: ann@example.org\nSubject: x\n\nbody\n");
});

test("nothing is in new/ before handing() resolved, and nothing at all when it rejects", async () => {
  let seen: string[] = ["not asked"];
  await transport.send(envelope, raw, async () => {
    seen = names("new");
  });
  expect(seen).toEqual([]);
  const lost = new Error("the row is gone");
  const other = Buffer.from("Message-ID: <2@example.com>\r\n\r\n");
  await expect(transport.send(envelope, other, () => Promise.reject(lost))).rejects.toBe(lost);
  expect(names("new").length).toBe(1);
  expect(names("tmp")).toEqual([]);
});

test("the same mail to the same recipient is stored once, also when a reader moved it meanwhile", async () => {
  const first = await transport.send(envelope, raw, nothing);
  expect(await transport.send(envelope, raw, nothing)).toEqual(first);
  const [name = ""] = names("new");
  renameSync(join(path, "new", name), join(path, "cur", `${name}:2,S`));
  expect(await transport.send(envelope, raw, nothing)).toEqual(first);
  expect([...names("new"), ...names("cur")].length).toBe(1);
});

test("the same Message-ID to another recipient is another mail", async () => {
  await transport.send(envelope, raw, nothing);
  await transport.send({ ...envelope, to: "bob@example.org" }, raw, nothing);
  expect(names("new").length).toBe(2);
});

test("a Message-ID that is merely quoted in the body is not taken for the mail's own", async () => {
  for (const text of ["one", "two"]) {
    await transport.send(envelope, Buffer.from(`Subject: ${text}\r\n\r\nMessage-ID: <1@example.com>\r\n`), nothing);
  }
  expect(names("new").length).toBe(2);
});

test("an address with a line end is refused for good", async () => {
  const bad = { ...envelope, to: "ann@example.org\r\nBcc: all@example.org" };
  await expect(transport.send(bad, raw, nothing)).rejects.toMatchObject({ kind: "permanent" });
  expect(names("new")).toEqual([]);
});

test("a disk that cannot be written is for a person to mend, not uncertain", async () => {
  await transport.check();
  rmSync(join(path, "new"), { recursive: true });
  writeFileSync(join(path, "new"), "a file where the folder was");
  await expect(transport.send(envelope, raw, nothing)).rejects.toMatchObject({ kind: "operator" });
});

test("check() makes the Maildir and leaves nothing in it", async () => {
  mkdirSync(path, { recursive: true });
  expect(await transport.check()).toBe(`Maildir ${path} can be written`);
  expect(["tmp", "new", "cur"].flatMap(names)).toEqual([]);
});
