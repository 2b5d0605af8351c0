// Every kind of word that somebody may give for a domain, with what the desk answers, to the letter (ORG-2 to ORG-5). Run
// with --reporter verbose it prints one line a case. The commands run in this process, on one desk that is put back after each.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandDesk, commandDesk } from "../contracts/commands-in-process.ts";

let desk: CommandDesk;
const begin = [
  ["org", "add", "Acme Ltd", "--domain", "acme.com", "--domain", "bücher.example"],
  ["org", "add", "Globex"],
  ["org", "add", "Lone", "--domain", "team.lone.example"],
  ["customer", "add", "eva@initech.example"],
  ["agent", "add", "bob@agents.example"],
  ["settings", "set", "customers.freeMail=rentnet.example", "customers.freeMailExcept=gmx.de"],
];
beforeAll(async () => {
  desk = await commandDesk("domains");
  for (const args of begin) expect(await desk.run(...args), args.join(" ")).toMatchObject({ code: 0 });
});
afterAll(() => desk.close());

/** The exit code and all that a person reads; ids are cut short, the lines of one answer joined. */
async function answer(...args: string[]): Promise<{ code: number; says: string }> {
  const { code, stdout, stderr } = await desk.run(...args);
  if (code === 0) expect(await desk.run("undo", "--yes")).toMatchObject({ code: 0 });
  const says = `${stdout}${stderr}`.replace(/^maildesk: /m, "").replace(/\b(org|cus)_\w{26}/g, "$1_");
  return { code, says: says.trimEnd().split(/\n\s*/).join(" | ") };
}

type Case = readonly [what: string, typed: string, says: string];

const noDomain = "is no domain: give letters, digits and hyphens with dots between, such as acme.com.";
const anybody = (name: string) =>
  `Anybody can register a name under "${name}": give a domain that belongs to one organization.`;
const isAddress = (typed: string) => `"${typed}" is an e-mail address: give only the part after the @.`;
const isIp = (typed: string) => `"${typed}" is an IP address: give a domain name, such as acme.com.`;
const isWeb = (typed: string) => `"${typed}" is a web address: give the domain alone, such as acme.com.`;
const isPart = (typed: string) => `"${typed}" is only one part of a domain: give it whole, such as acme.com.`;
const tooLong = (shown: string) =>
  `"${shown}" is too long: a domain has at most 253 characters, and 63 between two dots.`;
const label63 = "a".repeat(63);

/** Given to Globex by `org domain add`, and owned by it then. */
const owned: readonly Case[] = [
  ["lower case", "globex.example", "Globex owns globex.example."],
  ["upper case", "GLOBEX.Example", "Globex owns globex.example."],
  ["a dot at the end", "globex.example.", "Globex owns globex.example."],
  ["an @ before it", "@globex.example", "Globex owns globex.example."],
  ["an @, a blank and a line end", "@ globex.example\n", "Globex owns globex.example."],
  ["blanks around it", "  globex.example  ", "Globex owns globex.example."],
  ["an IDN as it is read", "münchen.example", "Globex owns münchen.example."],
  ["the same in punycode", "xn--mnchen-3ya.example", "Globex owns münchen.example."],
  ["the same in upper-case punycode", "XN--MNCHEN-3YA.EXAMPLE", "Globex owns münchen.example."],
  ["the same in decomposed letters", "mu\u0308nchen.example", "Globex owns münchen.example."],
  ["a sharp s, which stays one", "straße.example", "Globex owns straße.example."],
  ["Chinese under a Chinese suffix", "例子.公司.cn", "Globex owns 例子.公司.cn."],
  ["an ideographic full stop", "globex。example", "Globex owns globex.example."],
  ["full-width letters", "ｇｌｏｂｅｘ.example", "Globex owns globex.example."],
  ["a soft hyphen, which nobody sees", "glo\u00adbex.example", "Globex owns globex.example."],
  ["an emoji", "☕.example", "Globex owns ☕.example."],
  ["Latin with one Cyrillic letter stays punycode", "аcme.com", "Globex owns xn--cme-5cd.com."],
  ["Cyrillic letters that all look Latin stay punycode", "асе.com", "Globex owns xn--80ak9a.com."],
  ["Cyrillic that reads as such", "пример.com", "Globex owns пример.com."],
  ["a single letter", "g.example", "Globex owns g.example."],
  ["digits alone before a suffix", "360.example", "Globex owns 360.example."],
  ["a hyphen within", "glo-bex.example", "Globex owns glo-bex.example."],
  ["a label of 63 letters", `${label63}.example`, `Globex owns ${label63}.example.`],
  ["253 letters in all", `${"a.".repeat(123)}example`, `Globex owns ${"a.".repeat(123)}example.`],
  ["a domain that no public suffix ends", "globex.internal", "Globex owns globex.internal."],
  ["below a public suffix of two parts", "globex.co.uk", "Globex owns globex.co.uk."],
  ["below a private suffix", "globex.github.io", "Globex owns globex.github.io."],
  ["below a name that a wildcard rule makes a suffix", "globex.any.ck", "Globex owns globex.any.ck."],
  ["an exception of a wildcard rule", "www.ck", "Globex owns www.ck."],
  ["another one", "city.kawasaki.jp", "Globex owns city.kawasaki.jp."],
  ["a sub-domain of its own", "eu.globex.example", "Globex owns eu.globex.example."],
  [
    "a sub-domain of another one's domain",
    "eu.acme.com",
    "Globex owns eu.acme.com. | Acme Ltd owns acme.com, above it.",
  ],
  [
    "the parent of another one's domain",
    "lone.example",
    "Globex owns lone.example. | Lone keeps team.lone.example, below it.",
  ],
  ["an ending that looks like another one's domain", "evilacme.com", "Globex owns evilacme.com."],
  ["another one's domain under another suffix", "acme.com.example", "Globex owns acme.com.example."],
  ["free-mail that the administrator excepts", "gmx.de", "Globex owns gmx.de."],
];

