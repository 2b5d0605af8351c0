// At each Tab the command is asked for words: it starts no program that gives a secret, and needs of the configuration only
// where the database is (OPS-10, OPS-11).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { databaseOf, onPostgres } from "../servers/test-database.ts";
import { type DeskFolder, deskFolder } from "./desk-folder.ts";

let desk: DeskFolder;
let database: string;
beforeAll(async () => {
  desk = await deskFolder();
  database = onPostgres ? await databaseOf(desk.path) : "sqlite:./data/maildesk.db"; // as init writes it
  expect(await desk.run(["org", "add", "Acme"])).toMatchObject({ code: 0 });
});
afterAll(() => desk.remove());

/** Whoever runs it leaves a file. */
const program = (prints: string) => `{ command: "touch ran; echo '${prints}'" }`;
const configured = (place: string) =>
  desk.file(
    "maildesk.yaml",
    `database: ${place}
secret: ${program("the secret of all desks in these tests")}
outgoing: { url: "smtps://desk@mail.example", password: ${program("word")} }
queue: \${NO_SUCH_VARIABLE}
mailboxes:
  - name: support
    address: support@desk.example
    source: { url: "imaps://desk@mail.example/INBOX", password: ${program("word")} }
  - address: ${program("sales@desk.example")}
  - { address: "\${NO_SUCH_VARIABLE}" }
  - { address: info@desk.example, source: "imaps://mail.example" }
`,
  );
/** The file alone says where the database is. */
const offered = async (...words: string[]) =>
  await desk.run(["completion", "words", "zsh", "--", ...words], { env: { MAILDESK_DATABASE: "" } });
const silent = (stdout: string) => ({ code: 0, stdout, stderr: "" });
const hasRun = () => existsSync(join(desk.path, "ran"));

it("names are offered where the rest of the configuration would start programs, or can't be read", async () => {
  configured(JSON.stringify(database));
  expect(await offered("org", "show", "a")).toEqual(silent("Acme\n"));
  expect(await offered("mailbox", "test", "")).toEqual(silent("support\ninfo@desk.example\n"));
  expect(hasRun()).toBe(false);
});

it("a file may say where the database is", async () => {
  desk.file("place", `${database}\n`);
  configured("{ file: ./place }");
  expect(await offered("org", "show", "a")).toEqual(silent("Acme\n"));
});

it("where a command says where the database is there are no names, and the command is not started", async () => {
  configured(program(database));
  expect(await offered("org", "show", "a")).toEqual(silent(""));
  expect(await offered("org", "sh")).toEqual(silent("show\n"));
  expect(hasRun()).toBe(false);
});
