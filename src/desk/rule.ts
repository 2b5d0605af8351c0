// Rules: what follows from a change without anybody asking. Here are the three that every desk starts with (AUT-6):
// a customer's mail opens a ticket, an agent's answer makes it wait, a new ticket is acknowledged. `settle` runs them
// until nothing new comes; each rule fires at most once per event, and a chain has a named maximum (AUT-4).
import type { Change } from "./change.ts";
import type { Notice } from "./notice.ts";
import { setStatus, type Ticket, ticketStatuses } from "./ticket.ts";

export type DeskEvent =
  | { kind: "ticket-created"; ticket: Ticket; fresh: boolean; acknowledgement: Notice | { refused: string } }
  | { kind: "customer-mail"; ticket: Ticket }
  | { kind: "agent-reply"; ticket: Ticket };

export interface Effects {
  changes: Change[];
  notices: Notice[];
  events: DeskEvent[];
}

export interface Rule {
  name: string;
  /** What the rule does about the event, or a sentence why it does nothing; null where it does not concern it. */
  apply(event: DeskEvent, now: number): (Partial<Effects> & { text: string }) | null;
}

export interface Firing {
  rule: string;
  text: string;
}

/** Events of one decision that rules may look at; beyond it a loop is assumed and stopped with a reason. */
export const chainMax = 20;

export const defaultRules: readonly Rule[] = [
  {
    name: "open on a customer's mail",
    apply(event, now) {
      if (event.kind !== "customer-mail" || event.ticket.state === "open") return null;
      const change = setStatus(event.ticket, "open", now);
      return change === null
        ? null
        : { changes: [change], text: `#${event.ticket.number} ${said(event.ticket)} -> open` };
    },
  },
  {
    name: "waiting on an agent's answer",
    apply(event, now) {
      if (event.kind !== "agent-reply" || event.ticket.state !== "open") return null;
      const change = setStatus(event.ticket, "waiting", now);
      return change === null
        ? null
        : { changes: [change], text: `#${event.ticket.number} ${said(event.ticket)} -> waiting` };
    },
  },
  {
    name: "acknowledge a new ticket",
    apply(event) {
      if (event.kind !== "ticket-created") return null;
      const { acknowledgement } = event;
      if ("refused" in acknowledgement) return { text: `no acknowledgement: ${acknowledgement.refused}` };
      return { notices: [acknowledgement], text: "the requester is sent an acknowledgement" };
    },
  },
];

/** A built-in status by its word, another by what it stands for. */
const said = ({ status, state }: Ticket): string => (Object.hasOwn(ticketStatuses, status) ? status : state);

/** All that follows from the events, and which rule did it. */
export function settle(
  events: readonly DeskEvent[],
  rules: readonly Rule[],
  now: number,
): { changes: Change[]; notices: Notice[]; firings: Firing[] } {
  const changes: Change[] = [];
  const notices: Notice[] = [];
  const firings: Firing[] = [];
  const queue = [...events];
  for (let count = 0; count < queue.length; count++) {
    const event = queue[count];
    if (event === undefined) break;
    if (count >= chainMax) {
      firings.push({
        rule: "chain limit",
        text: `stopped after ${chainMax} events, a loop of rules is likely`,
      });
      break;
    }
    for (const rule of rules) {
      const effect = rule.apply(event, now);
      if (effect === null) continue;
      changes.push(...(effect.changes ?? []));
      notices.push(...(effect.notices ?? []));
      queue.push(...(effect.events ?? []));
      firings.push({ rule: rule.name, text: effect.text });
    }
  }
  return { changes, notices, firings };
}