/** Given to Globex by `org domain add`, and refused. */
const refused: readonly (readonly [...Case, code: number])[] = [
  ["nothing", "", "Give a domain, such as acme.com.", 64],
  ["an @ alone", " @ ", "Give a domain, such as acme.com.", 64],
  ["a bare label", "globex", isPart("globex"), 64],
  ["a suffix of one part", "com", isPart("com"), 64],
  ["a bare label and a dot", "globex.", isPart("globex."), 64],
  ["this machine", "localhost", isPart("localhost"), 64],
  ["a public suffix of two parts", "co.uk", anybody("co.uk"), 64],
  ["the same in upper case with a dot", "CO.UK.", anybody("CO.UK."), 64],
  ["a private suffix", "github.io", anybody("github.io"), 64],
  ["another private suffix", "herokuapp.com", anybody("herokuapp.com"), 64],
  ["a suffix by a wildcard rule", "any.ck", anybody("any.ck"), 64],
  ["a suffix by a wildcard rule below two parts", "any.kawasaki.jp", anybody("any.kawasaki.jp"), 64],
  ["a Chinese public suffix", "公司.cn", anybody("公司.cn"), 64],
  ["an address", "ann@acme.com", isAddress("ann@acme.com"), 64],
  ["an address with a name", "Ann <ann@acme.com>", isAddress("Ann <ann@acme.com>"), 64],
  ["an address as a link", "mailto:ann@acme.com", isAddress("mailto:ann@acme.com"), 64],
  ["an IPv4 address", "192.0.2.1", isIp("192.0.2.1"), 64],
  ["a short IPv4 address", "127.1", isIp("127.1"), 64],
  ["an IPv4 literal of a mail address", "[192.0.2.1]", isIp("[192.0.2.1]"), 64],
  ["an IPv6 address", "2001:db8::1", isIp("2001:db8::1"), 64],
  ["an IPv6 literal of a mail address", "[IPv6:2001:db8::1]", isIp("[IPv6:2001:db8::1]"), 64],
  ["a name that ends in a number", "globex.123", isIp("globex.123"), 64],
  ["a web address", "https://globex.example/", isWeb("https://globex.example/"), 64],
  ["a path", "globex.example/about", isWeb("globex.example/about"), 64],
  ["a port", "globex.example:8080", `"globex.example:8080" ${noDomain}`, 64],
  ["a wildcard", "*.globex.example", `"*.globex.example" ${noDomain}`, 64],
  ["a blank within", "glo bex.example", `"glo bex.example" ${noDomain}`, 64],
  ["two with a comma", "a.example,b.example", `"a.example,b.example" ${noDomain}`, 64],
  ["an underscore", "glo_bex.example", `"glo_bex.example" ${noDomain}`, 64],
  ["a hyphen before", "-globex.example", `"-globex.example" ${noDomain}`, 64],
  ["a hyphen after", "globex-.example", `"globex-.example" ${noDomain}`, 64],
  ["two dots", "globex..example", `"globex..example" ${noDomain}`, 64],
  ["a dot before", ".globex.example", `".globex.example" ${noDomain}`, 64],
  ["two dots at the end", "globex.example..", `"globex.example.." ${noDomain}`, 64],
  ["a NUL", "globex\u0000.example", `"globex .example" ${noDomain}`, 64],
  ["a percent sign", "glo%62ex.example", `"glo%62ex.example" ${noDomain}`, 64],
  [
    "punycode that decodes to nothing",
    "xn--zzzzzzzzz.example",
    `"xn--zzzzzzzzz.example" holds a part with xn-- that stands for no name: give the name as it is read.`,
    64,
  ],
  ["a label of 64 letters", `${label63}a.example`, tooLong(`${label63}a.example`), 64],
  ["255 letters in all", `${"a.".repeat(124)}example`, tooLong(`${"a.".repeat(40)}…`), 64],
  ["a million letters", "a".repeat(1_000_000), tooLong(`${"a".repeat(80)}…`), 64],
  [
    "free-mail",
    "gmail.com",
    "gmail.com is a free-mail domain: its people don't belong together. | If they do here: --force, or `maildesk settings set customers.freeMailExcept=gmx.de,gmail.com`.",
    1,
  ],
  [
    "below free-mail",
    "mail.gmail.com",
    "mail.gmail.com is a free-mail domain: its people don't belong together. | If they do here: --force, or `maildesk settings set customers.freeMailExcept=gmx.de,mail.gmail.com`.",
    1,
  ],
  [
    "disposable",
    "mailinator.com",
    "mailinator.com is a disposable domain: its people don't belong together. | If they do here: --force, or `maildesk settings set customers.freeMailExcept=gmx.de,mailinator.com`.",
    1,
  ],
  [
    "free-mail that the administrator added",
    "rentnet.example",
    "rentnet.example is a free-mail domain: its people don't belong together. | If they do here: --force, or `maildesk settings set customers.freeMailExcept=gmx.de,rentnet.example`.",
    1,
  ],
  [
    "the desk's own",
    "desk.example",
    "desk.example is the desk's own domain, or that of its agents. | If its people are customers too: --force.",
    1,
  ],
  [
    "an agent's",
    "Agents.Example",
    "agents.example is the desk's own domain, or that of its agents. | If its people are customers too: --force.",
    1,
  ],
  [
    "taken by one made by hand",
    "acme.com",
    'acme.com belongs to Acme Ltd (org_). | To take it over: maildesk org domain move "Globex" acme.com',
    1,
  ],
  [
    "the same in other words",
    "@ACME.com.",
    'acme.com belongs to Acme Ltd (org_). | To take it over: maildesk org domain move "Globex" acme.com',
    1,
  ],
  [
    "a taken IDN",
    "xn--bcher-kva.example",
    'bücher.example belongs to Acme Ltd (org_). | To take it over: maildesk org domain move "Globex" xn--bcher-kva.example',
    1,
  ],
  [
    "taken by an automatic one",
    "initech.example",
    'initech.example belongs to initech.example (org_). | To take it over with its customers: maildesk org merge "initech.example" "Globex"; the domain alone: maildesk org domain move "Globex" initech.example',
    1,
  ],
];

