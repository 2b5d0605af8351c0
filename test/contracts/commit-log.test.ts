// What the log keeps of a commit: every change before and after, and never what a message says (OPS-6, CUS-7).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insert, remove } from "../../dist/desk/change.js";
import { newReference } from "../../dist/desk/conversation.js";
import { moveDomain, newOrganization } from "../../dist/desk/organization.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { commitOf, ticketInDesk, write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("log");
});
afterAll(() => desk.close());

const organization = async (name: string, domain: string) => {
  const id = desk.ids.next("org");
  await write(desk, newOrganization(id, name, "hand", [domain], 1));
  return { id };
};

describe("a domain that moves", () => {
  it("is one changed row, logged before and after", async () => {
    const from = await organization("Acme 8", "acme8.example");
    const to = await organization("Acme 9", "acme9.example");
    const row = await desk.read
      .selectFrom("organizationDomain")
      .selectAll()
      .where("id", "=", "acme8.example")
      .executeTakeFirstOrThrow();
    const commit = commitOf(desk, { changes: moveDomain(row, to as never) });
    await desk.desk.commit(commit);
    const logged = await desk.read.selectFrom("changeLog").selectAll().where("commitId", "=", commit.id).execute();
    expect(logged).toMatchObject([
      {
        tableName: "organizationDomain",
        rowId: "acme8.example",
        before: JSON.stringify({ organizationId: from.id }),
        after: JSON.stringify({ organizationId: to.id }),
      },
    ]);
  });
});

describe("the log", () => {
  it("never holds what a message says, who wrote it or what a file is called", async () => {
    const { conversationId, messageId } = await ticketInDesk(desk, ["ann"]);
    const message = await desk.read
      .selectFrom("message")
      .selectAll()
      .where("id", "=", messageId)
      .executeTakeFirstOrThrow();
    const secret = "a-secret-word";
    const words = {
      ...message,
      id: desk.ids.next("msg"),
      fromName: secret,
      fromAddress: secret,
      subject: secret,
      text: secret,
      newText: secret,
      toAddresses: [secret],
      ccAddresses: [secret],
      remarks: [secret],
      messageId: secret,
    };
    const { version: _version, ...row } = words;
    const file = {
      id: desk.ids.next("att"),
      messageId: words.id,
      emailId: null,
      part: 0,
      filename: secret,
      contentType: "text/plain",
      sizeBytes: 1,
      sha256: "0",
      inline: false,
      contentId: secret,
    };
    await write(desk, [
      insert("message", row as never),
      insert("attachment", file),
      newReference("filed", secret, conversationId, 1),
    ]);
    await write(desk, [
      {
        table: "message",
        id: words.id,
        before: { text: secret, flag: null },
        after: { text: `${secret} again`, flag: "stranger" },
      },
    ]);
    const stored = await desk.read
      .selectFrom("message")
      .selectAll()
      .where("id", "=", words.id)
      .executeTakeFirstOrThrow();
    await write(desk, [
      remove("message", { ...stored, toAddresses: [secret], ccAddresses: [secret], remarks: [secret] } as never),
    ]);
    const log = await Promise.all(
      (["commitLog", "changeLog"] as const).map((table) =>
        desk.read
          .selectFrom(table as "changeLog")
          .selectAll()
          .execute(),
      ),
    );
    const held = JSON.stringify(log.flat().map((line) => ({ ...line, rowId: "" })));
    expect(held).not.toContain(secret);
    expect(held).toContain("stranger");
  });
});
