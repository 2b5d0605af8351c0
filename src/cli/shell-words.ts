// Words as a shell has them on its line, with quotes and backslashes, and back. Only for bash, which hands the words to a
// completion as they were typed and takes its answers as they are to be typed (Bash Reference Manual, 3.1.2 Quoting).

/** The word that was meant; a quote that is still open counts as closed at the end. */
export function unquoted(typed: string): string {
  let word = "";
  let quote = "";
  for (let at = 0; at < typed.length; at++) {
    const sign = typed[at] ?? "";
    const next = typed[at + 1] ?? "";
    if (sign === "\\" && quote !== "'" && (quote === "" || '"\\$`'.includes(next))) {
      word += next;
      at++;
    } else if (quote === "" && (sign === "'" || sign === '"')) quote = sign;
    else if (sign === quote) quote = "";
    else word += sign;
  }
  return word;
}

/** The quote that is open at the end of what was typed; "" where none is. */
export function openQuote(typed: string): string {
  let quote = "";
  for (let at = 0; at < typed.length; at++) {
    const sign = typed[at] ?? "";
    if (sign === "\\" && quote !== "'") at++;
    else if (quote === "" && (sign === "'" || sign === '"')) quote = sign;
    else if (sign === quote) quote = "";
  }
  return quote;
}

/** As it must be typed to be this word: within an open quote, or with backslashes. */
export function quotedFor(word: string, quote: string): string {
  if (quote === "'") return word.replaceAll("'", "'\\''");
  if (quote === '"') return word.replace(/["\\$`]/g, "\\$&");
  const escaped = word.replace(/[\s"'\\$`&|;<>()*?[\]{}!^]/g, "\\$&");
  return escaped.replace(/^[~#]/, "\\$&");
}

/** In the middle of a word bash begins anew after these, where its user did not say otherwise: only what follows is replaced. */
const breaks = /^.*[:=@]/s;

/** What bash puts in place of the part of the word that it completes. */
export function replacing(word: string, typed: string, wordBreaks: string): string {
  const quote = openQuote(typed);
  const quoted = quotedFor(word, quote);
  if (quote !== "") return quoted;
  const head = breaks.exec(unquoted(typed))?.[0] ?? "";
  if (head === "" || !wordBreaks.includes(head.slice(-1)) || !word.toLowerCase().startsWith(head.toLowerCase()))
    return quoted;
  return quotedFor(word.slice(head.length), "");
}
