// Those who read along leave by the button of their mail program (SHA-10): by mail from whatever address, by one click on the web, from
// a ticket, a project and an organization's conversation; what waits is not sent to them, and who is added by hand hears again.
import { describe, expect, it } from "vitest";
import { freePort } from "../servers/free-port.ts";
import { openJourney } from "./desk.ts";
import { mailText, type SeenMail } from "./mail-text.ts";

const [ann, bob, eve] = ["ann@acme.example", "bob@acme.example", "eve@solo.example"];

/** The mail that a program sends for its button. */
const button = (seen: SeenMail | undefined, from: string): string => {
  const [, to = "", subject = ""] =
    /<mailto:([^?>]+)\?subject=([^>]*)>/.exec(seen?.header("List-Unsubscribe") ?? "") ?? [];
  expect(to).not.toBe("");
  return mailText({ from, to, subject: decodeURIComponent(subject), text: "" });
};

async function acme(options: Parameters<typeof openJourney>[1] = {}) {
  const desk = await openJourney("embedded", options);
  desk.run();
  await desk.command("org", "add", "Acme", "--domain", "acme.example");
  for (const address of [ann, bob, eve]) await desk.command("customer", "add", address);
  const counts = new Map<string, number>();
  const heard = () => {
    const people = [ann, bob, eve].filter((one) => desk.sentTo(one).length > (counts.get(one) ?? 0));
    for (const one of [ann, bob, eve]) counts.set(one, desk.sentTo(one).length);
    return people;
  };
  const leaves = async (mail: SeenMail | undefined, from: string) => {
    await desk.deliver(button(mail, from));
    await desk.settled();
  };
  const tickets = async () => (JSON.parse(await desk.command("ticket", "list", "--json")) as unknown[]).length;
  return { desk, heard, forget: () => counts.clear(), leaves, tickets };
}

const say = (text: string) => ["--subject", text, "--text", text, "--yes"];

