// `maildesk customer erase`: removes what a person wrote and who they are, for good (CUS-7, GDPR Art. 17). It says first
// what goes, what stays and what lies elsewhere; it can't be undone. Of somebody who became an agent it reaches the time as
// a customer, and not the agent.
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Customer } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type AgentRow, knownCustomer } from "./known.ts";
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

/** Whose data go, and the agent that they became, who stays. */
interface Erased {
  customer: Customer;
  who: string;
  agent: AgentRow | null;
}

async function erase(desk: DeskSession, out: Output, ref: string): Promise<void> {
  const { app } = desk;
  desk.mustAdminister();
  const { customer, who, agent } = await erased(app, ref);
  const what = await app.erasure.look(customer.id);
  const counts = {
    addresses: what.addresses.length,
    messages: what.messages.length,
    titles: what.titles.length,
    emails: what.emails.length,
    outgoing: what.outbox.theirs.length + what.outbox.carrying.length,
    fields: what.fieldValues.length,
  };
  const named = customer.name === "" ? who : `${customer.name}, ${who}`;
  const lines = [
    agent === null
      ? `Erases ${named} (${customer.id}) for good:`
      : `Erases for good what ${agent.name || agent.address} was as a customer (${customer.id}):`,
    `  ${counted(counts.addresses, "address", "addresses")}, ${counted(counts.messages, "message")}, ${counted(counts.titles, "title")} of tickets, ${counted(counts.emails, "mail")} from them, ${counted(counts.outgoing, "outgoing mail")}, ${counted(counts.fields, "field")}, and their words in the log.`,
    ...(agent === null
      ? []
      : [
          `  They are the agent ${agent.address} (${agent.id}) and stay one: name, addresses and all that they did since are not touched.`,
        ]),
    "  Ticket numbers stay, what agents wrote, even where that quotes them, and Message-IDs, by which threads are found.",
    "  It can't be undone, and it does not reach: backups and dumps made before; mails on the mailbox's own server; copies that others were sent; free space in the database's own files, until it is vacuumed.",
  ];
  const ofAgent = agent === null ? {} : { agent: agent.id };
  if (desk.isDryRun) {
    if (out.isJson) out.json({ dryRun: true, id: customer.id, ...ofAgent, ...counts });
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
  if (out.isJson) out.json({ id: customer.id, ...ofAgent, erased: true, ...counts });
  else out.line(`Erased ${customer.id}${agent === null ? "" : `; ${agent.address} is an agent as before`}.`);
}

/**
 * Who became an agent is reached by the id that they had as a customer: an address names the agent now, and whoever types
 * it may mean that one.
 */
async function erased(app: App, ref: string): Promise<Erased> {
  const agent = (await app.lists.customerByRef(ref)) === null ? await app.lists.agentByRef(ref) : null;
  const before = agent === null ? null : await app.lists.customerBefore(agent.id);
  if (agent === null || before === null) {
    const { customer, addresses } = await knownCustomer(app, ref);
    return { customer, who: addresses[0]?.address ?? customer.id, agent: null };
  }
  if (ref.trim().toLowerCase().startsWith("cus_")) return { customer: before, who: agent.address, agent };
  throw usage(`${ref} is the agent ${agent.name || agent.address} now, and no customer.`, {
    remedy: `To erase what they were as a customer, and leave the agent as they are: maildesk customer erase ${before.id}`,
  });
}
