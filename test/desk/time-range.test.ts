// Times as people give them to lists: how long ago, days, and from one to another (TIC-3).
import { describe, expect, it } from "vitest";
import { readSince, readTimeRange } from "../../dist/desk/time-range.js";

const now = Date.UTC(2026, 10, 28, 12);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const local = (year: number, month: number, date: number) => new Date(year, month - 1, date).getTime();
const range = (text: string) => readTimeRange("--created", text, now);

it.each([
  [">3d", null, now - 3 * dayMs],
  ["<2h", now - 2 * hourMs, null],
  ["2h", now - 2 * hourMs, null],
  ["> 2w", null, now - 14 * dayMs],
  ["2026-11-01", local(2026, 11, 1), local(2026, 11, 2)],
  [">2026-11-01", local(2026, 11, 2), null],
  ["<2026-11-01", null, local(2026, 11, 1)],
  ["2026-11-01..2026-11-30", local(2026, 11, 1), local(2026, 12, 1)],
  ["2026-11-01..2026-11-01", local(2026, 11, 1), local(2026, 11, 2)],
  ["2026-11-01..", local(2026, 11, 1), null],
  ["..2026-11-30", null, local(2026, 12, 1)],
])("%s", (text, fromMs, untilMs) => {
  expect(range(text)).toEqual({ fromMs, untilMs });
});

describe("what is no time", () => {
  it.each(["", "..", "yesterday", ">", "3", "2026-02-30", "2026-13-01..", "3d..2d", ">>3d"])(
    "%j is refused",
    (text) => {
      expect(() => range(text)).toThrow(/is no time for --created/);
    },
  );

  it("nor what ends before it begins", () => {
    expect(() => range("2026-11-30..2026-11-01")).toThrow("ends before it begins");
  });
});

it("since a day, or so long ago", () => {
  expect(readSince("3d", now)).toBe(now - 3 * dayMs);
  expect(readSince("2026-11-01", now)).toBe(local(2026, 11, 1));
  expect(() => readSince(">3d", now)).toThrow('">3d" is no time.');
});
