// When messages of one conversation are told (SHA-8): each within its own hold can be recalled, and all become one mail.
import { expect, it } from "vitest";
import { dueTogether } from "../../dist/database/due-notices.js";

const holdMs = 60_000;
const message = (createdAt: number) => ({ kind: "message", createdAt, notBefore: createdAt + holdMs });

it.each([
  ["one message in its hold", [message(0)], holdMs - 1, 0],
  ["one message after its hold", [message(0)], holdMs, 1],
  ["two, the younger still held", [message(0), message(30_000)], holdMs, 0],
  ["two, neither held", [message(0), message(30_000)], 90_000, 2],
  ["somebody who writes on and on", [0, 1, 2, 3, 4, 5].map((n) => message(n * 50_000)), 5 * holdMs + 1, 6],
  ["no hold at all", [{ kind: "message", createdAt: 7, notBefore: 7 }], 7, 1],
  [
    "an acknowledgement beside a held message",
    [{ kind: "acknowledgement", createdAt: 0, notBefore: 0 }, message(0)],
    1,
    1,
  ],
])("%s", (_situation, waiting, now, due) => {
  expect(dueTogether(waiting, now)).toHaveLength(due);
});
