// What `maildesk init` writes, once for all desks of a run: each test copies it (desk-folder.ts) instead of asking for the same
// again. What init itself does is tested in test/cli/init.test.ts.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";
import { tempFolder } from "./temp-folder.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A folder with the configuration, the secret and the empty mailboxes of a new desk. */
    initialised: string;
  }
}

const bin = fileURLToPath(new URL("../../bin/maildesk.js", import.meta.url));

export function setup(project: TestProject): () => void {
  const folder = tempFolder("init");
  const { MAILDESK_AGENT: _agent, MAILDESK_CONFIG: _config, ...env } = process.env;
  execFileSync(process.execPath, [bin, "init"], { cwd: folder.path, env });
  project.provide("initialised", folder.path);
  return folder.remove;
}
