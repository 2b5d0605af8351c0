// `maildesk customer erase`: removes what a person wrote and who they are, for good (CUS-7, GDPR Art. 17). It says first
// what goes, what stays and what lies elsewhere; it can't be undone.
import type { Command } from "commander";
import type { Cli, DeskSession } from "./context.ts";
import { knownCustomer } from "./known.ts";
import { counted, type Output } from "./output.ts";
import { verb } from "./verb.ts";

export function registerErase(customer: Command, cli: Cli): void {
  verb(
    customer,
    "erase <customer>",
    "Remove for good what a person wrote and who they are; ticket numbers and what agents wrote stay. No undo.",
    ["customer erase ann@acme.com --dry-run", "customer erase ann@acme.com"],
  ).action((ref: string) => cli.withDesk((desk) => erase(desk, cli.out, ref)));
}

async function erase(desk: DeskSession, out: Output, ref: string): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const { customer, addresses } = await knownCustomer(app, ref);
  const what = await app.erasure.look(customer.id);
  const counts = {
    addresses: what.addresses.length,
    messages: what.messages.length,
    titles: what.titles.length,
    emails: what.emails.length,
    outgoing: what.outbox.theirs.length + what.outbox.carrying.length,
    fields: what.fieldValues.length,
  };
  const who = addresses[0]?.address ?? customer.id;
  const lines = [
    `Erases ${customer.name === "" ? who : `${customer.name}, ${who}`} (${customer.id}) for good:`,
    `  ${counted(counts.addresses, "address", "addresses")}, ${counted(counts.messages, "message")}, ${counted(counts.titles, "title")} of tickets, ${counted(counts.emails, "mail")} from them, ${counted(counts.outgoing, "outgoing mail")}, ${counted(counts.fields, "field")}, and their words in the log.`,
    "  Ticket numbers stay, what agents wrote, even where that quotes them, and Message-IDs, by which threads are found.",
    "  It can't be undone, and it does not reach: backups and dumps made before; mails on the mailbox's own server; copies that others were sent; free space in the database's own files, until it is vacuumed.",
  ];
  if (desk.isDryRun) {
    if (out.isJson) out.json({ dryRun: true, id: customer.id, ...counts });
    else for (const line of lines) out.line(line);
    return out.note("Nothing was changed (--dry-run).");
  }
  if (!out.isJson) for (const line of lines) out.note(line);
  if (!(await out.confirm("Erase them?"))) return out.note("Nothing was changed.");
  await app.erasure.erase({
    customerId: customer.id,
    commitId: app.ids.next("cmt"),
    atMs: app.clock.now(),
    by: desk.actor,
  });
  if (out.isJson) out.json({ id: customer.id, erased: true, ...counts });
  else out.line(`Erased ${customer.id}.`);
}
