// `maildesk customer address` and `customer resume`: several addresses, one person; one is primary (CUS-4), and one that
// bounced can be tried again (MAIL-12).
import type { Command } from "commander";
import type { App } from "../app.ts";
import { present } from "../desk/change.ts";
import { resumeAddress } from "../desk/customer.ts";
import { ownAddress, registerAddresses } from "./address.ts";
import type { Cli, DeskSession } from "./context.ts";
import { showCustomer } from "./customer-show.ts";
import { knownCustomer } from "./known.ts";
import { verb } from "./verb.ts";

export function registerAddress(customer: Command, cli: Cli): void {
  registerAddresses(customer, cli, {
    kind: "customer",
    example: "ann@acme.com ann.lee@acme.com",
    afterwards: "mail from it makes a new one",
    find: ownerOf,
    show: async (app, out, id) => await showCustomer(app, out, await knownCustomer(app, id)),
    mayChange: () => {},
  });
  verb(customer, "resume <customer> [address]", "Send to bouncing addresses again.", [
    "customer resume ann@acme.com",
  ]).action((ref: string, text: string | undefined) => cli.withDesk((desk) => resume(desk, cli, ref, text)));
}

async function ownerOf(app: App, ref: string) {
  const { customer, addresses } = await knownCustomer(app, ref);
  const { id, name, version } = customer;
  return { id, name, addresses, guard: { kind: "version" as const, table: "customer" as const, id, version } };
}

async function resume(desk: DeskSession, cli: Cli, ref: string, typed: string | undefined): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`customer resume ${ref}`, async () => {
    const owner = await ownerOf(app, ref);
    const rows = typed === undefined ? owner.addresses : [ownAddress(owner, typed)];
    const changes = present(rows.map(resumeAddress));
    return { changes, result: { id: owner.id, count: changes.length } };
  });
  if (done === null) return;
  if (done.count === 0) cli.out.note("None of their addresses bounces: nothing to do.");
  await showCustomer(app, cli.out, await knownCustomer(app, done.id));
}
