// How the desk behaves: every setting with its default, its form and one sentence of meaning. Settings live in the
// database, are changed by `maildesk settings set`, logged and undoable; how to reach the world is configuration
// instead (src/config.ts). Values are typed here and nowhere else.
import { badData, usage } from "../errors.ts";
import { readDailyTime } from "./day.ts";
import { readLanguage } from "./language.ts";

const minuteMs = 60_000;
const unitsMs: Record<string, number> = { ms: 1, s: 1000, m: minuteMs, h: 60 * minuteMs, d: 1440 * minuteMs };

type Form = "switch" | "duration" | "count" | "text" | "list" | "language" | "choice" | "daily";

interface Definition<T> {
  form: Form;
  default: T;
  text: string;
  choices?: readonly string[];
}

const define = <T>(form: Form, value: T, text: string, choices?: readonly string[]): Definition<T> =>
  choices === undefined ? { form, default: value, text } : { form, default: value, text, choices };

/** Every setting. Durations are milliseconds inside, written as 90s, 15m, 24h, 30d. */
export const settingDefinitions = {
  "desk.name": define("text", "Support", "The desk's name, in the sender name and the texts of mails."),
  "desk.language": define(
    "language",
    "en",
    "The language of mails to customers who have none; there are built-in texts in en, de, fr and es.",
  ),
  "customers.matchOrganizationByDomain": define(
    "switch",
    true,
    "New customers join the organization that owns their domain.",
  ),
  "customers.matchSubdomains": define(
    "switch",
    true,
    "A sub-domain belongs to the owner of its parent (eu.acme.com to acme.com).",
  ),
  "customers.autoCreateOrganizations": define(
    "switch",
    true,
    "An unknown domain creates an organization named after it.",
  ),
  "customers.defaultOrganization": define(
    "text",
    "",
    "Id or name of the organization of customers whom no domain places; a mailbox may have its own in maildesk.yaml.",
  ),
  "customers.internal": define("switch", false, "The desk's own and its agents' domains may create organizations too."),
  "customers.freeMail": define("list", [] as string[], "Domains treated as free-mail, besides the built-in list."),
  "customers.freeMailExcept": define(
    "list",
    [] as string[],
    "Domains of the built-in list that are companies after all.",
  ),
  "acknowledge.enabled": define("switch", true, "A new ticket of a customer is acknowledged by mail."),
  "acknowledge.maxAge": define("duration", 24 * 60 * minuteMs, "Older mail is filed and answered by nobody."),
  "limits.acknowledgementsPerHour": define(
    "count",
    5,
    "Acknowledgements to one address within an hour; the rest stay unsent.",
  ),
  "limits.mailsPerSenderPerHour": define("count", 200, "Live mails of one sender within an hour; the rest are held."),
  "limits.mailsPerTicketPerHour": define(
    "count",
    30,
    "Machine and customer mails on one ticket within an hour that are passed on; the rest are filed in silence.",
  ),
  "limits.outgoingPerTicketPerHour": define(
    "count",
    500,
    "Mails of one ticket, or conversation, within an hour before a further message waits for a person; a few messages of agents go to as many as they must; 0 for no limit.",
  ),
  "notify.history": define(
    "choice",
    "full",
    "Whether a requester who is added by hand gets the earlier public messages with the next one.",
    ["full", "none"],
  ),
  "mail.sending": define("switch", true, "Off holds every outgoing mail, for tests and imports."),
  "mail.hold": define(
    "duration",
    0,
    "How long a public message waits, so that several become one mail and undo can recall it.",
  ),
  "mail.history": define(
    "choice",
    "last",
    "What an agent's message quotes below: none of the earlier messages, the last, or all that the reader may read.",
    ["none", "last", "all"],
  ),
  "mail.uncertain": define(
    "choice",
    "keep",
    "What becomes of a mail that may or may not have been sent: keep it for a person, or resend it.",
    ["keep", "resend"],
  ),
  "notify.unassigned": define(
    "text",
    "team",
    "Which agents are mailed of what is assigned to nobody: the mailbox's team (every agent, where it has none), all, none, or the name of a team.",
  ),
  "bounces.softLimit": define("count", 5, "Soft bounces after which an address counts as bouncing."),
  "tickets.reopenDays": define(
    "count",
    30,
    "A ticket closed longer than this gets a new, linked ticket instead of being reopened; 0 always reopens.",
  ),
  "alerts.digestAt": define(
    "daily",
    "08:00 UTC",
    "When the digest of held mail and unassigned tickets is told, and what stands since an earlier day again; or off.",
  ),
  "alerts.unassignedHours": define(
    "count",
    24,
    "An open ticket that is assigned to nobody for longer than so many hours is told of in the digest; 0 for never.",
  ),
  "retention.rawDays": define(
    "count",
    0,
    "Originals of mails (files, HTML, headers) go after so many days, but for those that wait, failed, are held, or belong to a ticket that is not closed; 0 keeps them for ever.",
  ),
  "retention.outboxDays": define(
    "count",
    0,
    "The bytes of outgoing mails go so many days after their end; what the messages say stays; 0 keeps them for ever.",
  ),
  "retention.logDays": define(
    "count",
    0,
    "The log of changes goes after so many days, and what is gone can't be taken back; 0 keeps it for ever.",
  ),
  "retention.heldDays": define(
    "count",
    0,
    "Mail that is held for longer than so many days becomes ignored (expired); 0 holds it until somebody decides.",
  ),
  "visibility.scope": define(
    "list",
    ["own", "projects"] as string[],
    "Which tickets customers may see, such as own,organization,projects, or all, or none; an organization may have its own.",
    ["own", "organization", "projects", "all", "none"],
  ),
  "visibility.parts": define(
    "list",
    ["attachments", "conversations", "others", "followers", "history"] as string[],
    "Which parts of a ticket customers see and mails to them carry: files of agents, what was said, what other customers wrote, the names of the others, what was said before they came; or none.",
    ["attachments", "conversations", "others", "followers", "history", "none"],
  ),
  "visibility.properties": define(
    "list",
    ["status", "priority", "type", "organization", "project", "assignee", "tags", "fields"] as string[],
    "Which properties of a ticket customers see in mails (where a template names them), digests and `customer tickets`; or none.",
    ["status", "priority", "type", "organization", "project", "assignee", "tags", "fields", "none"],
  ),
  "panel.customer": define(
    "list",
    [] as string[],
    "What `customer show` prints, in this order, such as name,type,field:plan; empty is everything.",
  ),
  "panel.organization": define("list", [] as string[], "What `org show` prints, in this order; empty is everything."),
  "panel.ticket": define("list", [] as string[], "What `ticket show` prints above its messages; empty is everything."),
} as const satisfies Record<string, Definition<unknown>>;

