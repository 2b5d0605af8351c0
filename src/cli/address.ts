// `maildesk customer address` and `maildesk agent address`: several addresses, one person; one is primary (CUS-4, AGT-1).
// An address is a customer's or an agent's, never both's.
import type { Command } from "commander";
import { parseAddress } from "../address/email.ts";
import type { App } from "../app.ts";
import type { Change, Guard } from "../desk/change.ts";
import { addAddress, type CustomerAddress, makePrimary, removeAddress } from "../desk/customer.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { freeAddress } from "./known.ts";
import type { Output } from "./output.ts";
import { noun, verb } from "./verb.ts";

/** Somebody with addresses, as a command names them. */
export interface AddressOwner {
  id: string;
  name: string;
  addresses: readonly CustomerAddress[];
  guard: Guard;
}

/** How the addresses of customers, or of agents, are found and shown. */
export interface AddressNoun {
  kind: CustomerAddress["ownerKind"];
  /** Theirs and another one, for examples. */
  example: string;
  /** What becomes of mail from an address that is taken away. */
  afterwards: string;
  find(app: App, ref: string): Promise<AddressOwner>;
  show(app: App, out: Output, id: string): Promise<void>;
  /** Refuses who may not change them. */
  mayChange(desk: DeskSession): void;
}

export function registerAddresses(parent: Command, cli: Cli, of: AddressNoun): void {
  const { kind } = of;
  const address = noun(parent, "address", `The addresses of one ${kind}.`);
  const verbOf = (name: string, sentence: string, decide: Decide) =>
    verb(address, `${name} <${kind}> <address>`, sentence, [`${kind} address ${name} ${of.example}`]).action(
      (ref: string, typed: string) => cli.withDesk((desk) => change(desk, cli, of, name, ref, typed, decide)),
    );
  verbOf("add", `Give a${kind === "agent" ? "n" : ""} ${kind} one more address.`, async ({ app }, owner, typed) => {
    const parsed = parseAddress(typed);
    if (parsed.ok && owner.addresses.some((row) => row.id === parsed.key)) return [];
    const { address: text, key } = await freeAddress(app, typed, kind);
    return [addAddress({ ownerKind: kind, ownerId: owner.id }, text, key, app.clock.now())];
  });
  verbOf(
    "remove",
    `Take an address from a${kind === "agent" ? "n" : ""} ${kind}; ${of.afterwards}.`,
    async (_, owner, typed) => [removeAddress(owner.addresses, ownAddress(owner, typed))],
  );
  verbOf("primary", "Make this the address for mail that answers nothing.", async (_, owner, typed) =>
    makePrimary(owner.addresses, ownAddress(owner, typed)),
  );
}

type Decide = (desk: DeskSession, owner: AddressOwner, typed: string) => Promise<Change[]>;

async function change(
  desk: DeskSession,
  cli: Cli,
  { kind, find, show, mayChange }: AddressNoun,
  name: string,
  ref: string,
  typed: string,
  decide: Decide,
): Promise<void> {
  const { app } = desk;
  mayChange(desk);
  const done = await desk.change(`${kind} address ${name} ${ref} ${typed}`, async () => {
    const owner = await find(app, ref);
    const changes = await decide(desk, owner, typed);
    return { changes, guards: changes.length > 0 ? [owner.guard] : [], result: owner.id };
  });
  if (done !== null) await show(app, cli.out, done);
}

/** The row of an address that somebody typed; usage where it is not theirs. */
export function ownAddress({ id, name, addresses }: Omit<AddressOwner, "guard">, typed: string): CustomerAddress {
  const parsed = parseAddress(typed);
  if (!parsed.ok) throw usage(parsed.text);
  const row = addresses.find((one) => one.id === parsed.key);
  if (row !== undefined) return row;
  throw usage(`${parsed.address} is no address of ${name || id}.`, {
    remedy: `Theirs: ${addresses.map((one) => one.address).join(", ")}.`,
  });
}
