// `maildesk customer digest`: a mail to each customer with what is new in the tickets that they may see (VIS-5). Who would get one, and
// who not and why, is shown and asked; where nothing is new nobody gets anything.
import type { Command } from "commander";
import type { App } from "../app.ts";
import { mustAnswer } from "../desk/answer.ts";
import type { Customer, CustomerAddress } from "../desk/customer.ts";
import { type DigestNews, digestSubject, digestText, newsText } from "../desk/digest.ts";
import { leftReason } from "../desk/opt-out.ts";
import { mayReceive } from "../desk/recipients.ts";
import { readDuration } from "../desk/settings.ts";
import { partsOf, propertiesOf, scopeOf } from "../desk/visibility.ts";
import { conflict, usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { knownCustomer, knownOrganization } from "./known.ts";
import { mailboxNamed } from "./mailbox-named.ts";
import { shortTime } from "./output.ts";
import { countOf, type Heard, hearingJson, showAudience } from "./ticket-audience.ts";
import { verb } from "./verb.ts";

interface DigestOptions {
  org?: string;
  since?: string;
  mailbox?: string;
}

/** Of who had no digest yet, so much is told. */
const firstMs = 7 * 86_400_000;
const againMax = 5;

interface Written {
  customer: Customer;
  address: CustomerAddress;
  news: DigestNews;
  subject: string;
  text: string;
}

/** One person: a digest, or why they get none. */
interface ForOne {
  heard: Heard;
  written: Written | null;
}

export function registerDigest(customer: Command, cli: Cli): void {
  verb(
    customer,
    "digest [customer]",
    "Mail a customer, or each customer of an organization, what is new in the tickets that they may see: since their last digest, or of the last 7 days.",
    [
      "customer digest ann@acme.com --dry-run",
      "customer digest --org Acme --since 7d",
      "customer digest --org Acme --since 2026-11-01 --yes",
    ],
  )
    .option("--org <org>", "each customer of this organization")
    .option("--since <when>", "what happened since then: 7d, 12h, or a day such as 2026-11-01")
    .option("--mailbox <name>", "the mailbox that it leaves by (default: the first)")
    .action((ref: string | undefined, options: DigestOptions) =>
      cli.withDesk((desk) => digest(desk, cli, ref, options)),
    );
}

async function digest(desk: DeskSession, cli: Cli, ref: string | undefined, options: DigestOptions): Promise<void> {
  const { app, isDryRun } = desk;
  const { out } = cli;
  mustAnswer(desk.agent);
  if ((ref === undefined) === (options.org === undefined)) throw usage("Name a customer, or an organization by --org.");
  const mailbox = mailboxNamed(app, options.mailbox);
  const since = options.since === undefined ? null : readSince(options.since, app.clock.now());
  for (let round = 0; round < againMax; round++) {
    const now = app.clock.now();
    const people = await peopleOf(app, ref, options.org);
    const all: ForOne[] = [];
    for (const one of people) all.push(await forOne(app, one, { mailbox, since, now }));
    const written = all.flatMap((one) => one.written ?? []);
    const audience = all.map(({ heard }) => heard);
    if (isDryRun) return onlyShow(cli, all);
    if (written.length === 0) {
      if (out.isJson) return out.json(resultJson(all));
      showAudience(cli, "Digest", audience, false);
      return out.note("Nobody is sent anything.");
    }
    if (round === 0) {
      showAudience(cli, "Digest", audience, false);
      if (!(await out.confirm(`Send to ${countOf(audience)}?`))) return out.note("Nothing was sent.");
    }
    if (
      !(await app.queueDigests(
        written.map((one) => outgoing(one, mailbox)),
        now,
      ))
    )
      continue;
    if (out.isJson) return out.json(resultJson(all));
    const { "mail.sending": sends } = await app.desk.settings();
    const when = sends ? "with the worker or the next `maildesk deliver`" : "once mail.sending is on";
    return out.note(`${countOf(audience)} will get a digest, ${when}.`);
  }
  throw conflict("Digests were made by somebody else at the same time.", { remedy: "Try again." });
}

/** `7d` back from now, or the beginning of a day. */
function readSince(text: string, now: number): number {
  const ms = readDuration(text);
  if (ms !== null && ms > 0) return now - ms;
  const at = /^\d{4}-\d\d-\d\d$/.test(text.trim()) ? Date.parse(text.trim()) : Number.NaN;
  if (Number.isNaN(at) || at > now)
    throw usage(`"${text}" is no time in the past.`, { remedy: "Write 7d, 12h, or a day such as 2026-11-01." });
  return at;
}

interface Person {
  customer: Customer;
  addresses: readonly CustomerAddress[];
}

async function peopleOf(app: App, ref: string | undefined, org: string | undefined): Promise<Person[]> {
  if (ref !== undefined) return [await knownCustomer(app, ref)];
  const organization = await knownOrganization(app, org ?? "");
  return await app.lists.digestPeople(organization.id);
}

async function forOne(
  app: App,
  { customer, addresses }: Person,
  { mailbox, since, now }: { mailbox: string; since: number | null; now: number },
): Promise<ForOne> {
  const settings = await app.desk.settings();
  const parts = partsOf(settings["visibility.parts"]);
  const properties = propertiesOf(settings["visibility.properties"]);
  const address = addresses.find(({ isPrimary }) => isPrimary);
  const shown = { name: customer.name };
  const not = (why: string): ForOne => ({
    heard: { customer: shown, address: address?.address ?? customer.id, hears: false, why },
    written: null,
  });
  if (address === undefined) return not("has no address");
  const refusal = mayReceive(customer, address);
  if (refusal !== null) return not(refusal);
  if (await app.lists.leftDigest(customer.id)) return not(leftReason);
  const deskScope = scopeOf(settings["visibility.scope"].join(","));
  const news = await app.lists.digestNews(customer, { deskScope, parts, since, sinceFirst: now - firstMs, now });
  if (news.tickets.length === 0) return not(`nothing new since ${shortTime(news.since)}`);
  const box = app.config.mailboxes.find(({ name }) => name === mailbox);
  const name = box?.displayName || settings["desk.name"];
  return {
    heard: { customer: shown, address: address.address, hears: true, why: newsText(news) },
    written: {
      customer,
      address,
      news,
      subject: digestSubject(name, news),
      text: digestText(news, { customer: customer.name, desk: name, mailbox: box?.address ?? "", parts, properties }),
    },
  };
}

const outgoing = ({ customer, address, news, subject, text }: Written, mailbox: string) => ({
  ...{ customer, address, mailbox, subject, text, lastAt: news.lastAt },
  carries: news.tickets.flatMap(({ id, messages }) =>
    messages.length === 0
      ? [{ ticketId: id, messageId: "" }]
      : messages.map((message) => ({ ticketId: id, messageId: message.id })),
  ),
});

const resultJson = (all: readonly ForOne[]) => ({
  recipients: all.filter(({ heard }) => heard.hears).length,
  audience: all.map(({ heard, written }) => ({
    ...hearingJson(heard),
    tickets: written?.news.tickets.map(({ number }) => number) ?? [],
  })),
});

function onlyShow(cli: Cli, all: readonly ForOne[]): void {
  const { out } = cli;
  if (out.isJson) {
    const { recipients, audience } = resultJson(all);
    const texts = all.map(({ written }) => written?.text ?? null);
    out.json({ dryRun: true, recipients, audience: audience.map((one, at) => ({ ...one, text: texts[at] })) });
    return;
  }
  showAudience(
    cli,
    "Digest",
    all.map(({ heard }) => heard),
    true,
  );
  for (const { written } of all) {
    if (written === null) continue;
    for (const line of ["", `To: ${written.address.address}`, `Subject: ${written.subject}`, ""]) out.line(line);
    for (const line of written.text.trimEnd().split("\n")) out.line(line);
  }
  out.note("Nothing was sent (--dry-run).");
}
