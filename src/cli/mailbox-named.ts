// The mailboxes that somebody names, or the first one, or all; a mistyped name is an error with "did you mean".
import type { App } from "../app.ts";
import { usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";

type MailboxConfig = App["config"]["mailboxes"][number];

/** The name of a configured mailbox; the first where none is named. */
export function mailboxNamed({ config }: App, name: string | undefined): string {
  const names = config.mailboxes.map((mailbox) => mailbox.name);
  const chosen = name ?? names[0];
  if (chosen === undefined)
    throw usage("No mailbox is configured.", { remedy: "Add one under `mailboxes:` in maildesk.yaml." });
  if (!names.includes(chosen))
    throw usage(`There is no mailbox "${chosen}"${didYouMean(chosen, names)}.`, {
      remedy: `Known: ${names.join(", ")}.`,
    });
  return chosen;
}

/** Those of these names that can be read, or all; one that only `ingest` fills is left out, or refused where it is named. */
export function mailboxesNamed(app: App, names: readonly string[]): MailboxConfig[] {
  const { config } = app;
  for (const name of names) mailboxNamed(app, name);
  const chosen = config.mailboxes.filter((mailbox) => names.length === 0 || names.includes(mailbox.name));
  const pipe = chosen.find((mailbox) => names.length > 0 && mailbox.source.kind === "none");
  if (pipe !== undefined) throw usage(`${pipe.name} has no source to read: it is filled by \`maildesk ingest\`.`);
  return chosen.filter((mailbox) => mailbox.source.kind !== "none");
}
