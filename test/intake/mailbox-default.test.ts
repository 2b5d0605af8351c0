// A mailbox with a default organization of its own (ORG-4): whom no domain places goes there, and the mail's explanation says
// so, also where there is no such organization.
import { expect, it } from "vitest";
import { identify } from "../../dist/intake/identify.js";
import { factsOf, organizationOf, settingsWith } from "./desk-of.ts";

const house = organizationOf("org_house", { name: "House", version: 3 });

const identified = (address: string, named: string | undefined, isThere: boolean, settings = {}) => {
  const domain = address.slice(address.indexOf("@") + 1);
  let drawn = 0;
  return identify(
    { name: "", address, key: address, domain },
    factsOf({ defaultOrganization: isThere ? house : null }),
    settingsWith(settings),
    { id: (prefix) => `${prefix}_${++drawn}`, ref: () => ++drawn },
    1,
    { name: "sales", ...(named === undefined ? {} : { defaultOrganization: named }) },
  );
};
const off = { "customers.autoCreateOrganizations": false };

it.each<[string, string | undefined, boolean, object, string | null, string, string]>([
  [
    ...(["ann@gmail.com", "House", true, {}, "org_house", "default"] as const),
    "joins House, the default organization of the mailbox sales: gmail.com is a free-mail domain",
  ],
  [
    ...(["ann@acme.com", "House", true, off, "org_house", "default"] as const),
    "joins House, the default organization of the mailbox sales: customers.autoCreateOrganizations is off",
  ],
  [...(["ann@acme.com", "House", true, {}, "org_1", "domain"] as const), "founds the organization acme.com"],
  [
    ...(["ann@gmail.com", "Hous", false, {}, null, "nothing"] as const),
    'joins no organization, as there is no "Hous", the default organization of the mailbox sales: gmail.com',
  ],
  [
    ...(["ann@gmail.com", "none", false, {}, null, "nothing"] as const),
    "joins no organization, the default of the mailbox sales: gmail.com is",
  ],
  [...(["ann@gmail.com", undefined, true, {}, "org_house", "default"] as const), "joins the default organization: "],
])("%s by a mailbox with %j (there: %j, %j)", (address, named, isThere, settings, organizationId, placedBy, words) => {
  const result = identified(address, named, isThere, settings);
  const made = result.changes.find(({ table }) => table === "customer");
  expect(made?.after).toMatchObject({ organizationId, placedBy });
  expect(result.text).toContain(words);
});

it("relies on that organization", () => {
  expect(identified("ann@gmail.com", "House", true).guards).toEqual([
    { kind: "version", table: "organization", id: "org_house", version: 3 },
  ]);
});
