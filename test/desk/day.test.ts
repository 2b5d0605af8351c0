// Days and hours as a desk's people count them.
import { describe, expect, it } from "vitest";
import { localDay, localTime, readDailyTime } from "../../dist/desk/day.js";

describe("a time of the day", () => {
  it.each([
    ["08:00", { minute: 480, zone: "UTC" }],
    [" 7:05 Europe/Berlin ", { minute: 425, zone: "Europe/Berlin" }],
    ["23:59 America/Argentina/Buenos_Aires", { minute: 1439, zone: "America/Argentina/Buenos_Aires" }],
    ["Off", "off"],
    ["24:00", null],
    ["8", null],
    ["08:60", null],
    ["08:00 Berlin/Europe", null],
    ["08:00 Europe/Berlin x", null],
    ["", null],
  ])("%j", (text, value) => expect(readDailyTime(text)).toEqual(value));
});

describe("a day", () => {
  it.each([
    ["2026-11-27T23:30:00Z", "UTC", "2026-11-27", 1410],
    ["2026-11-27T23:30:00Z", "Europe/Berlin", "2026-11-28", 30],
    ["2026-11-28T00:00:00Z", "UTC", "2026-11-28", 0],
    ["2026-03-29T01:00:00Z", "Europe/Berlin", "2026-03-29", 180],
    ["2026-11-28T07:00:00Z", "America/Los_Angeles", "2026-11-27", 1380],
  ])("%s in %s", (at, zone, day, minute) => {
    expect(localDay(Date.parse(at), zone)).toEqual({ day, minute });
    expect(localTime(Date.parse(at), zone)).toMatch(new RegExp(`^${day} \\d\\d:\\d\\d ${zone}$`));
  });
});
