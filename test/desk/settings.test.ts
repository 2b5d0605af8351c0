// Settings: defaults under what the desk changed, values as people write them, and errors that name key and form.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readDuration,
  readSetting,
  settingDefinitions,
  settingKey,
  settingKeys,
  settingsFrom,
  writeDuration,
  writeSetting,
} from "../../dist/desk/settings.js";

describe("the settings of a desk", () => {
  it("are the defaults where nothing was changed", () => {
    const all = settingsFrom([]);
    for (const key of settingKeys) expect(all[key]).toEqual(settingDefinitions[key].default);
  });

  it("are what was changed, and unknown keys of a newer version are left alone", () => {
    const all = settingsFrom([
      { id: "tickets.reopenDays", value: 7 },
      { id: "of.tomorrow", value: true },
      { id: "__proto__", value: "x" },
    ]);
    expect(all["tickets.reopenDays"]).toBe(7);
    expect(Object.keys(all).sort()).toEqual([...settingKeys].sort());
  });
});

describe("a value as a person writes it", () => {
  it.each([
    ["acknowledge.enabled", "off", false],
    ["acknowledge.enabled", " YES ", true],
    ["acknowledge.maxAge", "36h", 36 * 3_600_000],
    ["acknowledge.maxAge", "0", 0],
    ["tickets.reopenDays", "0", 0],
    ["customers.freeMail", "Acme.com, beta.org ,,", ["acme.com", "beta.org"]],
    ["customers.freeMail", "", []],
    ["mail.uncertain", "resend", "resend"],
    ["alerts.digestAt", " 07:30 Europe/Berlin ", "07:30 Europe/Berlin"],
    ["alerts.digestAt", "off", "off"],
    ["desk.name", " Acme Support ", "Acme Support"],
    ["desk.language", " pt-BR ", "pt-br"],
  ] as const)("%s=%s is %j", (key, text, value) => {
    expect(readSetting(key, text)).toEqual(value);
  });

  it.each([
    ["acknowledge.enabled", "maybe", /acknowledge.enabled is a switch: write on or off, not "maybe"/],
    ["acknowledge.maxAge", "24", /like 90s, 15m, 24h or 30d, not "24"/],
    ["acknowledge.maxAge", "-1h", /duration/],
    ["tickets.reopenDays", "1.5", /whole number/],
    ["tickets.reopenDays", "-1", /whole number/],
    ["mail.uncertain", "perhaps", /one of keep, resend/],
    ["alerts.digestAt", "08:00 Mars/Olympus", /write it like 08:00 or 08:00 Europe\/Berlin, or off, not "08:00 Mars/],
    ["desk.language", "klingon", /"klingon" is no language that is known here/],
  ] as const)("%s=%s is refused with the form", (key, text, words) => {
    expect(() => readSetting(key, text)).toThrow(words);
    expect(() => readSetting(key, text)).toThrow(expect.objectContaining({ kind: "data" }));
  });

  it("is read back as it was written, for every default", () => {
    for (const key of settingKeys)
      expect(readSetting(key, writeSetting(key, settingsFrom([])[key]))).toEqual(settingsFrom([])[key]);
  });

  it("that is a duration survives writing, whatever its length", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => readDuration(writeDuration(ms)) === ms));
  });
});

describe("a key that is not there", () => {
  it("is a usage error that says what is near", () => {
    expect(() => settingKey("mail.sendin", () => " (did you mean mail.sending?)")).toThrow(
      /There is no setting "mail.sendin" \(did you mean mail.sending\?\)/,
    );
    expect(() => settingKey("constructor", () => "")).toThrow(/There is no setting/);
    expect(settingKey("mail.sending", () => "")).toBe("mail.sending");
  });
});
