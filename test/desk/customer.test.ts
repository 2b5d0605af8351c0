// Customers and their addresses: names that mail may learn, hands that outrank it, bounces that are counted (CUS-2,
// CUS-4, ORG-7, MAIL-12).
import { describe, expect, it } from "vitest";
import {
  addAddress,
  learnName,
  makePrimary,
  markBounced,
  newCustomer,
  placeByHand,
  removeAddress,
  resumeAddress,
  setDetails,
} from "../../dist/desk/customer.js";
import { addressOf, customerOf, now } from "../intake/desk-of.ts";

const ann = customerOf("cus_1", { name: "" });
const home = addressOf("ann@home.example", "cus_1", { isPrimary: false });
const work = addressOf("ann@acme.example", "cus_1");

describe("a new customer", () => {
  it("has one primary address, whose row is named by the address so that nobody else can have it", () => {
    const changes = newCustomer(
      {
        id: "cus_1",
        ref: 7,
        name: "Ann",
        nameOrigin: "mail",
        address: "Ann@Acme.example",
        addressKey: "ann@acme.example",
        organization: null,
        placedBy: "nothing",
      },
      now,
    );
    expect(changes).toMatchObject([
      { table: "customer", id: "cus_1", after: { ref: 7, organizationId: null, state: "active" } },
      {
        table: "customerAddress",
        id: "ann@acme.example",
        after: { address: "Ann@Acme.example", isPrimary: true, state: "ok" },
      },
    ]);
  });
});

describe("a customer's name", () => {
  it("given by hand is remembered as such, so that mail never fills it again", () => {
    const named = setDetails(ann, { name: "" });
    expect(named).toMatchObject({ after: { nameOrigin: "hand" } });
    expect(learnName({ ...ann, nameOrigin: "hand" }, "Ann")).toBeNull();
  });

  it("stays a mail's where only other details are set", () => {
    expect(setDetails(ann, { phone: "1" })).toMatchObject({ after: { phone: "1" } });
    expect(setDetails(ann, { phone: "1" })?.after).not.toHaveProperty("nameOrigin");
  });
});

describe("a customer placed by hand", () => {
  it("is remembered as such, with no organization too", () => {
    const placed = customerOf("cus_1", { organizationId: "org_acme", placedBy: "domain" });
    expect(placeByHand(placed, null)).toMatchObject({ after: { organizationId: null, placedBy: "hand" } });
    expect(placeByHand(placed, { id: "org_acme" })).toMatchObject({ after: { placedBy: "hand" } });
  });
});

describe("the addresses of a customer", () => {
  it("are several, one of them primary", () => {
    expect(
      addAddress({ ownerKind: "customer", ownerId: ann.id }, "ann@home.example", "ann@home.example", now),
    ).toMatchObject({
      after: { isPrimary: false, ownerId: "cus_1" },
    });
    expect(makePrimary([work, home], home)).toMatchObject([
      { id: "ann@acme.example", after: { isPrimary: false } },
      { id: "ann@home.example", after: { isPrimary: true } },
    ]);
  });

  it("never become none, nor lose the primary one", () => {
    expect(() => removeAddress([work], work)).toThrow(/only address/);
    expect(() => removeAddress([work, home], work)).toThrow(/primary/);
    expect(removeAddress([work, home], home)).toMatchObject({ id: "ann@home.example", after: null });
  });
});

describe("a bounce", () => {
  it.each([
    ["hard: at once", work, true, 5, { state: "bouncing" }],
    ["soft: counted", work, false, 5, { softBounces: 1 }],
    ["soft: the last one", { ...work, softBounces: 4 }, false, 5, { softBounces: 5, state: "bouncing" }],
    ["soft: with a limit of 1 at once", work, false, 1, { softBounces: 1, state: "bouncing" }],
  ])("%s", (_title, row, hard, limit, after) => {
    expect(markBounced(row, hard, limit)?.after).toEqual(after);
  });

  it("of an address that bounces already changes nothing", () => {
    expect(markBounced({ ...work, state: "bouncing" }, true, 5)).toBeNull();
  });

  it("is forgotten by resuming, count and all", () => {
    expect(resumeAddress({ ...work, state: "bouncing", softBounces: 5 })?.after).toEqual({
      state: "ok",
      softBounces: 0,
    });
    expect(resumeAddress(work)).toBeNull();
  });
});