/** Where a new customer at this domain belongs. */
const placed: readonly Case[] = [
  ["an owned domain", "acme.com", "joins Acme Ltd: Acme Ltd owns acme.com."],
  ["in upper case", "ACME.COM", "joins Acme Ltd: Acme Ltd owns acme.com."],
  ["below an owned one", "mail.eu.acme.com", "joins Acme Ltd: Acme Ltd owns acme.com, a parent of mail.eu.acme.com."],
  [
    "an ending that only looks like it",
    "evilacme.com",
    "founds the organization evilacme.com: nobody owns evilacme.com yet.",
  ],
  [
    "above an owned one, which does not reach up",
    "lone.example",
    "founds the organization lone.example: nobody owns lone.example yet.",
  ],
  [
    "an unknown one, by its registered part",
    "mail.eu.hooli.example",
    "founds the organization hooli.example: nobody owns hooli.example yet.",
  ],
  [
    "below a private suffix, where each is its own",
    "x.github.io",
    "founds the organization x.github.io: nobody owns x.github.io yet.",
  ],
  ["a private suffix itself", "github.io", "joins no organization: github.io is no domain that anybody registered."],
  ["free-mail", "gmail.com", "joins no organization: gmail.com is a free-mail domain."],
  ["disposable", "mailinator.com", "joins no organization: mailinator.com is a disposable domain."],
  ["excepted free-mail", "gmx.de", "founds the organization gmx.de: nobody owns gmx.de yet."],
  ["added free-mail", "rentnet.example", "joins no organization: rentnet.example is a free-mail domain."],
  ["the desk's own", "desk.example", "joins no organization: desk.example is the desk's own domain."],
  ["an agent's", "agents.example", "joins no organization: agents.example is the desk's own domain."],
  ["a bare label", "intranet", "joins no organization: intranet is no domain that anybody registered."],
];

const title = (what: string, typed: string, says: string) => {
  const shown = JSON.stringify(typed.length > 60 ? `${typed.slice(0, 60)}…` : typed);
  return `${what}: ${shown} -> ${says}`;
};

describe("a domain that an organization may own", () => {
  for (const [what, typed, says] of owned)
    it(title(what, typed, says), async () => {
      expect(await answer("org", "domain", "add", "Globex", "--", typed)).toEqual({ code: 0, says });
    });
});

describe("a domain that is refused", () => {
  for (const [what, typed, says, code] of refused)
    it(title(what, typed, says), async () => {
      expect(await answer("org", "domain", "add", "Globex", "--", typed)).toEqual({ code, says });
    });
});

describe("a new customer at", () => {
  for (const [what, domain, says] of placed)
    it(title(what, domain, says), async () => {
      const said = await answer("customer", "add", `ann@${domain}`);
      expect(said).toEqual({ code: 0, says: `Made the customer cus_: ann@${domain.toLowerCase()} ${says}` });
    });
});

describe("the table", () => {
  it("has at least sixty cases, no two of one name and word", () => {
    const all = [owned, refused, placed].flatMap((part, at) => part.map(([what, typed]) => `${at} ${what} ${typed}`));
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(60);
  });
});
