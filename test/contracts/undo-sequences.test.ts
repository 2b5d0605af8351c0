// Any commands in any order, and then each taken back in reverse: the desk is as it was, to the row. And whatever is taken
// back in between, out of order: either it is done, or one sentence names what stands in the way; nobody and nothing is
// left in an organization, or with a customer, that is no more.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onPostgres } from "../servers/test-database.ts";
import { type CommandDesk, commandDesk, type Said } from "./commands-in-process.ts";
import { broken, putBack, type State, shown, stateOf } from "./desk-state.ts";

/** As many as take half of 25 seconds on two cores. */
const runs = onPostgres ? 40 : 150;
/** The same sequences each time, so that a commit that changed nothing here breaks nothing here; SEED=n tries others. */
const seed = Number(process.env.SEED ?? 20_261_127);
const linesMax = 18;

/** A command line, or the place of an earlier command that is taken back. */
type Line = readonly string[] | number;

const pick = (...words: string[]) => fc.constantFrom(...words);
const org = pick("Acme", "Beta", "Gamma", "a.example", "b.example", "c.example");
const orgName = pick("Acme", "Beta", "Gamma");
const domain = pick("a.example", "b.example", "c.example", "eu.a.example", "gmail.com");
const address = pick("x@a.example", "x2@a.example", "y@a.example", "z@eu.a.example", "u@b.example", "v@gmail.com");
const flags = (...choices: string[][]): fc.Arbitrary<string[]> => fc.constantFrom(...choices);
const apply = flags([], ["--apply"], ["--apply-all"]);
const typeName = pick("VIP", "Key");

/** One command line: fixed words, and parts that are words or lists of words. */
const line = (...parts: readonly (string | fc.Arbitrary<string | string[]>)[]): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part.split(" ")) : part)))
    .map((words) => words.flat());

const typeOwner = pick("customer", "ticket");
const bearing = pick(
  ...["name=Ann", "phone=2", "type=VIP", "type=Key", "type=", "field:plan=Gold", "field:plan=Free", "field:plan=Big"],
  ...["field:plan=", "field:seats=4"],
);
/** A choice comes, one goes, or another takes its place. */
const choices = flags(
  ...[["Free"], ["Gold"], ["Free", "Gold"], ["Big", "Gold"], ["Free", "Gold", "Big"]].map((all) =>
    all.flatMap((one) => ["--choice", one]),
  ),
);
const typeCommand = fc.oneof(
  line("type add", typeName, "--on", typeOwner),
  line("type set", typeName, pick("name=VIP", "name=Key", "colour=#c0392b"), "--on", typeOwner),
  line("type remove", typeName, "--on", typeOwner, flags([], ["--force"])),
);
const fieldCommand = fc.oneof(
  line("field add", pick("plan", "seats"), "--on customer"),
  line("field add plan --on customer --form choice", choices),
  line("field add area --on ticket"),
  line("field set plan --on customer", choices),
  line("field set seats --on customer --name", pick("Seats", "Places")),
  line("field remove", pick("plan", "seats"), "--on customer", flags([], ["--force"])),
  line("field remove area --on ticket", flags([], ["--force"])),
);

const statusName = pick("On hold", "In work", "Done", "new", "waiting");
const tagName = pick("urgent", "later", "Urgent");
const one = pick("1", "2");
/** Statuses and tags with the tickets that have them. */
const statusCommand = fc.oneof(
  line("ticket-status add", fc.constant(["On hold"]), "--state waiting", flags([], ["--after", "waiting"])),
  line(
    "ticket-status add",
    fc.constant(["In work"]),
    "--state",
    pick("open", "closed"),
    flags([], ["--after", "open"]),
  ),
  line(
    "ticket-status set",
    statusName,
    fc.constantFrom("name=On hold", "name=Paused", "name=waiting", "colour=#c0392b"),
  ),
  line("ticket-status set", statusName, "--after", statusName),
  line(
    "ticket-status remove",
    statusName,
    flags([], ["--into", "waiting"], ["--into", "closed"], ["--into", "In work"]),
  ),
  line("ticket set", one, fc.constantFrom("status=On hold", "status=In work", "status=Paused", "status=open")),
  line("ticket", pick("close", "reopen"), one),
  line("ticket close --status", statusName),
);
const tagCommand = fc.oneof(
  line("tag add", tagName),
  line("tag set", tagName, pick("name=urgent", "name=soon", "colour=#c0392b")),
  line("tag merge", tagName, tagName),
  line("tag remove", tagName, flags([], ["--force"])),
  line("ticket tag", pick("add", "remove"), one, tagName),
  line("ticket tag add 1 2", tagName, tagName),
  line("ticket set", one, pick("tag+=later", "tag-=urgent", "tags=urgent,soon", "tags=")),
  line("ticket tag remove --tag", tagName, tagName),
);

