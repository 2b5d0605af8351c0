// winmail.dat (MS-OXTNEF, application/ms-tnef): what Outlook wraps attachments in when it takes everybody for Outlook.
// Reads the attached files and, where there is one, the body text. Every length is checked against the bytes that are
// there; a stream that breaks off gives what came before. Compressed RTF is not unpacked.
import { decodeText } from "./charset.ts";

export interface TnefFile {
  filename: string;
  contentType: string | null;
  contentId: string | null;
  bytes: Buffer;
}

export interface Tnef {
  files: TnefFile[];
  text: string | null;
  html: string | null;
}

const signature = 0x223e9f78;
const attributesMax = 10_000;
const filesMax = 200;
const propertiesMax = 5_000;
const depthMax = 3;

/** MS-OXTNEF 2.1.3.3: the low half of an attribute's id. */
const attribute = {
  body: 0x800c,
  attachmentData: 0x800f,
  attachmentTitle: 0x8010,
  attachmentStart: 0x9002,
  messageProperties: 0x9003,
  attachmentProperties: 0x9005,
  codePage: 0x9007,
} as const;

/** MS-OXPROPS: property ids. */
const property = {
  body: 0x1000,
  html: 0x1013,
  displayName: 0x3001,
  data: 0x3701,
  shortName: 0x3704,
  longName: 0x3707,
  mimeType: 0x370e,
  contentId: 0x3712,
} as const;

/** Reads a TNEF stream; null where the bytes are none. */
export function readTnef(bytes: Buffer): Tnef | null {
  return readStream(bytes, 0);
}

interface Reading {
  found: Tnef;
  charset: string;
  file: { title: string; data: Buffer | null; properties: Properties } | null;
  depth: number;
}

function readStream(bytes: Buffer, depth: number): Tnef | null {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== signature) return null;
  const reading: Reading = {
    found: { files: [], text: null, html: null },
    charset: "windows-1252",
    file: null,
    depth,
  };
  let at = 6;
  for (let n = 0; n < attributesMax && at + 9 <= bytes.length; n++) {
    const id = bytes.readUInt16LE(at + 1);
    const length = bytes.readUInt32LE(at + 5);
    const from = at + 9;
    if (from + length > bytes.length) break;
    take(reading, id, bytes.subarray(from, from + length));
    at = from + length + 2; // a checksum follows
  }
  finishFile(reading);
  return reading.found;
}

function take(reading: Reading, id: number, data: Buffer): void {
  const { file, found } = reading;
  if (id === attribute.codePage && data.length >= 4) reading.charset = `windows-${data.readUInt32LE(0)}`;
  else if (id === attribute.body) found.text ??= narrow(data, reading.charset);
  else if (id === attribute.messageProperties) {
    const properties = readProperties(data);
    found.text = wording(properties, property.body, reading.charset) ?? found.text;
    found.html = wording(properties, property.html, reading.charset) ?? found.html;
  } else if (id === attribute.attachmentStart) {
    finishFile(reading);
    reading.file = { title: "", data: null, properties: new Map() };
  } else if (file !== null) {
    if (id === attribute.attachmentTitle) file.title = narrow(data, reading.charset);
    else if (id === attribute.attachmentData) file.data = data;
    else if (id === attribute.attachmentProperties) file.properties = readProperties(data);
  }
}

function finishFile(reading: Reading): void {
  const { file, found, charset } = reading;
  reading.file = null;
  if (file === null || found.files.length >= filesMax) return;
  const bytes = file.data ?? file.properties.get(property.data)?.bytes ?? null;
  if (bytes === null) return;
  // An attached Outlook message: an interface id of 16 bytes, then TNEF again.
  const inner = reading.depth < depthMax ? readStream(bytes.subarray(16), reading.depth + 1) : null;
  if (inner !== null) {
    found.files.push(...inner.files.slice(0, filesMax - found.files.length));
    return;
  }
  const name = (id: number) => wording(file.properties, id, charset);
  found.files.push({
    filename: name(property.longName) ?? name(property.displayName) ?? (file.title || (name(property.shortName) ?? "")),
    contentType: name(property.mimeType),
    contentId: name(property.contentId),
    bytes,
  });
}

interface Value {
  /** MS-OXCDATA 2.11.1 property type. */
  type: number;
  bytes: Buffer;
}

type Properties = Map<number, Value>;

const fixedSizes: Record<number, number> = {
  1: 0,
  2: 4,
  3: 4,
  4: 4,
  5: 8,
  6: 8,
  7: 8,
  10: 4,
  11: 4,
  20: 8,
  64: 8,
  72: 16,
};
const multipleValues = 0x1000;
const unicodeString = 0x001f;

/** MS-OXTNEF 2.1.3.4: a counted list; the first value of each property, variable ones without their length. */
function readProperties(data: Buffer): Properties {
  const properties: Properties = new Map();
  if (data.length < 4) return properties;
  let at = 4;
  const left = (count: number) => at + count <= data.length;
  const count = Math.min(data.readUInt32LE(0), propertiesMax);
  for (let n = 0; n < count && left(4); n++) {
    const type = data.readUInt16LE(at);
    const id = data.readUInt16LE(at + 2);
    at += 4;
    if (id >= 0x8000) at = afterName(data, at);
    const size = fixedSizes[type & ~multipleValues];
    const several = (type & multipleValues) !== 0 || size === undefined;
    if (several && !left(4)) break;
    const values = several ? data.readUInt32LE(at) : 1;
    if (several) at += 4;
    for (let value = 0; value < values && left(size ?? 4); value++) {
      const length = size ?? data.readUInt32LE(at);
      const from = size === undefined ? at + 4 : at;
      if (from + length > data.length) return properties;
      if (value === 0) properties.set(id, { type: type & ~multipleValues, bytes: data.subarray(from, from + length) });
      at = from + Math.ceil(length / 4) * 4;
    }
  }
  return properties;
}

/** Named properties carry a GUID and a number or a name, which nobody here asks for. */
function afterName(data: Buffer, at: number): number {
  if (at + 24 > data.length) return data.length;
  const isNumber = data.readUInt32LE(at + 16) === 0;
  const length = data.readUInt32LE(at + 20);
  return Math.min(data.length, at + 24 + (isNumber ? 0 : Math.ceil(length / 4) * 4));
}

function wording(properties: Properties, id: number, charset: string): string | null {
  const value = properties.get(id);
  if (value === undefined) return null;
  const text = value.type === unicodeString ? value.bytes.toString("utf16le") : narrow(value.bytes, charset);
  const clean = text.replace(/\0.*$/s, "");
  return clean === "" ? null : clean;
}

function narrow(bytes: Buffer, charset: string): string {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end), charset);
}
