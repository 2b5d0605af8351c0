// Over random desks and messages (issue 5): no customer is ever sent an internal or a flagged word, each person is sent each
// message once, and nobody their own. Customers, agents and strangers write by mail and command, people move, tickets merge and
// change projects meanwhile; afterwards every mail that left is read.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, mailText, type SeenMail } from "../journeys/mail-text.ts";
import { onPostgres } from "../servers/test-database.ts";
import { type SurgeryDesk, surgeryDesk } from "./surgery-desk.ts";

const runs = onPostgres ? 6 : 20;
const seed = Number(process.env.SEED ?? 20_261_128);
const actionsMax = 16;

const customers = ["ann@a.example", "bob@a.example", "cy@b.example", "dan@b.example", "eve@solo.example"] as const;
const agents = ["ina@desk.example", "joe@desk.example"] as const;
const stranger = "mallory@far.example";

let desk: SurgeryDesk;
beforeAll(async () => {
  desk = await surgeryDesk("who-hears-what");
  for (const agent of agents) await desk.done("agent", "add", agent);
  await desk.done("agent", "set", "joe@desk.example", "hears=all");
  await desk.done("org", "add", "A", "--domain", "a.example");
  await desk.done("org", "add", "B", "--domain", "b.example");
  for (const customer of customers) await desk.done("customer", "add", customer);
  for (const project of ["House", "Garden"]) await desk.done("project", "add", project);
  await desk.done("project", "share", "House", "A");
  await desk.done("project", "share", "House", "eve@solo.example", "--level", "all");
  await desk.done("project", "share", "Garden", "B", "--level", "all");
  await desk.done("settings", "set", "limits.acknowledgementsPerHour=999999");
  await desk.done("settings", "set", "limits.outgoingPerTicketPerHour=0");
  await desk.done("settings", "set", "limits.mailsPerTicketPerHour=999999");
  await desk.done("settings", "set", "limits.mailsPerSenderPerHour=999999");
});
afterAll(() => desk.close());

let words = 0;
/** A word that stands in no other message. */
const word = () => `word${++words}x`;
/** Who wrote which word. */
const authors = new Map<string, string>();
const says = (author: string): string => {
  const one = word();
  authors.set(one, author);
  return one;
};

const plain = (mail: SeenMail): string =>
  mail.body.slice(0, mail.body.search(/<!DOCTYPE|<html|<p>/i)).replaceAll(" \r\n", " ");
const unquoted = (mail: SeenMail): string =>
  plain(mail)
    .split("\r\n")
    .filter((line) => !line.startsWith(">"))
    .join("\n");

function topPosted(seen: SeenMail, from: string, text: string): string {
  const quoted = plain(seen)
    .split("\r\n")
    .map((line) => `> ${line}`);
  return answer(seen, { from, text: [text, "", "On Sat, 28 Nov 2026, Desk wrote:", "", ...quoted].join("\n") });
}

const deeds = [
  ...(["write", "answer", "answer", "forge", "reply", "reply", "note", "agent-mail", "agent-mail"] as const),
  ...(["post", "inside", "move", "mute", "seat", "project", "merge", "flag"] as const),
] as const;

interface Action {
  do: (typeof deeds)[number];
  who: number;
  at: number;
}

const action: fc.Arbitrary<Action> = fc.record({
  do: fc.constantFrom(...deeds),
  who: fc.nat({ max: 4 }),
  at: fc.nat({ max: 5 }),
});

async function tickets(): Promise<number[]> {
  const rows = await desk.app.database.read
    .selectFrom("ticket")
    .select("number")
    .where("mergedInto", "is", null)
    .orderBy("number", "desc")
    .limit(6)
    .execute();
  return rows.map(({ number }) => number);
}

const last = async (address: string) => (await desk.mailsTo(address)).at(-1);

