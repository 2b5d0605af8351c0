// Which domains never make an organization (ORG-5).
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { isFreeMail } from "../../dist/address/free-mail.js";

const none: ReadonlySet<string> = new Set();
const of = (...names: string[]): ReadonlySet<string> => new Set(names);

test.each(
  `gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.co.jp yahoo.fr yahoo.com.br ymail.com outlook.com outlook.de
  hotmail.com hotmail.co.uk hotmail.fr live.com live.nl msn.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de
  icloud.com me.com proton.me protonmail.com tutanota.com mailbox.org posteo.de qq.com 163.com 126.com sina.com mail.ru bk.ru
  yandex.ru ya.ru naver.com daum.net aol.com mail.com zoho.com fastmail.com orange.fr wanadoo.fr laposte.net libero.it
  seznam.cz wp.pl o2.pl abv.bg rediffmail.com uol.com.br bigpond.com duck.com privaterelay.appleid.com
  vip.qq.com`.split(/\s+/),
)("%s is free mail", (domain) => {
  expect(isFreeMail(domain, none, none)).toBe("free-mail");
});

test.each(["mailinator.com", "yopmail.com", "guerrillamail.com", "anything.yopmail.com", "xn--gmal-nza.net"])(
  "%s is disposable",
  (domain) => {
    expect(isFreeMail(domain, none, none)).toBe("disposable");
  },
);

test.each([
  "acme.com",
  "acme.example",
  "evilgmail.com",
  "gmail.com.acme.example",
  "acme.my.id",
  "acme.za.com",
  "ibm.com",
])("%s may name an organization", (domain) => {
  expect(isFreeMail(domain, none, none)).toBeNull();
});

test("a domain below a listed one is what the listed one is", () => {
  expect(isFreeMail("students.gmail.com", none, none)).toBe("free-mail");
});

test("the administrator's exception beats the lists, below it too", () => {
  expect(isFreeMail("gmx.de", none, of("gmx.de"))).toBeNull();
  expect(isFreeMail("mail.gmx.de", none, of("gmx.de"))).toBeNull();
  expect(isFreeMail("gmx.de", none, of("mail.gmx.de"))).toBe("free-mail");
});

test("the administrator's longer name beats the shorter, and of one name the exception wins", () => {
  expect(isFreeMail("acme.com", of("acme.com"), none)).toBe("free-mail");
  expect(isFreeMail("eu.acme.com", of("acme.com"), of("eu.acme.com"))).toBeNull();
  expect(isFreeMail("eu.acme.com", of("eu.acme.com"), of("acme.com"))).toBe("free-mail");
  expect(isFreeMail("acme.com", of("acme.com"), of("acme.com"))).toBeNull();
});

test("the lists are not loaded before the first question", () => {
  const program = `
    import { createRequire } from "node:module";
    const { isFreeMail } = await import(${JSON.stringify(new URL("../../dist/address/free-mail.js", import.meta.url).href)});
    const loaded = () => Object.keys(createRequire(import.meta.url).cache ?? {}).some((file) => file.includes("email-domains"));
    const before = loaded();
    isFreeMail("acme.example", new Set(), new Set());
    console.log(before, loaded());`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(run.stdout.trim()).toBe("false true");
});

test("the first questions of a process have the answers of later ones", () => {
  const program = `
    const { isFreeMail } = await import(${JSON.stringify(new URL("../../dist/address/free-mail.js", import.meta.url).href)});
    const ask = () =>
      ["gmail.com", "mailinator.com", "xn--gmal-nza.net", "acme.example", "mozmail.com"].map((name) =>
        isFreeMail(name, new Set(), new Set()),
      );
    const first = ask();
    for (let times = 0; times < 100; times += 1) ask();
    console.log(JSON.stringify([first, ask()]));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  const answers = ["free-mail", "disposable", "disposable", null, "free-mail"];
  expect(JSON.parse(run.stdout)).toEqual([answers, answers]);
});
