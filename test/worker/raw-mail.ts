// A mail as text, from somebody to the desk: `<id@x.example>`, with a body of its own.

export interface RawMail {
  from?: string;
  to?: string;
  cc?: string;
  inReplyTo?: string;
  references?: readonly string[];
  subject?: string;
  text?: string;
  date?: string;
  headers?: readonly string[];
}

const bracketed = (id: string) => `<${id.includes("@") ? id : `${id}@x.example`}>`;

/** `id` alone stands for `<id@x.example>`, also where others cite it. */
export function rawMail(id: string, mail: RawMail = {}): string {
  const lines = [
    `Message-ID: ${bracketed(id)}`,
    `From: ${mail.from ?? "Ann <ann@acme.example>"}`,
    `To: ${mail.to ?? "support@desk.example"}`,
    ...(mail.cc === undefined ? [] : [`Cc: ${mail.cc}`]),
    `Subject: ${mail.subject ?? id}`,
    `Date: ${mail.date ?? "Thu, 15 Jan 2026 12:00:00 +0000"}`,
    ...(mail.inReplyTo === undefined ? [] : [`In-Reply-To: ${bracketed(mail.inReplyTo)}`]),
    ...(mail.references === undefined ? [] : [`References: ${mail.references.map(bracketed).join(" ")}`]),
    ...(mail.headers ?? []),
    "",
    mail.text ?? `words of ${id}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The same list in another order, which only `seed` decides. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const list = [...items];
  let state = seed * 2_654_435_761 + 1;
  for (let at = list.length - 1; at > 0; at--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const other = Math.floor((state / 2_147_483_648) * (at + 1));
    [list[at], list[other]] = [list[other] as T, list[at] as T];
  }
  return list;
}
