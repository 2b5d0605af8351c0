// What a template may name: a closed list, each with a sentence, and the custom fields that are defined. An unknown one is
// refused when the text is saved, so no customer ever reads a gap where a mistyped name stood.
import { nearest } from "../errors-did-you-mean.ts";

/** In the order in which people look for them. */
export const placeholders = {
  "message.text": "The words of the message.",
  "ticket.number": "The ticket's number.",
  "ticket.subject": "The ticket's subject, or the conversation's.",
  "ticket.status": "The ticket's status.",
  "ticket.priority": "The ticket's priority, 1 to 5; nothing where it has none.",
  "ticket.organization": "The name of the organization that the ticket is of.",
  "ticket.project": "The name of the project that the ticket is in.",
  "customer.name": "The name of whom the mail goes to.",
  "customer.email": "The address that the mail goes to.",
  "organization.name": "The name of the organization of whom the mail goes to.",
  "project.name": "The name of the project that the message is in.",
  "agent.name": "The name of the agent who wrote; nothing where no agent did.",
  "agent.signature": "What the agent signs with: maildesk agent set EMAIL signature=...",
  "desk.name": "The desk's name, as the sender shows it.",
  "mailbox.address": "The address that answers go to.",
} as const satisfies Readonly<Record<string, string>>;

export type Placeholder = keyof typeof placeholders;
export const placeholderNames = Object.keys(placeholders) as Placeholder[];
export type TemplateValues = Partial<Record<Placeholder, string | number>>;

/** Custom fields: `ticket.fields.plan`. */
export const fieldRoots = ["ticket.fields", "customer.fields"] as const;
export type FieldRoot = (typeof fieldRoots)[number];

/** Keys of the fields that are defined, by what has them. */
export type DefinedFields = Readonly<Record<FieldRoot, readonly string[]>>;
export const noFields: DefinedFields = { "ticket.fields": [], "customer.fields": [] };

/** Every name that may be written, with those of the fields. */
export const knownNames = (fields: DefinedFields): string[] => [
  ...placeholderNames,
  ...fieldRoots.flatMap((root) => fields[root].map((key) => `${root}.${key}`)),
];

/** Null where the name is known; else one sentence that says what to change. */
export function whyUnknown(name: string, fields: DefinedFields): string | null {
  const known = knownNames(fields);
  if (known.includes(name)) return null;
  const root = fieldRoots.find((one) => name === one || name.startsWith(`${one}.`));
  if (root !== undefined) return whyNoField(name, root, fields[root]);
  const near = nearest(name, known);
  const remedy = near === null ? `Known are: ${placeholderNames.join(", ")}.` : `Did you mean {{${near}}}?`;
  return `Unknown placeholder {{${name.slice(0, 80)}}}. ${remedy}`;
}

function whyNoField(name: string, root: FieldRoot, keys: readonly string[]): string {
  const key = name.slice(root.length + 1);
  const near = nearest(key, keys);
  const remedy = near === null ? "`maildesk field list` shows them." : `Did you mean {{${root}.${near}}}?`;
  return `There is no field ${key.slice(0, 60) || "without a key"} of ${root === "ticket.fields" ? "tickets" : "customers"}. ${remedy}`;
}
