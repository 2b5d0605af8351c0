// The media type of a file that an agent attaches, by its name's ending; what is not known is plain bytes, and the
// receiver's program decides.
import { extname } from "node:path";

const types: Record<string, string> = {
  ".7z": "application/x-7z-compressed", ".avi": "video/x-msvideo", ".bmp": "image/bmp", ".csv": "text/csv", ".doc": "application/msword",
  ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".eml": "application/octet-stream", ".gif": "image/gif",
  ".gz": "application/gzip", ".heic": "image/heic", ".htm": "text/html", ".html": "text/html", ".ics": "text/calendar", ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg", ".json": "application/json", ".log": "text/plain", ".md": "text/markdown", ".mov": "video/quicktime", ".mp3": "audio/mpeg",
  ".mp4": "video/mp4", ".odp": "application/vnd.oasis.opendocument.presentation", ".ods": "application/vnd.oasis.opendocument.spreadsheet",
  ".odt": "application/vnd.oasis.opendocument.text", ".pdf": "application/pdf", ".png": "image/png", ".ppt": "application/vnd.ms-powerpoint",
  ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", ".rtf": "application/rtf", ".svg": "image/svg+xml",
  ".tar": "application/x-tar", ".tif": "image/tiff", ".tiff": "image/tiff", ".txt": "text/plain", ".vcf": "text/vcard", ".wav": "audio/wav",
  ".webp": "image/webp", ".xls": "application/vnd.ms-excel", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ".xml": "application/xml", ".yaml": "application/yaml", ".yml": "application/yaml", ".zip": "application/zip",
};

export const contentTypeOf = (path: string): string => types[extname(path).toLowerCase()] ?? "application/octet-stream";
