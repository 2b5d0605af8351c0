// `maildesk conversation new | reply | audience`: what the desk says to all customers of an organization, or to one customer,
// in a conversation without a ticket. Who hears it is shown with the count before it is sent (TIC-5).
import type { Command } from "commander";
import { mustAnswer } from "../desk/answer.ts";
import type { Guard } from "../desk/change.ts";
import { stillThat } from "../desk/customer.ts";
import { openStandalone, type Standalone, sayStandalone } from "../desk/standalone.ts";
import { readLater } from "../desk/time-range.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type ConversationFound, conversationNamed } from "./conversation.ts";
import { countedJson, hearers, mustBeHeard, type Place } from "./conversation-hearers.ts";
import { knownCustomer, knownOrganization } from "./known.ts";
import { mailboxNamed } from "./mailbox-named.ts";
import { type BodyOptions, bodyOptions, readBody } from "./message-body.ts";
import { liveGuard } from "./org-domain.ts";
import { isoTime } from "./output.ts";
import { preview, previewAddress, previewFlag, previewText } from "./preview.ts";
import { countOf, showAudience, writerOf } from "./ticket-audience.ts";
import { drawOf } from "./ticket-draw.ts";
import { verb } from "./verb.ts";

interface NewOptions extends BodyOptions {
  org?: string;
  customer?: string;
  subject: string;
  shared?: boolean;
  mailbox?: string;
  previewTo?: string;
  at?: string;
}

export function registerConversationWrite(conversation: Command, cli: Cli): void {
  const make = verb(
    conversation,
    "new [dash]",
    "Write to every customer of an organization, each by a mail of their own, or to one customer; no ticket is made. Who gets it is shown first.",
    [
      "conversation new --org Acme --subject 'Works on Sunday' --text 'The service rests from 8 to 10.' --dry-run",
      "conversation new --org Acme --subject 'Works on Sunday' --file notice.txt",
      "conversation new --org Acme --subject 'Where shall we meet?' --text 'Say where.' --shared",
      "conversation new --org Acme --subject 'Works on Sunday' --file notice.txt --preview-to joe@desk.example",
      "conversation new --customer ann@acme.com --subject 'Thank you' --text 'It was a pleasure.'",
    ],
  )
    .option("--org <org>", "the organization whose customers get it")
    .option("--customer <customer>", "the customer who gets it")
    .requiredOption("--subject <subject>", "the title")
    .option("--shared", "what one customer answers goes to all others too; otherwise to agents only")
    .option("--mailbox <name>", "the mailbox that it leaves by (default: the first)")
    .option(previewFlag, previewText)
    .option(atFlag, atText);
  bodyOptions(make).action((dash: string | undefined, options: NewOptions) =>
    cli.withDesk(async (desk) => {
      if ((options.org === undefined) === (options.customer === undefined))
        throw usage("Say --org ORG or --customer CUSTOMER.");
      if (options.shared === true && options.org === undefined)
        throw usage("--shared is for a conversation with an organization.");
      const what = `conversation new ${options.org === undefined ? "--customer" : "--org"}`;
      const ref = options.org ?? options.customer ?? "";
      await begin(desk, cli, dash, options, { what: `${what} ${ref}`, ref, find: () => withNamed(desk, options) });
    }),
  );
  const reply = verb(conversation, "reply <conversation> [dash]", "Say one more thing to all whom it is with.", [
    "conversation reply cnv_01jd0000000000000000000000 --text 'It is done.'",
    "conversation reply cnv_01jd0000000000000000000000 --text 'It is done.' --dry-run",
  ]);
  bodyOptions(reply).action((id: string, dash: string | undefined, options: BodyOptions) =>
    cli.withDesk((desk) => say(desk, cli, id, dash, options)),
  );
  verb(conversation, "audience <conversation>", "Say who would get a message there, and who would not and why.", [
    "conversation audience cnv_01jd0000000000000000000000",
  ]).action((id: string) =>
    cli.withDesk(async (desk) => {
      const found = await conversationNamed(desk, id);
      const audience = await hearers(desk, found, await writerOf(desk, found.standalone.mailbox));
      if (cli.out.isJson) return cli.out.json({ conversation: found.standalone.id, ...countedJson(audience) });
      showAudience(cli, titleOf(found.standalone), audience, true);
    }),
  );
}

/** Whom a new conversation is with. */
type With = Pick<ConversationFound, "organization" | "customer" | "project"> & { guards: Guard[] };

interface Begun {
  /** The command, for the log. */
  what: string;
  ref: string;
  find(): Promise<With>;
}

export type BeginOptions = BodyOptions & {
  subject: string;
  shared?: boolean;
  mailbox?: string;
  internal?: boolean;
  previewTo?: string;
  at?: string;
};

/** A new conversation without a ticket: who hears it is shown and asked; an internal one asks nobody. */
export const atFlag = "--at <time>";
export const atText = "when it is sent, such as 2026-12-01T09:00 (UTC) or 3d; until then `undo` takes it back";

