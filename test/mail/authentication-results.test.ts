// Authentication-Results (RFC 8601) as servers write them, and as strangers would like them to be read.
import { describe, expect, it } from "vitest";
import { authenticationOf, readAuthentication } from "../../dist/mail/authentication-results.js";

const fields = (...values: string[]) => values.map((value) => ({ name: "authentication-results", value }));
const verdict = (from: string, ...values: string[]) =>
  authenticationOf(readAuthentication(fields(...values)), "mx.desk.example", from);

describe("what the desk's own server says of a mail from acme.com", () => {
  it.each([
    ["dmarc=pass", "mx.desk.example; dmarc=pass (p=reject) header.from=acme.com", "pass"],
    [
      "dmarc=fail, though SPF passes",
      "mx.desk.example; spf=pass smtp.mailfrom=x@acme.com; dmarc=fail header.from=acme.com",
      "fail",
    ],
    ["dkim=pass in its name", "mx.desk.example; dkim=pass header.d=acme.com header.s=k1", "pass"],
    ["dkim=pass of a sub-domain (relaxed)", "mx.desk.example; dkim=pass header.i=@mail.acme.com", "pass"],
    ["dkim=pass of somebody else", "mx.desk.example; dkim=pass header.d=lists.example.net", "none"],
    ["spf=pass of its bounce address", "mx.desk.example; spf=pass smtp.mailfrom=bounce@news.acme.com", "pass"],
    [
      "spf=pass of somebody else, as of a forwarder",
      "mx.desk.example; spf=pass smtp.mailfrom=relay.example.net",
      "none",
    ],
    ["spf=softfail alone", "mx.desk.example; spf=softfail smtp.mailfrom=joe@acme.com", "fail"],
    [
      "spf=fail, but DKIM passes",
      "mx.desk.example; spf=fail smtp.mailfrom=joe@acme.com; dkim=pass header.d=acme.com",
      "pass",
    ],
    ["dkim=none", "mx.desk.example; dkim=none (no signature)", "none"],
    ["nothing", "mx.desk.example; none", "none"],
    ["a version", "mx.desk.example 1; dmarc=pass header.from=acme.com", "pass"],
    ["capitals and white space", "MX.Desk.Example ;\t DMARC = Pass header.from = ACME.com", "pass"],
    ["a method's version", "mx.desk.example; dkim/1=pass header.d=acme.com", "pass"],
    ["a result within a comment", "mx.desk.example (see; dmarc=pass header.from=acme.com); spf=none", "none"],
    ["a nested comment", "mx.desk.example; spf=none (a (b; dmarc=pass) c); dkim=pass header.d=acme.com", "pass"],
    ["a comment that quotes its end", "mx.desk.example; spf=none (a \\) ; dmarc=pass )", "none"],
  ])("%s: %s", (_, header, expected) => {
    expect(verdict("acme.com", header)).toBe(expected);
  });

  it("is read of the topmost header alone: below it stands what a stranger may have written", () => {
    const own = "mx.desk.example; spf=softfail smtp.mailfrom=acme.com; dkim=none";
    const forged = "mx.desk.example; dkim=pass header.d=acme.com; dmarc=pass header.from=acme.com";
    expect(verdict("acme.com", own, forged)).toBe("fail");
  });
});

describe("what a stranger writes", () => {
  it.each([
    ["under another name", ["evil.example; dmarc=pass header.from=acme.com"]],
    [
      "below a header of another server",
      [
        "mx.desk.example; dmarc=fail header.from=acme.com",
        "relay.example; none",
        "mx.desk.example; dmarc=pass header.from=acme.com",
      ],
    ],
    ["for a domain that only ends like it", ["mx.desk.example; dkim=pass header.d=evilacme.com"]],
    ["for its public suffix", ["mx.desk.example; dkim=pass header.d=com"]],
    ["as no header at all", ["", ";;;", "=pass", "(".repeat(9_000)]],
  ])("%s proves nothing", (_, headers) => {
    expect(verdict("acme.com", ...headers)).not.toBe("pass");
  });

  it("is no word at all where the mailbox names no server", () => {
    expect(authenticationOf(readAuthentication(fields("; dmarc=pass", "x; dmarc=pass")), "", "acme.com")).toBe("none");
  });
});
