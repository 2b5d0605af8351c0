// `npm run demo`: a desk in a new temporary folder, a dozen telling mails, a kill, an answer, a merge and its undo, and the count. It
// knows the command only, as a person types it, and checks what it shows: an expectation that fails ends with exit 1.
// `npm run demo -- my.eml` explains a mail of one's own instead.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const home = fileURLToPath(new URL("..", import.meta.url));
const launcher = join(home, "bin", "maildesk.js");
const fixtures = join(home, "fixtures", "mail");
const firstMail = "demo-01-acme-ann-printer.eml";
const killAfterMs = 20_000;

/** The shell's own MAILDESK_* must not lead the demo to somebody's real desk. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith("MAILDESK_"));
  return { ...Object.fromEntries(entries), NO_COLOR: "1" };
}

interface Desk {
  folder: string;
  env: NodeJS.ProcessEnv;
}

function openDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), "maildesk-demo-"));
  mkdirSync(join(folder, "bin"));
  symlinkSync(launcher, join(folder, "bin", "maildesk"));
  return { folder, env: { ...cleanEnvironment(), MAILDESK_CONFIG: join(folder, "maildesk.yaml") } };
}

/** One act: the line as it can be pasted, and what it really printed. */
function act(desk: Desk, words: string[]): string {
  console.log(`$ maildesk ${words.map(quote).join(" ")}`);
  const run = spawnSync(process.execPath, [launcher, ...words], { env: desk.env, encoding: "utf8" });
  const said = `${run.stdout}${run.stderr}`.trimEnd();
  if (said !== "") console.log(said);
  expect(`maildesk ${words[0]} ${words[1] ?? ""} ends well`, run.status === 0);
  return run.stdout;
}

