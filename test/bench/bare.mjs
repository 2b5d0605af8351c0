// The bare limit: what it costs to fetch and parse the same mails with the same libraries and do nothing with them.
// `node bare.mjs HOST PORT USER PASSWORD` prints one JSON line: { mails, ms, cpuMs, laterCpuMs }, from the first fetch to the last
// parsed mail, so that starting Node
// and logging in don't count; the last figure is that of the second half.
import { ImapFlow } from "imapflow";
import { simpleParser } from "mailparser";

const rangeMails = 50;
const [host, port, user, pass] = process.argv.slice(2);

const client = new ImapFlow({
  host,
  port: Number(port),
  secure: false,
  doSTARTTLS: false,
  auth: { user, pass },
  logger: false,
  disableCompression: true,
});
await client.connect();
await client.mailboxOpen("INBOX", { readOnly: true });
const uids = await client.search({ all: true }, { uid: true });

let mails = 0;
let half;
const started = performance.now();
const before = process.cpuUsage();
for (let start = 0; start < uids.length; start += rangeMails) {
  const range = uids.slice(start, start + rangeMails);
  for await (const mail of client.fetch(`${range[0]}:${range.at(-1)}`, { source: true }, { uid: true })) {
    const parsed = await simpleParser(mail.source);
    if (parsed.attachments.length !== 1)
      throw new Error(`the mail ${mail.uid} has ${parsed.attachments.length} attachments`);
    mails += 1;
    if (mails === Math.ceil(uids.length / 2)) half = process.cpuUsage();
  }
}
const cpuMsSince = (moment) => {
  const { user, system } = process.cpuUsage(moment);
  return (user + system) / 1000;
};
console.log(
  JSON.stringify({ mails, ms: performance.now() - started, cpuMs: cpuMsSince(before), laterCpuMs: cpuMsSince(half) }),
);
await client.logout();
