// Whom domains would take along, as `org add`, `org domain add` and `org domain move` tell it and do it (ORG-8): who
// matches, who moves with which flag, and why each other one does not.
import type { Command } from "commander";
import { displayDomain, parentDomains } from "../address/domain.ts";
import type { App } from "../app.ts";
import { type Candidate, type Claim, type Closest, claims, type Moves, movedWith } from "../desk/domain-claim.ts";
import type { Organization } from "../desk/organization.ts";
import { usage } from "../errors.ts";
import type { DeskSession } from "./context.ts";
import { counted, type Output } from "./output.ts";
import { cell } from "./table.ts";

export interface ClaimOptions {
  apply?: boolean;
  applyAll?: boolean;
}

const linesShown = 20;
const chunkMax = 400;

/** --apply and --apply-all. */
export const claimOptions = (command: Command): Command =>
  command
    .option("--apply", "also move matching customers who are in no organization or in an untouched automatic one")
    .option("--apply-all", "also those whom another domain placed; never those placed by hand");

export function movesOf(options: ClaimOptions): Moves {
  if (options.apply === true && options.applyAll === true)
    throw usage("--apply and --apply-all exclude each other: --apply-all moves all that --apply does, and more.");
  return options.applyAll === true ? "apply-all" : options.apply === true ? "apply" : null;
}

/** Customers elsewhere who match these domains, judged as if the organization owned them already. */
export async function claimsOf(
  { app }: DeskSession,
  organization: Pick<Organization, "id" | "name">,
  domains: readonly string[],
): Promise<Claim[]> {
  const withSubdomains = (await app.desk.settings())["customers.matchSubdomains"];
  const found = [];
  for (const domain of domains) found.push(...(await app.lists.customersAt(domain, organization.id, withSubdomains)));
  return claims(organization, found, await closestOwner(app, found, domains, organization, withSubdomains));
}

/** Who owns the longest domain of an address, once these domains are the organization's. */
export async function closestOwner(
  { lists }: App,
  candidates: readonly Candidate[],
  domains: readonly string[],
  organization: Pick<Organization, "id" | "name">,
  withSubdomains: boolean,
): Promise<Closest> {
  const hosts = new Set(candidates.map(({ key }) => hostOf(key)));
  const owners = new Map<string, Pick<Organization, "id" | "name">>();
  const asked = [...new Set([...hosts].flatMap((host) => [host, ...parentDomains(host)]))];
  for (let start = 0; start < asked.length; start += chunkMax)
    for (const [domain, owner] of await lists.ownersOf(asked.slice(start, start + chunkMax))) owners.set(domain, owner);
  for (const domain of domains) owners.set(domain, organization);
  return (key) => {
    const host = hostOf(key);
    for (const domain of withSubdomains ? [host, ...parentDomains(host)] : [host]) {
      const owner = owners.get(domain);
      if (owner !== undefined) return { domain, organization: owner };
    }
    return null;
  };
}

const hostOf = (key: string): string => key.slice(key.lastIndexOf("@") + 1);

export const claimJson = ({ candidate, movedBy, why }: Claim) => ({
  id: candidate.id,
  email: candidate.address,
  organization:
    candidate.organization === null ? null : { id: candidate.organization.id, name: candidate.organization.name },
  movedBy: movedBy === null ? null : `--${movedBy}`,
  why,
});

/** What --dry-run tells: one line a customer, those who move first. */
export function claimLines(all: readonly Claim[], flag: Moves): string[] {
  const moving = new Set(movedWith(all, flag));
  const lines = [...all]
    .sort((a, b) => rank(a, moving) - rank(b, moving))
    .map((claim) => {
      const { candidate, movedBy, why } = claim;
      const verdict = moving.has(claim) ? "moves" : movedBy === null ? "stays" : `stays (--${movedBy} moves)`;
      return `  ${verdict}: ${cell(candidate.address)}, ${cell(why)}`;
    });
  const shown = lines.slice(0, linesShown);
  return lines.length > linesShown ? [...shown, `  and ${counted(lines.length - linesShown, "customer")} more`] : shown;
}

const rank = (claim: Claim, moving: ReadonlySet<Claim>): number =>
  moving.has(claim) ? 0 : claim.movedBy === "apply" ? 1 : claim.movedBy === "apply-all" ? 2 : 3;

/** After the change: who was moved, and who matches and stays. */
export function tellClaims(
  out: Output,
  organization: Pick<Organization, "name">,
  domains: readonly string[],
  all: readonly Claim[],
  flag: Moves,
): void {
  const moved = movedWith(all, flag);
  if (moved.length > 0) out.note(`${counted(moved.length, "customer")} moved to ${organization.name}.`);
  const gone = new Set(moved);
  const rest = all.filter((claim) => !gone.has(claim));
  if (rest.length === 0) return;
  const byFlag = (name: Moves) => rest.filter(({ movedBy }) => movedBy === name).length;
  const parts = (["apply", "apply-all"] as const)
    .filter((name) => byFlag(name) > 0)
    .map((name) => `${byFlag(name)} would move with --${name}`);
  if (byFlag(null) > 0) parts.push(`${byFlag(null)} would not move`);
  const stay = `${counted(rest.length, "customer")} with ${domains.map(displayDomain).join(", ")} ${rest.length === 1 ? "stays" : "stay"}`;
  out.note(`${stay} where they are: ${parts.join(", ")}.`);
  out.note(
    `To see who: maildesk org domain add ${JSON.stringify(organization.name)} ${domains.join(" ")} --apply --dry-run`,
  );
}
