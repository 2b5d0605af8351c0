// What a situation of a mail is: the mail, the desk that it meets, and what must become of it. And the people and threads
// that the tables have in common: Ann of acme.example, her ticket, one of her organization, and one of strangers.
import type { reasons } from "../../dist/intake/email.js";
import {
  addressOf,
  closedThread,
  customerOf,
  type FactsOver,
  type InboundOver,
  referenceOf,
  threadOf,
} from "./desk-of.ts";
import { type mailOf, tokenAddress, tokenOf } from "./mail-of.ts";

export interface Situation {
  title: string;
  reason: keyof typeof reasons;
  /** The number of the ticket that it is filed on; 100 is a new one. */
  ticket: number | null;
  /** Words that the trace must say. */
  trace: string[];
  mail?: Parameters<typeof mailOf>[0];
  facts?: FactsOver;
  more?: InboundOver;
}

export const ann = customerOf("cus_1", { name: "Ann", organizationId: "org_acme" });
export const annFacts: FactsOver = { customer: ann, senderAddress: addressOf("ann@acme.example", "cus_1") };

const acme = { organizationId: "org_acme" };
export const annsThread = threadOf(1, { people: [{ customerId: "cus_1", address: "ann@acme.example" }], ticket: acme });
export const hers: FactsOver = { ...annFacts, threads: [annsThread] };
export const colleagues: FactsOver = {
  ...annFacts,
  threads: [threadOf(1, { people: [{ customerId: "cus_9" }], ticket: acme })],
};
export const strange: FactsOver = {
  ...annFacts,
  threads: [threadOf(1, { people: [{ customerId: "cus_9" }], ticket: { organizationId: "org_other" } })],
};
export const closedFor = (days: number) => [closedThread(1, days, { people: [{ customerId: "cus_1" }] })];

export const byToken = { to: [tokenAddress(tokenOf())] };
export const byCitation = { inReplyTo: ["p@acme.example"] };
export const byLost = { inReplyTo: ["lost@acme.example"] };
export const filed = [referenceOf("filed", "p@acme.example", "cnv_1")];
export const lost = [referenceOf("cited", "lost@acme.example", "cnv_1")];
