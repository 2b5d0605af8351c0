// Tokens at rest: sealed with a key made of the desk's secret (AES-256-GCM, RFC 5116; HKDF, RFC 5869), so that a backup or a
// dump of the database opens no mailbox. What can't be opened any more counts as not there.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** The desk's keys: the first seals, all open. */
export interface SealKey {
  id: number;
  secret: Buffer;
}

const version = "1";
const nonceBytes = 12;
const tagBytes = 16;

/** `version.key.bytes`; `id` is bound to it, so that a row's content is of no use in another row. */
export function seal(keys: readonly SealKey[], id: string, text: string): string {
  const [key] = keys;
  if (key === undefined) throw new Error("there is no key to seal with");
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", keyOf(key), nonce).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return `${version}.${key.id}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url")}`;
}

/** Null where the key is gone, or where somebody changed it. */
export function unseal(keys: readonly SealKey[], id: string, sealed: string): string | null {
  const [of, keyId, bytes = ""] = sealed.split(".");
  const key = keys.find((one) => String(one.id) === keyId);
  const raw = Buffer.from(bytes, "base64url");
  if (of !== version || key === undefined || raw.length < nonceBytes + tagBytes) return null;
  try {
    const decipher = createDecipheriv("aes-256-gcm", keyOf(key), raw.subarray(0, nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(Buffer.from(id)).setAuthTag(raw.subarray(nonceBytes, nonceBytes + tagBytes));
    return Buffer.concat([decipher.update(raw.subarray(nonceBytes + tagBytes)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}

const keyOf = ({ secret }: SealKey): Buffer => Buffer.from(hkdfSync("sha256", secret, "", "maildesk credential", 32));
