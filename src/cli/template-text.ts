// Where the words of a template come from: --text, --file, or standard input. Read here once, with a limit, and before
// anything is decided; whether they may be saved is for the desk to say.
import { open } from "node:fs/promises";
import { badData, systemCode, usage } from "../errors.ts";

/** Much more than a template may hold, and little enough to be read into memory. */
const bytesMax = 1024 * 1024;

export interface TextOptions {
  text?: string;
  file?: string;
}

/** Undefined where no text was given. `dash` is the verb's own argument. */
export async function templateText({ text, file }: TextOptions, dash: string | undefined): Promise<string | undefined> {
  if (dash !== undefined && dash !== "-")
    throw usage(`What does "${dash}" mean here?`, { remedy: "Give the text with --text, --file or -." });
  const given = [text, file, dash].filter((source) => source !== undefined);
  if (given.length > 1) throw usage("Give the text once: with --text, --file or -.");
  if (text !== undefined) return text;
  if (dash === "-" || file === "-") return await fromInput();
  return file === undefined ? undefined : await templateFile(file);
}

/** A file as text. Rejects: badData where it is not there, too long, or no text. */
export async function templateFile(path: string): Promise<string> {
  try {
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      if (size > bytesMax) throw badData(`${path} is too long for a template: it has more than 1 MB.`);
      return asText(path, await handle.readFile());
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

async function fromInput(): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bytesMax) throw badData("Standard input is too long for a template: it has more than 1 MB.");
    chunks.push(chunk);
  }
  return asText("Standard input", Buffer.concat(chunks));
}

function asText(what: string, bytes: Buffer): string {
  const text = bytes.toString("utf8");
  if (text.includes("\ufffd") || text.includes("\0")) throw badData(`${what} is no text in UTF-8.`);
  return text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
}
