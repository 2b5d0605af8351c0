// `maildesk settings`: how the desk behaves. Each setting has a default, a form and one sentence; a change is logged and
// can be taken back. How to reach the world is in maildesk.yaml instead.
import type { Command } from "commander";
import { asciiHost } from "../address/domain.ts";
import type { App } from "../app.ts";
import { type Change, insert, present, remove, update } from "../desk/change.ts";
import {
  readSetting,
  type SettingKey,
  type SettingRow,
  settingDefinitions,
  settingKey,
  settingKeys,
  writeSetting,
} from "../desk/settings.ts";
import { badData, usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";
import type { Cli, DeskSession } from "./context.ts";
import { fieldKeys } from "./field.ts";
import { knownOrganization } from "./known.ts";
import { type Column, counted, type Output, shortTime } from "./output.ts";
import { type PanelOwner, panelKeys } from "./panel.ts";
import { type ListOptions, listOptions, noun, verb } from "./verb.ts";

interface Shown {
  key: SettingKey;
  value: SettingRow["value"];
  isChanged: boolean;
}

const waitingShown = 5;
/** So few settings are shown with all that is said about them; of more, a line each. */
const wholeRowsMax = 10;

export function registerSettings(program: Command, cli: Cli): void {
  const settings = noun(program, "settings", "How the desk behaves.");
  const listing = verb(settings, "list [text]", "List all settings, or those whose name or meaning holds TEXT.", [
    "settings list",
    "settings list mail",
    "settings list --json",
  ]);
  listOptions(listing).action((text: string | undefined, options: ListOptions) =>
    cli.withDesk((desk) => list(desk, cli.out, text, options)),
  );
  verb(settings, "get <key>", "Print the value of one setting.", ["settings get mail.hold"]).action((key: string) =>
    cli.withDesk((desk) => get(desk, cli.out, key)),
  );
  verb(settings, "set <key=value...>", "Change settings.", [
    "settings set mail.hold=10m",
    "settings set mail.sending=off",
    "settings set desk.language=de",
  ]).action((pairs: string[]) => cli.withDesk((desk) => set(desk, cli.out, pairs)));
  verb(settings, "unset <key...>", "Let settings have their defaults again.", ["settings unset mail.hold"]).action(
    (keys: string[]) => cli.withDesk((desk) => unset(desk, cli.out, keys)),
  );
}

async function shownOf({ app }: DeskSession, keys: readonly SettingKey[]): Promise<Shown[]> {
  const rows = await app.lists.settingRows();
  const values: Readonly<Record<string, SettingRow["value"]>> = await app.desk.settings();
  return keys.map((key) => ({
    key,
    value: values[key] ?? "",
    isChanged: rows.some((row) => row.id === key),
  }));
}

function settingJson({ key, value, isChanged }: Shown) {
  const { form, text, default: initial } = settingDefinitions[key];
  const typed = (one: SettingRow["value"]) => (form === "duration" ? writeSetting(key, one) : one);
  return {
    key,
    value: typed(value),
    default: typed(initial as SettingRow["value"]),
    changed: isChanged,
    form,
    text,
  }; // a readonly list is a list
}

const oneLine = (key: SettingKey, value: SettingRow["value"]): string => writeSetting(key, value).split("\n").join(" ");

const columnsOf = (isWhole: boolean): readonly Column<Shown>[] => [
  { head: "SETTING", value: ({ key }) => key },
  {
    head: "VALUE",
    value: ({ key, value, isChanged }) => `${oneLine(key, value)}${isChanged ? " *" : ""}`,
    max: 16,
  },
  { head: "MEANING", value: ({ key }) => settingDefinitions[key].text, max: isWhole ? 70 : 110, wrap: isWhole },
];

async function list(
  desk: DeskSession,
  out: Output,
  text: string | undefined,
  { limit, ids, csv }: ListOptions,
): Promise<void> {
  const wanted = settingKeys.filter(
    (key) => text === undefined || `${key} ${settingDefinitions[key].text}`.toLowerCase().includes(text.toLowerCase()),
  );
  const all = await shownOf(desk, wanted);
  const rows = all.slice(0, limit ?? all.length);
  out.list(rows, all.length, {
    columns: columnsOf(rows.length <= wholeRowsMax),
    id: ({ key }) => key,
    json: settingJson,
    none: `There is no setting about "${text ?? ""}".`,
    ids,
    csv,
  });
  if (!out.isJson && ids !== true && csv !== true && rows.some((row) => row.isChanged))
    out.note("* changed; `maildesk settings unset KEY` brings the default back.");
}

async function get(desk: DeskSession, out: Output, text: string): Promise<void> {
  const [shown] = await shownOf(desk, [settingKey(text, didYouMean)]);
  if (shown === undefined) return;
  if (out.isJson) out.json(settingJson(shown));
  else out.line(writeSetting(shown.key, shown.value));
}

async function set(desk: DeskSession, out: Output, pairs: readonly string[]): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const wanted = new Map<SettingKey, SettingRow["value"]>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const key = settingKey(at < 0 ? pair : pair.slice(0, at).trim(), didYouMean);
    if (at < 0)
      throw usage(`"${pair}" has no value.`, {
        remedy: `Write ${key}=VALUE; \`maildesk settings get ${key}\` shows the present one.`,
      });
    if (wanted.has(key)) throw usage(`${key} is given twice.`);
    wanted.set(key, await checked(desk, key, readSetting(key, pair.slice(at + 1))));
  }
  const done = await desk.change(
    `settings set ${[...wanted].map(([key, value]) => `${key}=${oneLine(key, value).slice(0, 60)}`).join(" ")}`,
    async () => {
      const rows = new Map((await app.lists.settingRows()).map((row) => [row.id, row]));
      const changes = [...wanted].map(([key, value]): Change | null => {
        const row = rows.get(key);
        return row === undefined ? insert("setting", { id: key, value }) : update("setting", row, { value });
      });
      return { changes: present(changes), result: true };
    },
  );
  if (done === null) return;
  await report(desk, out, [...wanted.keys()]);
  if (wanted.get("mail.sending") === true) await sayWaiting(desk, out);
}

