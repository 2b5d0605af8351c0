import { test } from "vitest";
import { startDovecot } from "../servers/dovecot.ts";
import { readFileSync, readdirSync } from "node:fs";
import { openImap } from "../../dist/imap/open-imap.js";
test("x", async () => {
  const d = await startDovecot();
  try {
  const u = d.user("help");
  const look = () => console.log(readdirSync(u.maildir), readFileSync(u.maildir + "/dovecot-uidlist", "utf8"));
  await d.deliver("help", "Subject: a\r\n\r\nb\r\n");
  await d.deliver("help", "Subject: a2\r\n\r\nb\r\n");
  const s = openImap({ name: "support", host: d.host, port: d.port, secure: "none", user: "help", password: async () => u.password, folder: "INBOX" });
  const poll = () => s.fetch({ cursor: null, start: null, starting: async () => null, windowSize: 5, known: async () => new Set(), signal: new AbortController().signal }, async (b) => console.log(b.cursor));
  await poll();
  look();
  await d.renumber("help");
  console.log(readdirSync(u.maildir));
  await poll();
  look();
  await s.close();
  } finally { console.log(d.log()); await d.remove(); }
});
