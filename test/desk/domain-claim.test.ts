// Whom a domain takes along (ORG-8): nobody by itself; with --apply those whom nobody placed; with --apply-all those whom a
// domain placed; never those placed by hand.
import { describe, expect, it } from "vitest";
import { type Candidate, type Closest, claims, moveClaimed, movedWith } from "../../dist/desk/domain-claim.js";
import { organizationOf } from "../intake/desk-of.ts";

const acme = organizationOf("org_acme", { name: "Acme" });
const automatic = organizationOf("org_auto", { name: "acme.de", origin: "automatic" });
const globex = organizationOf("org_globex", { name: "Globex", origin: "hand" });
const closest: Closest = (key) => ({ domain: key.slice(key.indexOf("@") + 1), organization: acme });

const candidate = (over: Partial<Candidate> = {}): Candidate => ({
  id: "cus_1",
  key: "ann@acme.de",
  address: "Ann@acme.de",
  isPrimary: true,
  placedBy: "nothing",
  version: 1,
  organization: null,
  ...over,
});
const verdict = (over: Partial<Candidate>, owner = closest) => {
  const [claim] = claims(acme, [candidate(over)], owner);
  return [claim?.movedBy, claim?.why];
};

describe("a customer with an address at the domain", () => {
  it.each<[string, Partial<Candidate>, string | null, string]>([
    ["in no organization", {}, "apply", "in no organization"],
    [
      "in an untouched automatic one",
      { organization: automatic, placedBy: "domain" },
      "apply",
      "in acme.de, which is automatic and untouched",
    ],
    [
      "placed by another domain",
      { organization: globex, placedBy: "domain" },
      "apply-all",
      "in Globex, placed there by a domain",
    ],
    [
      "in the default organization",
      { organization: globex, placedBy: "default" },
      "apply-all",
      "in Globex, the default organization",
    ],
    ["placed by hand", { organization: globex, placedBy: "hand" }, null, "placed by hand in Globex"],
    ["placed by hand in none", { placedBy: "hand" }, null, "placed by hand in no organization"],
    ["whose primary address is another", { isPrimary: false }, null, "their primary address is another one"],
  ])("%s", (_, over, movedBy, why) => {
    expect(verdict(over)).toEqual([movedBy, expect.stringContaining(why)]);
  });

  it("stays with whoever owns a longer domain", () => {
    const longer: Closest = () => ({ domain: "eu.acme.de", organization: globex });
    expect(verdict({ key: "ann@eu.acme.de" }, longer)).toEqual([null, "eu.acme.de belongs to Globex"]);
  });

  it("is named once, by the primary address where it has several there", () => {
    const both = [candidate({ key: "a@acme.de", isPrimary: false }), candidate({ key: "ann@acme.de" })];
    expect(claims(acme, both, closest)).toMatchObject([{ candidate: { key: "ann@acme.de" }, movedBy: "apply" }]);
  });
});

it("a flag moves what it says and what a weaker one says; none moves nobody", () => {
  const all = claims(
    acme,
    [
      candidate({ id: "cus_1" }),
      candidate({ id: "cus_2", organization: globex, placedBy: "domain" }),
      candidate({ id: "cus_3", organization: globex, placedBy: "hand" }),
    ],
    closest,
  );
  const ids = (flag: Parameters<typeof movedWith>[1]) => movedWith(all, flag).map(({ candidate: { id } }) => id);
  expect([ids(null), ids("apply"), ids("apply-all")]).toEqual([[], ["cus_1"], ["cus_1", "cus_2"]]);
  expect(moveClaimed(acme, movedWith(all, "apply-all"))).toEqual([
    {
      table: "customer",
      ids: ["cus_1"],
      before: { organizationId: null, placedBy: "nothing" },
      after: { organizationId: "org_acme", placedBy: "domain" },
    },
    {
      table: "customer",
      ids: ["cus_2"],
      before: { organizationId: "org_globex", placedBy: "domain" },
      after: { organizationId: "org_acme" },
    },
  ]);
});