/** What the form of a setting can't know: that an organization exists, that a domain is written as addresses have it. */
async function checked(
  { app }: DeskSession,
  key: SettingKey,
  value: SettingRow["value"],
): Promise<SettingRow["value"]> {
  if (key === "customers.defaultOrganization" && typeof value === "string" && value !== "")
    return (await knownOrganization(app, value)).id;
  if (isPanel(key) && Array.isArray(value)) return await checkedPanel(app, key, value);
  if ((key !== "customers.freeMail" && key !== "customers.freeMailExcept") || !Array.isArray(value)) return value;
  return value.map((text) => {
    const domain = asciiHost(text.replace(/^@/, ""));
    if (domain === null || !domain.includes("."))
      throw badData(`${key}: "${text}" is no domain.`, {
        remedy: "Write domains with commas between, such as mail.example,post.example.",
      });
    return domain;
  });
}

type PanelKey = `panel.${PanelOwner}`;

const isPanel = (key: SettingKey): key is PanelKey => key.startsWith("panel.");

async function checkedPanel(app: App, key: PanelKey, items: readonly string[]): Promise<string[]> {
  const owner = key.slice("panel.".length) as PanelOwner; // the rest of a PanelKey
  const known = [...panelKeys[owner], ...fieldKeys(await app.lists.fields(owner))];
  const wrong = items.find((item) => !known.includes(item));
  if (wrong !== undefined)
    throw badData(`${key}: there is no "${wrong}" to show${didYouMean(wrong, known)}.`, {
      remedy: `Known: ${known.join(", ")}.`,
    });
  return [...new Set(items)];
}

async function unset(desk: DeskSession, out: Output, texts: readonly string[]): Promise<void> {
  desk.mustAdminister();
  const keys = [...new Set(texts.map((text) => settingKey(text, didYouMean)))];
  const done = await desk.change(`settings unset ${keys.join(" ")}`, async () => {
    const rows = (await desk.app.lists.settingRows()).filter((row) => keys.some((key) => key === row.id));
    return {
      changes: rows.map((row) => remove("setting", row)),
      result: rows.some((row) => row.id === "mail.sending"),
    };
  });
  if (done === null) return;
  await report(desk, out, keys);
  if (done) await sayWaiting(desk, out);
}

async function report(desk: DeskSession, out: Output, keys: readonly SettingKey[]): Promise<void> {
  const rows = await shownOf(desk, keys);
  if (out.isJson) out.json(rows.map(settingJson));
  else for (const { key, value } of rows) out.line(`${key}=${oneLine(key, value)}`);
}

/** What is let loose by turning sending on (SHA-12). */
async function sayWaiting({ app }: DeskSession, out: Output): Promise<void> {
  const { rows, total, messages } = await app.lists.waitingMails(waitingShown);
  if (total + messages === 0) return;
  out.note(
    `${counted(total, "mail")} ${total === 1 ? "waits" : "wait"} to leave${messages > 0 ? `, and ${counted(messages, "message")} to become mails` : ""}${rows.length > 0 ? "; the oldest first:" : "."}`,
  );
  for (const row of rows) out.note(`  ${shortTime(row.createdAt)}  ${row.to}  ${row.subject}`);
}
