// A process that runs command lines one after the other, each with a desk of its own, as a script of an administrator's
// would. It says "ready" when everything is loaded, begins when it is told to, and tells how each line ended.
import { once } from "node:events";
import { main } from "../../dist/cli/main.js";

const lines = JSON.parse(process.argv[2] ?? "[]");
process.stdout.write("ready\n");
await once(process.stdin, "data");
for (const args of lines) {
  let stderr = "";
  const print = {
    out() {},
    err(text) {
      stderr += text;
    },
  };
  const code = await main(args, { print });
  process.stdout.write(`${JSON.stringify({ args, code, stderr })}\n`);
}
process.stdin.destroy();
