// Who of those in To or Cc of a customer's mail comes to follow the ticket (MAIL-13): a setting of the mailbox. A copy alone
// makes no organization, and whoever is left out is named, not forgotten.

/**
 * known: customers of the desk, and people of the requester's organization; follow: everybody; note: nobody, but each is named;
 * ignore: nobody.
 */
export const ccPolicies = ["known", "follow", "note", "ignore"] as const;
export type CcPolicy = (typeof ccPolicies)[number];

/** So many people of one mail come to follow; more are noted. */
export const copiedMax = 20;
