// Texts that stood in settings of an older desk: after the migration everybody gets what they got.
import { sql } from "kysely";
import { expect, it } from "vitest";
import { migrate, remakeTables } from "../../dist/database/migrate.js";
import { newDesk } from "./desk-in-folder.ts";

it("become templates of every built-in language, and settings no more", async () => {
  const desk = await newDesk("moved");
  try {
    await desk.database.write(async (tx) => {
      await remakeTables(tx, "020-visibility", 1);
      for (const [id, value] of [
        ["templates.reply", "{{message.text}}\n-- \nBye"],
        ["templates.shared", ""],
        ["desk.name", "Acme"],
      ])
        await sql`insert into "setting" ("id", "value", "version") values (${id}, ${JSON.stringify(value)}, 1)`.execute(
          tx,
        );
      await migrate(tx, 2);
    });
    const rows = await desk.read.selectFrom("template").selectAll().orderBy("id").execute();
    expect(rows).toHaveLength(16);
    expect(rows[0]).toMatchObject({
      id: "conversation:de",
      subject: null,
      text: "{{message.text}}\n-- \nBye",
      html: null,
    });
    expect(new Set(rows.map(({ kind }) => kind))).toEqual(
      new Set(["conversation", "customer-message", "project", "reply"]),
    );
    expect((await desk.read.selectFrom("setting").select("id").execute()).map(({ id }) => id)).toEqual(["desk.name"]);
  } finally {
    await desk.close();
  }
});
