// What becomes of agents' mails (MAIL-14, MAIL-15): answers that customers read only by a token of that very agent, commands,
// forwards, mails to customers in copy; and what is told to whom where something is not as it must be.
import { describe, expect, it } from "vitest";
import { agentMarker } from "../../dist/mail/reply-marker.js";
import {
  agentOf,
  changed,
  customerOf,
  decideMail,
  factsOf,
  type InboundOver,
  made,
  now,
  organizationOf,
  ownAddress,
  threadOf,
} from "./desk-of.ts";
import { from, mailOf, tokenOf } from "./mail-of.ts";

const joe = agentOf("agt_joe", { ref: 900, name: "Joe" });
const quoted = `\n\nOn 15 Jan 2026, at 12:00, Desk wrote:\n\n> ${agentMarker}\n>\n> INTERNAL words of an agent\n`;
const thread = threadOf(7, { people: [{ customerId: "cus_1" }], ticket: { status: "open", state: "open" } });
const ref = thread.conversation.ref;

interface Said {
  text?: string;
  visibility?: "public" | "internal";
  recipient?: number;
  token?: string | null;
  over?: InboundOver & { mail?: Parameters<typeof mailOf>[0] };
  facts?: Parameters<typeof factsOf>[0];
}

/** Joe answers a notification of #7. */
function answered({
  text = `Solved.${quoted}`,
  visibility = "public",
  recipient = 900,
  token,
  over = {},
  facts = {},
}: Said) {
  const signed = token === undefined ? tokenOf({ conversation: ref, recipient, visibility }) : token;
  const to = signed === null ? ownAddress : `support+${signed}@desk.example`;
  const mail = mailOf({
    from: from("joe@desk.example", "Joe"),
    to: [from(to)],
    text,
    newText: text.split(quoted)[0] ?? "",
    inReplyTo: ["told@desk.example"],
    ...over.mail,
  });
  const reference = {
    id: "r",
    key: "told@desk.example",
    kind: "sent" as const,
    conversationId: thread.conversation.id,
    createdAt: now,
    version: 1,
  };
  const { mail: _mail, ...rest } = over;
  return decideMail(
    mail,
    factsOf({ agent: joe, agentsListen: true, threads: [thread], references: [reference], ...facts }),
    rest,
  );
}

const kinds = ({ notices }: ReturnType<typeof decideMail>) => notices.map(({ kind }) => kind).sort();
const messages = (decision: ReturnType<typeof decideMail>) => made(decision, "message");

