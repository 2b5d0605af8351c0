// `maildesk customer export`: the customers whom the flags of `customer list` find, as a table that `customer import`
// takes: also what put each of them where they are, and whether a person named them. Who is in none since their organization was
// deleted by an earlier maildesk is still said to be there by its domain; that is nothing.
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Customer } from "../desk/customer.ts";
import type { Field } from "../desk/field.ts";
import { customerShape } from "../desk/import-columns.ts";
import type { Cli } from "./context.ts";
import {
  type CustomerFilter,
  type CustomerFilterOptions,
  customerFilter,
  customerFilterOf,
} from "./customer-filter.ts";
import { type ExportOptions, type ExportRow, exportOptions, fieldCells, runExport } from "./export.ts";
import { isoTime } from "./output.ts";
import { verb } from "./verb.ts";

export function registerExport(customer: Command, cli: Cli): void {
  exportOptions(
    customerFilter(
      verb(customer, "export", "Write customers as CSV or JSON lines, in the columns that `customer import` takes.", [
        "customer export > people.csv",
        "customer export --org Acme --out acme.jsonl",
        "customer export --field plan=Gold --state active",
      ]),
    ),
  ).action((options: ExportOptions & CustomerFilterOptions) =>
    cli.withDesk(async (desk) => {
      const filter = await customerFilterOf(desk.app, options);
      await runExport(cli, desk, options, customerShape, (fields) => pages(desk.app, filter, fields));
    }),
  );
}

async function* pages(app: App, filter: CustomerFilter, fields: readonly Field[]): AsyncGenerator<ExportRow[]> {
  for (let after = ""; ; ) {
    const customers = await app.lists.customersAfter(filter, after);
    const last = customers.at(-1);
    if (last === undefined) return;
    yield await rowsOf(app, customers, fields);
    after = last.id;
  }
}

async function rowsOf({ lists }: App, customers: readonly Customer[], fields: readonly Field[]): Promise<ExportRow[]> {
  const ids = customers.map(({ id }) => id);
  const addresses = await lists.addressesOfAll(ids);
  const values = fields.length === 0 ? new Map() : await lists.fieldValues(ids);
  const organizations = await lists.organizationsById(
    customers.flatMap(({ organizationId }) => (organizationId === null ? [] : [organizationId])),
  );
  return customers.map((customer): ExportRow => {
    const own = addresses.get(customer.id) ?? [];
    const [first, ...more] = own;
    const organization = organizations.get(customer.organizationId ?? "");
    const { name, nameOrigin, placedBy, type, phone, title, postalAddress, timeZone, language, notes, state } =
      customer;
    return {
      email: first?.address ?? "",
      addresses: more.map(({ address }) => address),
      name,
      nameOrigin,
      organization: organization?.name ?? "none",
      placedBy: organization === undefined && placedBy !== "hand" ? "nothing" : placedBy,
      ...{ type, phone, title, postalAddress, timeZone, language, notes, state },
      mutedAt: isoTime(customer.mutedAt) ?? "",
      bouncing: own.filter((one) => one.state === "bouncing").map(({ address }) => address),
      softBounces: own.filter((one) => one.softBounces > 0).map((one) => `${one.address}=${one.softBounces}`),
      ...fieldCells(fields, values.get(customer.id) ?? []),
    };
  });
}
