// The Parser port: mail/parse.ts behind a fence of child processes, so that a mail which takes too much time or memory,
// or crashes its reader, costs a child and not the worker. No attachment bytes come back with a parsed mail.
import { fileURLToPath } from "node:url";
import { badData } from "../errors.ts";
import { mailLimits } from "../mail/limits.ts";
import type { ParsedMail } from "../mail/parsed-mail.ts";
import type { Parser } from "../ports.ts";
import { openChild } from "./child-process.ts";
import { openLine } from "./waiting-line.ts";

export interface ParserOptions {
  /** How many mails are read at once. */
  children: number;
  timeMs?: number;
  memoryBytes?: number;
  /** Another program in place of child.js: tests bring one that misbehaves on demand. */
  childScript?: string;
}

/** Opens the parser; children start when the first mails come. */
export function openParser(options: ParserOptions): Parser {
  const script = options.childScript ?? fileURLToPath(new URL("./child.js", import.meta.url));
  const timeMs = options.timeMs ?? mailLimits.parseTimeMs;
  const memoryBytes = options.memoryBytes ?? mailLimits.parseMemoryBytes;
  const children = Array.from({ length: Math.max(1, options.children) }, () =>
    openChild({ script, timeMs, memoryBytes }),
  );
  const line = openLine(children);
  return {
    async parse(mail) {
      const json = await line.read("parse", typeof mail === "function" ? mail : () => Promise.resolve(mail));
      if (json === null) throw new Error("the reader of mails gave no answer");
      return JSON.parse(json.toString()) as ParsedMail; // what child.ts makes of it
    },
    async html(raw) {
      const json = await line.read("html", () => Promise.resolve(raw));
      return json === null ? null : (JSON.parse(json.toString()) as { html: string; remarks: string[] });
    },
    async attachment(raw, part) {
      const bytes = await line.read("attachment", () => Promise.resolve(raw), part);
      if (bytes === null) throw badData(`The mail has no attachment number ${part}.`);
      return bytes;
    },
    pids: () => children.map((child) => child.pid()).filter((pid) => pid !== null),
    async close() {
      line.close();
      await Promise.all(children.map((child) => child.close()));
    },
  };
}
