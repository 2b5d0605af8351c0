// What an agent's mail on a ticket asks for (MAIL-15): an answer that customers read, or an internal message, and which commands.
// The signed token of the notification that it answers decides, never a guess. Where anything is not as it must be, nothing
// goes to a customer: the mail is kept as an internal message, and its author is told why.
import type { Agent } from "../desk/agent.ts";
import type { Visibility } from "../desk/conversation.ts";
import { agentMarker } from "../mail/reply-marker.ts";
import { textAboveMarker } from "../mail/reply-text.ts";
import { findTokens } from "../mail/token.ts";
import { type AgentCommand, readCommands } from "./agent-commands.ts";
import type { Inbound } from "./decide.ts";
import type { ThreadFacts } from "./facts.ts";
import { copiedIn } from "./others.ts";
import { isIndirect, notFromAgent, notFromSender, provenance } from "./provenance.ts";

export interface Intent {
  visibility: Visibility;
  /** The new words, without commands. */
  words: string;
  commands: AgentCommand[];
  /** Why it does not do what it asks for, as a clause; its author is told. */
  refusal: string | null;
  /** Nobody but this knows that it is the agent's. */
  flag: string | null;
}

/** Of an agent's mail that belongs to this conversation. */
export function intentOf(input: Inbound, agent: Agent, thread: Pick<ThreadFacts, "conversation">): Intent {
  const { mail, arrival } = input;
  const above = textAboveMarker(mail.text);
  const kept: Intent = { visibility: "internal", words: mail.newText, commands: [], refusal: null, flag: null };
  if (arrival === "history") return kept;
  const origin = provenance(input);
  // Nobody is told: a forger would have the agent's own mailbox filled.
  if (origin === "fail") return { ...kept, flag: notFromSender };
  if (isIndirect(input)) return { ...kept, flag: notFromAgent };
  const token = ownToken(input, agent, thread);
  const { commands, rest, wrong } = readCommands(above ?? mail.newText);
  const asks = commands.length > 0 || wrong !== null;
  if (token === null && origin !== "pass") {
    return { ...kept, refusal: asks ? "its commands were not obeyed, as it answers no notification of yours" : null };
  }
  if (input.mailbox.authservId !== "" && origin !== "pass" && (asks || token === "public"))
    return { ...kept, refusal: "your mail server's word for it is missing (SPF, DKIM, DMARC)" };
  if (wrong !== null) return { ...kept, refusal: wrong };
  const internal: Intent = { ...kept, words: rest, commands };
  if (token !== "public" || commands.some(({ kind }) => kind === "note")) return internal;
  const refusal = whyNotPublic(input, agent, thread, above, rest, commands);
  if (refusal !== null) return { ...kept, refusal };
  const isAnswer = rest !== "" || mail.attachments.length > 0;
  return { ...internal, visibility: isAnswer ? "public" : "internal" };
}

/** What the token of a notification to this very agent allows; null where the mail bears none for this conversation. */
function ownToken(
  { question, facts }: Inbound,
  agent: Agent,
  thread: Pick<ThreadFacts, "conversation">,
): Visibility | null {
  const first = question.tokens.find(({ claims, where }) => claims.purpose === "reply" && where !== "mark");
  if (first === undefined || first.claims.recipient !== agent.ref) return null;
  return facts.byRef.get(first.claims.conversation) === thread.conversation.id ? first.claims.visibility : null;
}

function whyNotPublic(
  input: Inbound,
  agent: Agent,
  thread: Pick<ThreadFacts, "conversation">,
  above: string | null,
  words: string,
  commands: readonly AgentCommand[],
): string | null {
  const { mail, facts } = input;
  if (thread.conversation.visibility !== "public") return "the conversation is internal";
  if (!agent.mayAnswer) return "you may not answer in public";
  if (above === null)
    return `the line "${agentMarker}" is missing below your words, so what is new can't be told from what was internal`;
  if (words === "" && commands.length === 0 && mail.attachments.length === 0) return "nothing stands above the line";
  if (findTokens(words).length > 0) return "it quotes a signed address of the desk";
  if (/^\W*(?:INTERNAL|PUBLIC): what you write above /mu.test(words)) return "it quotes what only agents read";
  if (facts.internalLines.some((line) => words.includes(line))) return "it holds words of an internal message";
  if (outsiders(input, agent).length > 0)
    return "others stand in To or Cc, who would hold your own reply address: send it to the desk alone";
  if (words !== "" && commands.some(({ kind }) => kind === "project"))
    return "#project would show the answer to other people: send it alone, or with #note";
  return null;
}

/** Whoever gets the mail gets the agent's token with it. */
const outsiders = ({ mail, mailbox, facts, question }: Inbound, agent: Agent): string[] => {
  const colleagues = new Set(facts.copied.filter(({ isAgent }) => isAgent).map(({ person }) => person.key));
  return question.sender === null || agent.state !== "active"
    ? []
    : copiedIn(mail, question.sender, mailbox.ownKeys)
        .map(({ key }) => key)
        .filter((key) => !colleagues.has(key));
};
