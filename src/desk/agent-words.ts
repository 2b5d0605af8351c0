// What a mail to an agent says, as plain text (MAIL-15): on top who will read the answer, then what it is about, then the
// message, and below how to hear more or less. Only agents read it, so it may name addresses and internal words.
import type { AgentHearing } from "./agent-hearing.ts";
import type { Message, Visibility } from "./conversation.ts";
import type { NoticeKind } from "./notice.ts";

/** A file of the message; `left` where it does not come along: why, and how to get it. */
export interface NamedFile {
  filename: string;
  sizeBytes: number;
  left: string | null;
}

export interface AgentWords {
  kind: NoticeKind;
  /** Who reads an answer to this mail. */
  answers: Visibility;
  hearing: Pick<AgentHearing, "agent" | "address" | "why">;
  about: {
    number: number | null;
    subject: string;
    status: string;
    priority: number;
    organization: string | null;
    project: string | null;
    assignee: string | null;
    people: readonly string[];
    morePeople: number;
  };
  message: Message | null;
  /** The message stands where customers read it. */
  isPublic: boolean;
  files: readonly NamedFile[];
  conversationId: string;
}

/** First-line commands, as the mail names them and `intake/agent-commands` reads them. */
export const commandHelp = "#note, #close, #reopen, #assign NAME, #priority 0-5, #project NAME";

/** Paragraphs above, and what stands below the signature's line. */
export function agentText(words: AgentWords): { body: string; below: string } {
  const { message, hearing } = words;
  const body = [
    whoReads(words),
    [titleOf(words), factsOf(words)].filter((line) => line !== "").join("\n"),
    ...opening(words),
    ...(message === null ? [] : [message.newText === "" ? "(no text)" : message.newText]),
    ...filesText(words),
  ].join("\n\n");
  const below = `You are told because ${hearing.why}.\nThe first lines of your answer may be commands: ${commandHelp}.\nTo hear of more or less (ask whoever administers the desk): maildesk agent set ${hearing.address} hears=all|projects|own|none`;
  return { body, below };
}

function whoReads({ answers, about, hearing, message, isPublic, conversationId }: AgentWords): string {
  if (answers === "public" && about.number === null)
    return `PUBLIC: what you write above is mailed to everybody whom the conversation with ${peopleText(about)} is with.`;
  if (answers === "public") {
    const project = about.project === null ? "" : `, and who follows ${about.project}`;
    return `PUBLIC: what you write above is mailed to ${peopleText(about)}${project}.`;
  }
  if (about.number === null)
    return `INTERNAL: what you write above stays with the agents. To answer by itself what a customer wrote here: maildesk conversation to-ticket ${conversationId}`;
  if (!isPublic) return "INTERNAL: what you write above stays with the agents; no customer reads it.";
  if (message?.flag != null)
    return `INTERNAL: what you write above stays with the agents, as this message is flagged: ${message.flag}. No customer sees it.`;
  if (!hearing.agent.mayAnswer)
    return "INTERNAL: what you write above stays with the agents, as you may not answer in public.";
  return "INTERNAL: what you write above stays with the agents, as nobody is on the ticket.";
}

function peopleText({ people, morePeople }: AgentWords["about"]): string {
  const all = morePeople > 0 ? [...people, `${morePeople} more`] : people;
  return all.length < 2 ? (all[0] ?? "nobody") : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

const titleOf = ({ about: { number, subject } }: AgentWords): string =>
  number === null ? subject : `#${number}  ${subject}`;

function factsOf({ about }: AgentWords): string {
  const { number, status, priority, organization, project, assignee } = about;
  if (number === null) return `a conversation with ${about.people[0] ?? "customers"}`;
  return [
    status,
    priority > 0 ? `priority ${priority}` : null,
    organization,
    project === null ? null : `project ${project}`,
    assignee === null ? "assigned to nobody" : `assigned to ${assignee}`,
  ]
    .filter((fact) => fact !== null && fact !== "")
    .join(", ");
}

function opening({ kind, message }: AgentWords): string[] {
  if (message === null) return [];
  const at = `${new Date(message.createdAt).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  if (kind === "refusal")
    return [`Your mail was not sent to any customer: ${message.remarks.join("; ")}. It is kept as an internal note:`];
  const given = kind === "assignment" ? ["The last message:"] : [];
  return [...given, `${authorOf(message)} wrote at ${at}${message.flag === null ? "" : `, flagged: ${message.flag}`}:`];
}

const authorOf = ({ authorKind, fromName, fromAddress }: Message): string => {
  if (authorKind === "desk") return fromName || "maildesk";
  const name = fromName === "" ? fromAddress : `${fromName} <${fromAddress}>`;
  return authorKind === "machine" ? `A machine (${name})` : name;
};

const filesText = ({ files }: AgentWords): string[] =>
  files.length === 0
    ? []
    : [
        `Files: ${files
          .map(
            ({ filename, sizeBytes, left }) =>
              `${filename} (${sizeText(sizeBytes)}${left === null ? "" : `; ${left}`})`,
          )
          .join(", ")}`,
      ];

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
