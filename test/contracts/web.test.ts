// The page by which a recipient leaves with one click (RFC 8058), asked by a browser, a mail client, a scanner and somebody hostile.
import { connect } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { isOneClick } from "../../dist/web/one-click.js";
import { openWeb } from "../../dist/web/open-web.js";
import { freePort } from "../servers/free-port.ts";

const good = "mfaqaaaaaaaaaaaaaaaaaaaa";
const form = { "content-type": "application/x-www-form-urlencoded" };
const oneClick = "List-Unsubscribe=One-Click";

async function web(leave: (token: string) => Promise<void> = async () => {}) {
  const port = await freePort();
  const left: string[] = [];
  const failures: unknown[] = [];
  const opened = await openWeb({
    ...{ host: "127.0.0.1", port },
    isToken: (token) => token.toLowerCase() === good,
    leave: async (token) => {
      await leave(token);
      left.push(token);
    },
    failed: (error) => failures.push(error),
  });
  onTestFinished(() => opened.close());
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    return { code: response.status, text: await response.text(), headers: response.headers };
  };
  const post = (body: string, headers: Record<string, string> = form, path = `/leave/${good}`) =>
    ask(path, { method: "POST", body, headers });
  return { port, left, failures, ask, post };
}

describe("the page for leaving", () => {
  it("asks, and changes nothing when it is only looked at", async () => {
    const { ask, left } = await web();
    const shown = await ask(`/leave/${good}`);
    expect(shown.code).toBe(200);
    expect(shown.text).toContain('<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">');
    expect(shown.text).not.toContain(good);
    expect(Object.fromEntries(shown.headers)).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy": expect.stringContaining("default-src 'none'"),
    });
    expect(shown.headers.has("set-cookie")).toBe(false);
    expect(await ask(`/leave/${good}`, { method: "HEAD" })).toMatchObject({ code: 200, text: "" });
    expect(left).toEqual([]);
  });

  it("lets go by one click, from a form or a mail client, below any path, as often as it is asked", async () => {
    const { post, left } = await web();
    const parts = `--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n`;
    for (const answer of [
      await post(oneClick),
      await post(oneClick),
      await post(parts, { "content-type": "multipart/form-data; boundary=x" }),
      await post(oneClick, form, `/help/leave/${good.toUpperCase()}/?utm=1`),
    ])
      expect(answer).toMatchObject({ code: 200, text: expect.stringContaining("You will get no more mail") });
    expect(left).toHaveLength(4);
  });

  it("knows nothing of other tokens and other paths, and says the same of all", async () => {
    const { ask, post, left } = await web();
    const { code, text } = await ask("/leave/mfaqbbbbbbbbbbbbbbbbbbbb");
    expect(code).toBe(404);
    for (const path of [
      "/",
      "/leave/",
      "/leave/x",
      `/leave/${good}/more`,
      "/leave/<script>alert(1)</script>",
      "/healthz",
    ])
      expect(await ask(path)).toMatchObject({ code: 404, text });
    expect(await post(oneClick, form, "/leave/mfaqbbbbbbbbbbbbbbbbbbbb")).toMatchObject({ code: 404, text });
    expect(left).toEqual([]);
  });

  it("refuses other methods, other bodies and long ones, and changes nothing", async () => {
    const { ask, post, left } = await web();
    for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const answer = await ask(`/leave/${good}`, { method });
      expect([answer.code, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
    }
    expect(await post("List-Unsubscribe=No")).toMatchObject({ code: 400 });
    expect(await post("")).toMatchObject({ code: 400 });
    expect(await post(oneClick, { "content-type": "text/plain" })).toMatchObject({ code: 400 });
    expect(await post(`${oneClick}&x=${"x".repeat(5000)}`)).toMatchObject({ code: 413 });
    expect(left).toEqual([]);
  });

  it("says that it did not work where it did not, and lets be asked again", async () => {
    let isAway = true;
    const { post, left, failures } = await web(async () => {
      if (isAway) throw new Error("the database is away");
    });
    const answer = await post(oneClick);
    expect([answer.code, answer.headers.get("retry-after")]).toEqual([503, "120"]);
    expect(answer.text).not.toContain("database");
    expect(failures).toHaveLength(1);
    isAway = false;
    expect(await post(oneClick)).toMatchObject({ code: 200 });
    expect(left).toEqual([good]);
  });

  it("ends what is no HTTP, and headers without end", async () => {
    const { port, ask } = await web();
    const said = (text: string) =>
      new Promise<string>((resolve) => {
        let heard = "";
        const socket = connect(port, "127.0.0.1", () => socket.write(text));
        socket.on("data", (part) => (heard += part.toString()));
        socket.on("error", () => {});
        socket.on("close", () => resolve(heard));
      });
    expect(await said("HELO desk\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
    expect(await said(`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    expect((await ask("/")).code).toBe(404);
  });
});

describe("the body of one click", () => {
  it.each([
    ["application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", true],
    ["application/x-www-form-urlencoded; charset=utf-8", "a=b&List-Unsubscribe=One-Click\r\n", true],
    ["", "List-Unsubscribe=One-Click", true],
    [
      'multipart/form-data; boundary="a b"',
      '--a b\nContent-Disposition: form-data; name="List-Unsubscribe"\n\nOne-Click\n--a b--',
      true,
    ],
    ["multipart/form-data", "List-Unsubscribe=One-Click", false],
    [
      "multipart/form-data; boundary=x",
      '--x\r\nContent-Disposition: form-data; name="other"\r\n\r\nOne-Click\r\n--x--',
      false,
    ],
    ["application/json", '{"List-Unsubscribe":"One-Click"}', false],
  ])("%j %j: %s", (type, body, is) => {
    expect(isOneClick(type, body)).toBe(is);
  });
});
