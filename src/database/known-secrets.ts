// Whether this desk is the one that the configuration means. A desk keeps digests of the secrets by which it signs; where the
// configuration has none of them, its mail would be a stranger's: answers would lead nowhere, and mail of our own would
// be taken for a customer's. A new secret beside a known one is a rotation, and becomes known.
import { createHmac } from "node:crypto";
import type { Kysely } from "kysely";
import { operator } from "../errors.ts";
import { insertRows } from "./insert.ts";
import type { Database } from "./open.ts";
import type { Schema } from "./schema.ts";

export interface KnownSecrets {
  secrets: readonly { secret: Buffer }[];
  now: number;
}

/** Tells which secret it was, and nothing of it. */
const digestOf = (secret: Buffer): string => createHmac("sha256", secret).update("the secret of a desk").digest("hex");

const digestsOf = ({ secrets }: KnownSecrets): string[] => secrets.map(({ secret }) => digestOf(secret));

/** Configured secrets that the desk does not know yet. Rejects: operator with code "secret", where it knows others only. */
async function unknownSecrets(db: Kysely<Schema>, known: KnownSecrets): Promise<string[]> {
  const found = new Set((await db.selectFrom("secret").select("id").execute()).map(({ id }) => id));
  const own = digestsOf(known);
  if (found.size > 0 && !own.some((id) => found.has(id))) throw otherDesk();
  return own.filter((id) => !found.has(id));
}

/** Rejects: operator with code "secret", where the desk knows secrets and the configuration has none of them. */
export async function mustKnowSecret({ read, write }: Database, known: KnownSecrets): Promise<void> {
  const unknown = await unknownSecrets(read, known);
  if (unknown.length > 0) await write((tx) => learn(tx, unknown, known.now));
}

/** The same for a desk that was just filled, in the transaction that filled it. */
export async function mustKnowSecretIn(tx: Kysely<Schema>, known: KnownSecrets): Promise<void> {
  await learn(tx, await unknownSecrets(tx, known), known.now);
}

/** From now on the configured secrets count, whatever was known before. */
export async function adoptSecrets({ write }: Database, known: KnownSecrets): Promise<void> {
  await write(async (tx) => {
    await tx.deleteFrom("secret").execute();
    await learn(tx, digestsOf(known), known.now);
  });
}

const learn = async (tx: Kysely<Schema>, ids: readonly string[], now: number): Promise<void> =>
  void (await insertRows(
    tx,
    "secret",
    [...new Set(ids)].map((id) => ({ id, knownSince: now })),
  ));

const otherDesk = () =>
  operator("This database is another desk's: it signs by another secret than maildesk.yaml has.", {
    code: "secret",
    remedy:
      "Name another database, or that desk's `secret`. Is it lost for good: maildesk secret adopt; answers then find their tickets by Message-ID only.",
  });
