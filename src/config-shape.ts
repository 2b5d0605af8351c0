// The shape of maildesk.yaml: which keys there are and what kind of thing stands under each. What the words mean
// (URLs, durations, addresses) is read in config-read.ts; here every scalar is still the text that was typed.
import { z } from "zod";

/** A complaint that says what to write instead; the key stands in front of it. */
const write = (what: string) => ({
  error: (issue: { input?: unknown }) =>
    issue.input === undefined ? `is missing. Write ${what}.` : `is not understood. Write ${what}.`,
});

const word = (what: string) => z.string(write(what));
const fromFile = z.strictObject({ file: z.string() });
const fromCommand = z.strictObject({ command: z.string() });
const value = (what: string) =>
  z.union([z.string(), fromFile, fromCommand], write(`${what}, { file: PATH } or { command: "COMMAND" }`));

export const sourceForms = "imaps://user@host/INBOX or maildir:./path";
export const outgoingForms = "smtps://user@host, smtp+starttls://user@host, smtp://host:25 or maildir:./path";
export const webForms = "off, or { address: https://desk.example.com/, listen: 127.0.0.1:8090 }";
export const alertForms = "off, { to: [admin@example.com] } or { command: [program, argument] }";

/** All of it is optional here, as config-oauth.ts has the better sentence for what is missing. */
const oauth = z.strictObject(
  {
    provider: word("microsoft, google or custom").optional(),
    grant: word("refresh_token or client_credentials").optional(),
    tenant: value("a directory's id or domain").optional(),
    tokenUrl: value("https://HOST/PATH").optional(),
    clientId: value("an id").optional(),
    clientSecret: value("a secret").optional(),
    refreshToken: value("a refresh token").optional(),
    scope: value("a scope").optional(),
    endsAt: word("a date such as 2027-01-31").optional(),
  },
  write("provider, clientId and refreshToken"),
);
const login = {
  url: value("a URL"),
  user: value("a user").optional(),
  password: value("a password").optional(),
  oauth: oauth.optional(),
  allowInvalidCertificates: word("true or false").optional(),
};
const longSource = z.strictObject(login);
const longOutgoing = z.strictObject({ ...login, ratePerMinute: word("a number of mails").optional() });

const mailbox = z.strictObject(
  {
    name: word("a name").optional(),
    address: value("an address such as support@example.com"),
    aliases: z.array(word("an address"), write("a list of addresses")).optional(),
    displayName: word("a name for the From line").optional(),
    plusAddressing: word("true or false").optional(),
    acknowledge: word("true or false").optional(),
    defaultOrganization: word("the id or name of an organization").optional(),
    team: word("the name of a team").optional(),
    cc: word("known, follow, note or ignore").optional(),
    authservId: word("the name by which your server signs Authentication-Results").optional(),
    source: z.union([z.string(), fromFile, fromCommand, longSource], write(sourceForms)).optional(),
    after: word("seen, keep, delete or move:Folder").optional(),
    start: word("1d, now, all or a date").optional(),
    pollEvery: word("a duration such as 60s").optional(),
  },
  write("address and source"),
);

const key = z.strictObject({ id: word("a number from 0 to 255"), secret: value("a secret") }, write("id and secret"));
const parser = z.strictObject({ children: word("a number").optional() }, write("children: 2"));
const log = z.strictObject(
  { format: word("text or json").optional(), level: word("info, warn, error or silent").optional() },
  write("format: text and level: info"),
);

const alerts = z.strictObject(
  {
    to: z.array(value("an address"), write("a list of addresses")).optional(),
    from: value("an address").optional(),
    route: z.union([z.string(), fromFile, fromCommand, longOutgoing], write(outgoingForms)).optional(),
    command: z.array(z.string(), write("[program, argument, ..]")).optional(),
  },
  write(alertForms),
);

const web = z.strictObject(
  {
    address: value("https://HOST/").optional(),
    listen: value("127.0.0.1:8090 or off").optional(),
  },
  write(webForms),
);

const agents = z.strictObject(
  { users: z.record(z.string(), value("an agent's address"), write("{ joe: joe@example.com }")).optional() },
  write("users: { joe: joe@example.com }"),
);

export const rawConfig = z.strictObject(
  {
    database: value("sqlite:./data/maildesk.db or postgres://user@host/db").optional(),
    queue: value("embedded, redis://host:6379 or postgres://user@host/db").optional(),
    outgoing: z.union([z.string(), fromFile, fromCommand, longOutgoing], write(outgoingForms)).optional(),
    secret: z
      .union(
        [z.string(), fromFile, fromCommand, z.array(key)],
        write("{ file: ./maildesk.secret } or a list of { id, secret }"),
      )
      .optional(),
    mailboxes: z
      .array(mailbox, write("a list with at least one mailbox, such as `- address: support@example.com`"))
      .optional(),
    parser: parser.optional(),
    log: log.optional(),
    metrics: value("off or 127.0.0.1:9464").optional(),
    web: z.union([z.literal(["off", "no", "false"]), web], write(webForms)).optional(),
    agents: agents.optional(),
    alerts: z.union([z.literal(["off", "no", "false"]), alerts], write(alertForms)).optional(),
  },
  write("keys such as `mailboxes:`"),
);

export type RawConfig = z.infer<typeof rawConfig>;
export type RawMailbox = z.infer<typeof mailbox>;
export type RawOauth = z.infer<typeof oauth>;
/** How to reach a server: a URL, or a URL with the login beside it. */
export type RawEndpoint =
  | string
  | z.infer<typeof fromFile>
  | z.infer<typeof fromCommand>
  | z.infer<typeof longOutgoing>;

/** The keys that may stand under `path` ("", `mailboxes`, `mailboxes.source`), for "did you mean". */
export function knownKeys(path: string): string[] {
  const shapes: Record<string, z.ZodRawShape> = {
    "": rawConfig.shape,
    mailboxes: mailbox.shape,
    "mailboxes.source": longSource.shape,
    "mailboxes.source.oauth": oauth.shape,
    outgoing: longOutgoing.shape,
    "outgoing.oauth": oauth.shape,
    secret: key.shape,
    parser: parser.shape,
    log: log.shape,
    agents: agents.shape,
    web: web.shape,
    alerts: alerts.shape,
    "alerts.route": longOutgoing.shape,
    "alerts.route.oauth": oauth.shape,
  };
  return Object.keys(shapes[path] ?? { file: null, command: null });
}
