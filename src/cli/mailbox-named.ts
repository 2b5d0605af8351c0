// The mailbox that somebody names by --mailbox, or the first one; a mistyped name is an error with "did you mean".
import type { App } from "../app.ts";
import { usage } from "../errors.ts";
import { didYouMean } from "../errors-did-you-mean.ts";

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
