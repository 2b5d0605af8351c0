// A mapping that an import is given as a file: our column, and the heading that somebody else's program has for it, as an
// object in JSON or YAML.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { badData, systemCode } from "./errors.ts";

/** Our column to their heading. Rejects: data. */
export function readMappingFile(path: string): Record<string, string> {
  const value = parsed(path, textOf(path));
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw noMapping(path);
  const pairs = Object.entries(value);
  if (pairs.some(([, heading]) => typeof heading !== "string")) throw noMapping(path);
  return Object.fromEntries(pairs);
}

const noMapping = (path: string, cause?: unknown) =>
  badData(`${path} is no mapping.`, {
    remedy: "Write an object of our column and your heading, such as email: E-Mail address",
    ...(cause === undefined ? {} : { cause }),
  });

/** JSON is YAML too; all scalars stay the text that was typed. */
function parsed(path: string, text: string): unknown {
  try {
    return parse(text, { schema: "failsafe" });
  } catch (error) {
    throw noMapping(path, error);
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = systemCode(error) ?? "unknown";
    throw badData(code === "ENOENT" ? `There is no file ${path}.` : `${path} can't be read (${code}).`, {
      cause: error,
    });
  }
}
