// Which names a commit locks on PostgreSQL: what it changes and counts alone, what it relies on and refers to shared, and
// nothing that a stranger chose.
import { expect, it } from "vitest";
import { locksOf } from "../../dist/database/locks.js";
import { type Change, type Guard, insert } from "../../dist/desk/change.js";

const locks = (changes: readonly Change[], guards: readonly Guard[] = []) =>
  Object.fromEntries(
    locksOf({ id: "cmt_1", atMs: 0, cause: { kind: "mail", by: "mail", what: "" }, changes, guards, notices: [] }),
  );
const changed = (id: string, after: object): Change => ({ table: "customer", id, before: {}, after: { ...after } });

it("a new row locks what it refers to, and not itself", () => {
  const person = {
    ticketId: "tic_1",
    customerId: "cus_1",
    role: "requester" as const,
    address: "a@b.example",
    historyUntil: null,
    createdAt: 0,
  };
  expect(locks([insert("ticketPerson", { id: "tic_1:cus_1", ...person })])).toEqual({ tic_1: false, cus_1: false });
});

it("a changed row is held alone, whoever else only refers to it", () => {
  const guard: Guard = { kind: "version", table: "customer", id: "cus_1", version: 1 };
  expect(locks([changed("cus_1", { organizationId: "org_1" })], [guard])).toEqual({ cus_1: true, org_1: false });
});

it("what a guard counts is held alone", () => {
  const members: Guard = { kind: "unreferenced", table: "organization", id: "org_1", except: new Set() };
  const absent: Guard = { kind: "absent", table: "reference", column: "key", value: "x@y.example" };
  const reference = { key: "x@y.example", kind: "cited" as const, conversationId: "cnv_1", createdAt: 0 };
  expect(locks([insert("reference", { id: "r", ...reference })], [members, absent])).toEqual({
    org_1: true,
    "reference x@y.example": true,
    cnv_1: false,
  });
});

it("Content-IDs and Message-IDs that look like ids lock nothing", () => {
  const file = { part: 1, filename: "", contentType: "", sizeBytes: 0, sha256: "", inline: true };
  const attachments = Array.from({ length: 300 }, (_, at) =>
    insert("attachment", { id: `att_${at}`, messageId: "msg_1", emailId: "eml_1", contentId: `tic_${at}`, ...file }),
  );
  expect(locks(attachments)).toEqual({ msg_1: false });
});

it("who gives a row a type or a value shares it with others, and who takes one away holds it alone", () => {
  const value = insert("fieldValue", { id: "fld_1:cus_2", fieldId: "fld_1", ownerId: "cus_2", value: "Gold" });
  expect(locks([changed("cus_1", { type: "VIP" }), value])).toEqual({
    cus_1: true,
    "type VIP": false,
    fld_1: false,
    cus_2: false,
  });
  const renamed: Change = { table: "type", id: "typ_1", before: { name: "VIP" }, after: { name: "Key" } };
  const word = { of: "field" as const, on: "fld_1", word: "Gold" };
  expect(locks([renamed], [{ kind: "unborne", word, except: new Set() }])).toEqual({
    typ_1: true,
    "type VIP": true,
    "type Key": true,
    fld_1: true,
  });
});