describe("an agent's answer to a notification", () => {
  it("of a public message is public: only the new words leave, the ticket waits, and the others are told", () => {
    const decision = answered({});
    expect(decision).toMatchObject({ status: "filed", reason: "agent-answer", ticketNumber: 7 });
    expect(messages(decision)).toMatchObject([
      {
        conversationId: thread.conversation.id,
        direction: "out",
        authorKind: "agent",
        authorId: "agt_joe",
        text: "Solved.",
        newText: "Solved.",
        flag: null,
      },
    ]);
    expect(kinds(decision)).toEqual(["message", "notification"]);
    expect(changed(decision, "ticket")).toContainEqual(expect.objectContaining({ status: "waiting" }));
  });

  it("waits as long as any public message, and so does what agents hear of it", () => {
    const decision = answered({ over: { settings: { "mail.hold": 60_000 } } });
    expect(decision.notices.map(({ notBefore }) => notBefore)).toEqual([now + 60_000, now + 60_000]);
  });

  it.each<[string, Said]>([
    ["of an internal one", { visibility: "internal" }],
    ["with a token of another agent", { recipient: 901 }],
    ["with a customer's token", { recipient: 1 }],
    ["with no token", { token: null }],
    [
      "with a token whose last letter was changed",
      { token: tokenOf({ conversation: ref, recipient: 900 }).replace(/.$/, (last) => (last === "a" ? "b" : "a")) },
    ],
    ["with a token for another conversation", { token: tokenOf({ conversation: ref + 1, recipient: 900 }) }],
    [
      "with a token that another desk signed",
      { token: tokenOf({ conversation: ref, recipient: 900 }, { id: 1, secret: Buffer.from("other") }) },
    ],
    ["with #note on top", { text: `#note\nSolved.${quoted}` }],
    ["from history", { over: { arrival: "history" } }],
  ])("%s stays internal", (_, said) => {
    const decision = answered(said);
    expect(decision).toMatchObject({ status: "filed", reason: "agent-note" });
    expect(messages(decision)).toMatchObject([{ direction: "in" }]);
    expect(messages(decision)[0]?.conversationId).not.toBe(thread.conversation.id);
    expect(kinds(decision)).not.toContain("message");
    expect(kinds(decision)).not.toContain("refusal");
  });

  it("counts in capitals as well: addresses are folded on their way", () => {
    expect(answered({ token: tokenOf({ conversation: ref, recipient: 900 }).toUpperCase() }).reason).toBe(
      "agent-answer",
    );
  });

  it.each<[string, Said, RegExp]>([
    ["without our line below the words", { text: "Solved." }, /the line "## .* ##" is missing/],
    ["with nothing above the line", { text: quoted }, /nothing stands above the line/],
    [
      "that quotes a signed address",
      { text: `Write to support+${tokenOf({ conversation: 3, recipient: 900 })}@desk.example${quoted}` },
      /quotes a signed address/,
    ],
    [
      "that holds the line of our notification",
      { text: `See: INTERNAL: what you write above stays\nSolved.${quoted}` },
      /./,
    ],
    ["with a command that is none", { text: `#clos\nSolved.${quoted}` }, /#clos is no command/],
    ["to a name that nobody bears", { text: `#assign Zoe\nSolved.${quoted}` }, /no agent or team "Zoe"/],
    [
      "that also moves it to a project",
      {
        text: `#project New\nSolved.${quoted}`,
        facts: {
          named: {
            waiting: new Set(),
            assignees: new Map(),
            projects: new Map([
              [
                "New",
                {
                  id: "prj_1",
                  isOpen: true,
                  isFollowed: false,
                  guard: { kind: "version", table: "project", id: "prj_1", version: 1 },
                },
              ],
            ]),
          },
        },
      },
      /#project would show/,
    ],
    ["of one who may not answer", { facts: { agent: { ...joe, mayAnswer: false } } }, /may not answer in public/],
  ])("%s reaches no customer, is kept as a note, and its author is told", (what, said, why) => {
    const decision = answered(said);
    if (what.includes("holds the line")) return expect(decision.reason).toBe("agent-answer");
    expect(decision).toMatchObject({ status: "filed", reason: "agent-note" });
    expect(kinds(decision)).toEqual(["notification", "refusal"]);
    expect(decision.notices.find(({ kind }) => kind === "refusal")).toMatchObject({
      agentId: "agt_joe",
      conversationId: thread.conversation.id,
    });
    expect(messages(decision)[0]?.remarks).toEqual([expect.stringMatching(why)]);
    expect(changed(decision, "ticket").flatMap((row) => Object.keys(row))).not.toContain("status");
  });

  it("with internal words that a program put between quoted lines sends only what stands above the line", () => {
    const text = `Solved.\n\n> ${agentMarker}\nan internal word that lost its mark\n> more`;
    expect(messages(answered({ text }))).toMatchObject([{ direction: "out", text: "Solved." }]);
  });

  it("with somebody else in copy, who would hold the agent's token, is not sent", () => {
    const decision = answered({ over: { mail: { cc: [from("dan@corp.example")] } } });
    expect(decision.reason).toBe("agent-note");
    expect(messages(decision)[0]?.remarks).toEqual([expect.stringContaining("others stand in To or Cc")]);
  });

  it("that holds a long line of an internal message is not sent", () => {
    const line = "They have not paid a single bill since the summer.";
    const decision = answered({ text: `Solved. ${line}${quoted}`, facts: { internalLines: [line] } });
    expect(messages(decision)[0]?.remarks).toEqual([expect.stringContaining("words of an internal message")]);
    expect(kinds(decision)).toEqual(["notification", "refusal"]);
  });

  it("takes its files along", () => {
    const file = {
      part: 0,
      filename: "a.pdf",
      contentType: "application/pdf",
      sizeBytes: 3,
      sha256: "f".repeat(64),
      inline: false,
      contentId: null,
    };
    const decision = answered({ text: quoted, over: { mail: { attachments: [file] } } });
    expect(decision.reason).toBe("agent-answer");
    expect(made(decision, "attachment")).toMatchObject([{ filename: "a.pdf", emailId: "eml_1" }]);
  });
});

describe("first-line commands", () => {
  const bob = {
    id: "agt_bob",
    isActive: true,
    guard: { kind: "version" as const, table: "agent" as const, id: "agt_bob", version: 3 },
  };
  const named = {
    waiting: new Set<string>(),
    assignees: new Map([
      ["Bob", bob],
      ["Tim", { ...bob, isActive: false }],
    ]),
    projects: new Map(),
  };

  it("are obeyed and stripped", () => {
    const decision = answered({ text: `#assign Bob\n#priority 4\n#close\nSolved.${quoted}`, facts: { named } });
    expect(messages(decision)).toMatchObject([{ direction: "out", text: "Solved." }]);
    expect(changed(decision, "ticket")).toEqual([
      expect.objectContaining({ assigneeId: "agt_bob", priority: 4, status: "closed", state: "closed" }),
    ]);
    expect(decision.guards).toContainEqual(bob.guard);
    expect(kinds(decision)).toEqual(["assignment", "message", "notification"]);
  });

  it("alone make no message", () => {
    const decision = answered({ text: `#close${quoted}` });
    expect(messages(decision)).toEqual([]);
    expect(changed(decision, "ticket")).toMatchObject([{ status: "closed" }]);
    expect(decision.notices).toEqual([]);
  });

  it("name nobody who is deactivated", () => {
    expect(messages(answered({ text: `#assign Tim${quoted}`, facts: { named } }))[0]?.remarks).toEqual([
      expect.stringContaining("deactivated"),
    ]);
  });

  it("are not obeyed where no token proves the agent, who is told", () => {
    const decision = answered({ token: null, text: `#close\nSolved.${quoted}` });
    expect(changed(decision, "ticket").flatMap((row) => Object.keys(row))).not.toContain("status");
    expect(kinds(decision)).toEqual(["notification", "refusal"]);
  });

  it("in a customer's mail are words", () => {
    const mail = mailOf({
      text: "#close\nThank you.",
      newText: "#close\nThank you.",
      inReplyTo: ["told@desk.example"],
    });
    const reference = {
      id: "r",
      key: "told@desk.example",
      kind: "sent" as const,
      conversationId: thread.conversation.id,
      createdAt: now,
      version: 1,
    };
    const decision = decideMail(
      mail,
      factsOf({ customer: customerOf("cus_1"), threads: [thread], references: [reference] }),
    );
    expect(decision.reason).toBe("reply");
    expect(messages(decision)).toMatchObject([{ newText: "#close\nThank you." }]);
    expect(changed(decision, "ticket").map(({ status }) => status)).not.toContain("closed");
  });
});

describe("a server that tells who is who", () => {
  const mailbox = { authservId: "mx.desk.example" };
  const results = (result: string) => [
    { authservId: "mx.desk.example", results: [{ method: "dmarc", result, domain: "desk.example" }] },
  ];

  it("lets an agent act whom it knows", () => {
    expect(answered({ over: { mailbox, mail: { authentication: results("pass") } } }).reason).toBe("agent-answer");
  });

  it("is needed besides the token: without its word nothing public leaves, and the agent is told", () => {
    const decision = answered({ over: { mailbox } });
    expect(decision.reason).toBe("agent-note");
    expect(kinds(decision)).toEqual(["notification", "refusal"]);
  });

  it("stops who names an agent in Reply-To alone, as by a contact form", () => {
    const mail = { from: from(ownAddress, "Form"), replyTo: [from("joe@desk.example")] };
    for (const more of [{ mailbox, mail: { ...mail, authentication: results("pass") } }, { mail }]) {
      const decision = answered({ text: `#close\nSend money.${quoted}`, over: more });
      expect(decision.reason).toBe("agent-note");
      expect(messages(decision)).toMatchObject([{ flag: "its From is not the agent's own address" }]);
      expect(kinds(decision)).not.toContain("message");
    }
  });

  it("stops a forged agent, whatever the token: flagged, no command, nobody is told off", () => {
    const decision = answered({
      text: `#close\nSend money.${quoted}`,
      over: { mailbox, mail: { authentication: results("fail") } },
    });
    expect(decision.reason).toBe("agent-note");
    expect(messages(decision)).toMatchObject([{ flag: expect.stringContaining("SPF, DKIM, DMARC") }]);
    expect(kinds(decision)).toEqual(["notification"]);
    expect(changed(decision, "ticket").flatMap((row) => Object.keys(row))).not.toContain("status");
  });

  it("flags a customer's mail that fails, does not acknowledge it, and follows no number in its subject", () => {
    const mail = mailOf({
      subject: "Re: [#7] Printer",
      authentication: [
        { authservId: "mx.desk.example", results: [{ method: "dmarc", result: "fail", domain: "acme.example" }] },
      ],
    });
    const decision = decideMail(
      mail,
      factsOf({ customer: customerOf("cus_1"), threads: [thread], tagged: thread.conversation.id }),
      { mailbox },
    );
    expect(decision).toMatchObject({ reason: "new-ticket", ticketNumber: 100 });
    expect(messages(decision)).toMatchObject([{ flag: expect.stringContaining("SPF") }]);
    expect(kinds(decision)).toEqual([]);
  });
});

describe("an agent's fresh mail", () => {
  const person = {
    customer: null,
    agent: null,
    senderAddress: null,
    owners: new Map(),
    internalDomain: false,
    nameTaken: false,
    defaultOrganization: null,
  };
  const fresh = { from: from("joe@desk.example", "Joe") };

  it("that forwards a customer's mail is a ticket of that customer; the agent's own words stay internal", () => {
    const mail = mailOf({
      ...fresh,
      subject: "Fwd: Help",
      text: "Please look.\n\n---------- Forwarded message ---------\nFrom: Carl <carl@corp.example>",
      newText: "Please look.",
      forwarded: { from: from("carl@corp.example", "Carl"), subject: "Help", text: "It is broken." },
    });
    const decision = decideMail(mail, factsOf({ agent: joe, agentsListen: true, behalf: person }));
    expect(decision).toMatchObject({ reason: "forwarded", ticketNumber: 100 });
    expect(made(decision, "customer")).toMatchObject([{ name: "Carl" }]);
    expect(made(decision, "customerAddress")).toMatchObject([{ id: "carl@corp.example", ownerKind: "customer" }]);
    expect(made(decision, "organization")).toMatchObject([{ name: "corp.example" }]);
    expect(made(decision, "ticket")).toMatchObject([{ subject: "Help" }]);
    const visible = new Map(made(decision, "conversation").map((row) => [row.id, row.visibility]));
    expect(
      messages(decision).map((row) => [visible.get(String(row.conversationId)), row.authorKind, row.newText]),
    ).toEqual([
      ["public", "customer", "It is broken."],
      ["internal", "agent", "Please look."],
    ]);
    expect(kinds(decision)).toEqual(["acknowledgement", "notification"]);
  });

  it("to a customer with the desk in copy is a ticket that waits, whose first message the customer has", () => {
    const mail = mailOf({
      ...fresh,
      to: [from("carl@corp.example", "Carl")],
      cc: [from(ownAddress)],
      subject: "Your order",
    });
    const decision = decideMail(
      mail,
      factsOf({ agent: joe, agentsListen: true, behalf: { ...person, customer: customerOf("cus_9") } }),
    );
    expect(decision).toMatchObject({ reason: "agent-mail", customerId: "cus_9" });
    expect(messages(decision)).toMatchObject([{ direction: "out", authorKind: "agent" }]);
    expect(made(decision, "conversation")).toMatchObject([{ visibility: "public" }]);
    expect(changed(decision, "ticket")).toContainEqual(expect.objectContaining({ status: "waiting" }));
    expect(kinds(decision)).toEqual(["notification"]);
  });

  it.each([
    ["to the desk alone", {}, {}],
    [
      "to a colleague, with the desk in copy",
      { to: [from("tim@desk.example")], cc: [from(ownAddress)] },
      { behalf: { ...person, agent: agentOf("agt_tim") } },
    ],
    [
      "of one who may not answer",
      { to: [from("carl@corp.example")], cc: [from(ownAddress)] },
      { agent: { ...joe, mayAnswer: false }, behalf: person },
    ],
    [
      "that forwards a blocked customer's mail",
      { forwarded: { from: from("carl@corp.example"), subject: "x", text: "y" } },
      { behalf: { ...person, customer: customerOf("cus_9", { state: "blocked" }) } },
    ],
  ])("%s is an internal ticket, and makes no customer", (_, mail, facts) => {
    const decision = decideMail(mailOf({ ...fresh, ...mail }), factsOf({ agent: joe, agentsListen: true, ...facts }));
    expect(decision).toMatchObject({ reason: "agent-ticket" });
    expect(made(decision, "customer")).toEqual([]);
    expect(made(decision, "conversation")).toMatchObject([{ visibility: "internal" }]);
    expect(kinds(decision)).toEqual(["notification"]);
  });
});

describe("those in copy of a customer's mail", () => {
  const copied = (address: string, over: Partial<ReturnType<typeof factsOf>["copied"][number]> = {}) => ({
    person: { name: "", address, key: address, domain: address.slice(address.indexOf("@") + 1) },
    customer: null,
    isAgent: false,
    owners: new Map(),
    ...over,
  });
  const acme = organizationOf("org_acme");
  const colleague = copied("bea@acme.example", { owners: new Map([["acme.example", acme]]) });
  const known = copied("kim@other.example", { customer: customerOf("cus_5", { organizationId: "org_other" }) });
  const stranger = copied("sue@else.example");
  const agent = copied("joe@desk.example", { isAgent: true });
  const all = [colleague, known, stranger, agent];
  const seats = (cc: "known" | "follow" | "note" | "ignore", facts = {}) => {
    const mail = mailOf({ cc: all.map(({ person }) => from(person.address)) });
    const decision = decideMail(
      mail,
      factsOf({
        customer: customerOf("cus_1", { organizationId: "org_acme" }),
        copied: cc === "known" || cc === "follow" ? all : [],
        ...facts,
      }),
      { mailbox: { cc } },
    );
    return {
      decision,
      followers: made(decision, "ticketPerson")
        .filter(({ role }) => role === "follower")
        .map(({ address }) => address),
    };
  };

  it("follow where they are known or of the organization; others are named, and agents never follow", () => {
    const { decision, followers } = seats("known");
    expect(followers).toEqual(["bea@acme.example", "kim@other.example"]);
    expect(made(decision, "customer")).toMatchObject([{ organizationId: "org_acme", placedBy: "domain" }]);
    expect(decision.trace.map(({ text }) => text)).toContain("in copy, and not following: sue@else.example");
  });

  it("all follow where the mailbox says so, and a copy founds no organization", () => {
    const { decision, followers } = seats("follow");
    expect(followers).toEqual(["bea@acme.example", "kim@other.example", "sue@else.example"]);
    expect(made(decision, "organization")).toEqual([]);
  });

  it.each(["note", "ignore"] as const)("do not follow with cc: %s", (cc) => {
    expect(seats(cc).followers).toEqual([]);
  });

  it("join the organization that the very mail founds", () => {
    const { decision, followers } = seats("known", { customer: null, copied: [copied("bea@acme.example")] });
    expect(followers).toEqual(["bea@acme.example"]);
    const [founded] = made(decision, "organization");
    expect(made(decision, "customer").map(({ organizationId }) => organizationId)).toEqual([founded?.id, founded?.id]);
  });

  it("are at most twenty", () => {
    const many = Array.from({ length: 30 }, (_, at) =>
      copied(`p${at}@acme.example`, { owners: new Map([["acme.example", acme]]) }),
    );
    expect(seats("known", { copied: many }).followers).toHaveLength(20);
  });

  it("do not follow a ticket on which the sender is a stranger", () => {
    const mail = mailOf({ inReplyTo: ["told@desk.example"] });
    const reference = {
      id: "r",
      key: "told@desk.example",
      kind: "sent" as const,
      conversationId: thread.conversation.id,
      createdAt: now,
      version: 1,
    };
    const decision = decideMail(
      mail,
      factsOf({ customer: customerOf("cus_8"), threads: [thread], references: [reference], copied: all }),
    );
    expect(decision.reason).toBe("stranger");
    expect(made(decision, "ticketPerson")).toEqual([]);
  });
});
