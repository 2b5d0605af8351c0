// `--preview-to ADDRESS`: the very mail as the first recipient would get it, to oneself, and nothing else (SHA-5). It says how many would
// get it; an address that is no agent's is asked about first.
import { parseAddress } from "../address/email.ts";
import type { App } from "../app.ts";
import type { Agent } from "../desk/agent.ts";
import { type Change, isSet, type TableName } from "../desk/change.ts";
import type { Attachment, Conversation, Message } from "../desk/conversation.ts";
import type { Hearing } from "../desk/recipients.ts";
import { noTicket, type Standalone } from "../desk/standalone.ts";
import { usage } from "../errors.ts";
import type { Cli, DeskSession } from "./context.ts";
import { person } from "./explanation.ts";
import type { Body } from "./message-body.ts";
import { countOf } from "./ticket-audience.ts";

export const previewFlag = "--preview-to <address>";
export const previewText = "send the mail to this address alone, marked as a preview, and nothing else";

export interface Previewed {
  standalone: Pick<Standalone, "subject" | "mailbox" | "answers" | "organizationId" | "projectId">;
  /** What would be written. */
  changes: readonly Change[];
  audience: readonly Hearing[];
  blobs: Body["blobs"];
  agent: Pick<Agent, "id" | "name" | "signature"> | null;
}

/** Where a preview may go: an address that can be read as one. */
export function previewAddress(text: string): { address: string; key: string } {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw usage(parsed.text);
  return parsed;
}

export async function preview(desk: DeskSession, cli: Cli, to: string, previewed: Previewed): Promise<void> {
  const { app } = desk;
  const { address, key } = previewAddress(to);
  const hearing = previewed.audience.find((one) => one.hears);
  if (hearing === undefined) throw usage("Nobody would hear it: there is no mail to preview.");
  const said = `as ${person(hearing.customer.name, hearing.address)} would get it; ${countOf(previewed.audience)} would`;
  if (desk.isDryRun) {
    if (cli.out.isJson) cli.out.json({ dryRun: true, previewTo: address });
    else cli.out.line(`A preview would go to ${address}, ${said}.`);
    return cli.out.note("Nothing was sent (--dry-run).");
  }
  const isAgents = (await app.lists.agentByRef(key)) !== null;
  if (!isAgents && !(await cli.out.confirm(`${address} is no agent's address. Send the preview there?`)))
    return cli.out.note("Nothing was sent.");
  const response = await app.preview({
    facts: {
      ...rowsOf(previewed),
      about: aboutOf(previewed),
      agentNames: ofAgent(previewed, "name"),
      agentSignatures: ofAgent(previewed, "signature"),
    },
    blobs: previewed.blobs,
    hearing,
    to: address,
  });
  if (cli.out.isJson) return cli.out.json({ previewTo: address, response });
  cli.out.line(`The preview is on its way to ${address}, ${said}.`);
  cli.out.note("Nobody else was told, and nothing was written. The same without --preview-to sends it.");
}

type PreviewFacts = Parameters<App["preview"]>[0]["facts"];

const aboutOf = ({ standalone }: Previewed): PreviewFacts["about"] => ({
  ticketId: noTicket,
  number: null,
  subject: standalone.subject,
  mailbox: standalone.mailbox,
  shared: standalone.answers === "everybody",
  organizationId: standalone.organizationId,
  projectId: standalone.projectId,
});

const ofAgent = ({ agent }: Previewed, what: "name" | "signature"): ReadonlyMap<string, string> =>
  new Map(agent === null ? [] : [[agent.id, agent[what]]]);

/** The rows that the changes would make. */
function rowsOf({ changes }: Previewed): Pick<PreviewFacts, "conversation" | "messages" | "attachments"> {
  const made = <T>(table: TableName): T[] =>
    changes.flatMap((change) =>
      change.table === table && !isSet(change) && change.before === null
        ? [{ ...change.after, id: change.id, version: 1 } as T] // a whole new row
        : [],
    );
  const [conversation] = made<Conversation>("conversation");
  if (conversation === undefined) throw new Error("a conversation that is not made");
  return { conversation, messages: made<Message>("message"), attachments: made<Attachment>("attachment") };
}
