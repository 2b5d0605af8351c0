// What token endpoints handed out, on a real database: one process at a time may ask for more, a killed one holds nobody up,
// and an older answer is never written over a newer one.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openCredentials } from "../../dist/database/credentials.js";
import { recoverDead } from "../../dist/database/recover.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";

const now = Date.UTC(2026, 10, 27);
const leaseMs = 30_000;
const dayMs = 86_400_000;

let desk: NewDesk;
beforeEach(async () => {
  desk = await newDesk("credentials");
});
afterEach(() => desk.close());

const credentials = () => openCredentials(desk.database);
const lease = (owner: string, at = now) => credentials().lease("row", owner, at, at + leaseMs);
const save = (sealed: string, generation: number, at = now, id = "row") =>
  credentials().save(id, { sealed, generation, refreshEndsAt: null }, at);

describe("a credential", () => {
  it("is leased to one process at a time, and free once that wrote, let go, ran late or died", async () => {
    expect(await credentials().get("row")).toBe(null);
    expect(await lease("host/1/1")).toEqual({ sealed: null, generation: 0, refreshEndsAt: null });
    expect(await lease("host/2/1")).toBe(null);
    expect(await save("first", 0)).toBe(true);
    expect(await lease("host/2/1")).toMatchObject({ sealed: "first", generation: 1 });
    await credentials().release("row", "host/1/1");
    expect(await lease("host/1/1")).toBe(null);
    await credentials().release("row", "host/2/1");
    expect(await lease("host/1/1")).not.toBe(null);
    expect(await lease("host/2/1", now + leaseMs)).not.toBe(null);
    expect(await recoverDead(desk.database, (owner) => owner === "host/2/1", now, false)).toBe(1);
    expect(await lease("host/3/1")).not.toBe(null);
  });

  it("keeps what a slow process was given, unless somebody wrote meanwhile", async () => {
    await lease("slow");
    await lease("fast", now + leaseMs);
    expect(await save("of the slow one", 0)).toBe(true);
    expect(await save("of the fast one", 0)).toBe(false);
    expect(await credentials().get("row")).toMatchObject({ sealed: "of the slow one", generation: 1 });
  });

  it("that nobody used for more than a year is forgotten", async () => {
    for (const id of ["row", "other"]) await credentials().lease(id, "host/1/1", now, now + leaseMs);
    await save("a", 0);
    await save("b", 0, now + 300 * dayMs, "other");
    expect(await credentials().get("row")).not.toBe(null);
    await save("c", 1, now + 401 * dayMs, "other");
    expect(await credentials().get("row")).toBe(null);
    expect(await credentials().get("other")).toMatchObject({ sealed: "c" });
  });
});
