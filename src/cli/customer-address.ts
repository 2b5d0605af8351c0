// `maildesk customer address` and `customer resume`: several addresses, one person; one is primary (CUS-4), and one that
// bounced can be tried again (MAIL-12).
import type { Command } from "commander";
import { parseAddress } from "../address/email.ts";
import { type Change, present } from "../desk/change.ts";
import type { CustomerAddress } from "../desk/customer.ts";
import { addAddress, makePrimary, removeAddress, resumeAddress } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { showCustomer } from "./customer-show.ts";
import { type CustomerRecord, freeAddress, knownCustomer } from "./known.ts";
import { noun, verb } from "./verb.ts";

export function registerAddress(customer: Command, cli: Cli): void {
  const address = noun(customer, "address", "The addresses of one customer.");
  verb(address, "add <customer> <address>", "Give a customer one more address.", [
    "customer address add ann@acme.com ann.lee@acme.com",
  ]).action((ref: string, text: string) => cli.withDesk((desk) => add(desk, cli, ref, text)));
  onOwn(address, cli, "remove", "Take an address from a customer; mail from it makes a new one.", (record, row) => [
    removeAddress(record.addresses, row),
  ]);
  onOwn(address, cli, "primary", "Make this the address for mail that answers nothing.", (record, row) =>
    makePrimary(record.addresses, row),
  );
  verb(customer, "resume <customer> [address]", "Send to bouncing addresses again.", [
    "customer resume ann@acme.com",
  ]).action((ref: string, text: string | undefined) => cli.withDesk((desk) => resume(desk, cli, ref, text)));
}

async function add(desk: DeskSession, cli: Cli, ref: string, text: string): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`customer address add ${ref} ${text}`, async () => {
    const { customer, addresses } = await knownCustomer(app, ref);
    const parsed = parseAddress(text);
    if (parsed.ok && addresses.some((row) => row.id === parsed.key)) return { changes: [], result: customer.id };
    const { address, key } = await freeAddress(app, text, "customer");
    const guard = {
      kind: "version" as const,
      table: "customer" as const,
      id: customer.id,
      version: customer.version,
    };
    return {
      changes: [addAddress(customer, address, key, app.clock.now())],
      guards: [guard],
      result: customer.id,
    };
  });
  if (done !== null) await showCustomer(app, cli.out, await knownCustomer(app, done));
}

/** A verb on one of the customer's own addresses. */
function onOwn(
  address: Command,
  cli: Cli,
  name: string,
  text: string,
  decide: (record: CustomerRecord, row: CustomerAddress) => Change[],
): void {
  verb(address, `${name} <customer> <address>`, text, [
    `customer address ${name} ann@acme.com ann.lee@acme.com`,
  ]).action((ref: string, typed: string) =>
    cli.withDesk(async (desk) => {
      const { app } = desk;
      const done = await desk.change(`customer address ${name} ${ref} ${typed}`, async () => {
        const record = await knownCustomer(app, ref);
        return { changes: decide(record, ownAddress(record, typed)), result: record.customer.id };
      });
      if (done !== null) await showCustomer(app, cli.out, await knownCustomer(app, done));
    }),
  );
}

function ownAddress({ customer, addresses }: CustomerRecord, typed: string): CustomerAddress {
  const parsed = parseAddress(typed);
  if (!parsed.ok) throw usage(parsed.text);
  const row = addresses.find((one) => one.id === parsed.key);
  if (row !== undefined) return row;
  throw usage(`${parsed.address} is no address of ${customer.name || customer.id}.`, {
    remedy: `Theirs: ${addresses.map((one) => one.address).join(", ")}.`,
  });
}

async function resume(desk: DeskSession, cli: Cli, ref: string, typed: string | undefined): Promise<void> {
  const { app } = desk;
  const done = await desk.change(`customer resume ${ref}`, async () => {
    const record = await knownCustomer(app, ref);
    const rows = typed === undefined ? record.addresses : [ownAddress(record, typed)];
    const changes = present(rows.map(resumeAddress));
    return { changes, result: { record, count: changes.length } };
  });
  if (done === null) return;
  if (done.count === 0) cli.out.note("None of their addresses bounces: nothing to do.");
  await showCustomer(app, cli.out, await knownCustomer(app, done.record.customer.id));
}
