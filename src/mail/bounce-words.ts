// The words of delivery reports: how their subjects and first lines sound, how they announce the returned mail, and
// which reasons mean that an address is dead. Data only. English rules here: servers speak it in their replies; other
// languages appear where a large provider or mail program writes its reports in them.
import { readWords } from "./lines.ts";

/** Anywhere in the subject of a report that a mail system wrote. */
export const failureSubjects: readonly string[] = readWords(`
  undeliver, non-deliver, nondeliver, not delivered, non delivery, could not be delivered, couldn't be delivered, not be delivered,
  unable to deliver, can't be delivered, cannot be delivered, delivery fail, delivery has failed, delivery problem, delivery error,
  delivery status, delivery notification, delivery report, delivery delayed, delivery incomplete, delivery warning, delivery unsuccessful,
  delivery attempt, failed delivery, failed mail, mail delivery, message delivery, failure delivery, failure notice, failure notification,
  returned mail, returned email, returned message, returning message, returned to sender, return to sender, mail system error,
  mail error, error mail, mail failed, returning to sender, could not send, mail failure, message failure, send failure, sending failure, permanent error, non recapit,
  message status, has been delayed, was delayed, warning: message, still being retried, user unknown, nicht zustellbar, unzustellbar,
  nicht zugestellt, zustellung fehlgeschlagen, zustellungsfehler, übermittlung fehlgeschlagen, non remis, non distribuable, échec de la remise,
  échec de remise, non délivré, no se puede entregar, no entregado, error de entrega, não entregue, não é possível entregar,
  falha na entrega, falha de entrega, mancato recapito, mancata consegna, impossibile recapitare, onbestelbaar, niet bezorgd,
  kan ikke leveres, ikke leveret, ikke levert, olevererbart, går inte att leverera, kunde inte levereras, toimittaminen epäonnistui,
  niedostarczalne, nie można dostarczyć, niedostarczona, nedoručitelná, nedoručiteľná, kézbesíthetetlen, kézbesítési hiba,
  imposibil de livrat, не доставлено, недоставленное, недоставленн, не удалось доставить, не доставлен, teslim edilemedi, teslim edilemeyen,
  メールエラー, 配信不能, 配信エラー, 配送エラー, 送信できません, 配信できません, 届きません, 退信, 发送失败, 無法寄達, 无法投递, 無法傳遞, 未送达, 系统退信, 배달 못함, 전송 실패, 반송
`);

/** Anywhere in the text of such a report, before the returned mail, whatever its subject says. */
export const failurePhrases: readonly string[] = readWords(`
  could not be delivered, couldn't be delivered, cannot be delivered, can't be delivered, can not be delivered, was not delivered,
  not been delivered, not be delivered, wasn't delivered, not delivered to, unable to deliver, wasn't able to deliver, failed to deliver, undeliverable, undelivered,
  delivery failed, delivery failure, delivery has failed, delivery to the following, delivery error, permanent error, permanent fatal error,
  fatal errors, transient non-fatal, delivery errors, delivery problems, failed addresses, did not reach the following, user unknown, unknown user, no such user, returned to sender, has been returned,
  non-delivery, mail delivery software, delivery status notification, failure reasons, following addresses, following recipient, following address, recipient address rejected, mailbox is full, mailbox exceeds,
  exceeds allowed size, while attempting to deliver, invalid final delivery, no valid recipients, unrouteable address, transcript of session, invalid user address,
  nicht zugestellt, nicht zustellbar, konnte nicht zugestellt, pas pu être remis, pas pu etre delivre, pas été remis, no se pudo entregar, não pôde ser entregue,
  non è stato possibile recapitare, не удалось доставить, не доставлено, 送信できませんでした, 配信できません, 届けられません, 无法投递, 無法傳遞
`);

/** A line that announces the returned mail; what stands below it is not the report's own text. */
export const returnedMarkers: readonly string[] = readWords(`
  original message follows, copy of the message, copy of your message, copy of the original, returned message, message header follows,
  header of the original, headers of the original, original message headers, unsent message, undelivered message follows,
  message headers follow, copy of the first part, original message below, copy of the mail, your original message, start of returned, returned mail follows,
  below this line, message text follows, original-nachricht, kopie der nachricht, message contents follow, original message attached
`);

/** The address is dead: nobody, no longer, or no such domain. */
export const deadReasons: readonly string[] = readWords(`
  user unknown, unknown user, no such user, no such recipient, no such mailbox, no such address, no such person, no such account,
  user not found, recipient not found, recipientnotfound, resolver.adr.recipnotfound, recipnotfound, mailbox not found, account not found, address not found, user doesn't exist,
  user does not exist, doesn't exist, does not exist, do not exist, not exist, don't exist, doesn't have a, does not have a, unknown recipient,
  recipient unknown, address unknown, address couldn't be found, unknown mailbox, mailbox unknown, unknown account, unknown or illegal user,
  unknown local, unknown local part, unknown virtual, invalid recipient, invalid mailbox, invalid address, invalid user, invalid userid,
  invalid final delivery userid, not a valid mailbox, not a valid recipient, not a valid user, not a known user, not our customer, not listed in,
  no mailbox here, no mailbox by that name, no valid recipients, no recipients found, mailbox unavailable, mailbox disabled, mailbox is disabled, mailbox is inactive,
  mailbox inactive, account disabled, account is disabled, account has been disabled, account that you tried to reach is disabled, account inactive, account is inactive, account closed,
  address is no longer valid, no longer valid, no longer available, no longer in use, no longer exists, no longer active, no longer on server, no longer accepts, no longer employed, user disabled, user inactive,
  has been discontinued, been disabled or discontinued, address no longer, recipient no longer, has moved, unrouteable address, unroutable address, unrouteable mail domain, unrouteable domain,
  host unknown, unknown host, host not found, domain not found, name or service not known, no such domain, unknown domain, invalid domain, nxdomain, domain name not found, couldn't find any host, no matches to nameserver query, bad destination mailbox, bad address, bad recipient, address rejected: user, user is unknown, is not known here, recipient name is not recognized,
  address does not, can't find user, no account by that name, no account, not a user, not known at this, utente sconosciuto, utilisateur inconnu, benutzer unbekannt, unbekannter, empfänger existiert nicht,
  no mx record, null mx, indicated no smtp service, recipient address rejected: access denied, does not accept mail, doesn't accept mail, not accept any mail, accepts no mail
`);

/** The address may be fine: full, slow, too big, or refused by a rule. These outrank a bare status. */
export const passingReasons: readonly string[] = readWords(`
  mailbox full, mailbox is full, mailbox size, over quota, overquota, quota exceed, exceeded storage, storage allocation, quota limit, out of storage, over its quota, is full, disk full, disk quota,
  exceeds allowed size, insufficient system storage, insufficient disk, too large, too big, size limit, message size, exceeds size, spam, blacklist, blocklist, blocked, block list, black list, blackhole, listed by, listed at, rbl, dnsbl, spamhaus,
  policy, content rejected, virus, greylist, graylist, try again, temporar, timed out, timeout, connection refused, too many, rate limit, throttl, relay access denied, relaying denied, relay denied, not permitted to relay, relay not permitted, relay through, unable to relay, authentication, not authorized, not authorised, unauthorized, permission,
  domain of sender, sender address, sender verify, sender domain, at a rate, spf, dkim, dmarc, reverse dns, ptr record, reputation, not permitted, prohibited, restricted, suspended, loop, too many hops, hop count, quota, mail server is down, expired
`);
