// The program that reads hostile mails: a process of its own with two calls, no configuration and an empty environment.
// Only child-process.ts starts it.
import { attachmentBytes, parseMail } from "../mail/parse.ts";
import { serve } from "./serve.ts";

serve({
  parse: async (raw) => Buffer.from(JSON.stringify(await parseMail(raw))),
  attachment: (raw, part) => attachmentBytes(raw, part),
});