/** Types and fields with those who have them, and so who stands on whom. */
const person = pick("x@a.example", "y@a.example");
const defining = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(typeCommand, fieldCommand) },
  { weight: 3, arbitrary: fc.oneof(statusCommand, tagCommand) },
  { weight: 4, arbitrary: line("customer set", person, bearing) },
  { weight: 1, arbitrary: line("ticket set", pick("1", "2"), pick("type=VIP", "type=Key", "type=")) },
  { weight: 1, arbitrary: line("customer merge", address, person, "--force") },
);

const project = pick("Office", "Garden");
const words = ["--subject", "Works", "--text", "It rests.", "--yes"];
/** What is said to whom. The log keeps no words: a message that was taken back does not come again. */
const sayCommand = fc.oneof(
  line("project post", project, fc.constant(words)),
  line("conversation new --org", org, fc.constant(words)),
  line("conversation new --customer", address, fc.constant(words)),
);
/** Who follows what. */
const followCommand = fc.oneof(
  line("project add", project),
  line("project set", project, pick("name=Office", "name=Garden")),
  line("project", pick("close", "reopen"), project),
  line("project share", project, fc.oneof(org, address), flags([], ["--level", "posts"], ["--level", "all"])),
  line("project unshare", project, fc.oneof(org, address)),
  line("ticket set", pick("1", "2"), pick("project=Office", "project=Garden", "project=")),
);

const number = pick("1", "2", "3");
/** Tickets that are put together, linked and frozen, and who sits on them. */
const ticketCommand = fc.oneof(
  line("ticket merge", number, number, flags([], ["--force"])),
  line("ticket link", number, number),
  line("ticket unlink", number, number),
  line("ticket", pick("freeze", "unfreeze", "close", "reopen"), number),
  line("ticket", pick("requester", "follower"), "add", number, person, flags([], ["--history", "none"])),
  line("ticket", pick("requester", "follower"), "remove", number, person),
  line("ticket set", number, pick("priority=3", "priority=", "field:area=north")),
);
/** Stands for the id of the first message of the first ticket. Its split leaves notes, and the log keeps no words. */
const theFirst = "MESSAGE";
const splitCommand = line("ticket split", number, theFirst);

const command = fc.oneof(
  followCommand,
  ticketCommand,
  ticketCommand,
  followCommand,
  line(
    "org add",
    orgName,
    fc.oneof(
      flags([]),
      domain.map((one) => ["--domain", one]),
    ),
  ),
  line("org domain add", org, domain, apply, flags([], ["--force"])),
  line("org domain move", org, domain, apply, flags([], ["--force"])),
  line("org domain remove", org, domain),
  line("org set", org, pick("name=Acme", "name=Beta", "name=beta", "phone=1", "phone=", "notes=n", "field:tier=3")),
  line("org merge", org, org),
  line("org split", org, "--domain", domain, "--name", orgName),
  line(
    "org delete",
    org,
    "--yes",
    fc.oneof(
      flags([], ["--detach"]),
      org.map((one) => ["--into", one]),
    ),
  ),
  line(
    "customer add",
    address,
    fc.oneof(
      flags([], ["--org", "none"]),
      org.map((one) => ["--org", one]),
    ),
  ),
  line("customer set", address, bearing),
  line("ticket set", pick("1", "2"), pick("type=VIP", "type=Key", "type=", "field:area=north", "field:area=")),
  line("customer move", address, fc.oneof(org, fc.constant("none"))),
  line("customer address add", address, address),
  line("customer address remove", address, address),
  line("customer address primary", address, address),
  line(fc.constantFrom(...["block", "unblock", "deactivate", "reactivate"].map((verb) => ["customer", verb])), address),
  line("customer merge", address, address, flags([], ["--force"])),
  line("customer split", address, "--address", address, flags([], ["--name", "Bob"])),
  typeCommand,
  fieldCommand,
  statusCommand,
  statusCommand,
  tagCommand,
  tagCommand,
  line("settings set", pick("customers.matchSubdomains=off", "customers.autoCreateOrganizations=off", "mail.hold=5m")),
  line(
    "settings set",
    org.map((one) => `customers.defaultOrganization=${one}`),
  ),
  line("settings unset", pick("customers.matchSubdomains", "customers.defaultOrganization")),
);
const undo = fc.nat({ max: linesMax });

