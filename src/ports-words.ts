// What the texts of mails need beside the messages themselves: the desk's own templates, what placeholders name, and what
// may be quoted. Most of it is empty for a desk that wrote no template of its own, and nothing is asked for it then.
import type { Quoted } from "./desk/history.ts";
import type { FieldRoot } from "./desk/placeholders.ts";
import type { Template } from "./desk/template.ts";

export interface WordFacts {
  /** Every text that the desk wrote itself, in all languages. */
  templates: readonly Template[];
  /** Public messages of the conversation up to the last one that is due, the newest first; those that are due among them. */
  earlier: readonly Quoted[];
  /** `customerId messageId`: who was sent which of the earlier ones. */
  told: ReadonlySet<string>;
  named: NamedFacts;
}

/** What placeholders name that stands in other rows. */
export interface NamedFacts {
  /** By id. */
  organizations: ReadonlyMap<string, string>;
  /** By id. */
  projects: ReadonlyMap<string, string>;
  /** By id; what is not in it is called by its id. */
  statuses: ReadonlyMap<string, string>;
  /** By whose they are, then by key: values of custom fields, "" for those without a value. */
  fields: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Keys that are defined. */
  keys: Readonly<Record<FieldRoot, readonly string[]>>;
}

export const noNamed: NamedFacts = {
  organizations: new Map(),
  projects: new Map(),
  statuses: new Map(),
  fields: new Map(),
  keys: { "ticket.fields": [], "customer.fields": [] },
};
