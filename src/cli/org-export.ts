// `maildesk org export`: the organizations that the flags of `org list` find, with their domains, as a table that `org import`
// takes (ORG-13).
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Field } from "../desk/field.ts";
import { organizationShape } from "../desk/import-columns.ts";
import type { Cli } from "./context.ts";
import { type ExportOptions, type ExportRow, exportOptions, fieldCells, runExport } from "./export.ts";
import {
  type OrganizationFilter,
  type OrganizationFilterOptions,
  organizationFilter,
  organizationFilterOf,
} from "./org-filter.ts";
import { verb } from "./verb.ts";

export function registerExport(org: Command, cli: Cli): void {
  exportOptions(
    organizationFilter(
      verb(org, "export", "Write organizations as CSV or JSON lines, in the columns that `org import` takes.", [
        "org export > companies.csv",
        "org export --out companies.jsonl",
        "org export --origin hand --field plan=Gold --with-customers",
      ]),
    ),
  ).action((options: ExportOptions & OrganizationFilterOptions) =>
    cli.withDesk(async (desk) => {
      const filter = await organizationFilterOf(desk.app, options);
      await runExport(cli, desk, options, organizationShape, (fields) => pages(desk.app, filter, fields));
    }),
  );
}

async function* pages(
  { lists }: App,
  filter: OrganizationFilter,
  fields: readonly Field[],
): AsyncGenerator<ExportRow[]> {
  for (let after = ""; ; ) {
    const organizations = await lists.organizationsAfter(filter, after);
    const last = organizations.at(-1);
    if (last === undefined) return;
    const ids = organizations.map(({ id }) => id);
    const domains = await lists.domainsOfAll(ids);
    const values = fields.length === 0 ? new Map() : await lists.fieldValues(ids);
    yield organizations.map(
      ({ id, name, origin, website, phone, postalAddress, logo, notes, visibility }): ExportRow => ({
        ...{ name, domains: domains.get(id) ?? [], origin, website, phone, postalAddress, logo, notes, visibility },
        ...fieldCells(fields, values.get(id) ?? []),
      }),
    );
    after = last.id;
  }
}
