// How long what is kept, as the settings say it.
import { expect, it } from "vitest";
import { retentionLimits } from "../../dist/desk/retention.js";
import { settingsFrom } from "../../dist/desk/settings.js";

const now = Date.UTC(2026, 10, 27);

it("everything is kept for ever until a setting says otherwise", () => {
  expect(retentionLimits(settingsFrom([]), now)).toEqual(
    ["held", "raw", "outbox", "log"].map((kind) => ({ kind, days: 0, beforeMs: null })),
  );
});

it("each kind has a limit of its own", () => {
  const settings = settingsFrom([
    { id: "retention.rawDays", value: 30 },
    { id: "retention.logDays", value: 400 },
  ]);
  expect(retentionLimits(settings, now).map(({ kind, beforeMs }) => [kind, beforeMs])).toEqual([
    ["held", null],
    ["raw", Date.UTC(2026, 9, 28)],
    ["outbox", null],
    ["log", Date.UTC(2025, 9, 23)],
  ]);
});
