// The short forms of maildesk.yaml: one URL says how to reach a mailbox or the way out. Read by hand and not by the
// URL class, which knows none of these schemes, refuses `ann@example.com@host` and has no sentence for what is wrong.
// A password in a URL is percent-encoded (RFC 3986 section 2.1); one that stands as `${NAME}` is taken as it is.

/** What stands in `scheme://user:password@host:port/path?option=value`; every part decoded, `${NAME}` untouched. */
export interface UrlParts {
  scheme: string;
  user: string | null;
  password: string | null;
  host: string;
  port: number | null;
  path: string;
  options: ReadonlyMap<string, string>;
}

export type UrlResult = { ok: true; url: UrlParts } | { ok: false; text: string };

const lengthMax = 2_000;

/** The scheme of a URL or of `maildir:./path`; "" where there is none. */
export const schemeOf = (text: string): string => /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase() ?? "";

/** What follows `maildir:` or `sqlite:`, with or without two slashes: a path. */
export const pathOf = (text: string): string => text.slice(text.indexOf(":") + 1).replace(/^\/\/(?=[./~]|$)/, "");

/** Reads a URL with a host; never throws. `text` of a failure never repeats the password. */
export function readUrl(text: string): UrlResult {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(text.slice(0, lengthMax));
  if (match === null || text.length > lengthMax) return { ok: false, text: "is no URL maildesk knows" };
  const [, scheme = "", authority = "", path = "", query = ""] = match;
  const at = authority.lastIndexOf("@");
  const server = readServer(authority.slice(at + 1));
  if (server === null)
    return { ok: false, text: "names no host and port that maildesk can read (in a password, / is %2F and % is %25)" };
  const login = at < 0 ? "" : authority.slice(0, at);
  const colon = login.indexOf(":");
  const user = decode(colon < 0 ? login : login.slice(0, colon));
  const password = colon < 0 ? "" : decode(login.slice(colon + 1));
  const folder = decode(path.slice(1));
  const options = readOptions(query);
  if (user === null || password === null || folder === null || options === null) {
    return { ok: false, text: "holds a % that is no percent-encoding" };
  }
  return {
    ok: true,
    url: {
      scheme: scheme.toLowerCase(),
      ...server,
      user: user === "" ? null : user,
      password: password === "" ? null : password,
      path: folder,
      options,
    },
  };
}

function readServer(text: string): { host: string; port: number | null } | null {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]\s@]+)(?::(\d{1,5}))?$/i.exec(text);
  if (match === null) return null;
  const port = match[2] === undefined ? null : Number(match[2]);
  if (port !== null && (port < 1 || port > 65_535)) return null;
  return { host: (match[1] ?? "").replace(/^\[|\]$/g, ""), port };
}

function readOptions(query: string): Map<string, string> | null {
  const options = new Map<string, string>();
  for (const pair of query.split("&").filter((one) => one !== "")) {
    const at = pair.indexOf("=");
    const key = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "true" : decode(pair.slice(at + 1));
    if (key === null || value === null) return null;
    options.set(key, value);
  }
  return options;
}

// A plus is a plus here: this is no HTML form.
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** The URL without its password, for people: `imaps://ann:***@mail.example.com/INBOX`. */
export const withoutPassword = (text: string): string =>
  text.replace(/([a-z][a-z0-9+.-]*:\/\/[^/?#:\s]*:)\S*(?=@)/gi, "$1***");
