// Mails that a command makes by itself, beside those that follow from what is written in the desk.
import { type Digest, queueDigests } from "./worker/digest.ts";
import { type Preview, type PreviewPorts, sendPreview } from "./worker/preview.ts";

export const mailsOfCommands = (ports: PreviewPorts) => ({
  /** One mail to one address, of what is not said yet. */
  preview: (preview: Preview) => sendPreview(ports, preview),
  /** Into the outbox; false where a digest was made for somebody meanwhile. */
  queueDigests: (digests: readonly Digest[], now: number) => queueDigests(ports, digests, now),
});
