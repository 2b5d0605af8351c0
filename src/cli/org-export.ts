// `maildesk org export`: all organizations with their domains, as a table that `org import` takes (ORG-13).
import type { Command } from "commander";
import type { App } from "../app.ts";
import type { Field } from "../desk/field.ts";
import { organizationShape } from "../desk/import-columns.ts";
import type { Cli } from "./context.ts";
import { type ExportOptions, type ExportRow, exportOptions, fieldCells, runExport } from "./export.ts";
import { verb } from "./verb.ts";

export function registerExport(org: Command, cli: Cli): void {
  exportOptions(
    verb(org, "export", "Write all organizations as CSV or JSON lines, in the columns that `org import` takes.", [
      "org export > companies.csv",
      "org export --out companies.jsonl",
    ]),
  ).action((options: ExportOptions) =>
    cli.withDesk((desk) => runExport(cli, desk, options, organizationShape, (fields) => pages(desk.app, fields))),
  );
}

async function* pages({ lists }: App, fields: readonly Field[]): AsyncGenerator<ExportRow[]> {
  for (let after = ""; ; ) {
    const organizations = await lists.organizationsAfter(after);
    const last = organizations.at(-1);
    if (last === undefined) return;
    const ids = organizations.map(({ id }) => id);
    const domains = await lists.domainsOfAll(ids);
    const values = fields.length === 0 ? new Map() : await lists.fieldValues(ids);
    yield organizations.map(
      ({ id, name, origin, website, phone, postalAddress, logo, notes }): ExportRow => ({
        ...{ name, domains: domains.get(id) ?? [], origin, website, phone, postalAddress, logo, notes },
        ...fieldCells(fields, values.get(id) ?? []),
      }),
    );
    after = last.id;
  }
}
