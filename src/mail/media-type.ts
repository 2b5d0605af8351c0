// Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183): a token and its parameters. This reading steers the
// walk through the parts (boundary, charset, format); file names, with all their encodings, are letterhead.ts's.

export interface MediaType {
  /** Lower case, without parameters and comments; "" where there is none. */
  value: string;
  /** Names in lower case; values unquoted, not decoded. The first of two equal names wins. */
  parameters: Map<string, string>;
  /** Everything from the first semicolon on, as it stands. */
  rest: string;
}

const parameter = /;\s*([^\s=;"()]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;"]*))/sy;
const valueCharsMax = 8 * 1024;
const parameterCountMax = 100;

/** Reads one header value; anything at all gives some result. */
export function readMediaType(header: string | null): MediaType {
  if (header === null) return { value: "", parameters: new Map(), rest: "" };
  const text = withoutComments(header.slice(0, valueCharsMax));
  const semicolon = text.indexOf(";");
  const rest = semicolon < 0 ? "" : text.slice(semicolon);
  const value = (semicolon < 0 ? text : text.slice(0, semicolon)).replace(/[\s"]+/g, "").toLowerCase();
  const parameters = new Map<string, string>();
  let at = 0;
  for (let n = 0; n < parameterCountMax && at >= 0; n++) {
    parameter.lastIndex = at;
    const match = parameter.exec(rest);
    if (match === null) {
      at = rest.indexOf(";", at + 1);
      continue;
    }
    const name = (match[1] ?? "").toLowerCase();
    const unquoted = match[2]?.replace(/\\(.)/gs, "$1") ?? (match[3] ?? "").trim();
    if (!parameters.has(name)) parameters.set(name, unquoted);
    at = rest.indexOf(";", parameter.lastIndex);
  }
  join(parameters);
  return { value, parameters, rest };
}

/** RFC 2231 continuations of the ASCII parameters: `boundary*0=a; boundary*1=b`. */
function join(parameters: Map<string, string>): void {
  for (const name of ["boundary", "charset"]) {
    if (parameters.has(name)) continue;
    const whole = parameters.get(`${name}*`);
    let joined = whole === undefined ? "" : whole.replace(/^[^']*'[^']*'/, "");
    for (let n = 0; n < parameterCountMax; n++) {
      const piece = parameters.get(`${name}*${n}`);
      if (piece === undefined) break;
      joined += piece;
    }
    if (joined !== "") parameters.set(name, joined);
  }
}

/** RFC 822 comments outside quotes; the usual mail has none and pays one search. */
function withoutComments(text: string): string {
  if (!text.includes("(")) return text;
  let out = "";
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (character === "\\" && (quoted || depth > 0)) {
      if (depth === 0) out += text.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (character === '"' && depth === 0) quoted = !quoted;
    if (character === "(" && !quoted) depth += 1;
    if (depth === 0) out += character;
    if (character === ")" && depth > 0) depth -= 1;
  }
  // A bracket that never closes is no comment, as in name=report (1.pdf
  return depth === 0 ? out : text;
}
