// `--field KEY=VALUE`: the rows of a list that have this value of a custom field, or none. The same flag on every noun that
// has fields; several of them must all hold (CUS-9).
import type { Command } from "commander";
import type { App } from "../app.ts";
import { type FieldOwner, readValue } from "../desk/field.ts";
import { usage } from "../errors.ts";
import { knownField } from "./field.ts";
import { collect } from "./verb.ts";

export const fieldFilter = (command: Command): Command =>
  command.option(
    "--field <key=value>",
    "only with this value of a custom field, or with none: KEY=; may be given several times",
    collect,
  );

/** Rejects with usage where there is no such field of these, or it can't have that value. */
export async function wantedValues(app: App, on: FieldOwner, pairs: readonly string[] = []) {
  const wanted = [];
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw usage(`"${pair}" is not of the form KEY=VALUE.`, { remedy: "Such as --field plan=Gold." });
    const field = await knownField(app, on, pair.slice(0, at));
    wanted.push({ fieldId: field.id, value: readValue(field, pair.slice(at + 1)) });
  }
  return wanted;
}
