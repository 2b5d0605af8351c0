// One process among several that write to the same database: `node database-writer.mjs URL TIMES`. Each unit of work
// reads a counter, lets go of the thread, and writes it back one higher: whatever runs in between is lost or seen. Prints
// how many of its writes failed. Plain JavaScript, as Node 20 runs no TypeScript.
import { setImmediate as letGo } from "node:timers/promises";
import { sql } from "kysely";
import { openDatabase } from "../../dist/database/open.js";

const [url, times] = process.argv.slice(2);
// All open at the same moment, whoever was started first.
await new Promise((resolve) => process.once("message", resolve));
const database = await openDatabase({ url, migrate: true, now: () => Date.now() });
let failed = 0;
const once = async (at) => {
  const write = at % 2 === 0 ? database.write : database.writeSoon;
  try {
    await write(async (tx) => {
      const row = await tx.selectFrom("sequence").select("value").where("id", "=", "ref").executeTakeFirstOrThrow();
      await letGo();
      await tx
        .updateTable("sequence")
        .set({ value: row.value + 1 })
        .where("id", "=", "ref")
        .execute();
    });
    await sql`select count(*) from "changeLog"`.execute(database.read);
  } catch (error) {
    failed += 1;
    console.error(String(error));
  }
};
for (let done = 0; done < Number(times); done += 10) {
  await Promise.all(Array.from({ length: 10 }, (_, at) => once(at)));
}
await database.close();
process.send({ failed });
process.disconnect();
