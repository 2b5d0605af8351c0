// Where the words of a message come from: --text, --file, standard input with "-", or an editor on a terminal; and the
// files that go along. Words and bytes are read here once, before anything is decided.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Command } from "commander";
import { type AnswerFile, answerCharsMax, answerFilesMax, readWords, type Words } from "../desk/words.ts";
import { badData, permanent, systemCode, usage } from "../errors.ts";
import { contentTypeOf } from "./content-type.ts";

export interface BodyOptions {
  text?: string;
  file?: string;
  attach?: string[];
}

/** The words and files of a message, with the bytes to be stored. */
export interface Body {
  words: Words;
  blobs: { sha256: string; bytes: Buffer }[];
}

/** All files of one message together; servers refuse larger mails. */
const attachBytesMax = 25 * 1024 * 1024;
const inputBytesMax = answerCharsMax * 4;
const scissors = "------------------------ >8 ------------------------";

/** Adds --text, --file and --attach to a verb that takes a message; "-" is the verb's own argument. */
export function bodyOptions(command: Command): Command {
  return command
    .option("--text <text>", "the message")
    .option("--file <file>", "read the message from this file, - is standard input")
    .option("--attach <files...>", "files that go along");
}

/** The message; `about` stands in the editor below the line, for whoever writes. */
export async function readBody(options: BodyOptions, dash: string | undefined, about: string): Promise<Body> {
  const text = readWords(await bodyText(options, dash, about));
  const blobs: Body["blobs"] = [];
  const files: AnswerFile[] = [];
  const paths = options.attach ?? [];
  if (paths.length > answerFilesMax) throw usage(`${paths.length} files are too many: ${answerFilesMax} are allowed.`);
  let total = 0;
  for (const path of paths) {
    const bytes = await readLimited(path, attachBytesMax);
    total += bytes.length;
    if (total > attachBytesMax)
      throw usage(`The files have more than ${attachBytesMax / 1024 / 1024} MB together: most servers refuse that.`);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    files.push({
      filename: basename(path),
      contentType: contentTypeOf(path),
      sizeBytes: bytes.length,
      sha256,
    });
    blobs.push({ sha256, bytes });
  }
  return { words: { text, files }, blobs };
}

async function bodyText({ text, file }: BodyOptions, dash: string | undefined, about: string): Promise<string> {
  if (dash !== undefined && dash !== "-")
    throw usage(`What does "${dash}" mean here?`, { remedy: "Give the message with --text, --file or -." });
  const sources = [text, file, dash].filter((source) => source !== undefined);
  if (sources.length > 1) throw usage("Give the message once: with --text, --file or -.");
  if (text !== undefined) return text;
  if (dash === "-" || file === "-") return await readInput();
  if (file !== undefined) return (await readLimited(file, inputBytesMax)).toString("utf8");
  if (process.stdin.isTTY === true && process.stdout.isTTY === true) return await fromEditor(about);
  throw usage("There is no message.", { remedy: "Give it with --text, --file or - (standard input)." });
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > inputBytesMax) throw badData("The message on standard input is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function readLimited(path: string, bytesMax: number): Promise<Buffer> {
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      if (size > bytesMax) throw badData(`${path} is larger than ${Math.floor(bytesMax / 1024 / 1024)} MB.`);
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") throw badData(`There is no file ${path}.`);
    if (code === "EISDIR") throw badData(`${path} is a folder.`);
    if (code === "EACCES") throw badData(`This user may not read ${path}.`);
    throw error;
  }
}

async function fromEditor(about: string): Promise<string> {
  const { editorCommand } = await import("../app.ts");
  const editor = editorCommand();
  if (editor === null)
    throw usage("There is no message, and no editor to write one in.", {
      remedy: "Set EDITOR, or give the message with --text, --file or -.",
    });
  const folder = await mkdtemp(join(tmpdir(), "maildesk-"));
  try {
    const path = join(folder, "message.txt");
    await writeFile(path, `\n${scissors}\nWrite above this line; everything from it on is left out.\n${about}\n`, {
      mode: 0o600,
    });
    await run(editor, path);
    const written = await readFile(path, "utf8");
    return written.split(scissors)[0] ?? "";
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** EDITOR may carry options of its own (`code --wait`), so a shell reads it; the path is an argument, not text. */
function run(editor: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", `${editor} "$1"`, "sh", path], { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code) =>
      code === 0 ? resolve() : reject(permanent(`The editor ended with ${code ?? "a signal"}: nothing was done.`)),
    );
  });
}
