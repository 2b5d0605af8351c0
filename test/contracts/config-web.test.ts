// `web:` of maildesk.yaml: off, or an https address and where a worker answers for it.
import { afterAll, describe, expect, it } from "vitest";
import { sentence } from "../../dist/errors.js";
import { configFolder, minimalConfig as head, refusal } from "./config-in-folder.ts";

const { load, remove } = configFolder("config-web");
afterAll(remove);

const web = (text: string, env: Record<string, string> = {}) => load(`${head}web: ${text}\n`, env).web;

describe("web:", () => {
  it("is off by default, and where it is said", () => {
    expect(load(head).web).toBeNull();
    expect(web("off")).toBeNull();
    expect(load(head, { MAILDESK_WEB_LISTEN: "127.0.0.1:1" }).web).toBeNull();
  });

  it("has an address, and a place to listen that the environment may move or take away", () => {
    const own = { address: "https://desk.example/", listen: { host: "127.0.0.1", port: 8090 } };
    expect(web("{ address: https://desk.example }")).toEqual(own);
    expect(web("{ address: https://desk.example/help, listen: '[::1]:9000' }")).toEqual({
      ...{ address: "https://desk.example/help", listen: { host: "::1", port: 9000 } },
    });
    expect(web("{ address: https://desk.example, listen: off }")).toEqual({ ...own, listen: null });
    expect(web("{ address: https://desk.example }", { MAILDESK_WEB_LISTEN: "off" })).toEqual({ ...own, listen: null });
    expect(web("{ address: https://desk.example }", { MAILDESK_WEB_LISTEN: "9001" })?.listen?.port).toBe(9001);
  });

  it.each([
    ["{ listen: 127.0.0.1:8090 }", /web\.address is missing\. Write https:\/\/HOST\//],
    ["{ address: http://desk.example/ }", /"http:\/\/desk\.example\/" is no address of pages/],
    ["{ address: desk.example }", /is no address of pages/],
    ["{ address: https://desk.example/?x=1 }", /is no address of pages/],
    ["{ address: https://desk.example, listen: here }", /web\.listen "here" is no address with a port/],
    ["{ address: https://desk.example, port: 1 }", /port/],
    ["8090", /web.* is not understood\. Write off, or \{ address:/],
  ])("%s is refused with what to write", (text, expected) => {
    expect(sentence(refusal(() => web(text)))).toMatch(expected);
  });

  it("hides a password that stands in it by mistake", () => {
    const said = sentence(refusal(() => web("{ address: 'https://joe:geheim@desk.example/' }")));
    expect(said).toContain("is no address of pages");
    expect(said).not.toContain("geheim");
  });
});