/** The same without showing it, as data for the checks. */
function ask<T>(desk: Desk, ...words: string[]): T {
  const run = spawnSync(process.execPath, [launcher, ...words, "--json"], {
    env: desk.env,
    encoding: "utf8",
  });
  expect(`maildesk ${words.join(" ")} answers`, run.status === 0);
  return JSON.parse(run.stdout === "" ? "[]" : run.stdout) as T; // the shapes are the command's contract
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const misses: string[] = [];
function expect(what: string, holds: boolean): void {
  if (!holds) misses.push(what);
}

/** A worker that is killed the moment it has said that it filed something. */
function workAndKill(desk: Desk): Promise<void> {
  console.log("$ maildesk worker");
  return new Promise((done) => {
    const worker = spawn(process.execPath, [launcher, "worker"], {
      env: desk.env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const stop = setTimeout(() => worker.kill("SIGKILL"), killAfterMs);
    let said = "";
    worker.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (/filed/.test(said)) worker.kill("SIGKILL");
    });
    worker.on("exit", (_code, signal) => {
      clearTimeout(stop);
      expect("the worker was killed in the middle", signal === "SIGKILL");
      console.log("... killed with SIGKILL in the middle of it. Whoever comes next goes on:");
      done();
    });
  });
}

interface Mail {
  id: string;
  subject: string;
  status: string;
  reason: string;
  ticket: number | null;
}

interface Outgoing {
  to: string;
  status: string;
  messageId: string;
}

async function demo(): Promise<void> {
  const desk = openDesk();
  const mails = readdirSync(fixtures)
    .filter((name) => name.startsWith("demo-"))
    .sort();
  act(desk, ["init", "--folder", desk.folder, "--address", "support@desk.example"]);
  act(desk, ["agent", "add", "ina@desk.example", "--name", "Ina Iversen"]);
  act(desk, ["ingest", "--answer", join(fixtures, firstMail)]);
  const rest = mails.filter((name) => name !== firstMail);
  for (const name of rest)
    copyFileSync(join(fixtures, name), join(desk.folder, "data", "inbox", "new", name.replace(".eml", "")));
  console.log(`(${rest.length} more mails are delivered to the inbox: fixtures/mail/demo-*.eml)`);
  await workAndKill(desk);
  act(desk, ["poll"]);
  act(desk, ["process"]);
  act(desk, ["email", "list"]);
  act(desk, ["email", "explain", "pink-2@mail.acme.example"]);
  act(desk, [
    "ticket",
    "reply",
    "1",
    "--as",
    "ina@desk.example",
    "--text",
    "A new drum is on its way to you.",
    "--yes",
  ]);
  act(desk, ["deliver"]);
  organizations(desk);
  project(desk);
  check(desk, mails.length);
}

interface Organization {
  name: string;
  origin: string;
  customers: number;
}

/** The organization that mail made becomes part of one made by hand, and comes back. */
function organizations(desk: Desk): void {
  const whose = () => ask<Organization>(desk, "org", "show", "acme.example");
  const { customers } = whose();
  act(desk, ["org", "list"]);
  act(desk, ["org", "add", "Acme Ltd", "--domain", "acme.com"]);
  act(desk, ["org", "domain", "move", "Acme Ltd", "acme.example", "--apply", "--dry-run"]);
  act(desk, ["org", "merge", "acme.example", "Acme Ltd", "--dry-run"]);
  act(desk, ["org", "merge", "acme.example", "Acme Ltd"]);
  expect("the merged name leads to what it became", whose().name === "Acme Ltd" && whose().customers === customers);
  act(desk, ["undo", "--yes"]);
  expect("the merge is taken back", whose().origin === "automatic" && whose().customers === customers);
}

/** A project that an organization follows: one post, each envelope; who leaves the organization sees and hears no more of it. */
function project(desk: Desk): void {
  const bob = "bob@acme.example";
  const sees = () => ask<{ sees: boolean }>(desk, "customer", "can-see", bob, "1").sees;
  act(desk, ["project", "add", "Printers"]);
  act(desk, ["project", "share", "Printers", "acme.example"]);
  act(desk, ["ticket", "set", "1", "project=Printers"]);
  act(desk, ["project", "post", "Printers", "--subject", "New drums", "--text", "They arrive on Monday.", "--yes"]);
  act(desk, ["deliver"]);
  act(desk, ["outbox", "list", "--limit", "4"]);
  act(desk, ["customer", "can-see", bob, "1"]);
  act(desk, ["ticket", "follower", "remove", "1", bob]);
  expect("Bob sees the ticket, as Acme follows its project", sees());
  act(desk, ["customer", "move", bob, "none"]);
  act(desk, ["customer", "can-see", bob, "1"]);
  expect("Bob does not see it once he left Acme", !sees());
}

function check(desk: Desk, count: number): void {
  const emails = ask<Mail[]>(desk, "email", "list", "--limit", "100");
  const outgoing = ask<Outgoing[]>(desk, "outbox", "list", "--limit", "100");
  const ends = (status: string) => emails.filter((mail) => mail.status === status).length;
  const reasonOf = (subject: string) => emails.find((mail) => mail.subject.includes(subject))?.reason;
  const folder = join(desk.folder, "data", "sent", "new");
  const left = readdirSync(folder).map((file) => messageIdOf(readFileSync(join(folder, file), "utf8")));
  const sent = outgoing.filter((mail) => mail.status === "sent");
  // What was being handed over at the kill may have left or not: it is never sent again in silence.
  const uncertain = outgoing.filter((mail) => mail.status === "uncertain");
  expect("every mail has an end", emails.length === count && ends("pending") + ends("failed") === 0);
  expect(
    "the colleague's reply is on ticket 1",
    emails.some((mail) => mail.reason === "reply" && mail.ticket === 1),
  );
  expect(
    "the stranger is on no ticket of others",
    emails.every((mail) => !mail.subject.startsWith("Re: [#1]") || mail.reason === "new-ticket"),
  );
  expect("the out-of-office is not answered", reasonOf("Out of office") === "automatic");
  expect("the bounce is not answered", reasonOf("Undelivered") === "bounce-unknown");
  expect("the copy by another route counts once", emails.filter((mail) => mail.reason === "duplicate").length === 1);
  expect(
    "the Japanese subject is readable",
    emails.some((mail) => mail.subject === "注文の確認"),
  );
  expect(
    "the Windows-1252 subject is readable",
    emails.some((mail) => mail.subject === "Rückgabe – 30 €"),
  );
  expect("nothing was sent twice", new Set(left).size === left.length);
  expect(
    "what was sent has left",
    sent.every((mail) => left.includes(mail.messageId)),
  );
  expect(
    "what has left is sent or uncertain",
    left.every((id) => [...sent, ...uncertain].some((mail) => mail.messageId === id)),
  );
  expect(
    "both people of ticket 1 have the answer",
    ["ann@acme.example", "bob@acme.example"].every((to) => sent.some((mail) => mail.to.toLowerCase() === to)),
  );
  const doubt =
    uncertain.length === 0
      ? ""
      : `\n${uncertain.length} of those under way at the kill may have left or not: a person decides (\`maildesk outbox list --status uncertain\`).`;
  console.log(
    `\n${count} mails in, ${ends("filed")} filed + ${ends("ignored")} ignored + ${ends("held")} held + ${ends("failed")} failed = ${emails.length} accounted for; ${left.length} mails out, none twice.${doubt}`,
  );
  if (misses.length > 0) {
    console.error(misses.map((miss) => `NOT AS EXPECTED: ${miss}`).join("\n"));
    process.exitCode = 1;
    return;
  }
  console.log("Look around with the lines above, after:");
  console.log(
    `export MAILDESK_CONFIG=${quote(join(desk.folder, "maildesk.yaml"))} PATH=${quote(join(desk.folder, "bin"))}:$PATH`,
  );
}

const messageIdOf = (raw: string): string => /^Message-ID:\s*<([^>]+)>/im.exec(raw)?.[1] ?? raw;

function explain(files: string[]): void {
  const from = process.env.INIT_CWD ?? dirname(launcher);
  const paths = files.map((file) => resolve(from, file));
  const run = spawnSync(process.execPath, [launcher, "inspect", ...paths], {
    env: cleanEnvironment(),
    stdio: "inherit",
  });
  process.exitCode = run.status ?? 1;
}

const files = process.argv.slice(2);
if (files.length > 0) explain(files);
else await demo();
