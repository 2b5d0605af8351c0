// A mail server that lies, as some do: about how many mails there are, how large they are, which there are, and what they
// are numbered by. While it lies nothing is doubled and nothing takes the worker down; once it tells the truth nothing is
// missing (OPS-4, MAIL-2).
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Dovecot, startDovecot } from "../servers/dovecot.ts";
import { waitUntil } from "../servers/process.ts";
import { startTcpProxy } from "../servers/tcp-proxy.ts";
import { expectNothingLostOrDoubled, isSettled, mailFrom, openFaultDesk, startWorker } from "./fault-desk.ts";

interface Lie {
  tell(text: string): string;
  /** Mails of the first three that are stored although it lies. */
  stored: number;
}

const on = (pattern: RegExp, answer: string) => (text: string) => text.replace(pattern, answer);

const lies: Record<string, Lie> = {
  "says that there are no mails": { tell: on(/^\* \d+ EXISTS/gm, "* 0 EXISTS"), stored: 0 },
  "says that there are more mails than there are": { tell: on(/^\* \d+ EXISTS/gm, "* 7 EXISTS"), stored: 3 },
  "finds none of its mails": { tell: on(/^\* SEARCH[ \d]*/gm, "* SEARCH"), stored: 0 },
  "finds mails that there are not, with numbers far above": {
    tell: on(/^\* SEARCH([ \d]*)/gm, "* SEARCH$1 900001 900002"),
    stored: 3,
  },
  "says that every mail has one byte": { tell: on(/RFC822\.SIZE \d+/g, "RFC822.SIZE 1"), stored: 3 },
  "says that every mail has a gigabyte": { tell: on(/RFC822\.SIZE \d+/g, "RFC822.SIZE 1073741824"), stored: 0 },
  "announces fewer bytes of a mail than it sends": { tell: on(/BODY\[\] \{(\d)\d+\}/g, "BODY[] {$10}"), stored: 0 },
  "sends other mails than it was asked for": { tell: on(/\(UID (\d+) (.*?BODY)/g, "(UID 4$1 $2"), stored: 0 },
  "has another UIDVALIDITY for a while": { tell: on(/UIDVALIDITY \d+/g, "UIDVALIDITY 77"), stored: 3 },
  "describes its mails in words that are no IMAP": { tell: on(/^\* \d+ FETCH .*/gm, "* what (is ]this"), stored: 0 },
};

let imap: Dovecot;

beforeAll(async () => {
  imap = await startDovecot();
});
afterAll(async () => await imap.remove());

it.concurrent.each(Object.entries(lies))("a server that %s", async (_what, { tell, stored }) => {
  const proxy = await startTcpProxy(imap.port);
  const desk = await openFaultDesk(imap, "embedded", {}, { imapPort: proxy.port });
  try {
    const deliver = async (at: number) =>
      await desk.deliver(mailFrom(`P${at} <p${at}@acme.example>`, `Question ${at}`, `q${at}@acme.example`));
    for (const at of [1, 2, 3]) await deliver(at);
    proxy.rewrite(tell);
    const worker = await startWorker(desk);
    await waitUntil(
      async () =>
        (await desk.countOf(
          `"mailbox" where "leaseOwner" is null and ("lastPollAt" is not null or "failures" > 0)`,
        )) === 1,
      () => `it does not poll: ${worker.output()}`,
    );
    expect(await desk.countOf(`"email" where "sizeBytes" > 0`)).toBe(stored);

    // From the next connection on it tells the truth.
    proxy.rewrite((text) => text);
    proxy.cut();
    for (const at of [4, 5]) await deliver(at);
    const filed = async () => await desk.countOf(`"email" where "status" = 'filed'`);
    await waitUntil(
      async () => (await filed()) === 5 && (await isSettled(desk, 5)),
      async () => `${await filed()} are filed: ${worker.output()}`,
      90_000,
    );
    await worker.stop();
    expect(worker.exitCode(), worker.output()).toBe(0);

    const twice = await desk.countOf(`"email" where "reason" = 'duplicate'`);
    if (twice === 0) await expectNothingLostOrDoubled(desk, 5);
    else expect(twice).toBe(3); // those that had a number of their own under the false UIDVALIDITY
    expect(await desk.countOf(`"email"`)).toBe(5 + twice);
    expect(await desk.countOf(`"ticket"`)).toBe(5);
    expect(await desk.rows(`select "id" from "message" where "newText" not like 'This is the text of q%'`)).toEqual([]);
    expect(desk.sink.received.map(({ to }) => to).sort()).toEqual([1, 2, 3, 4, 5].map((at) => `p${at}@acme.example`));
  } finally {
    await proxy.close();
    await desk.remove();
  }
});
