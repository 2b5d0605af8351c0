// The subject of every mail on a ticket: one "Re: ", the ticket's tag once, one line. Mail programs thread by it, so it never
// changes by itself, however often an answer is answered.

/**
 * `Re: [#123] Printer is on fire`: one "Re: " and the ticket's tag once, whatever the subject carried before; without a
 * ticket no tag.
 */
export function mailSubject(subject: string, ticketNumber: number | null): string {
  const tag = ticketNumber === null ? "" : `[#${ticketNumber}] `;
  const title = (tag === "" ? subject : subject.replaceAll(tag.trimEnd(), " ")).replace(/\s+/g, " ").trim();
  return `Re: ${tag}${title.replace(replyPrefixes, "")}`.trimEnd();
}

// "Re:" as mail programs of many languages write it, also as "Re[2]:" and "Re:Re:".
const replyPrefixes =
  /^(?:(?:re|aw|antw|sv|vs|rif|r|odp|ynt|回复|答复|回覆|答覆) ?(?:\[\d{1,3}\]|\(\d{1,3}\))? ?[:：] ?)+/i;
