// Who would hear what is said in a conversation without a ticket, and the sentence where that is nobody.
import { audienceOf } from "../desk/answer.ts";
import type { Conversation } from "../desk/conversation.ts";
import type { Candidate, Hearing } from "../desk/recipients.ts";
import type { Writer } from "../desk/words.ts";
import { usage } from "../errors.ts";
import type { DeskSession } from "./context.ts";
import type { ConversationFound } from "./conversation.ts";
import { hearingJson } from "./ticket-audience.ts";

/** As much of a conversation as says who hears it. */
export type Place = Pick<ConversationFound, "organization" | "customer" | "project" | "standalone">;

export async function hearers(
  { app }: DeskSession,
  { standalone, organization, customer, project }: Place,
  writer: Pick<Writer, "kind" | "id">,
): Promise<Hearing[]> {
  const people: Candidate[] = [];
  const conversation: Conversation = {
    id: "",
    ref: 0,
    ticketId: null,
    visibility: "public",
    createdAt: 0,
    version: 1,
  };
  for await (const one of app.lists.conversationPeople({ conversation, standalone, organization, customer, project }))
    people.push(one);
  return audienceOf(writer, people);
}

export function mustBeHeard(whom: string, { project, organization }: Place, audience: readonly Hearing[]): void {
  if (project?.state === "closed")
    throw usage(`The project ${project.name} is closed.`, {
      remedy: `Open it again first: maildesk project reopen ${JSON.stringify(project.name)}`,
    });
  if (audience.some((one) => one.hears)) return;
  const [first] = audience;
  if (first !== undefined)
    throw usage(`Nobody would hear it: ${first.customer.name || first.address}: ${first.why}.`, {
      remedy: "`maildesk customer show` says more of them.",
    });
  if (project !== null)
    throw usage(`Nobody follows ${project.name}: nobody would hear it.`, {
      remedy: `Share it first: maildesk project share ${JSON.stringify(project.name)} ORG`,
    });
  throw usage(
    organization === null
      ? `${whom} is gone: nobody would hear it.`
      : `${whom} has no customers: nobody would hear it.`,
    { remedy: "`maildesk org list` shows organizations with their customers." },
  );
}

export const countedJson = (audience: readonly Hearing[]) => ({
  recipients: audience.filter((one) => one.hears).length,
  audience: audience.map(hearingJson),
});
