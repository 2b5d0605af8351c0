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

/** Rejects: operator with code "secret", where the desk knows secrets and the configuration has none of them. */
export async function mustKnowSecret({ read, write }: Database, known: KnownSecrets): Promise<void> {
  const found = new Set((await read.selectFrom("secret").select("id").execute()).map(({ id }) => id));
  const own = known.secrets.map(({ secret }) => digestOf(secret));
  if (found.size > 0 && !own.some((id) => found.has(id))) throw otherDesk();
  if (own.some((id) => !found.has(id))) await write((tx) => learn(tx, own, known.now));
}

/** The same for a desk that was just filled, in the transaction that filled it. */
export async function mustKnowSecretIn(tx: Kysely<Schema>, known: KnownSecrets): Promise<void> {
  const found = new Set((await tx.selectFrom("secret").select("id").execute()).map(({ id }) => id));
  const own = known.secrets.map(({ secret }) => digestOf(secret));
  if (found.size > 0 && !own.some((id) => found.has(id))) throw otherDesk();
  await learn(tx, own, known.now);
}

/** From now on the configured secrets count, whatever was known before. */
export async function adoptSecrets({ write }: Database, { secrets, now }: KnownSecrets): Promise<void> {
  await write(async (tx) => {
    await tx.deleteFrom("secret").execute();
    await learn(
      tx,
      secrets.map(({ secret }) => digestOf(secret)),
      now,
    );
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