async function act(one: Action): Promise<void> {
  const who = customers[one.who] ?? customers[0];
  if (one.do === "write") return void (await desk.mail(mailText({ from: who, subject: word(), text: says(who) })));
  if (one.do === "answer" || one.do === "forge") {
    const seen = await last(who);
    const from = one.do === "forge" ? stranger : who;
    if (seen !== undefined) await desk.mail(topPosted(seen, from, says(from)));
    return;
  }
  const all = await tickets();
  const number = String(all[one.at % Math.max(1, all.length)] ?? "");
  const agent = agents[one.who % 2] ?? agents[0];
  if (one.do === "agent-mail") {
    const seen = await last(agent);
    if (seen !== undefined) await desk.mail(topPosted(seen, agent, says(agent)));
  } else if (one.do === "post" || one.do === "inside") {
    const flags = one.do === "inside" ? ["--internal"] : [];
    const text = says(agent);
    await desk.run(
      "project",
      "post",
      one.at % 2 ? "House" : "Garden",
      "--subject",
      word(),
      "--text",
      text,
      "--yes",
      ...flags,
    );
  } else if (one.do === "move") await desk.run("customer", "move", who, one.at % 2 ? "A" : "B", "--yes");
  else if (one.do === "mute") await desk.run("customer", one.at % 2 ? "mute" : "unmute", who, "--yes");
  else if (number === "") return;
  else if (one.do === "reply" || one.do === "note")
    await desk.run("--as", agent, "ticket", one.do, number, "--text", says(agent), "--yes");
  else if (one.do === "seat")
    await desk.run("ticket", one.at % 2 ? "requester" : "follower", "add", number, who, "--history", "full", "--yes");
  else if (one.do === "project")
    await desk.run("ticket", "set", number, `project=${["House", "Garden", "none"][one.who % 3]}`, "--yes");
  else if (one.do === "merge") await desk.run("ticket", "merge", number, String(all.at(-1) ?? ""), "--force", "--yes");
  else {
    const { messages } = await desk.show(Number(number));
    const id = messages[one.who % Math.max(1, messages.length)]?.id;
    if (id !== undefined) await desk.run("message", "flag", id, "--yes");
  }
}

/** Words that no customer may have been sent: of internal messages, and of those that are flagged and left nobody before. */
async function secrets(): Promise<Set<string>> {
  const rows = await desk.app.database.read
    .selectFrom("message")
    .innerJoin("conversation", "conversation.id", "message.conversationId")
    .select(["message.newText", "message.flag", "message.authorKind", "message.fromAddress", "conversation.visibility"])
    .execute();
  const kept = rows.filter(({ visibility, fromAddress }) => visibility === "internal" || fromAddress === stranger);
  return new Set(kept.flatMap(({ newText }) => newText.match(/word\d+x/g) ?? []));
}

describe("whatever is said and done", () => {
  it("no customer is sent what is internal or a stranger's, each is sent each message once, and nobody their own", async () => {
    let mails = 0;
    let told = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 6, maxLength: actionsMax }), async (actions) => {
        for (const one of actions) {
          await act(one);
          await desk.app.deliver();
        }
        const secret = await secrets();
        for (const customer of customers) {
          const heard = new Map<string, number>();
          for (const mail of await desk.mailsTo(customer)) {
            mails += 1;
            for (const one of mail.raw.match(/word\d+x/g) ?? [])
              expect(secret, `${customer} was sent ${one}`).not.toContain(one);
            for (const one of new Set(unquoted(mail).match(/word\d+x/g))) heard.set(one, (heard.get(one) ?? 0) + 1);
            for (const other of [...customers, ...agents])
              if (other !== customer) expect(mail.raw).not.toContain(other);
          }
          for (const [one, times] of heard) {
            if (!authors.has(one)) continue; // a subject stands in every mail
            told += 1;
            expect([customer, one, times]).toEqual([customer, one, 1]);
            expect(authors.get(one), `${customer} was sent their own ${one}`).not.toBe(customer);
          }
        }
      }),
      { numRuns: runs, seed, endOnFailure: true },
    );
    console.info(
      `${runs} desks: ${mails} looks at mails of customers, ${told} times somebody read a message of another`,
    );
    expect(told).toBeGreaterThan(50);
  }, 240_000);
});
