// What of each record is a person's words or says who they are, and what stands there once they were erased (CUS-7). The
// log keeps what happened, without the words.
import type { Columns, TableName } from "./change.ts";

/** Stands where a text was that people expect to see. */
export const erasedText = "(erased)";

/** By table: the columns that are cleared, and what they are then. */
export const personalColumns: Partial<Record<TableName, Readonly<Record<string, unknown>>>> = {
  customer: {
    name: erasedText,
    phone: "",
    title: "",
    postalAddress: "",
    timeZone: "",
    language: "",
    type: "",
    notes: "",
  },
  customerAddress: { address: erasedText },
  fieldValue: { value: "" },
  message: {
    fromName: erasedText,
    fromAddress: "",
    toAddresses: [],
    ccAddresses: [],
    subject: erasedText,
    text: erasedText,
    newText: erasedText,
    remarks: [],
  },
  attachment: { filename: erasedText },
  ticket: { subject: erasedText },
  ticketPerson: { address: erasedText },
};

/** Columns as the log may keep them: those of a person who was erased say nothing more. */
export function withoutWords(table: TableName, columns: Columns | null): Columns | null {
  if (columns === null) return null;
  const cleared = personalColumns[table] ?? {};
  return Object.fromEntries(
    Object.entries(columns).map(([name, value]) => [name, name in cleared && isSaid(value) ? cleared[name] : value]),
  );
}

const isSaid = (value: unknown): boolean => value !== null && value !== "";
