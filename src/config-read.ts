// What the other words of maildesk.yaml mean: where the desk's data are, by which queue it works, how mail leaves, by
// which keys it signs. Each complaint says what to write instead.

import type { Config } from "./config.ts";
import { readEndpoint } from "./config-endpoint.ts";
import { type ConfigKey, nameOf } from "./config-file.ts";
import { pick, type Reading, shown, textOf, wholeNumber } from "./config-scalar.ts";
import { outgoingForms, type RawConfig } from "./config-shape.ts";
import { pathOf, schemeOf, withoutPassword } from "./config-url.ts";
import { locate, type RawValue } from "./config-value.ts";

const keyBytesMin = 16;
const childrenMax = 64;

export const defaults = {
  database: "sqlite:./data/maildesk.db",
  queue: "embedded",
  outgoing: "maildir:./data/sent",
  children: 2,
  metrics: "off",
  webListen: "127.0.0.1:8090",
};

export function readDatabase(reading: Reading, key: readonly ConfigKey[], raw: RawValue | undefined): string {
  const text = textOf(reading, key, raw ?? defaults.database);
  const scheme = schemeOf(text);
  if (isPostgres(scheme)) return postgresUrl(reading, key, text);
  const path = scheme === "sqlite" ? pathOf(text) : "";
  if (path === "" || path === ":memory:")
    throw reading.problem(
      key,
      `${nameOf(key)}${shown(raw)} is no database that maildesk can use. Write sqlite:./data/maildesk.db or postgres://user@host/db.`,
    );
  return `sqlite:${locate(path, reading.source)}`;
}

const isPostgres = (scheme: string): boolean => scheme === "postgres" || scheme === "postgresql";

function postgresUrl(reading: Reading, key: readonly ConfigKey[], text: string): string {
  if (URL.canParse(text)) {
    const { hostname, pathname, searchParams } = new URL(text);
    const schema = searchParams.get("schema");
    if (schema !== null && !/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
      throw reading.problem(
        key,
        `${nameOf(key)} names no plain schema. Write ?schema=desk2: small letters, digits, _.`,
      );
    if (hostname !== "" && pathname.length > 1) return text;
  }
  throw reading.problem(key, `${nameOf(key)} names no host or no database. Write postgres://user@host/db.`);
}

export function readQueue(reading: Reading, key: readonly ConfigKey[], raw: RawValue | undefined): Config["queue"] {
  const text = textOf(reading, key, raw ?? defaults.queue);
  if (text === "embedded") return { kind: "embedded" };
  const scheme = schemeOf(text);
  if ((scheme === "redis" || scheme === "rediss") && URL.canParse(text)) return { kind: "redis", url: text };
  if (isPostgres(scheme)) return { kind: "postgres", url: postgresUrl(reading, key, text) };
  throw reading.problem(
    key,
    `${nameOf(key)}${shown(raw)} is no queue that maildesk knows. Write embedded, redis://host:6379 or postgres://user@host/db.`,
  );
}

export function readOutgoing(
  reading: Reading,
  key: readonly ConfigKey[],
  raw: RawConfig["outgoing"],
): Config["outgoing"] {
  const endpoint = readEndpoint(reading, key, raw ?? defaults.outgoing, outgoingForms);
  if (endpoint.kind === "maildir" || endpoint.kind === "smtp") return endpoint;
  throw reading.problem(key, `${nameOf(key)} is a way in, not a way out. Write ${outgoingForms}.`);
}

export function readKeys(reading: Reading, key: readonly ConfigKey[], raw: RawConfig["secret"]): Config["keys"] {
  if (raw === undefined)
    throw reading.problem(
      key,
      "secret is missing. Write secret: { file: ./maildesk.secret } and put a long random line into that file.",
    );
  if (!Array.isArray(raw)) return [{ id: 1, secret: keyOf(reading, key, raw) }];
  if (raw.length === 0)
    throw reading.problem(
      key,
      "secret is an empty list. Write at least one { id, secret }; the first signs, all verify.",
    );
  const keys = raw.map((one, at) => ({
    id: wholeNumber(reading, [...key, at, "id"], one.id, 0, 255),
    secret: keyOf(reading, [...key, at, "secret"], one.secret),
  }));
  const twice = keys.findIndex((one, at) => keys.findIndex((other) => other.id === one.id) < at);
  if (twice >= 0)
    throw reading.problem(
      [...key, twice, "id"],
      `secret[${twice}].id ${keys[twice]?.id} is used twice. Give each key a number of its own.`,
    );
  return keys;
}

function keyOf(reading: Reading, key: readonly ConfigKey[], raw: RawValue): Buffer {
  const secret = Buffer.from(textOf(reading, key, raw).trim(), "utf8");
  if (secret.length >= keyBytesMin) return secret;
  throw reading.problem(
    key,
    `${nameOf(key)} has ${secret.length} characters. Write at least ${keyBytesMin} random ones, such as those of \`openssl rand -hex 32\`.`,
  );
}

export function readChildren(reading: Reading, raw: RawConfig["parser"]): number {
  return raw?.children === undefined
    ? defaults.children
    : wholeNumber(reading, ["parser", "children"], raw.children, 1, childrenMax);
}

export function readLog(reading: Reading, raw: RawConfig["log"]): Config["log"] {
  const format = pick(reading, ["log", "format"], raw?.format ?? "text", ["text", "json"] as const);
  const level = pick(reading, ["log", "level"], raw?.level ?? "info", ["info", "warn", "error", "silent"] as const);
  return { format, level };
}

/** `off`, a port on this machine alone, or `host:port` (an IPv6 address in brackets). */
export function readMetrics(reading: Reading, key: readonly ConfigKey[], raw: RawConfig["metrics"]): Config["metrics"] {
  const text = textOf(reading, key, raw ?? defaults.metrics).trim();
  if (["off", "false", "no"].includes(text)) return null;
  const [, inBrackets, plain, digits] = /^(?:(?:\[([0-9a-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits ?? 0);
  if (port >= 1 && port <= 65_535) return { host: inBrackets ?? plain ?? "127.0.0.1", port };
  throw reading.problem(key, `${nameOf(key)}${shown(raw)} is no address with a port. Write off, or 127.0.0.1:9464.`);
}

/** `off`, or the address of the desk's pages and where a worker answers for them. `listen`: from the environment. */
export function readWeb(
  reading: Reading,
  raw: RawConfig["web"],
  listen: { reading: Reading; key: readonly ConfigKey[]; raw: string } | null,
): Config["web"] {
  if (raw === undefined || typeof raw === "string") return null;
  const key = ["web", "address"] as const;
  const text = textOf(reading, key, raw.address ?? "").trim();
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== "https:" || url.username + url.password + url.search + url.hash !== "")
    throw reading.problem(
      key,
      `web.address${text === "" ? " is missing" : ` "${withoutPassword(text)}" is no address of pages that mail clients open`}. Write https://HOST/; a proxy there speaks TLS and hands on to web.listen.`,
    );
  const place = listen ?? { reading, key: ["web", "listen"], raw: raw.listen ?? defaults.webListen };
  return { address: url.href, listen: readMetrics(place.reading, place.key, place.raw) };
}
