// What crosses between the database and a dump or a backup: rows as they are stored, by the page, in a fixed order.

export type StoredValue = string | number | null | Buffer;

export interface ArchivedRow {
  table: string;
  row: Readonly<Record<string, StoredValue>>;
  /** Where it stands in a dump, from 1; null where it came out of another database. */
  line: number | null;
}

/** All rows of a desk, and the last migration of the tables that they fit into. */
export interface RowSource {
  migration: string;
  /** Read once. Rejects: data, with the line, where what it reads is not what it claims to be or was cut off. */
  pages: AsyncIterable<readonly ArchivedRow[]>;
}

/** Rows by table; tables without any count 0. */
export type RowCounts = Readonly<Record<string, number>>;
