// Stands in for dist/parser/child.js: the first word of the mail says how it misbehaves. A mail that really takes too
// long or too much would have to be found anew whenever the reader becomes better; this one keeps its word.
import { serve } from "../../dist/parser/serve.js";

const deeds = {
  loop: () => {
    for (;;);
  },
  eat: () => {
    const eaten = [];
    for (;;) eaten.push(Buffer.alloc(16 * 1024 * 1024, 1));
  },
  "eat-heap": () => {
    const eaten = [];
    for (;;) eaten.push(new Array(1000).fill({ a: eaten.length }));
  },
  die: () => process.exit(3),
  chatter: () => {
    console.log("noise on standard output".repeat(10_000));
    console.error("noise on standard error".repeat(10_000));
    return { subject: "said" };
  },
  swell: () => {
    globalThis.swollen = Buffer.alloc(200 * 1024 * 1024, 1);
    return { subject: "grown" };
  },
  throw: () => {
    throw new TypeError("a mistake of ours");
  },
  environment: () => ({ subject: Object.keys(process.env).join(" ") }),
};

serve({
  parse(raw) {
    const deed = deeds[raw.toString()];
    const result = deed === undefined ? { subject: "well" } : deed();
    return Buffer.from(JSON.stringify(result));
  },
});
