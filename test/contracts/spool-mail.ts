// A mail as the spool takes it: only what the spool looks at, with telling defaults.
import type { NewEmail } from "../../dist/ports-database.js";

export const newMail = (
  over: Partial<Omit<NewEmail, "peek">> & { id?: string | null; cites?: string[] } = {},
): NewEmail => {
  const { id = null, cites = [], ...rest } = over;
  return {
    uid: null,
    raw: Buffer.from(`Message-ID: <${id ?? ""}>\r\n\r\nhello`),
    error: null,
    receivedAtMs: 1,
    arrival: "live",
    peek: { messageId: id, cited: cites, from: "ann@acme.example", subject: "hello" },
    closed: false,
    ...rest,
  };
};

/** The server lists it and does not hand it over. */
export const unfetched = (uid: number): NewEmail => newMail({ uid, raw: null, error: "NO [SERVERBUG]" });
