// The files of a mail in the order they stand in it: attached parts, inline images, attached mails, files uuencoded in a
// text, and what winmail.dat wraps. The index in this list is the `part` by which an attachment is asked for later, so
// the order must depend on the raw bytes alone.
import { hash } from "node:crypto";
import type { Plain, Stretch } from "./body.ts";
import { safeFilename } from "./filename.ts";
import { firstField } from "./head.ts";
import { mailLimits } from "./limits.ts";
import { leaves, type Part } from "./outline.ts";
import type { MailAttachment } from "./parsed-mail.ts";
import { storable } from "./storable.ts";
import { readTnef, type Tnef } from "./tnef.ts";
import { decodeTransfer } from "./transfer.ts";

/** RFC 6838 4.2; anything else is opaque. */
const mediaType = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/;

export interface FoundFile {
  /** The leaf that holds the file. */
  leaf: Part;
  /** The name it came with; null: the leaf's own headers name it. */
  filename: string | null;
  contentType: string;
  contentId: string | null;
  inline: boolean;
  bytes: () => Buffer;
}

export interface Files {
  files: FoundFile[];
  /** Text and HTML of a winmail.dat, for mails that have no other. */
  wrapped: Tnef[];
}

/** Every file of the mail, none of its bytes decoded yet except what winmail.dat needs. */
export function findFiles(
  raw: Buffer,
  root: Part,
  stretches: Stretch[],
  plains: Map<Part, Plain>,
  remarks: Set<string>,
): Files {
  const texts = new Set(stretches.flatMap((stretch) => [...stretch.plain, ...stretch.html]));
  const found: Files = { files: [], wrapped: [] };
  for (const leaf of leaves(root)) {
    const uuencoded = plains.get(leaf)?.files ?? [];
    for (const file of uuencoded) found.files.push({ ...bare(leaf), filename: file.filename, bytes: () => file.bytes });
    if (!texts.has(leaf)) addLeaf(raw, leaf, found);
  }
  if (found.files.length > mailLimits.attachmentCountMax) {
    remarks.add(`attachments after the ${mailLimits.attachmentCountMax}th left out`);
    found.files.length = mailLimits.attachmentCountMax;
  }
  return found;
}

/** What the rest of the house knows of a file; `name` as the letterhead decoded it. */
export function describeFile(file: FoundFile, part: number, name: string): MailAttachment {
  const bytes = file.bytes();
  const contentType = mediaType.test(file.contentType) ? file.contentType : "application/octet-stream";
  return {
    part,
    filename: safeFilename(file.filename ?? name, contentType, part),
    contentType,
    sizeBytes: bytes.length,
    sha256: hash("sha256", bytes, "hex"),
    inline: file.inline,
    contentId: file.contentId === null ? null : storable(file.contentId).slice(0, 998),
  };
}

function addLeaf(raw: Buffer, leaf: Part, found: Files): void {
  const bytes = () => decodeTransfer(raw, leaf.start, leaf.end, leaf.encoding);
  if (isTnef(leaf)) {
    const tnef = readTnef(bytes());
    if (tnef !== null && (tnef.files.length > 0 || tnef.text !== null || tnef.html !== null)) {
      found.wrapped.push(tnef);
      for (const file of tnef.files) {
        const contentType = file.contentType?.toLowerCase() ?? "application/octet-stream";
        const { filename, contentId } = file;
        found.files.push({ ...bare(leaf), filename, contentType, contentId, bytes: () => file.bytes });
      }
      return;
    }
  }
  const contentId = firstField(leaf.fields, "content-id")?.replace(/^<|>$/g, "").trim() || null;
  const disposition = leaf.disposition.value;
  found.files.push({
    leaf,
    filename: null,
    contentType: leaf.type.value.startsWith("multipart/") ? "application/octet-stream" : leaf.type.value,
    contentId,
    inline: disposition === "inline" || (disposition === "" && contentId !== null),
    bytes,
  });
}

function bare(leaf: Part): Omit<FoundFile, "bytes"> {
  return { leaf, filename: null, contentType: "application/octet-stream", contentId: null, inline: false };
}

function isTnef(leaf: Part): boolean {
  const named = leaf.disposition.parameters.get("filename") ?? leaf.type.parameters.get("name") ?? "";
  return /^application\/(vnd\.)?ms-tnef$/.test(leaf.type.value) || /^winmail\.dat$/i.test(named);
}