export type SettingKey = keyof typeof settingDefinitions;

type Widen<T> = T extends boolean ? boolean : T extends number ? number : T extends string ? string : string[];

export type Settings = { readonly [K in SettingKey]: Widen<(typeof settingDefinitions)[K]["default"]> };

/** One row of the setting table; `id` is the key. */
export interface SettingRow {
  id: string;
  value: boolean | number | string | string[];
  version: number;
}

export const settingKeys = Object.keys(settingDefinitions) as SettingKey[];

/** All settings: the defaults, with what the desk changed laid over them. Rows of unknown keys are ignored. */
export function settingsFrom(rows: readonly Pick<SettingRow, "id" | "value">[]): Settings {
  const all: Record<string, unknown> = {};
  for (const key of settingKeys) all[key] = settingDefinitions[key].default;
  for (const row of rows) if (row.id in all) all[row.id] = row.value;
  return all as unknown as Settings; // built key by key from the definitions
}

/** Texts that were settings once, as kinds of templates. */
const retiredTemplates: ReadonlyMap<string, string> = new Map([
  ["templates.acknowledgement", "acknowledgement"],
  ["templates.reply", "reply"],
  ["templates.shared", "shared"],
]);

/** The key, or a usage error that says what is near. */
export function settingKey(text: string, didYouMean: (word: string, words: readonly string[]) => string): SettingKey {
  if (Object.hasOwn(settingDefinitions, text)) return text as SettingKey;
  const kind = retiredTemplates.get(text);
  if (kind !== undefined)
    throw usage(`${text} is no setting any more: texts have a command of their own.`, {
      remedy: `To see it: maildesk template show ${kind}. To write it: maildesk template set ${kind} --text "..."`,
    });
  throw usage(`There is no setting "${text}"${didYouMean(text, settingKeys)}.`, {
    remedy: "`maildesk settings list` shows them all.",
  });
}

/** A duration as people write it ("90s", "24h", "1d", "0") in milliseconds, or null. */
export function readDuration(text: string): number | null {
  const match = /^(\d{1,9})\s*(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) return null;
  if (match[2] === undefined) return match[1] === "0" ? 0 : null;
  return Number(match[1]) * (unitsMs[match[2]] ?? 1);
}

/** The same duration in its largest whole unit: 86400000 is "1d". */
export function writeDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"]) {
    const size = unitsMs[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return ms === 0 ? "0" : `${ms}ms`;
}

/** The value that a person wrote for a setting, typed; badData with one sentence where it does not fit. */
export function readSetting(key: SettingKey, text: string): SettingRow["value"] {
  const definition: Definition<unknown> = settingDefinitions[key];
  const value = text.trim();
  switch (definition.form) {
    case "switch": {
      const known: Record<string, boolean> = {
        on: true,
        true: true,
        yes: true,
        off: false,
        false: false,
        no: false,
      };
      const read = known[value.toLowerCase()];
      if (read === undefined) throw badData(`${key} is a switch: write on or off, not "${value}".`);
      return read;
    }
    case "duration": {
      const ms = readDuration(value);
      if (ms === null) throw badData(`${key} is a duration: write it like 90s, 15m, 24h or 30d, not "${value}".`);
      return ms;
    }
    case "count": {
      if (!/^\d{1,6}$/.test(value)) throw badData(`${key} is a whole number from 0 to 999999, not "${value}".`);
      return Number(value);
    }
    case "choice": {
      const choices = definition.choices ?? [];
      if (!choices.includes(value)) throw badData(`${key} is one of ${choices.join(", ")}, not "${value}".`);
      return value;
    }
    case "list": {
      const items = value
        .split(",")
        .map((item) => item.trim().toLowerCase())
        .filter((item) => item !== "");
      const { choices } = definition;
      const unknown = choices === undefined ? undefined : items.find((item) => !choices.includes(item));
      if (unknown !== undefined) throw badData(`${key} holds some of ${choices?.join(", ")}, not "${unknown}".`);
      return items;
    }
    case "daily":
      if (readDailyTime(value) === null)
        throw badData(
          `${key} is a time of the day: write it like 08:00 or 08:00 Europe/Berlin, or off, not "${value}".`,
        );
      return value;
    case "language":
      return readLanguage(value);
    case "text":
      return value;
  }
}

/** A setting's value as a person would write it. */
export function writeSetting(key: SettingKey, value: SettingRow["value"]): string {
  const form: Form = settingDefinitions[key].form;
  if (form === "duration") return writeDuration(value as number);
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(",") : String(value);
}
