// Which name stands where on a command line: for each argument and option value of the command, what completes it. What is
// not named here is a word of the person's own, such as a new name, or a file, which the shell completes by itself.
import type { CompletedKind } from "../app-completion.ts";
import { builtInLanguages } from "../desk/language.ts";
import { settingDefinitions, settingKeys } from "../desk/settings.ts";
import { templateKinds } from "../desk/template.ts";

/** Completes a word that begins so. */
export type Completer = (begin: string, names: Names) => Promise<string[]> | readonly string[];

/** Names of the desk that begin so. */
export type Names = (kind: CompletedKind, begin: string) => Promise<string[]>;

const named =
  (...kinds: CompletedKind[]): Completer =>
  async (begin, names) =>
    (await Promise.all(kinds.map((kind) => names(kind, begin)))).flat();

const organization = named("organization");
const organizationOrNone: Completer = async (begin, names) => ["none", ...(await names("organization", begin))];
const customer = named("customer");
const agent = named("agent");
const domain = named("domain");
const type = named("type");
const field = named("field");
const mailbox = named("mailbox");
const tag = named("tag");
const status = named("status");
const setting: Completer = () => settingKeys;
const fieldPair: Completer = async (begin, names) => (await names("field", begin)).map((key) => `${key}=`);

/** `KEY=` for each; with custom fields where the row can have them. */
const pairs =
  (keys: readonly string[], withFields = true): Completer =>
  async (begin, names) => [
    ...keys.map((key) => `${key}=`),
    ...(withFields && begin.startsWith("field:")
      ? (await names("field", begin.slice("field:".length))).map((key) => `field:${key}=`)
      : withFields
        ? ["field:"]
        : []),
  ];

/** `KEY=`, and after it the values of a setting that has few. */
const settingPair: Completer = async (begin, names) => {
  const at = begin.indexOf("=");
  if (at < 0) return settingKeys.map((key) => `${key}=`);
  const key = settingKeys.find((one) => one === begin.slice(0, at));
  if (key === undefined) return [];
  const values =
    key === "customers.defaultOrganization" ? await names("organization", begin.slice(at + 1)) : valuesOf(key);
  return values.map((value) => `${key}=${value}`);
};

function valuesOf(key: keyof typeof settingDefinitions): readonly string[] {
  const definition: { form: string; choices?: readonly string[] } = settingDefinitions[key];
  return definition.form === "switch" ? ["on", "off"] : (definition.choices ?? []);
}

const customerPairs = pairs([...["name", "phone", "title", "postalAddress", "timeZone", "language", "type", "notes"]]);

/** By verb and argument, else by the argument alone; options are named with their dashes. */
const completers: Readonly<Record<string, Completer>> = {
  org: organization,
  organization,
  customer,
  agent,
  "--as": agent,
  "--by": agent,
  "--assign": agent,
  "--assignee": agent,
  "--mailbox": mailbox,
  "--org": organizationOrNone,
  project: named("project"),
  team: named("team"),
  "--project": named("project"),
  "project share who": named("organization", "customer"),
  "project unshare who": named("organization", "customer"),
  "--type": type,
  "--tag": tag,
  tag,
  "from-tag": tag,
  "into-tag": tag,
  "ticket tag add numbers-and-tags": tag,
  "ticket tag remove numbers-and-tags": tag,
  "tag set key=value": pairs(["name", "colour"], false),
  "ticket list --status": status,
  "ticket set --status": status,
  "ticket assign --status": status,
  "ticket close --status": status,
  "ticket reopen --status": status,
  "ticket tag add --status": status,
  "ticket tag remove --status": status,
  "ticket-status show name": status,
  "ticket-status set name": status,
  "ticket-status remove name": status,
  "ticket-status set key=value": pairs(["name", "colour"], false),
  "--after": status,
  "ticket-status remove --into": status,
  "--requester": customer,
  "--follower": customer,
  "show any": named("organization", "customer", "agent", "team", "project"),
  "org add --domain": () => [],
  "org list --domain": domain,
  "org export --domain": domain,
  "org split --domain": domain,
  "org merge from": organization,
  "org merge into": organization,
  "org set key=value": pairs(["name", "website", "phone", "postalAddress", "notes", "visibility"]),
  "org domain move domain": domain,
  "org domain remove domain": domain,
  "customer move customers-and-org": async (begin, names) => [
    ...(await customer(begin, names)),
    ...(await organizationOrNone(begin, names)),
  ],
  "customer merge from": customer,
  "customer merge into": customer,
  "customer split --address": customer,
  "customer address remove address": customer,
  "customer address primary address": customer,
  "customer resume address": customer,
  "customer set customers-and-values": async (begin, names) => [
    ...(await customerPairs(begin, names)),
    ...(begin === "" || begin.startsWith("field:") ? [] : await customer(begin, names)),
  ],
  "--field": fieldPair,
  "agent set key=value": pairs(["name", "mayAnswer", "mayAdminister", "signature"], false),
  "template show kind": () => templateKinds,
  "template set kind": () => templateKinds,
  "template reset kind": () => templateKinds,
  "template preview kind": () => templateKinds,
  "--language": () => builtInLanguages,
  "type show name": type,
  "type set name": type,
  "type remove name": type,
  "type set key=value": pairs(["name", "colour"], false),
  "field show key": field,
  "field set key": field,
  "field remove key": field,
  "settings get key": setting,
  "settings unset key": setting,
  "settings set key=value": settingPair,
  "mailbox test name": mailbox,
  "poll mailboxes": mailbox,
  "reconcile mailboxes": mailbox,
  "ticket new --for": customer,
  "--customer": customer,
  "ticket new --from": customer,
  "ticket assign numbers-and-assignee": named("agent", "team"),
  "ticket set numbers-and-values": pairs([
    "subject",
    "status",
    "priority",
    "type",
    "organization",
    "project",
    "assignee",
    "tags",
    "tag+",
    "tag-",
  ]),
};

/** What completes this argument or option (`--org`) of the verb; null where the person must know. */
export function completerOf(verb: string, name: string): Completer | null {
  const key = [`${verb} ${name}`, name].find((one) => Object.hasOwn(completers, one));
  return key === undefined ? null : (completers[key] ?? null);
}
