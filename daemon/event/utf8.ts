// Strict UTF-8 to text for bytes from outside. Owns nothing; must never replace a bad sequence by something readable,
// because two different inputs would then look alike.

const CHUNK = 4096;

/** The text of bytes[from, to), or null when they are not well-formed UTF-8. */
export function decodeUtf8(bytes: Uint8Array, from: number, to: number): string | null {
  let text = '';
  let units: number[] = [];
  let at = from;
  while (at < to) {
    const lead = bytes[at];
    const size = sequenceSize(lead);
    if (size === 0 || at + size > to) return null;
    let point = size === 1 ? lead : lead & (0x7f >> size);
    for (let i = 1; i < size; i += 1) {
      if ((bytes[at + i] & 0xc0) !== 0x80) return null;
      point = (point << 6) | (bytes[at + i] & 0x3f);
    }
    if (!isScalarValue(point, size)) return null;
    units.push(point);
    at += size;
    if (units.length === CHUNK) {
      text += String.fromCodePoint(...units);
      units = [];
    }
  }
  return text + String.fromCodePoint(...units);
}

function sequenceSize(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

/** Refuses overlong forms, surrogates and what lies beyond Unicode. */
function isScalarValue(point: number, size: number): boolean {
  if (size === 3) return point >= 0x800 && (point < 0xd800 || point > 0xdfff);
  return size < 4 || (point >= 0x10000 && point <= 0x10ffff);
}
