// Message-IDs as long as senders like, and in whatever letters: what leaves here fits into an index of either database.
import { describe, expect, it } from "vitest";
import { readIds } from "../../dist/mail/cited-ids.js";
import { peekMail } from "../../dist/mail/peek.js";

const letters = (count: number) => Array.from({ length: count }, (_, at) => String.fromCodePoint(0x4e00 + at)).join("");

describe("an id that is too long", () => {
  it.each([
    ["ASCII", `${"a".repeat(2_000)}@x.example`, 998],
    ["three bytes a letter", `${letters(990)}@x.example`, 996],
    ["four bytes a letter", `${"\u{1f600}".repeat(600)}@x.example`, 996],
  ])("of %s is cut within its bytes, after a whole letter", (_what, id, bytes) => {
    const [read = ""] = readIds(`<${id}>`);
    expect(Buffer.byteLength(read)).toBe(bytes);
    expect(id.startsWith(read)).toBe(true);
  });

  it("of 998 bytes and less stays as it is", () => {
    const id = `${letters(328)}@x.example`;
    expect(readIds(`<${id}>`)).toEqual([id]);
  });

  it("is cut in the same way where it stands without brackets", () => {
    const { messageId } = peekMail(Buffer.from(`Message-ID: ${letters(990)}\n\n`));
    expect(Buffer.byteLength(messageId ?? "")).toBe(996);
  });
});