describe("who reads along", () => {
  it("leaves a ticket by mail, from any address; its requester has no such header", async () => {
    const { desk, heard, leaves, tickets } = await acme();
    await desk.deliver(mailText({ from: ann, subject: "The door sticks" }));
    await desk.settled();
    await desk.command("ticket", "follower", "add", "1", eve);
    await desk.command("ticket", "reply", "1", "--text", "We plane it.", "--yes");
    await desk.settled();
    expect(desk.sentTo(ann).map((mail) => mail.header("List-Unsubscribe"))).toEqual(["", ""]);
    const toEve = desk.sentTo(eve).at(-1);
    expect(toEve?.header("List-Unsubscribe")).toMatch(/^<mailto:support\+\w+@desk\.example\?subject=unsubscribe>$/);
    expect(toEve?.header("List-Unsubscribe-Post")).toBe("");
    heard();
    await leaves(toEve, "eve.private@elsewhere.example");
    await leaves(toEve, "eve.private@elsewhere.example"); // and once more, as some programs do
    expect(await tickets()).toBe(1);
    expect((await desk.cli(["customer", "show", "eve.private@elsewhere.example"])).code).toBe(64);
    const mails = JSON.parse(await desk.command("email", "list", "--json")) as { reason: string }[];
    expect(mails.filter(({ reason }) => reason === "left")).toHaveLength(2);
    expect(await desk.command("customer", "trace", eve)).toContain("Left #1 by unsubscribe");
    await desk.command("ticket", "reply", "1", "--text", "Done.", "--yes");
    await desk.settled();
    expect(heard()).toEqual([ann]);
    expect((await desk.cli(["ticket", "follower", "add", "1", eve])).stderr).toContain("hears of it again");
    await desk.command("ticket", "reply", "1", "--text", "Really.", "--yes");
    await desk.settled();
    expect(heard()).toEqual([ann, eve]);
  });

  it("through an organization leaves a project, and what waits is not sent", async () => {
    const { desk, heard, forget, leaves } = await acme();
    await desk.command("project", "add", "Office");
    await desk.command("project", "share", "Office", "Acme", eve);
    await desk.command("project", "post", "Office", ...say("The walls stand."));
    await desk.settled();
    expect(heard()).toEqual([ann, bob, eve]);
    const [toBob, toEve] = [desk.sentTo(bob).at(-1), desk.sentTo(eve).at(-1)];
    await desk.stopSmtp();
    await desk.command("project", "post", "Office", ...say("The roof is on."));
    await desk.skip(60_000);
    await leaves(toBob, bob);
    await desk.restartSmtp();
    forget(); // it is another server
    await desk.skip(3_600_000);
    await desk.settled();
    expect(heard()).toEqual([ann, eve]);
    expect(await desk.command("outbox", "list", "--json")).toContain("left by unsubscribe");
    await leaves(toEve, eve);
    const shown = await desk.cli(["project", "followers", "Office"]);
    expect(shown.stdout + shown.stderr).toMatch(/Acme .*2/);
    expect(shown.stderr).toContain("Left by unsubscribe, and hear nothing of it:");
    await desk.command("project", "post", "Office", ...say("It is done."));
    await desk.settled();
    expect(heard()).toEqual([ann]);
    expect(await desk.command("project", "share", "Office", bob)).toContain("hears of it again");
    expect(await desk.command("customer", "resubscribe", eve)).toContain("may hear again of the project Office");
    await desk.command("project", "post", "Office", ...say("Come in."));
    await desk.settled();
    expect(heard()).toEqual([ann, bob]); // Eve's own follow went with her
  });

  it("leaves an organization's conversation, where no plus-addresses are taken by a subject", async () => {
    const { desk, heard, leaves, tickets } = await acme({
      mailboxes: [{ name: "support", settings: { plusAddressing: "false" } }],
    });
    await desk.command("conversation", "new", "--org", "Acme", ...say("Works on Sunday"));
    await desk.settled();
    const toBob = desk.sentTo(bob).at(-1);
    expect(toBob?.header("List-Unsubscribe")).toMatch(/^<mailto:support@desk\.example\?subject=unsubscribe%20\w+>$/);
    heard();
    await leaves(toBob, bob);
    const [{ id = "" } = {}] = JSON.parse(await desk.command("conversation", "list", "--json")) as { id: string }[];
    await desk.command("conversation", "reply", id, "--text", "They are over.", "--yes");
    await desk.settled();
    expect(heard()).toEqual([ann]);
    expect(await tickets()).toBe(0);
    await desk.command("conversation", "new", "--org", "Acme", ...say("Something else"));
    await desk.settled();
    expect(heard()).toEqual([ann, bob]);
  });

  it("leaves with one click where the desk has an address on the web", async () => {
    const port = await freePort();
    const { desk, heard } = await acme({
      config: { web: { address: "https://desk.example/help", listen: `127.0.0.1:${port}` } },
    });
    await desk.command("project", "add", "Office");
    await desk.command("project", "share", "Office", "Acme");
    await desk.command("project", "post", "Office", ...say("The walls stand."));
    await desk.settled();
    const toBob = desk.sentTo(bob).at(-1);
    const [, path = ""] =
      /^<https:\/\/desk\.example(\/help\/leave\/\w+)>, <mailto:/.exec(toBob?.header("List-Unsubscribe") ?? "") ?? [];
    expect(toBob?.header("List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
    const url = `http://127.0.0.1:${port}${path}`;
    heard();
    expect((await fetch(url)).status).toBe(200); // a scanner
    await desk.command("project", "post", "Office", ...say("The roof is on."));
    await desk.settled();
    expect(heard()).toEqual([ann, bob]);
    for (let time = 0; time < 2; time++) {
      const answered = await fetch(url, {
        method: "POST",
        body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }),
      });
      expect([answered.status, await answered.text()]).toEqual([200, expect.stringContaining("no more mail")]);
    }
    await desk.command("project", "post", "Office", ...say("It is done."));
    await desk.settled();
    expect(heard()).toEqual([ann]);
    expect(await desk.command("log", "list", "--json")).toContain("one click: the customer");
    expect((await fetch(`http://127.0.0.1:${port}/leave/${"m".padEnd(24, "e")}`)).status).toBe(404);
  });
});
