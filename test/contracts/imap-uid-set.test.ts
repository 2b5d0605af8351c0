// Sequence sets: whatever UIDs go in come out, in commands that every server takes.
import fc from "fast-check";
import { expect, test } from "vitest";
import { packUids, uidSetCharsMax } from "../../dist/imap/uid-set.js";

const uidsOf = (set: string) =>
  set.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split(":").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });

test.each([
  { uids: [], sets: [] },
  { uids: [7], sets: ["7"] },
  { uids: [1, 2, 3, 5, 7, 8], sets: ["1:3,5,7:8"] },
  { uids: [1, 2, 3, 4, 5], countMax: 2, sets: ["1:2", "3:4", "5"] },
])("$uids are written as $sets", ({ uids, sets, countMax = 100 }) => {
  expect(packUids(uids, countMax).map(({ set }) => set)).toEqual(sets);
});

test("every UID stands in exactly one set, and no set is longer than a command may be", () => {
  const anyUids = fc.uniqueArray(fc.integer({ min: 1, max: 4_294_967_295 }), { maxLength: 400 });
  const nearUids = fc.uniqueArray(fc.integer({ min: 1, max: 600 }), { maxLength: 400 });
  fc.assert(
    fc.property(fc.oneof(anyUids, nearUids), fc.integer({ min: 1, max: 100 }), (unsorted, countMax) => {
      const uids = [...unsorted].sort((a, b) => a - b);
      const packed = packUids(uids, countMax);
      expect(packed.flatMap((one) => one.uids)).toEqual(uids);
      for (const one of packed) {
        expect(uidsOf(one.set)).toEqual(one.uids);
        expect(one.uids.length).toBeLessThanOrEqual(countMax);
        expect(one.set.length).toBeLessThanOrEqual(uidSetCharsMax);
      }
    }),
  );
});
