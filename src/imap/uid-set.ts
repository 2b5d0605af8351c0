// IMAP's sequence sets (RFC 3501 section 9, "sequence-set"): "1:4,7,9:12". Pure. A command line must stay short:
// RFC 7162 section 4 lets servers refuse lines over 8192 octets, and some refuse far shorter ones.

/** Commands carry at most this much of a set. */
export const uidSetCharsMax = 900;

export interface UidSet {
  set: string;
  uids: number[];
}

/** Packs ascending UIDs into sets of at most `countMax` UIDs and `uidSetCharsMax` characters each, order kept. */
export function packUids(uids: number[], countMax: number): UidSet[] {
  const packed: UidSet[] = [];
  let ranges: [first: number, last: number][] = [];
  let held: number[] = [];
  let charsOfClosedRanges = 0;
  const flush = () => {
    if (held.length > 0) packed.push({ set: ranges.map(rangeText).join(","), uids: held });
    ranges = [];
    held = [];
    charsOfClosedRanges = 0;
  };
  for (const uid of uids) {
    const last = ranges.at(-1);
    if (held.length < countMax && last !== undefined && uid === last[1] + 1) {
      last[1] = uid;
    } else {
      if (last !== undefined) charsOfClosedRanges += rangeText(last).length + 1;
      if (held.length >= countMax || charsOfClosedRanges + rangeCharsMax > uidSetCharsMax) flush();
      ranges.push([uid, uid]);
    }
    held.push(uid);
  }
  flush();
  return packed;
}

/** A UID is a 32-bit number, so a range has at most two of ten digits. */
const rangeCharsMax = 21;

const rangeText = ([first, last]: [number, number]) => (first === last ? `${first}` : `${first}:${last}`);
