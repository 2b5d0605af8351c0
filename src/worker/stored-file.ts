// The bytes of one file of a stored mail, read behind the parser's fence; null where the mail or the file is no more to be had.
import { isKind } from "../errors.ts";
import type { Parser } from "../ports.ts";
import type { Spool } from "../ports-database.ts";

export type StoredFile = (emailId: string, part: number) => Promise<Buffer | null>;

export const storedFile =
  (spool: Pick<Spool, "raw">, parser: Pick<Parser, "attachment">): StoredFile =>
  async (emailId, part) => {
    const raw = await spool.raw(emailId);
    if (raw === null) return null;
    try {
      return await parser.attachment(raw, part);
    } catch (error) {
      if (isKind(error, "data")) return null;
      throw error;
    }
  };
