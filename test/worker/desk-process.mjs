// One process among several that work one desk: `node desk-process.mjs DATABASE`. Once told to go it makes passes over the
// spool and the outbox until both are empty, and says to whom it sent. Plain JavaScript, as Node 20 runs no TypeScript.
import { monotonicFactory } from "ulid";
import { openDatabase } from "../../dist/database/open.js";
import { openDesk } from "../../dist/database/open-desk.js";
import { openOutbox } from "../../dist/database/outbox.js";
import { openSpool } from "../../dist/database/spool.js";
import { parseMail } from "../../dist/mail/parse.js";
import { openDeliverer } from "../../dist/worker/deliver.js";
import { deliverPass, processPass } from "../../dist/worker/passes.js";
import { openProcessor } from "../../dist/worker/process.js";

const [url] = process.argv.slice(2);
await new Promise((resolve) => process.once("message", resolve));

const ulid = monotonicFactory();
const clock = { now: () => Date.now() };
const ids = { next: (prefix) => `${prefix}_${ulid().toLowerCase()}` };
const database = await openDatabase({ url, migrate: true, now: clock.now });
const address = "support@desk.example";
const errors = [];
const sent = [];
const ports = {
  clock,
  ids,
  log: {
    info() {},
    // Decisions that are made again are how contention looks; everything else is a fault.
    warn: (event, fields) => event === "mail-again" || errors.push({ event, ...fields }),
    error: (event, fields) => errors.push({ event, ...fields }),
  },
  spool: openSpool(database, ids, clock),
  desk: openDesk(database, new Set(["desk.example"])),
  outbox: openOutbox(database, clock),
  queue: { push: async () => {} },
  keys: [{ id: 1, secret: Buffer.from("a secret for tests, not for mail") }],
  parser: { parse: async (load) => parseMail(await load()) },
  ownKeys: new Set([address]),
  mailboxes: new Map([["support", { name: "support", address, ownKeys: new Set([address]), acknowledge: true }]]),
  identities: new Map([["support", { address, displayName: "Desk", plusAddressing: true }]]),
  transport: {
    async send({ to }, raw, handing) {
      await handing();
      sent.push({ to, acknowledgement: String(raw).includes("Auto-Submitted: auto-replied") });
      return { response: "250 ok", messageId: null };
    },
  },
};
const never = new AbortController().signal;
for (let idle = 0; idle < 3; ) {
  const { handled } = await processPass(ports, openProcessor(ports), 8, never);
  const delivered =
    process.argv[3] === "deliver" ? await deliverPass(ports, openDeliverer(ports), 4, never) : { handled: 0 };
  idle = handled + delivered.handled === 0 ? idle + 1 : 0;
  // Another process may hold the last mails, and what it decides may be ours to send.
  await new Promise((resolve) => setTimeout(resolve, 100));
}
await database.close();
process.send({ errors, sent });
process.disconnect();
