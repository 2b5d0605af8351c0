// The command on one opened desk in this process: many command lines without a process for each. What a line prints and its
// exit code are what a person would see.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApp } from "../../dist/app.js";
import { main } from "../../dist/cli/main.js";
import { loadConfig } from "../../dist/config.js";
import { tempFolder } from "../servers/temp-folder.ts";
import { databaseOf } from "../servers/test-database.ts";

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

export type CommandDesk = Awaited<ReturnType<typeof commandDesk>>;

/** One mailbox, support@desk.example, that only `ingest` fills. */
const configText = (database: string) => `database: ${database}
secret: the secret of all desks in these tests
outgoing: maildir:./sent
mailboxes:
  - { name: support, address: support@desk.example, source: none }
`;

export async function commandDesk(purpose: string) {
  const folder = tempFolder(purpose);
  writeFileSync(join(folder.path, "maildesk.yaml"), configText(await databaseOf(folder.path)));
  const config = loadConfig({ path: folder.path, env: {}, folder: folder.path });
  const app = await openApp(config, { log: { info() {}, warn() {}, error() {} } });
  return {
    app,
    async run(...args: string[]): Promise<Said> {
      const said = { stdout: "", stderr: "" };
      const print = {
        out(text: string) {
          said.stdout += text;
        },
        err(text: string) {
          said.stderr += text;
        },
      };
      const code = await main(args, { app, print });
      return { code, ...said };
    },
    async close() {
      await app.close();
      folder.remove();
    },
  };
}
