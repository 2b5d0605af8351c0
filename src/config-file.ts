// maildesk.yaml as text with line numbers: every complaint names the file, the line, the key and the remedy in one
// sentence. All scalars stay the text that was typed (YAML's failsafe schema), so that a password 0123 keeps its zero.
import { readFileSync } from "node:fs";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { knownKeys, type RawConfig, rawConfig } from "./config-shape.ts";
import { configuration, type MaildeskError, systemCode } from "./errors.ts";
import { didYouMean } from "./errors-did-you-mean.ts";

export type ConfigKey = string | number;

export interface ConfigFile {
  raw: RawConfig;
  /** An error about what stands under this key. */
  problem(key: readonly ConfigKey[], text: string): MaildeskError;
}

/** Reads and checks the shape of the file. Rejects: configuration. `shown` is how messages name it. */
export function readConfigFile(path: string, shown: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(readText(path, shown), {
    schema: "failsafe",
    lineCounter: lines,
    prettyErrors: false,
  });
  const [syntax] = document.errors;
  if (syntax !== undefined) {
    const { line } = lines.linePos(syntax.pos[0]);
    throw configuration(
      `${shown} line ${line}: this is no YAML that maildesk can read: ${syntax.message.split("\n")[0] ?? ""}`,
    );
  }
  const problem = (key: readonly ConfigKey[], text: string) =>
    configuration(`${shown} line ${lineOf(document, lines, key)}: ${text}`);
  const read = rawConfig.safeParse(document.contents === null ? {} : document.toJS());
  if (read.success) return { raw: read.data, problem };
  const [issue] = read.error.issues.map(innermost).toSorted((a, b) => rank(a.code) - rank(b.code));
  if (issue === undefined) throw configuration(`${shown} is not a configuration.`);
  const key = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") throw unknownKey(problem, key, issue.keys[0] ?? "");
  throw problem(key, `${nameOf(key)} ${issue.message}`);
}

type Issue = z.core.$ZodIssue;

/**
 * Of the forms that a value may have, the one that fits but for a misspelt key, or but for what stands under one of its keys
 * and has a sentence of its own; else the complaint about all of them.
 */
function innermost(issue: Issue): Issue {
  if (issue.code !== "invalid_union") return issue;
  const near = issue.errors.find(
    (form) => form.length > 0 && form.every((inner) => inner.code === "unrecognized_keys"),
  );
  const deeper = issue.errors.find(
    (form) => form.length > 0 && form.every(({ path, message }) => path.length > 0 && message.startsWith("is ")),
  );
  const [inner] = near ?? deeper ?? [];
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}

// A misspelt key is told before the missing one that it causes.
const rank = (code: string | undefined): number => (code === "unrecognized_keys" ? 0 : 1);

function unknownKey(problem: ConfigFile["problem"], key: readonly ConfigKey[], wrong: string): MaildeskError {
  const known = knownKeys(key.filter((part) => typeof part === "string").join("."));
  const where = key.length === 0 ? "" : ` in ${nameOf(key)}`;
  return problem(
    [...key, wrong],
    `there is no "${wrong}"${where}${didYouMean(wrong, known)}. Known here: ${known.join(", ")}.`,
  );
}

/** `mailboxes[0].source`. */
export const nameOf = (key: readonly ConfigKey[]): string =>
  key.length === 0
    ? "the file"
    : key.map((part, at) => (typeof part === "number" ? `[${part}]` : at === 0 ? part : `.${part}`)).join("");

/** The line of a key, or of the nearest thing around it that is there. */
function lineOf(document: Document, lines: LineCounter, key: readonly ConfigKey[]): number {
  for (let length = key.length; length > 0; length--) {
    const node = document.getIn(key.slice(0, length), true);
    if (isNode(node) && node.range != null) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT")
      throw configuration(`There is no configuration ${shown}.`, {
        remedy: "`maildesk init` writes one.",
        cause: error,
      });
    throw configuration(`The configuration ${shown} cannot be read (${code ?? "unknown"}).`, {
      cause: error,
    });
  }
}
