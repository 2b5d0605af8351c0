// `maildesk org import`: many organizations with their domains out of a file (ORG-13). Domains are added and never taken
// from anybody; no customer moves.
import type { Command } from "commander";
import type { Field } from "../desk/field.ts";
import { organizationShape } from "../desk/import-columns.ts";
import type { Batch, ImportRow } from "../desk/import-row.ts";
import { foldName } from "../desk/organization.ts";
import { domainsIn, importOrganizations } from "../desk/organization-import.ts";
import type { Cli, DeskSession } from "./context.ts";
import { type ImportOptions, importOptions, type Known, runImport } from "./import.ts";
import { verb } from "./verb.ts";

interface OrganizationImportOptions extends ImportOptions {
  force?: boolean;
}

export function registerImport(org: Command, cli: Cli): void {
  importOptions(
    verb(
      org,
      "import <file>",
      `Make and change organizations as a file says, CSV or JSON lines; - is standard input. Only a name is needed; an empty cell leaves what is there, domains are added. Columns: ${organizationShape.columns.join(", ")}, field:KEY. One undo takes all of it back.`,
      ["org import companies.csv --dry-run", "org import crm.csv --map name=Company --map domains=Website"],
    ).summary("Make and change organizations as a file says."),
  )
    .option("--force", "also free-mail, disposable and own domains")
    .action((file: string, options: OrganizationImportOptions) =>
      runImport(cli, file, options, {
        shape: organizationShape,
        what: `org import ${file}${options.force === true ? " --force" : ""}`,
        decide: (desk, rows, fields, known) => decide(desk, rows, fields, known, options.force === true),
      }),
    );
}

async function decide(
  { app }: DeskSession,
  rows: readonly ImportRow[],
  fields: readonly Field[],
  { lines }: Known,
  force: boolean,
): Promise<Batch> {
  const { lists } = app;
  const named = await lists.organizationsByName(rows.map(({ values }) => foldName(values.name ?? "")));
  const ids = [...named.values()].map(({ id }) => id);
  return importOrganizations(rows, {
    facts: {
      named,
      owners: await lists.ownersOfAll(rows.flatMap(domainsIn)),
      values: fields.length === 0 ? new Map() : await lists.fieldValues(ids),
      fields,
      internalDomains: new Set([...app.ownDomains, ...(await lists.agentDomains())]),
    },
    settings: await app.desk.settings(),
    force,
    draw: { id: (prefix) => app.ids.next(prefix) },
    lines,
    now: app.clock.now(),
  });
}
