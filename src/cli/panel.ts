// What `customer show`, `org show` and `ticket show` print about the thing itself, and in which order: all of it, or what
// the settings panel.customer, panel.organization and panel.ticket name (CUS-10).
import type { Settings } from "../desk/settings.ts";
import type { ShownField } from "./field.ts";

/** `key`: as the setting names it. */
export interface PanelItem {
  key: string;
  label: string;
  value: string | number | null;
}

export type PanelOwner = "customer" | "organization" | "ticket";

/** What the settings may name, besides `field:KEY`. */
export const panelKeys: Readonly<Record<PanelOwner, readonly string[]>> = {
  customer: [
    "name",
    "id",
    "state",
    "addresses",
    "organization",
    "type",
    "phone",
    "title",
    "address",
    "timezone",
    "language",
    "notes",
    "made",
    "tickets",
  ],
  organization: [
    "name",
    "id",
    "domains",
    "website",
    "phone",
    "address",
    "logo",
    "notes",
    "visibility",
    "made",
    "customers",
    "tickets",
  ],
  ticket: [
    "status",
    "priority",
    "type",
    "tags",
    "organization",
    "project",
    "published",
    "requesters",
    "followers",
    "assignee",
    "mailbox",
    "created",
    "updated",
    "waiting",
    "linked",
    "merged",
    "frozen",
  ],
};

/** Custom fields as items, after those that every row has. */
export const fieldItems = (shown: readonly ShownField[]): PanelItem[] =>
  shown.map(({ field, value }) => ({ key: `field:${field.key}`, label: field.name, value }));

/** Label and value, in the order of the setting; everything where it says nothing, or with --all. */
export function panelOf(
  settings: Settings,
  owner: PanelOwner,
  items: readonly PanelItem[],
  all: boolean,
): [string, string | number | null][] {
  const wanted = settings[`panel.${owner}`];
  const chosen =
    all || wanted.length === 0 ? items : wanted.flatMap((key) => items.find((item) => item.key === key) ?? []);
  return chosen.map(({ label, value }) => [label, value]);
}
