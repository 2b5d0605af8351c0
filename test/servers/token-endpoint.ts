// A token endpoint for tests (RFC 6749 sections 4.4 and 6) on 127.0.0.1, with the introspection (RFC 7662) by which a mail
// server asks whether an access token is good. A test says how it behaves and changes its mind while it runs.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What a client asked for. */
export interface TokenRequest {
  grant: string;
  clientId: string;
  /** Where the secret stood; null: none was sent. */
  secretIn: "header" | "form" | null;
  scope: string | null;
  refreshToken: string | null;
}

export interface TokenBehaviour {
  /** Each answer replaces the refresh token, and the old one is good for nothing. */
  rotate: boolean;
  lifeSeconds: number;
  /** Told as refresh_token_expires_in; null is not told. */
  refreshLifeSeconds: number | null;
  /** Instead of a token. `hang`: no answer at all; `drop`: the connection is cut. */
  answer: { status: number; body: unknown; location?: string } | "hang" | "drop" | null;
}

export interface TokenEndpoint {
  url: string;
  introspectionUrl: string;
  port: number;
  behaviour: TokenBehaviour;
  /** Every question so far. */
  requests: TokenRequest[];
  /** A person signed in: a refresh token for this user. */
  signIn(user: string): string;
  /** True where this access token is good for that user. */
  isGood(user: string, accessToken: string): boolean;
  /** The user's refresh tokens are good no more. */
  revoke(user: string): void;
  /** Access tokens handed out are good no more, before their time. */
  expireAll(): void;
  /** Nothing listens; what was handed out stays known. */
  stop(): Promise<void>;
  /** The same port again. */
  restart(): Promise<void>;
}

export interface TokenEndpointOptions {
  clientId?: string;
  clientSecret?: string;
  /** For whom a token of client_credentials is good. */
  appUser?: string;
}

const unauthorized = 401;
const bad = 400;

export async function startTokenEndpoint(options: TokenEndpointOptions = {}): Promise<TokenEndpoint> {
  const { clientId = "desk-client", clientSecret = "desk-client-secret", appUser = "app" } = options;
  const behaviour: TokenBehaviour = { rotate: false, lifeSeconds: 3600, refreshLifeSeconds: null, answer: null };
  const requests: TokenRequest[] = [];
  const refresh = new Map<string, string>();
  const access = new Map<string, string>();
  const sockets = new Set<Socket>();
  let handedOut = 0;
  const fresh = (kind: string, user: string) => `${kind}-${user}-${++handedOut}`;

  function grant(question: TokenRequest, secret: string | null): { status: number; body: unknown } {
    if (question.clientId !== clientId || secret !== clientSecret)
      return refusal(unauthorized, "invalid_client", "The client or its secret is not known.");
    if (question.grant === "client_credentials") return { status: 200, body: tokens(appUser, null) };
    if (question.grant !== "refresh_token") return refusal(bad, "unsupported_grant_type", "Not here.");
    const user = refresh.get(question.refreshToken ?? "");
    if (user === undefined)
      return refusal(bad, "invalid_grant", `The refresh token ${question.refreshToken} was revoked or has expired.`);
    if (!behaviour.rotate) return { status: 200, body: tokens(user, null) };
    refresh.delete(question.refreshToken ?? "");
    const next = fresh("refresh", user);
    refresh.set(next, user);
    return { status: 200, body: tokens(user, next) };
  }

  function tokens(user: string, refreshToken: string | null): object {
    const accessToken = fresh("access", user);
    access.set(accessToken, user);
    return {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: behaviour.lifeSeconds,
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      ...(behaviour.refreshLifeSeconds === null ? {} : { refresh_token_expires_in: behaviour.refreshLifeSeconds }),
    };
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await bodyOf(request));
    if (request.url?.startsWith("/introspect")) {
      const user = access.get(form.get("token") ?? "");
      return send(response, 200, user === undefined ? { active: false } : { active: true, username: user });
    }
    const { question, secret } = readQuestion(form, request.headers.authorization);
    requests.push(question);
    const { answer } = behaviour;
    if (answer === "hang") return;
    if (answer === "drop") return void request.socket.destroy();
    if (answer !== null) return send(response, answer.status, answer.body, answer.location);
    const { status, body } = grant(question, secret);
    send(response, status, body);
  }

  const open = (port: number): Promise<Server> =>
    new Promise((resolve) => {
      const server = createServer((request, response) => void respond(request, response));
      server.on("connection", (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      server.listen(port, "127.0.0.1", () => resolve(server));
    });
  let server = await open(0);
  const { port } = server.address() as AddressInfo;

  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return {
    url: `http://127.0.0.1:${port}/token`,
    introspectionUrl: `http://127.0.0.1:${port}/introspect`,
    port,
    behaviour,
    requests,
    signIn(user) {
      const token = fresh("refresh", user);
      refresh.set(token, user);
      return token;
    },
    isGood: (user, accessToken) => access.get(accessToken) === user,
    revoke(user) {
      for (const [token, of] of refresh) if (of === user) refresh.delete(token);
    },
    expireAll: () => access.clear(),
    stop,
    async restart() {
      await stop();
      server = await open(port);
    },
  };
}

const refusal = (status: number, error: string, words: string) => ({
  status,
  body: { error, error_description: words },
});

function readQuestion(form: URLSearchParams, header: string | undefined) {
  const basic = /^Basic (.+)$/.exec(header ?? "")?.[1];
  const [id, inHeader] = basic === undefined ? [] : Buffer.from(basic, "base64").toString().split(":");
  const secret = inHeader === undefined ? form.get("client_secret") : decodeURIComponent(inHeader);
  const question: TokenRequest = {
    grant: form.get("grant_type") ?? "",
    clientId: id === undefined ? (form.get("client_id") ?? "") : decodeURIComponent(id),
    secretIn: inHeader !== undefined ? "header" : secret === null ? null : "form",
    scope: form.get("scope"),
    refreshToken: form.get("refresh_token"),
  };
  return { question, secret };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

function send(response: ServerResponse, status: number, body: unknown, location?: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    ...(location === undefined ? {} : { location }),
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}
