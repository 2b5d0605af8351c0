// `maildesk customer promote` (CUS-6): a customer becomes an agent for good, and no mail is theirs as a customer any more.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DeskFolder, deskFolder, mailOf } from "./desk-folder.ts";

let desk: DeskFolder;
let id = "";
beforeAll(async () => {
  desk = await deskFolder();
  await mail("Ann Lee <ann@acme.example>", "1");
  await mail("Bob Ray <bob@acme.example>", "2");
  await desk.run(["ticket", "follower", "add", "2", "ann@acme.example"]);
  await desk.run(["customer", "address", "add", "ann@acme.example", "ann@home.example"]);
  ({ id } = await desk.json<{ id: string }>("customer", "show", "ann@acme.example"));
});
afterAll(() => desk.remove());

const mail = (from: string, number: string, text = "It burns.") =>
  desk.run(["ingest", "-"], { input: mailOf({ from, id: `${number}@acme.example`, text }) });

it("says first what it means, asks, and is for administrators", async () => {
  const shown = await desk.run(["customer", "promote", "ann@acme.example", "--dry-run"]);
  expect(shown.stdout).toBe(
    "Ann Lee (ann@acme.example, ann@home.example) becomes an agent, who may answer. That can't be taken back.\n" +
      "  They leave acme.example.\n" +
      "  They leave 2 tickets, and get no more mail about them; what they wrote stays.\n" +
      "  #1 has no requester then: maildesk ticket requester add NUMBER ADDRESS\n",
  );
  expect(await desk.run(["customer", "promote", "ann@acme.example"])).toMatchObject({
    code: 64,
    stdout: "",
    stderr: expect.stringMatching(/That can't be taken back\.[\s\S]*Add --yes/),
  });
  await desk.run(["agent", "add", "tom@desk.example"]);
  expect(
    await desk.run(["customer", "promote", "ann@acme.example", "--yes", "--as", "tom@desk.example"]),
  ).toMatchObject({ code: 64, stderr: expect.stringContaining("tom@desk.example may not administer.") });
  await desk.run(["customer", "block", "bob@acme.example"]);
  expect(await desk.run(["customer", "promote", "bob@acme.example", "--yes"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("maildesk customer unblock bob@acme.example"),
  });
  await desk.run(["customer", "unblock", "bob@acme.example"]);
});

it("makes them an agent with their addresses, who is on no ticket and in no organization", async () => {
  expect(await desk.json("customer", "promote", "ann@acme.example", "--yes")).toMatchObject({
    email: "ann@acme.example",
    name: "Ann Lee",
    state: "active",
    mayAnswer: true,
    mayAdminister: false,
    customer: id,
    leftTickets: 2,
    withoutRequester: [1],
  });
  expect(await desk.json("agent", "show", "ann@home.example")).toMatchObject({
    addresses: [
      { address: "ann@acme.example", primary: true },
      { address: "ann@home.example", primary: false },
    ],
  });
  expect(await desk.json("customer", "list")).toMatchObject([{ email: "bob@acme.example" }]);
  expect(await desk.json("org", "show", "acme.example")).toMatchObject({ customers: 1 });
  expect(await desk.json("ticket", "show", "1")).toMatchObject({
    requesters: [],
    messages: [{ from: "ann@acme.example", author: "customer" }],
  });
  expect(await desk.json("ticket", "show", "2")).toMatchObject({ requesters: ["bob@acme.example"], followers: [] });
});

it("is found as an agent by what named the customer", async () => {
  for (const ref of [id, "ann@acme.example"])
    expect(await desk.run(["customer", "show", ref])).toMatchObject({
      code: 64,
      stderr: expect.stringMatching(
        /is the agent Ann Lee, and no customer\.\n {2}maildesk agent show ann@acme\.example/,
      ),
    });
  expect(await desk.json("agent", "show", id)).toMatchObject({ email: "ann@acme.example" });
});

it("writes as an agent from then on, and no mail goes to the customer", async () => {
  await mail("Ann Lee <ann@home.example>", "3", "Now from the other side.");
  expect(await desk.json("email", "list", "--reason", "agent-ticket")).toHaveLength(1);
  await desk.run(["ticket", "reply", "2", "--text", "Done.", "--yes", "--as", "ann@acme.example"]);
  await desk.run(["deliver"]);
  const sent = await desk.json<{ to: string; kind: string; status: string }[]>("outbox", "list");
  expect(sent.filter(({ to }) => to.startsWith("ann@")).every(({ status }) => status === "suppressed")).toBe(true);
  expect(sent.filter(({ to, kind }) => to === "bob@acme.example" && kind === "message")).toMatchObject([
    { status: "sent" },
  ]);
  expect(await desk.json("customer", "list")).toHaveLength(1);
});

it("can't be taken back, and what was done before it does not bring the customer back", async () => {
  const all = await desk.json<{ id: string; what: string }[]>("log", "list");
  const commit = (what: string) => all.find((row) => row.what === what)?.id ?? "";
  expect(await desk.run(["undo", commit("customer promote ann@acme.example"), "--yes"])).toMatchObject({
    code: 64,
    stderr: expect.stringMatching(
      /it made an agent of a customer, and that is for good\.\n {2}.*agent deactivate agt_\w+\n$/,
    ),
  });
  expect(await desk.run(["undo", commit("ticket follower add 2 ann@acme.example"), "--yes"])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/it is gone\), by cmt_\w+ \(customer promote ann@acme\.example, operator\)/),
  });
});