/** What went wrong once: a title, and the lines. */
const known: readonly (readonly [string, readonly Line[]])[] = [
  [
    "a text that was written, given up, and written again",
    [
      "template set reply --text {{message.text}} --language de",
      "template reset reply --language de",
      "template set reply --text {{message.text}}! --language de",
      0,
      "template reset reply --language de",
      1,
      2,
    ],
  ],
  [
    "an address that was primary, and is somebody else's now",
    [
      "customer address primary x@a.example x2@a.example",
      "customer address remove x2@a.example x@a.example",
      "customer address add y@a.example x@a.example",
      0,
    ],
  ],
  [
    "a merge after which another address became primary",
    ["customer merge x@a.example y@a.example", "customer address primary y@a.example x2@a.example", 0],
  ],
  [
    "an address that became primary, was split off, and left the first one primary",
    [
      "customer address add y@a.example z@eu.a.example",
      "customer address primary y@a.example z@eu.a.example",
      "customer address add y@a.example w@d.example",
      "customer address primary y@a.example w@d.example",
      "customer split y@a.example --address w@d.example",
      3,
    ],
  ],
  [
    "a move of somebody who was merged since",
    ["customer move y@a.example none", "customer merge y@a.example u@b.example --force", 0],
  ],
  [
    "a tombstone that lived in between, and an undo of before",
    ["customer merge u@b.example x@a.example --force", "customer merge x@a.example y@a.example", 1, 0, 3, 2],
  ],
  [
    "the end of an organization, one of whose people was merged since",
    ["org delete Acme --yes --detach", "customer merge x@a.example y@a.example", 0],
  ],
  ["a type that went, and whose name is another's", ["type remove VIP --on customer", "type add vip --on customer", 0]],
  [
    "a type that was renamed, and whose name is another's",
    ["type set VIP name=Key --on customer", "type add VIP --on customer", 0],
  ],
  [
    "a field that went, and whose key is another's",
    ["field remove plan --on customer --force", "field add plan --on customer", 0],
  ],
  [
    "a field that went, with a value of somebody who is no more",
    [
      "customer add w@d.example",
      "customer set w@d.example field:plan=Free",
      "field remove plan --on customer --force",
      0,
      2,
    ],
  ],
  [
    "a merge of two who have a value of one field, or only one of them",
    [
      "customer set x@a.example field:plan=Free",
      "customer merge y@a.example x@a.example",
      1,
      "customer set x@a.example field:plan=",
      "customer merge y@a.example x@a.example",
    ],
  ],
  [
    "a type that somebody got since, and that was renamed",
    [
      "type add Key --on customer",
      "customer set x@a.example type=Key",
      0,
      "type set Key name=VVIP --on customer",
      1,
      0,
    ],
  ],
  [
    "a type that is no more, and was somebody's",
    [
      "customer set x@a.example type=VIP",
      "customer set x@a.example type=Other",
      "type remove VIP --on customer",
      1,
      0,
      2,
      1,
    ],
  ],
  [
    "a word of tickets that became a type, which was renamed",
    [
      "ticket set 1 type=VIP",
      "type add VIP --on ticket",
      "ticket set 2 type=VIP",
      1,
      "type set VIP name=Key --on ticket",
      2,
      0,
      1,
    ],
  ],
  [
    "a choice that somebody got since, and one that is no more",
    [
      "field set plan --on customer --choice Free --choice Gold --choice Big",
      "customer set y@a.example field:plan=Big",
      0,
      "customer set y@a.example field:plan=Gold",
      "field set plan --on customer --choice Gold",
      2,
      1,
      0,
    ],
  ],
  [
    "somebody with a type and a value, who was merged, and neither of which is there any more",
    [
      "customer set x@a.example type=VIP field:plan=Free",
      "customer merge x@a.example y@a.example",
      "type remove VIP --on customer --force",
      "field set plan --on customer --choice Gold",
      1,
      0,
    ],
  ],
  [
    "a project that both of a merge follow, and one of them only",
    [
      "project share Office Beta --level all",
      "project add Garden",
      "project share Garden Acme --level posts",
      "org merge Acme Beta",
      "project unshare Office Beta",
      3,
      4,
      3,
    ],
  ],
  [
    "somebody who follows a project, and is somebody else's tombstone",
    ["project share Office y@a.example", "customer merge y@a.example x@a.example", 0, 1, 0],
  ],
  [
    "a ticket that was merged, whose seat was taken away since, and which is frozen",
    [
      "ticket freeze 1",
      "ticket merge 1 2",
      "ticket requester remove 2 x@a.example --force",
      1,
      "ticket unfreeze 2",
      1,
      0,
    ],
  ],
  [
    "a status that tickets got since, that was renamed, and went",
    [
      "ticket-status add Paused --state waiting",
      "ticket set 1 status=Paused",
      0,
      "ticket-status set Paused name=Held",
      "ticket-status remove Held --into closed",
      1,
      3,
      2,
      0,
    ],
  ],
  [
    "two tickets that were linked, and merged, and the link of a third",
    ["ticket link 1 2", "ticket link 1 3", "ticket merge 1 2", "ticket unlink 2 3", 2, 1, 0],
  ],
  [
    "a ticket that became part of one that became part of a third",
    ["ticket merge 1 2", "ticket merge 2 3 --force", 0, 1, 0],
  ],
  [
    "a tag that was made with its first ticket, put on another, merged, and made again",
    [
      "ticket tag add 1 urgent",
      "ticket tag add 2 urgent later",
      0,
      "tag merge urgent later",
      1,
      "tag add Urgent",
      2,
      3,
      0,
    ],
  ],
  ["an undo that was taken back, and that again", ["org add Gamma", 0, 1, 2, 0]],
].map(([title, lines]) => [
  title as string,
  (lines as (string | number)[]).map((one) => (typeof one === "string" ? one.split(" ") : one)),
]);

