// The line on top of our mails, by language: what stands from here on in an answer is our own mail, quoted. Data only.
// A line that was once sent stays known for ever, as answers to old mails come late: add, never change.
import { fold } from "./lines.ts";

export const replyMarkers: Readonly<Record<string, string>> = {
  en: "## Please write above this line ##",
  de: "## Bitte oberhalb dieser Zeile antworten ##",
  fr: "## Merci de répondre au-dessus de cette ligne ##",
  es: "## Por favor, escriba por encima de esta línea ##",
};

/** The one in mails to agents, whatever their language. */
export const agentMarker = "## Please write above this line ##";

const folded = Object.values(replyMarkers).map(fold);

/** True for a line (plain() of lines.ts) that holds a marker, whatever a mail program put around it. */
export function isReplyMarker(line: string): boolean {
  if (!line.includes("##")) return false;
  const text = fold(line);
  return folded.some((marker) => text.includes(marker));
}
