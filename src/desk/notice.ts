// What must be told: written in the same transaction as the decision that causes it, and expanded to one outgoing mail
// per person when `deliver` runs, with the membership of that moment (SHA-7, invariant 7).
/**
 * acknowledgement: to the requester of a new ticket; message: a public message, to everybody concerned. To agents only:
 * notification: any message; assignment: a ticket that was given to one; refusal: what an agent's mail did not do.
 */
export type NoticeKind = "acknowledgement" | "message" | "notification" | "assignment" | "refusal";

export interface Notice {
  id: string;
  kind: NoticeKind;
  /** "" where the conversation has none. */
  ticketId: string;
  conversationId: string;
  messageId: string;
  /** Folded addresses that stood in To or Cc of the inbound mail: they have it already. */
  hadIt: string[];
  /** The one agent whom it is for; "" for all whom it concerns. */
  agentId: string;
  /** The end of the hold time, UTC milliseconds. */
  notBefore: number;
  createdAt: number;
  /** It tells what some may have already: they are left out. */
  again?: true;
}
