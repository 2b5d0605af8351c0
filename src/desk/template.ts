// The texts that a desk sends: a plain text with placeholders from a closed list (SHA-11). An unknown placeholder is
// refused when the text is saved, so no customer ever reads `{{custmer.name}}`. Values are put in once and never read
// for placeholders themselves: a customer's words can't ask for an agent's. No logic, no markup, no header.

export type TemplateKind = "acknowledgement" | "reply" | "closing";

export const placeholders = [
  "ticket.number",
  "ticket.subject",
  "customer.name",
  "agent.name",
  "desk.name",
  "mailbox.address",
  "message.text",
] as const;

export type Placeholder = (typeof placeholders)[number];
export type TemplateValues = Partial<Record<Placeholder, string>>;

export interface Template {
  subject: string;
  text: string;
}

export const templateCharsMax = 20_000;
/** A rendered text is cut here, visibly. */
export const renderedCharsMax = 512 * 1024;
export const cutRemark = "\n[cut here: the text is too long]";

/** Below a message in a conversation whose answers everybody reads. */
export const sharedRemark = "Whatever you answer to this mail is sent to everybody who got it.";

/** English, and meant to be changed. */
export const defaultTemplates: Record<TemplateKind, Template> = {
  acknowledgement: {
    subject: "{{ticket.subject}}",
    text: `Hello {{customer.name}},

we received your message and it has the number {{ticket.number}}. A person will read it and answer you.

To add something, answer this mail.

{{desk.name}}
`,
  },
  reply: {
    subject: "{{ticket.subject}}",
    text: `{{message.text}}

-- 
{{agent.name}}
{{desk.name}}
`,
  },
  closing: {
    subject: "{{ticket.subject}}",
    text: `Hello {{customer.name}},

we closed your request number {{ticket.number}}. If something is still open, answer this mail and we take it up again.

{{desk.name}}
`,
  },
};

/** Whether a text may be saved as a template; if not, one sentence that says what to change. */
export function checkTemplate(text: string): { ok: true } | { ok: false; text: string } {
  if (text.length > templateCharsMax) {
    return {
      ok: false,
      text: `A template holds at most ${templateCharsMax} characters; this one has ${text.length}.`,
    };
  }
  for (const [whole, , inner = ""] of text.matchAll(placeholder)) {
    const name = inner.trim();
    if (isPlaceholder(name)) continue;
    const near = nearestPlaceholder(name);
    const remedy = near === null ? `Known are: ${placeholders.join(", ")}.` : `Did you mean {{${near}}}?`;
    return { ok: false, text: `Unknown placeholder ${whole.trim().slice(0, 60)}. ${remedy}` };
  }
  const rest = text.replace(placeholder, "");
  if (/\{\{|\}\}/.test(rest) || /\{{3}|\}{3}/.test(text)) {
    return {
      ok: false,
      text: "A placeholder is not complete: write {{ and }} around its name, such as {{ticket.number}}.",
    };
  }
  return { ok: true };
}

/** The text with its placeholders filled; a value that is missing or empty takes one space before it along. */
export function renderTemplate(text: string, values: TemplateValues): string {
  const rendered = text.replace(placeholder, (_, space: string, inner: string) => {
    const name = inner.trim();
    const value = isPlaceholder(name) ? (values[name] ?? "") : "";
    return value === "" ? "" : space + value;
  });
  if (rendered.length <= renderedCharsMax) return rendered;
  return rendered.slice(0, renderedCharsMax - cutRemark.length) + cutRemark;
}

/** The rendered subject as one line, as `ticketSubject` writes it. */
export function renderSubject(text: string, values: TemplateValues, ticketNumber: number | null): string {
  return ticketSubject(renderTemplate(text, values), ticketNumber);
}

/**
 * `Re: [#123] Printer is on fire`: one "Re: " and the ticket's tag once, whatever the subject carried before; without a
 * ticket no tag.
 */
export function ticketSubject(subject: string, ticketNumber: number | null): string {
  const tag = ticketNumber === null ? "" : `[#${ticketNumber}] `;
  const title = (tag === "" ? subject : subject.replaceAll(tag.trimEnd(), " ")).replace(/\s+/g, " ").trim();
  return `Re: ${tag}${title.replace(replyPrefixes, "")}`.trimEnd();
}

const placeholder = /( ?)\{\{([^{}]{0,200})\}\}/g;
// "Re:" as mail programs of many languages write it, also as "Re[2]:" and "Re:Re:".
const replyPrefixes =
  /^(?:(?:re|aw|antw|sv|vs|rif|r|odp|ynt|回复|答复|回覆|答覆) ?(?:\[\d{1,3}\]|\(\d{1,3}\))? ?[:：] ?)+/i;
/** Changed letters up to which a name counts as mistyped. */
const typosMax = 3;

function isPlaceholder(name: string): name is Placeholder {
  return placeholders.some((known) => known === name);
}

function nearestPlaceholder(name: string): Placeholder | null {
  let nearest: Placeholder | null = null;
  let fewest = typosMax + 1;
  for (const known of placeholders) {
    const typos = editDistance(name.toLowerCase().slice(0, 40), known);
    if (typos < fewest) [nearest, fewest] = [known, typos];
  }
  return nearest;
}

/** Letters to insert, remove or replace (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