/** People with tickets in an organization made by hand, somebody in an automatic one, a field, a type. */
const beginning = [
  ["org", "add", "Acme", "--domain", "a.example"],
  ["org", "add", "Beta", "--domain", "c.example"],
  ["customer", "add", "x@a.example", "--name", "Xenia"],
  ["customer", "address", "add", "x@a.example", "x2@a.example"],
  ["customer", "add", "y@a.example"],
  ["customer", "add", "u@b.example"],
  ["customer", "add", "v@gmail.com"],
  ["ticket", "new", "--from", "x@a.example", "--subject", "One", "--text", "First"],
  ["ticket", "new", "--from", "y@a.example", "--subject", "Two", "--text", "Second"],
  ["ticket", "new", "--from", "u@b.example", "--subject", "Three", "--text", "Third"],
  ["ticket", "reply", "1", "--text", "An answer.", "--yes"],
  ["field", "add", "plan", "--on", "customer", "--form", "choice", "--choice", "Free", "--choice", "Gold"],
  ["field", "add", "tier", "--on", "organization", "--form", "number"],
  ["customer", "set", "y@a.example", "field:plan=Gold"],
  ["project", "add", "Office"],
  ["project", "share", "Office", "Acme", "x@a.example"],
  ["type", "add", "VIP", "--on", "customer"],
  // Never removed, so that no other word becomes a customer's type; a ticket's may be any where none is defined.
  ["type", "add", "Other", "--on", "customer"],
];

let desk: CommandDesk;
let start: State;
beforeAll(async () => {
  desk = await commandDesk("undo");
  for (const args of beginning) expect(await desk.run(...args), args.join(" ")).toMatchObject({ code: 0 });
  start = await stateOf(desk.app.database.read);
  expect(broken(start)).toEqual([]);
});
afterAll(() => desk.close());

