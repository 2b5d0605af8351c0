// A file name from a stranger, made safe to write to any disk and honest to look at: no path, no control characters,
// no signs that turn the reading direction around (invoice_fdp.exe), no name that Windows keeps for devices.

const charsMax = 200;
const extensionCharsMax = 20;
const unseen = /[\p{Cc}\p{Cs}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;
const device = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)/i;

/** For files that came without a name. */
const extensions = new Map(
  Object.entries({
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/json": "json",
    "application/xml": "xml",
    "application/ics": "ics",
    "application/msword": "doc",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/pgp-signature": "asc",
    "application/pgp-encrypted": "asc",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "application/ms-tnef": "dat",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "message/global": "eml",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/directory": "vcf",
    "text/html": "html",
    "text/plain": "txt",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/xml": "xml",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
  }),
);

/** A safe name of at most 200 characters; `part` and the content type make one where there is none. */
export function safeFilename(name: string, contentType: string, part: number): string {
  const last =
    name
      .replace(unseen, "")
      .split(/[/\\]/)
      .filter((piece) => piece.trim() !== "")
      .at(-1) ?? "";
  const plain = last
    .replace(/\s+/g, " ")
    .replace(/^[\s.]+$/, "")
    .replace(/[. ]+$/, "")
    .trim();
  if (plain === "") return `attachment-${part + 1}.${extensions.get(contentType) ?? "bin"}`;
  return shorten(device.test(plain) ? `_${plain}` : plain);
}

function shorten(name: string): string {
  if (name.length <= charsMax) return name;
  const dot = name.lastIndexOf(".");
  const extension = dot > 0 && name.length - dot <= extensionCharsMax ? name.slice(dot) : "";
  const stem = name.slice(0, charsMax - extension.length).replace(/[\ud800-\udbff]$/, "");
  return stem + extension;
}
