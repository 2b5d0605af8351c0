// The small HTTP server behind `web:`: one page below /leave/ by which a recipient leaves with one click (RFC 8058). A GET or HEAD
// changes nothing, as scanners of mail open every link; a POST leaves. It stands behind a proxy that speaks TLS, sets no
// cookie, believes no header, writes nothing of a request into an answer, and speaks to few at a time.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type Address, forWeb, listen, shownAddress } from "../listen.ts";
import { isOneClick } from "./one-click.ts";
import { type Page, pages } from "./page.ts";

export interface WebOptions extends Address {
  /** Whether the token is one that this desk signed for leaving; looks nothing up. */
  isToken(token: string): boolean;
  /** Whom the token names leaves; asked twice it does nothing more. */
  leave(token: string): Promise<void>;
  failed(error: unknown): void;
}

export interface Web {
  /** `http://127.0.0.1:8090`. */
  address: string;
  close(): Promise<void>;
}

const connectionsMax = 64;
const requestMs = 10_000;
const keepAliveMs = 5_000;
const headerBytesMax = 8 * 1024;
const headersMax = 50;
const bodyBytesMax = 4 * 1024;

/** By it `doctor` knows who answers. */
export const webHeader = "x-maildesk";
const headers = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  // The address holds the token.
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-robots-tag": "noindex",
  [webHeader]: "web",
};

/** Listens; rejects like `listen`. */
export async function openWeb(options: WebOptions): Promise<Web> {
  const server = createServer({ maxHeaderSize: headerBytesMax, keepAliveTimeout: keepAliveMs }, (request, response) => {
    void answer(options, request).then((page) => send(request, response, page));
  });
  server.maxConnections = connectionsMax;
  server.maxHeadersCount = headersMax;
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  await listen(server, options, forWeb);
  return {
    address: `http://${shownAddress(options)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(options: WebOptions, request: IncomingMessage): Promise<Page> {
  const { method = "", url = "" } = request;
  const token = /\/leave\/([a-z2-7]{24,40})\/?$/i.exec(url.replace(/\?.*$/s, ""))?.[1];
  if (!["GET", "HEAD", "POST"].includes(method)) return pages.method;
  if (token === undefined || !options.isToken(token)) return pages.unknown;
  if (method !== "POST") return pages.ask;
  const body = await bodyOf(request);
  if (body === null) return pages.long;
  if (!isOneClick(request.headers["content-type"] ?? "", body)) return pages.unclear;
  try {
    await options.leave(token);
    return pages.left;
  } catch (error) {
    options.failed(error);
    return pages.later;
  }
}

/** Null where it is longer than anything that a button sends; what breaks off is nothing. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > bodyBytesMax) return null;
      parts.push(part);
    }
  } catch {
    return "";
  }
  return Buffer.concat(parts).toString("latin1");
}

function send(request: IncomingMessage, response: ServerResponse, { code, html }: Page): void {
  // What was not read of a request would be taken for the next one.
  const isWhole = request.complete || request.method === "GET" || request.method === "HEAD";
  response.writeHead(code, {
    ...headers,
    ...(code === 405 ? { allow: "GET, HEAD, POST" } : {}),
    ...(code === 503 ? { "retry-after": "120" } : {}),
    ...(isWhole ? {} : { connection: "close" }),
  });
  response.end(request.method === "HEAD" ? undefined : html);
}