const refusedUndo =
  /^maildesk: cmt_\w+ (?:can't be taken back: .+, by cmt_\w+ \(.+\)\.|was taken back already, by cmt_\w+\.)$/m;

/** Null, or what is wrong with how a command ended; nobody else writes, so nothing can have changed meanwhile. */
function wrongEnd(args: readonly string[], { code, stderr }: Said): string | null {
  if (![0, 1, 64, 65].includes(code) || /meanwhile|mistake of maildesk/.test(stderr)) return `${code}: ${stderr}`;
  return args[0] === "undo" && code !== 0 && !refusedUndo.test(stderr) ? `names nothing: ${stderr}` : null;
}

async function commits(): Promise<string[]> {
  const rows = await desk.app.database.read.selectFrom("commitLog").select("id").orderBy("id").execute();
  return rows.map(({ id }) => id);
}

interface Played {
  /** Commands that changed something. */
  done: number;
  /** Undos out of order that were done, and that were refused. */
  undone: number;
  refused: number;
}

/** Rejects with the command lines so far and what is wrong after the last. */
async function play(lines: readonly Line[]): Promise<Played> {
  await putBack(desk.app.database, start);
  const typed: string[] = [];
  const played = { done: 0, undone: 0, refused: 0 };
  const fail = (why: string): never => {
    throw new Error(`${why}\n  after:\n${typed.map((one) => `    maildesk ${one}`).join("\n")}`);
  };
  const [first] = start.message;
  const run = async (words: readonly string[]): Promise<Said> => {
    const args = words.map((word) => (word === theFirst ? (first?.id ?? "") : word));
    typed.push(args.map((word) => (/[\s"']/.test(word) ? JSON.stringify(word) : word)).join(" "));
    const said = await desk.run(...args);
    const why =
      wrongEnd(args, said) ?? (broken(await stateOf(desk.app.database.read), ["customer"]).join("; ") || null);
    if (why !== null) fail(why);
    typed[typed.length - 1] += ` # ${said.code}${said.code === 0 ? "" : ` ${said.stderr.split("\n")[0]}`}`;
    return said;
  };
  for (const one of lines) {
    const earlier = await commits();
    if (typeof one === "number" && earlier.length === 0) continue;
    const { code } = await run(typeof one === "number" ? ["undo", earlier[one % earlier.length] ?? "", "--yes"] : one);
    if (typeof one !== "number") continue;
    if (code === 0) played.undone += 1;
    else played.refused += 1;
  }
  const all = await commits();
  played.done = all.length;
  for (const id of all.toReversed()) {
    const said = await run(["undo", id, "--yes"]);
    if (said.code !== 0) fail(`${id} is the last that counts, and is refused: ${said.stderr}`);
  }
  const before = new Set(shown(start));
  const after = shown(await stateOf(desk.app.database.read));
  const wrong = [
    ...after.filter((row) => !before.has(row)).map((row) => `+ ${row}`),
    ...[...before].filter((row) => !after.includes(row)).map((row) => `- ${row}`),
  ];
  if (wrong.length > 0) fail(`the desk is not as it was:\n${wrong.join("\n")}`);
  return played;
}

describe("commands, whatever they are", () => {
  it("and then the undo of each in reverse leave the desk as it was", async () => {
    const counts = { sequences: 0, commands: 0 };
    const one = fc.oneof(
      { weight: 12, arbitrary: command },
      { weight: 1, arbitrary: sayCommand },
      { weight: 1, arbitrary: splitCommand },
    );
    const all = fc.array(one, { minLength: 4, maxLength: linesMax, size: "max" });
    await fc.assert(
      fc.asyncProperty(all, async (lines) => {
        const { done } = await play(lines);
        counts.sequences += 1;
        counts.commands += done;
      }),
      { numRuns: runs, seed },
    );
    console.log(`${counts.sequences} sequences, ${counts.commands} commands that changed something, all taken back`);
    expect(counts.commands).toBeGreaterThan(runs);
  });

  it.each(known)("are taken back, or not, but never by half: %s", async (_, lines) => {
    await play(lines);
  });

  it("that were taken back three times over count as taken back", async () => {
    await putBack(desk.app.database, start);
    await desk.run("org", "add", "Gamma");
    for (const at of [0, 1, 2])
      expect(await desk.run("undo", (await commits())[at] ?? "", "--yes")).toMatchObject({ code: 0 });
    const [first = ""] = await commits();
    expect(await desk.run("undo", first, "--yes")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${first} was taken back already, by `),
    });
    expect(await desk.run("undo", "--yes")).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("operator has no command to take back"),
    });
  });

  it.each([
    ["any of them", command],
    ["what puts tickets together, or stops them,", ticketCommand],
    ["what defines types and fields, or uses them,", defining],
  ])("and an undo of %s in between are done, or refused with what stands in the way", async (_, some) => {
    const counts = { sequences: 0, undone: 0, refused: 0 };
    const lines = fc.array(fc.oneof({ weight: 2, arbitrary: some }, { weight: 1, arbitrary: undo }), {
      minLength: 4,
      maxLength: linesMax,
      size: "max",
    });
    await fc.assert(
      fc.asyncProperty(lines, async (one) => {
        const { undone, refused } = await play(one);
        counts.sequences += 1;
        counts.undone += undone;
        counts.refused += refused;
      }),
      { numRuns: runs, seed },
    );
    console.log(`${counts.sequences} sequences, ${counts.undone} undos in between done, ${counts.refused} refused`);
    expect(counts.undone).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  });
});
