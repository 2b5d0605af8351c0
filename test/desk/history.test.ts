// What may be quoted to whom (SHA-3): never what was said before somebody joined, unless it was theirs.
import { expect, it } from "vitest";
import { type Quoted, quotable } from "../../dist/desk/history.js";

const said = (id: string, createdAt: number, over: Partial<Quoted> = {}): Quoted => ({
  ...{ id, createdAt, authorKind: "agent", authorId: "agt_1", fromName: "Ina", newText: id, flag: null },
  ...{ toAddresses: [], ccAddresses: [] },
  ...over,
});
const ann = { customerId: "cus_ann", addressKey: "ann@acme.example" };
const ids = (messages: readonly Quoted[], sinceMs: number | null) =>
  quotable(messages, sinceMs, ann).map(({ id }) => id);

it("is what was said since somebody took part, in the order that it has", () => {
  expect(ids([said("c", 30), said("b", 20), said("a", 10)], 20)).toEqual(["c", "b"]);
  expect(ids([said("a", 10)], null)).toEqual([]);
});

it("is also what they wrote, or had by To or Cc, whenever it was", () => {
  const own = said("own", 1, { authorKind: "customer", authorId: "cus_ann" });
  const copied = said("copied", 2, { authorKind: "customer", authorId: "cus_bob", ccAddresses: ["Ann@Acme.example"] });
  const others = said("others", 3, { authorKind: "customer", authorId: "cus_bob", toAddresses: ["x@acme.example"] });
  expect(ids([others, copied, own], 100)).toEqual(["copied", "own"]);
});

it("is never what a follower of the project is not told", () => {
  const customers = said("customers", 10, { authorKind: "customer", authorId: "cus_bob" });
  const all = [customers, said("agents", 10)];
  const level = (one: "all" | "replies" | "posts") => quotable(all, 0, { ...ann, level: one }).map(({ id }) => id);
  expect([level("all"), level("replies"), level("posts")]).toEqual([["customers", "agents"], ["agents"], []]);
});

it("is never flagged, and never a machine's or the desk's own", () => {
  const all = [
    said("flagged", 10, { flag: "a stranger", authorKind: "customer", authorId: "cus_ann" }),
    said("machine", 10, { authorKind: "machine" }),
    said("desk", 10, { authorKind: "desk" }),
  ];
  expect(ids(all, 0)).toEqual([]);
});
