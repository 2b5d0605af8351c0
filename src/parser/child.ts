// The program that reads hostile mails: a process of its own with three calls, no configuration and an empty environment.
// Only child-process.ts starts it.
import { attachmentBytes, parseMail, shownHtml } from "../mail/parse.ts";
import { serve } from "./serve.ts";

serve({
  parse: async (raw) => Buffer.from(JSON.stringify(await parseMail(raw))),
  html: async (raw) => {
    const shown = await shownHtml(raw);
    return shown === null ? null : Buffer.from(JSON.stringify(shown));
  },
  attachment: (raw, part) => attachmentBytes(raw, part),
});