export async function begin(
  desk: DeskSession,
  cli: Cli,
  dash: string | undefined,
  options: BeginOptions,
  { what, ref, find }: Begun,
): Promise<void> {
  const { app } = desk;
  const visibility = options.internal === true ? "internal" : "public";
  const isPublic = visibility === "public";
  if (isPublic) mustAnswer(desk.agent);
  if (options.at !== undefined && !isPublic) throw usage("An internal message goes to nobody: leave --at out.");
  if (options.previewTo !== undefined) {
    if (!isPublic) throw usage("An internal message goes to nobody: there is no mail to preview.");
    previewAddress(options.previewTo);
  }
  if (options.subject.trim() === "") throw usage("Give the conversation a subject.");
  const mailbox = mailboxNamed(app, options.mailbox);
  const sketch = async () => sketchOf(await find(), options, mailbox);
  const first = await sketch();
  if (isPublic) mustBeHeard(ref, first, await hearers(desk, first, await writerOf(desk, mailbox)));
  if (isPublic && desk.isDryRun && options.previewTo === undefined) return await onlyShow(desk, cli, first, mailbox);
  const body = await readBody(options, dash, `To ${ref}: "${options.subject}".`);
  const draw = await drawOf(app, 1);
  const sendAt = options.at === undefined ? null : readLater(options.at, app.clock.now());
  const hold = (await app.desk.settings())["mail.hold"];
  const decide = async () => {
    const holdMs = sendAt === null ? hold : Math.max(0, sendAt - app.clock.now());
    const found = await sketch();
    const writer = await writerOf(desk, mailbox);
    const audience = isPublic ? await hearers(desk, found, writer) : [];
    const { organizationId, customerId, projectId, subject, answers } = found.standalone;
    const opened = openStandalone(
      {
        organizationId,
        customerId,
        projectId,
        subject,
        answers,
        mailbox,
        visibility,
        writer,
        words: body.words,
        holdMs,
        now: app.clock.now(),
      },
      draw,
    );
    return {
      ...opened,
      guards: [...opened.guards, ...found.guards],
      blobs: body.blobs,
      result: { opened, audience, standalone: found.standalone },
    };
  };
  if (options.previewTo !== undefined) {
    const { changes, result } = await decide();
    return await preview(desk, cli, options.previewTo, {
      ...result,
      changes,
      blobs: body.blobs,
      agent: desk.agent,
    });
  }
  const done = await desk.change(what, decide, ({ result: { audience } }) => {
    if (!isPublic) return null;
    showAudience(cli, "Audience", audience, false);
    const shared = options.shared === true ? ", who will read one another's answers" : "";
    return `Send to ${countOf(audience)}${shared}?`;
  });
  if (done === null) return;
  const when = sendAt === null ? "" : ` at ${isoTime(sendAt)}`;
  await tell(desk, cli, done.opened.conversationId, isPublic ? `${countOf(done.audience)} will get it${when}` : null);
}

async function say(
  desk: DeskSession,
  cli: Cli,
  id: string,
  dash: string | undefined,
  options: BodyOptions,
): Promise<void> {
  const { app } = desk;
  const first = await conversationNamed(desk, id);
  const { mailbox, subject } = first.standalone;
  const isPublic = first.conversation.visibility === "public";
  if (isPublic) {
    mustAnswer(desk.agent);
    mustBeHeard(`"${subject}"`, first, await hearers(desk, first, await writerOf(desk, mailbox)));
    if (desk.isDryRun) return await onlyShow(desk, cli, first, mailbox);
  }
  const body = await readBody(options, dash, `One more message in "${subject}".`);
  const draw = await drawOf(app, 1);
  const holdMs = (await app.desk.settings())["mail.hold"];
  const done = await desk.change(
    `conversation reply ${id}`,
    async () => {
      const found = await conversationNamed(desk, id);
      const writer = await writerOf(desk, mailbox);
      const audience = isPublic ? await hearers(desk, found, writer) : [];
      const written = sayStandalone(found, { writer, words: body.words, holdMs, now: app.clock.now() }, draw);
      return { ...written, blobs: body.blobs, result: { audience } };
    },
    ({ result: { audience } }) => {
      if (!isPublic) return null;
      showAudience(cli, titleOf(first.standalone), audience, false);
      return `Send to ${countOf(audience)}?`;
    },
  );
  if (done !== null)
    await tell(desk, cli, first.standalone.id, isPublic ? `${countOf(done.audience)} will get it` : null);
}

const titleOf = ({ subject }: Pick<Standalone, "subject">): string => `Audience of "${subject}"`;

/** `what`: null where it is internal. */
async function tell({ app }: DeskSession, cli: Cli, id: string, what: string | null): Promise<void> {
  if (cli.out.isJson) return await cli.again(["conversation", "show", id]);
  cli.out.line(id);
  if (what === null) return cli.out.note("It is internal: nobody was told.");
  const { "mail.sending": sends } = await app.desk.settings();
  cli.out.note(
    sends
      ? `${what}, with the worker or the next \`maildesk deliver\`.`
      : `${what}, once mail.sending is on: maildesk settings set mail.sending=on`,
  );
}

async function onlyShow(desk: DeskSession, cli: Cli, found: Place, mailbox: string): Promise<void> {
  const audience = await hearers(desk, found, await writerOf(desk, mailbox));
  showAudience(cli, titleOf(found.standalone), audience, true);
  cli.out.note("Nothing was sent (--dry-run).");
}

/** The organization or the customer whom --org or --customer names. */
async function withNamed({ app }: DeskSession, options: NewOptions): Promise<With> {
  const none = { organization: null, customer: null, project: null };
  if (options.org !== undefined) {
    const organization = await knownOrganization(app, options.org);
    return { ...none, organization, guards: [liveGuard(organization)] };
  }
  const { customer } = await knownCustomer(app, options.customer ?? "");
  return { ...none, customer, guards: [stillThat(customer)] };
}

/** The conversation that is not there yet. */
function sketchOf({ organization, customer, project, guards }: With, options: BeginOptions, mailbox: string) {
  const standalone: Standalone = {
    id: "",
    subject: options.subject,
    organizationId: organization?.id ?? null,
    customerId: customer?.id ?? null,
    projectId: project?.id ?? null,
    mailbox,
    answers: options.shared === true ? "everybody" : "agents",
    waitingSince: null,
    createdAt: 0,
    version: 1,
  };
  return { standalone, organization, customer, project, guards };
}
