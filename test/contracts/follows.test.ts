// Who follows a project is never lost and never a tombstone: merges hand follows over with the level that hears more, an end takes
// them away, and undo brings all of it back (SHA-4, ORG-9, CUS-5). And a project that very many follow is told page by page.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followersAfter, levelOf } from "../../dist/database/followers.js";
import { memberLists } from "../../dist/database/list-members.js";
import { projectLists } from "../../dist/database/list-projects.js";
import { invert } from "../../dist/desk/change.js";
import { newCustomer } from "../../dist/desk/customer.js";
import { newOrganization, type Organization } from "../../dist/desk/organization.js";
import { deleteOrganization, mergeOrganizations } from "../../dist/desk/organization-merge.js";
import { type FollowLevel, newProject, share } from "../../dist/desk/project.js";
import { type NewDesk, newDesk } from "./desk-in-folder.ts";
import { write } from "./ticket-in-desk.ts";

let desk: NewDesk;
beforeAll(async () => {
  desk = await newDesk("follows");
});
afterAll(() => desk.close());

async function organization(customers: number) {
  const now = desk.clock.now();
  const id = desk.ids.next("org");
  const ref = await desk.desk.draw("ref", customers + 1);
  const people = Array.from({ length: customers }, () => desk.ids.next("cus"));
  await write(desk, newOrganization(id, id, "hand", [], now));
  await write(
    desk,
    people.flatMap((cus, at) =>
      newCustomer(
        {
          ...{ id: cus, ref: ref + at, name: "", nameOrigin: "hand", placedBy: "hand", organization: { id } },
          ...{ address: `${cus}@acme.example`, addressKey: `${cus}@acme.example` },
        },
        now,
      ),
    ),
  );
  return { id, people };
}

async function project(): Promise<string> {
  const id = desk.ids.next("prj");
  await write(desk, [newProject(id, id, desk.clock.now())]);
  return id;
}

const follow = async (id: string, organizationId: string, level: FollowLevel) => {
  const change = share({ id }, { customerId: null, organizationId }, level, null, desk.clock.now());
  await write(desk, change === null ? [] : [change]);
};
const rowOf = async (id: string) =>
  (await desk.read
    .selectFrom("organization")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirstOrThrow()) as Organization;
const levels = async (projectId: string) =>
  (
    await desk.read
      .selectFrom("follow")
      .select(["organizationId", "level"])
      .where("projectId", "=", projectId)
      .execute()
  )
    .map(({ organizationId, level }) => `${organizationId} ${level}`)
    .sort();

async function merged(fromId: string, intoId: string) {
  const from = await memberLists(desk.database).belongingsOf(await rowOf(fromId));
  const theirs = await projectLists(desk.database).followsBy({ customerId: null, organizationId: intoId });
  return mergeOrganizations(from, await rowOf(intoId), { own: [], theirs: [] }, theirs);
}

describe("what an organization follows", () => {
  it("goes over in a merge, the level that hears more stays, and undo brings it back", async () => {
    const [one, two] = [await organization(1), await organization(1)];
    const [alone, both] = [await project(), await project()];
    await follow(alone, one.id, "posts");
    await follow(both, one.id, "all");
    await follow(both, two.id, "posts");
    const { changes, guards } = await merged(one.id, two.id);
    await write(desk, changes, { guards });
    expect([await levels(alone), await levels(both)]).toEqual([[`${two.id} posts`], [`${two.id} all`]]);
    await write(desk, invert(changes));
    expect([await levels(alone), await levels(both)]).toEqual([
      [`${one.id} posts`],
      [`${one.id} all`, `${two.id} posts`].sort(),
    ]);
  });

  it("makes a merge decide again where it came to follow something meanwhile", async () => {
    const [one, two] = [await organization(0), await organization(0)];
    const decided = await merged(one.id, two.id);
    await follow(await project(), one.id, "posts");
    await expect(write(desk, decided.changes, { guards: decided.guards })).rejects.toMatchObject({ code: "guard" });
  });

  it("ends with it, and follows no tombstone", async () => {
    const one = await organization(1);
    const followed = await project();
    await follow(followed, one.id, "all");
    const ending = await memberLists(desk.database).belongingsOf(await rowOf(one.id));
    const { changes, guards } = deleteOrganization(ending, null);
    await write(desk, changes, { guards });
    expect(await levels(followed)).toEqual([]);
    await write(desk, invert(changes));
    expect(await levels(followed)).toEqual([`${one.id} all`]);
  });
});

describe("those who follow a project", () => {
  it("are found page by page, each once, at the level that hears more", async () => {
    const [one, two] = [await organization(9), await organization(4)];
    const followed = await project();
    await follow(followed, one.id, "posts");
    await follow(followed, two.id, "replies");
    const [first = ""] = one.people;
    const own = share({ id: followed }, { customerId: first, organizationId: null }, "all", null, desk.clock.now());
    await write(desk, own === null ? [] : [own]);
    const found: { id: string; level: string; through: string | null }[] = [];
    let pages = 0;
    for (let after: string | null = ""; after !== null; pages++) {
      const page: Awaited<ReturnType<typeof followersAfter>> = await followersAfter(desk.read, followed, after, 5);
      found.push(...page.people.map(({ customer, level, through }) => ({ id: customer.id, level, through })));
      after = page.next;
    }
    expect(pages).toBe(3);
    expect(found.map(({ id }) => id)).toEqual([...one.people, ...two.people].sort());
    expect(found.find(({ id }) => id === first)).toEqual({ id: first, level: "all", through: null });
    expect(found.filter(({ level }) => level === "replies")).toHaveLength(4);
    expect(await levelOf(desk.read, followed, { id: first, organizationId: one.id })).toBe("all");
    expect(await levelOf(desk.read, followed, { id: first, organizationId: null })).toBe("all");
    expect(await levelOf(desk.read, followed, { id: one.people[1] ?? "", organizationId: null })).toBeNull();
  });
});
