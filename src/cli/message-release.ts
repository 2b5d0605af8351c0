// `maildesk message release`: a flagged message that customers may read after all. Who hears of it is shown first, as with an
// answer; --quiet tells nobody.
import type { Command } from "commander";
import { mustAnswer } from "../desk/answer.ts";
import type { Message } from "../desk/conversation.ts";
import { type Candidate, type Hearing, recipients } from "../desk/recipients.ts";
import { hadIt, releaseMessage } from "../desk/release.ts";
import type { TicketPerson } from "../desk/ticket.ts";
import { partsOf } from "../desk/visibility.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type MessageFound, messageNamed, placeOf } from "./message-named.ts";
import { messageJson } from "./message-shown.ts";
import { countOf, hearingJson, showAudience } from "./ticket-audience.ts";
import { authorOf } from "./ticket-merge.ts";
import { excluding, verb } from "./verb.ts";

interface ReleaseOptions {
  quiet?: boolean;
  addRequester?: boolean;
  addFollower?: boolean;
}

export function registerMessageRelease(message: Command, cli: Cli): void {
  const release = verb(
    message,
    "release <message>",
    "Let customers read a flagged message: those whom it concerns get it by mail. They are shown first.",
    [
      "message release msg_01jd0000000000000000000000 --dry-run",
      "message release msg_01jd0000000000000000000000 --add-follower",
      "message release msg_01jd0000000000000000000000 --quiet",
    ],
  )
    .option("--quiet", "tell nobody of it")
    .option("--add-requester", "whoever wrote it is a requester of the ticket from now on")
    .option("--add-follower", "whoever wrote it follows the ticket from now on");
  excluding(release, "add-requester", "add-follower").action((ref: string, options: ReleaseOptions) =>
    cli.withDesk((desk) => run(desk, cli, ref, options)),
  );
}

const roleOf = ({ addRequester, addFollower }: ReleaseOptions): TicketPerson["role"] | null =>
  addRequester === true ? "requester" : addFollower === true ? "follower" : null;

async function run(desk: DeskSession, cli: Cli, ref: string, options: ReleaseOptions): Promise<void> {
  const { app } = desk;
  const { out } = cli;
  mustAnswer(desk.agent);
  const isQuiet = options.quiet === true;
  const first = await planned(desk, ref, options);
  const title = `Audience of ${first.found.message.id}`;
  if (desk.isDryRun && !isQuiet && first.wasFlagged) {
    showAudience(cli, title, first.audience, true);
    return out.note("Nothing was sent (--dry-run).");
  }
  const done = await desk.change(
    `message release ${ref}`,
    async () => {
      const plan = await planned(desk, ref, options);
      return { ...plan.released, result: plan };
    },
    ({ result: { audience, wasFlagged } }) => {
      if (isQuiet || !wasFlagged) return null;
      showAudience(cli, title, audience, false);
      return `Send to ${countOf(audience)}?`;
    },
  );
  if (done === null) return;
  const { found, audience, wasFlagged } = done;
  const { message } = await messageNamed(desk, found.message.id);
  const heard = isQuiet || !wasFlagged ? [] : audience;
  if (out.isJson)
    return out.json({
      ...messageJson(message),
      recipients: heard.filter(({ hears }) => hears).length,
      audience: heard.map(hearingJson),
    });
  if (!wasFlagged) return out.note(`${message.id} is not flagged.`);
  const { "mail.sending": sends } = await app.desk.settings();
  const how = sends ? "with the worker or the next `maildesk deliver`" : "once mail.sending is on";
  out.note(
    `${message.id} on ${placeOf(found)} is released; ${isQuiet ? "nobody is told" : `${countOf(heard)} will get it, ${how}`}.`,
  );
}

async function planned(desk: DeskSession, ref: string, options: ReleaseOptions) {
  const { app } = desk;
  const found = await messageNamed(desk, ref);
  const { conversation, ticket } = found;
  const { visibility: _visibility, attachments: _attachments, ...message } = found.message;
  const role = roleOf(options);
  if (role !== null && ticket === null)
    throw usage("The conversation has no ticket on which anybody could be.", {
      remedy: `Make one of it first: maildesk conversation to-ticket ${conversation.id}`,
    });
  const { author, guards } = role === null ? { author: null, guards: [] } : await authorOf(desk, message);
  if (role !== null && author === null) throw usage(`No customer wrote ${message.id}: there is nobody to add.`);
  const { people, candidates } = await peopleOf(desk, found);
  const released = releaseMessage(
    {
      ...{ message, conversation, ticket, people },
      seat: author === null || role === null ? null : { author, role },
      // What was answered to the agents alone is told to nobody else by being released.
      isQuiet: options.quiet === true || candidates === null,
      holdMs: (await app.desk.settings())["mail.hold"],
      now: app.clock.now(),
    },
    (prefix) => app.ids.next(prefix),
  );
  return {
    found,
    wasFlagged: message.flag !== null,
    audience: await hearers(desk, message, found, candidates ?? []),
    released: { ...released, guards: [...released.guards, ...guards] },
  };
}

/** `candidates`: null where only agents read what is answered there. */
async function peopleOf(
  { app }: DeskSession,
  { conversation, ticket }: MessageFound,
): Promise<{ people: TicketPerson[]; candidates: Candidate[] | null }> {
  if (ticket !== null) {
    const whole = await app.lists.ticketByNumber(ticket.number);
    const seated = whole?.people ?? [];
    return { people: seated.map(({ person }) => person), candidates: [...seated, ...(whole?.followers ?? [])] };
  }
  const standalone = await app.lists.conversationById(conversation.id);
  if (standalone?.standalone.answers !== "everybody") return { people: [], candidates: null };
  const candidates: Candidate[] = [];
  for await (const one of app.lists.conversationPeople(standalone)) candidates.push(one);
  return { people: [], candidates };
}

async function hearers(
  { app }: DeskSession,
  message: Message,
  { conversation }: MessageFound,
  candidates: readonly Candidate[],
): Promise<Hearing[]> {
  const had = message.direction === "in" ? hadIt(message) : [];
  const told = await app.lists.toldPeople(message.id);
  const parts = partsOf((await app.desk.settings())["visibility.parts"]);
  return recipients({ kind: "message", hadIt: had }, { ...message, flag: null }, conversation, candidates, parts).map(
    (one) => (one.hears && told.has(one.customer.id) ? { ...one, hears: false, why: "has it already" } : one),
  );
}
