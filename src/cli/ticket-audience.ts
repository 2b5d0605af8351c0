// Before a public message is sent, its audience is shown with the count, and a terminal is asked (TIC-5). The same
// function that decides at sending says here who would hear.

import type { Hearing } from "../desk/recipients.ts";
import type { Writer } from "../desk/words.ts";
import type { Cli, DeskSession } from "./context.ts";
import { person } from "./explanation.ts";
import { counted } from "./output.ts";
import { cell } from "./table.ts";

/** One person and whether they hear; also for who is not stored yet. */
export type Heard = Omit<Hearing, "customer" | "mayLeave"> & { customer: { name: string } };

/** Who writes: the acting agent, or the desk under its own name where the operator acts. */
export async function writerOf(
  { app, agent, actor }: DeskSession,
  mailbox: string,
): Promise<Exclude<Writer, { kind: "customer" }>> {
  if (agent !== null) return { kind: "agent", id: agent.id, name: agent.name, address: actor };
  const found = app.config.mailboxes.find((one) => one.name === mailbox) ?? app.config.mailboxes[0];
  const settings = await app.desk.settings();
  return {
    kind: "desk",
    id: null,
    name: found?.displayName || settings["desk.name"],
    address: found?.address ?? "",
  };
}

export const hearingJson = ({ customer, address, hears, why }: Heard) => ({
  email: address,
  name: customer.name,
  hears,
  why,
});

/** `2 people`, of those who hear. */
export const countOf = (audience: readonly Heard[]): string => {
  const count = audience.filter((one) => one.hears).length;
  return counted(count, "person", "people");
};

/** Of those who hear, and of those who don't, so many are named to people; machines get all. */
const namedMax = 20;

/** One line for each person: who hears, and who does not and why. */
export function audienceLines(audience: readonly Heard[]): string[] {
  const name = ({ customer, address }: Heard) => cell(person(customer.name, address));
  const some = (those: readonly Heard[], line: (one: Heard) => string, what: string) => [
    ...those.slice(0, namedMax).map(line),
    ...(those.length > namedMax ? [`  and ${those.length - namedMax} more ${what}`] : []),
  ];
  const hears = audience.filter((one) => one.hears);
  const not = audience.filter((one) => !one.hears);
  return [
    ...some(hears, (one) => `  ${name(one)}  (${one.why})`, "who hear it"),
    ...some(not, (one) => `  not ${name(one)}: ${one.why}`, "who don't"),
  ];
}

/** Shows the audience on stderr; with --dry-run on stdout, as that is all there is. */
export function showAudience(cli: Cli, title: string, audience: readonly Heard[], isDryRun: boolean): void {
  if (isDryRun && cli.out.isJson) {
    cli.out.json({
      dryRun: true,
      recipients: audience.filter((one) => one.hears).length,
      audience: audience.map(hearingJson),
    });
    return;
  }
  const say = isDryRun ? cli.out.line : cli.out.note;
  say(`${title}: ${countOf(audience)}`);
  for (const line of audienceLines(audience)) say(line);
}
