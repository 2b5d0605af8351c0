// Which organizations a verb is about: the same flags on `org list` and on `org export`, and on any verb that is to act on
// many.
import { type Command, Option } from "commander";
import { normaliseDomain } from "../address/domain.ts";
import type { App } from "../app.ts";
import type { Organization } from "../desk/organization.ts";
import { usage } from "../errors.ts";
import { fieldFilter, wantedValues } from "./field-filter.ts";
import { excluding } from "./verb.ts";

export interface OrganizationFilterOptions {
  /** False (--no-domain) are those that own none; true where nothing was said. */
  domain?: string | boolean;
  origin?: Organization["origin"];
  field?: string[];
  withCustomers?: boolean;
  withoutCustomers?: boolean;
  text?: string;
}

export type OrganizationFilter = Omit<Parameters<App["lists"]["organizationList"]>[0], "limit">;

export function organizationFilter(command: Command): Command {
  const filtered = fieldFilter(
    command
      .option("--domain <domain>", "only the one that owns this domain")
      .option("--no-domain", "only those that own no domain")
      .addOption(
        new Option("--origin <origin>", "only those that a first mail made, or a person").choices([
          "automatic",
          "hand",
        ]),
      ),
  )
    .option("--with-customers", "only those that have customers")
    .option("--without-customers", "only those that have none")
    .option("--text <text>", "only with this in the name or in a domain");
  return excluding(excluding(filtered, "domain", "no-domain"), "with-customers", "without-customers");
}

export async function organizationFilterOf(app: App, options: OrganizationFilterOptions): Promise<OrganizationFilter> {
  const { domain, origin, field, withCustomers, withoutCustomers, text } = options;
  return {
    domain: domain === false ? null : typeof domain === "string" ? domainOf(domain) : undefined,
    origin,
    hasCustomers: withCustomers === true ? true : withoutCustomers === true ? false : undefined,
    fields: await wantedValues(app, "organization", field),
    text,
  };
}

function domainOf(text: string): string {
  const read = normaliseDomain(text);
  if (read.ok) return read.domain;
  throw usage(read.text);
}
