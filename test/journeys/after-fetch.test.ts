// What happens on the mail server to a mail that is safely stored: marked as seen, moved, deleted, or nothing (MAIL-1).
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openJourney, queues } from "./desk.ts";
import { mailText } from "./mail-text.ts";

/** The Maildir flags of every mail in a folder, "" for none. */
function flagsIn(maildir: string, folder = ""): string[] {
  return ["new", "cur"].flatMap((part) => {
    const path = join(maildir, folder, part);
    return existsSync(path) ? readdirSync(path).map((file) => /:2,(\w*)$/.exec(file)?.[1] ?? "") : [];
  });
}

describe.each(queues)("a mail that was stored, on the %s queue", (queue) => {
  it.each([
    { after: "seen", inbox: ["S"], done: 0 },
    { after: "keep", inbox: [""], done: 0 },
    { after: "move:Done", inbox: [], done: 1 },
    { after: "delete", inbox: [], done: 0 },
  ])("lies on the server as `after: $after` says", async ({ after, inbox, done }) => {
    const desk = await openJourney(queue, { mailboxes: [{ name: "support", settings: { after } }] });
    await desk.deliver(mailText({ from: "ann@acme.example" }));
    desk.run();
    await desk.settled();
    await desk.polledAgain();

    expect(flagsIn(desk.maildir())).toEqual(inbox);
    expect(flagsIn(desk.maildir(), ".Done")).toHaveLength(done);
    expect(await desk.emails()).toMatchObject([{ reason: "new-ticket", afterDone: 1 }]);
    expect(desk.smtp.received).toHaveLength(1);
  });
});
