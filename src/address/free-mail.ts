// Domains that say nothing about where somebody works: public mail providers, relays that hide an address, throw-away
// mail (ORG-5). Such a domain never makes an organization. The two lists are packages that others maintain; ours adds
// what they miss. Which of them a desk disagrees with is the administrator's to say, by additions and exceptions.
import { createRequire } from "node:module";
import { domainToUnicode } from "node:url";
import { parentDomains } from "./domain.ts";

export type FreeMail = "free-mail" | "disposable";

const ours = `
  outlook.bg outlook.com.ar outlook.com.es outlook.ee outlook.lt outlook.pl outlook.ro outlook.se live.com.my live.com.pe
  live.com.ph live.fi live.gr hotmail.at hotmail.bg hotmail.cl hotmail.co.id hotmail.com.ar hotmail.com.hk hotmail.com.mx
  hotmail.com.pe hotmail.com.tw hotmail.com.ve hotmail.com.vn hotmail.hr hotmail.ie hotmail.in hotmail.lt hotmail.lv
  hotmail.pl hotmail.pt hotmail.ro hotmail.rs hotmail.si hotmail.sk yahoo.cl yahoo.com.pe yahoo.com.ve yahoo.ne.jp
  myyahoo.com gmx.biz gmx.cc gmx.eu gmx.info gmx.it gmx.org gmx.tm gmx.tv gmail.de googlemail.de icloud.com.cn

  privaterelay.appleid.com mozmail.com relay.firefox.com simplelogin.com simplelogin.co simplelogin.fr slmail.me aleeas.com
  8alias.com 8shield.net dralias.com addy.io anonaddy.com anonaddy.me passmail.net passinbox.com users.noreply.github.com

  tutanota.com tuta.com tutamail.com keemail.me mailbox.org hey.com vivaldi.net disroot.org riseup.net autistici.org
  inventati.org systemli.org dismail.de startmail.com countermail.com ctemplar.com skiff.com onmail.com pobox.com hushmail.me
  mailo.com ik.me ikmail.com kolabnow.com soverin.net zoho.eu zohomail.com.au zohomail.eu zohomail.in zohomail.jp

  internet.ru xmail.ru narod.ru yandex.az yandex.com.tr yandex.ee yandex.lt yandex.lv yandex.net yandex.uz sbermail.ru
  mail.kz mail.ua list.ua inbox.com.ua vip.163.com wo.cn hanmail.com hinet.net seed.net.tw netvigator.com goo.jp

  email.de emailn.de firemail.de lycos.de kabelmail.de kabelbw.de o2mail.de o2online.de vodafone.de vodafonemail.de alice.de
  alice-dsl.net ewe.net ewetel.net netcologne.de osnanet.de versanet.de magenta.de utanet.at chello.at sunrise.ch hispeed.ch
  btopenworld.com talktalk.net plusnet.com orange.net blueyonder.com aliceadsl.fr bbox.fr club-internet.fr numericable.fr
  tin.it tim.it fastwebnet.it poste.it ono.com movistar.es jazztel.es euskalnet.net clix.pt proximus.be scarlet.be wanadoo.nl
  telia.com bredband.net comhem.se tele2.se stofanet.dk tdcadsl.dk go2.pl volny.cz zoznam.sk dir.bg otenet.gr forthnet.gr
  in.gr superonline.com ttmail.com walla.com netvision.net.il 012.net.il bezeqint.net love.com spectrum.net centurylink.net
  sympatico.ca cogeco.ca telus.net prodigy.net.mx fibertel.com.ar ciudad.com.ar speedy.com.ar vtr.net tutopia.com globo.com
  globomail.com slingshot.co.nz orcon.net.nz mweb.co.za telkomsa.net vodamail.co.za

  gmx.ch gmx.us gmx.co.uk posteo.de posteo.net posteo.eu posteo.at posteo.ch fastmail.com duck.com online.no 1und1.de aol.de
  hotmail.se hotmail.no hotmail.fi live.se live.no zohomail.com inbox.lt yandex.ua yandex.by yandex.kz meta.ua bigmir.net op.pl
  tlen.pl azet.sk citromail.hu mail.bg sohu.com 139.com 189.cn au.com nifty.com ocn.ne.jp biglobe.ne.jp telefonica.net ziggo.nl
  xs4all.nl telfort.nl casema.nl upcmail.nl mynet.com mailfence.com tutanota.de tuta.io atlas.cz
`;

/**
 * What kind of public mail domain this is (itself, or a parent of it), or null if it may name an organization.
 * `additions` and `exceptions` are the administrator's, normalised; they beat the lists, the longer name beats the
 * shorter, and of one name in both the exception wins. The lists are loaded at the first call.
 */
export function isFreeMail(
  domain: string,
  additions: ReadonlySet<string>,
  exceptions: ReadonlySet<string>,
): FreeMail | null {
  // A domain that is a public suffix has no parents, but people have addresses there all the same (dyndns.org).
  const names = [...new Set([domain, ...parentDomains(domain)])];
  for (const name of names) {
    if (exceptions.has(name)) return null;
    if (additions.has(name)) return "free-mail";
  }
  const { own, free, disposable } = lists();
  for (const name of names) {
    // A relay that forwards to a person's own mailbox is no throw-away address.
    if (own.has(name)) return "free-mail";
    if (disposable(name)) return "disposable";
    if (free(name)) return "free-mail";
  }
  return null;
}

interface Lists {
  own: ReadonlySet<string>;
  free: (name: string) => boolean;
  disposable: (name: string) => boolean;
}

let loaded: Lists | null = null;

// To read 130,000 names takes 30 ms: a command that asks about no domain must not pay for it.
function lists(): Lists {
  if (loaded === null) {
    const require = createRequire(import.meta.url);
    loaded = {
      own: new Set(ours.split(/\s+/).filter(Boolean)),
      free: holds(require("email-providers/all.json")),
      disposable: holds(require("disposable-email-domains"), require("disposable-email-domains/wildcard.json")),
    };
  }
  return loaded;
}

/** So many questions cost less than a set of all names, which takes 50 ms; a command asks about one domain or two. */
const lookedThrough = 20;

/** Whether a name is in the lists. Some of theirs are not in ASCII, which all of ours are. */
function holds(...lists: unknown[]): (name: string) => boolean {
  const names = lists.flatMap((list) => {
    if (!Array.isArray(list)) throw new TypeError("a list of mail domains is not an array any more");
    return list as string[];
  });
  let asked = 0;
  let set: ReadonlySet<string> | null = null;
  const has = (name: string) => {
    asked += 1;
    if (asked > lookedThrough) set ??= new Set(names);
    return set?.has(name) ?? names.includes(name);
  };
  return (name) => has(name) || (name.includes("xn--") && has(domainToUnicode(name)));
}
