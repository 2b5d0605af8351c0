// A mail as the parser hands it over: from Ann of acme.example to the desk, unless the test says otherwise.
import type { ParsedMail } from "../../dist/mail/parsed-mail.js";
import { signToken, type TokenClaims } from "../../dist/mail/token.js";
import { replyAddress, tokenMessageId } from "../../dist/mail/token-places.js";
import { keys, now, ownAddress } from "./desk-of.ts";

export const from = (address: string, name = "") => ({ name, address });

export function mailOf(over: Partial<ParsedMail> = {}): ParsedMail {
  return {
    messageId: "m1@acme.example",
    inReplyTo: [],
    references: [],
    dateMs: now - 120_000,
    from: from("ann@acme.example", "Ann"),
    replyTo: [],
    to: [from(ownAddress)],
    cc: [],
    subject: "The printer is on fire",
    text: "It burns.",
    newText: "It burns.",
    attachments: [],
    automatic: [],
    bounce: null,
    forwarded: null,
    authentication: [],
    marks: [],
    digest: "d1",
    remarks: [],
    ...over,
  };
}

export const [key] = keys;

export const tokenOf = (claims: Partial<TokenClaims> = {}, signing = key): string => {
  if (signing === undefined) throw new Error("a key");
  return signToken(signing, { purpose: "reply", conversation: 1, recipient: 1, visibility: "public", ...claims });
};

export const strangeKey = { id: 1, secret: Buffer.from("a secret of somebody else, longer") };

/** The address that an answer with this token goes to. */
export const tokenAddress = (token: string) => from(replyAddress(ownAddress, token, true));
export const tokenId = (token: string, nonce = "n1") => tokenMessageId(token, nonce, "desk.example");

export const bounceOf = (
  address: string,
  over: { hard?: boolean; action?: "failed" | "delayed"; original?: string | null } = {},
) => ({
  recipients: [
    {
      address,
      status: "5.1.1",
      action: over.action ?? "failed",
      hard: over.hard ?? true,
      diagnostic: "550 5.1.1 no such user",
    } as const,
  ],
  originalMessageId: over.original ?? null,
});
