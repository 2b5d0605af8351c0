// A folder of its own for tests of maildesk.yaml, with the secret that `init` would make.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, loadConfig } from "../../dist/config.js";
import { MaildeskError } from "../../dist/errors.js";
import { tempFolder } from "../servers/temp-folder.ts";

export const secret = "0123456789abcdef0123456789abcdef";
/** The least that a configuration must say; more keys of the mailbox may follow. */
export const minimalConfig = `secret: ${secret}\nmailboxes:\n  - address: support@example.com\n`;

export interface ConfigFolder {
  path: string;
  /** The configuration that this text is, written to maildesk.yaml in the folder. */
  load(text: string, env?: Record<string, string>): Config;
  remove(): void;
}

export function configFolder(purpose: string): ConfigFolder {
  const { path, remove } = tempFolder(purpose);
  writeFileSync(join(path, "maildesk.secret"), `${secret}\n`);
  return {
    path,
    remove,
    load(text, env = {}) {
      writeFileSync(join(path, "maildesk.yaml"), text);
      return loadConfig({ env, folder: path });
    },
  };
}

/** What is thrown, which must be an error of ours. */
export function refusal(read: () => unknown): MaildeskError {
  try {
    read();
  } catch (error) {
    if (error instanceof MaildeskError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}
