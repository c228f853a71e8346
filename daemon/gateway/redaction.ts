// Takes registered secrets out of bytes and text before they are written anywhere: each is replaced by a marker with its
// name, in every spelling in which it may appear: plain, inside JSON, percent-encoded, as base64 or hex of itself. In text,
// which is cut to a length before it comes here, the beginning of a secret counts as the secret. One object serves the
// log, the recording and what is said to the daemon. The patterns themselves are the secrets: they live in it alone.

interface Pattern {
  readonly bytes: Buffer;
  readonly marker: Buffer;
}

interface Secret {
  readonly name: string;
  readonly bytes: Buffer;
  readonly patterns: readonly Pattern[];
}

interface Match {
  readonly marker: Buffer;
  readonly length: number;
}

/** A shorter text would be found in every other frame; it is no secret either. */
const SECRET_LENGTH_MIN = 4;
/** So many of its first bytes give a longer secret away. */
const BEGINNING = 12;
/** Of one name, the latest: tokens follow each other for as long as the process lives. */
const SECRETS_PER_NAME = 16;
const PAIRS = 65_536;
const MASK = 0x2a;

export class Redactor {
  private secrets: Secret[] = [];
  /** For whole frames, of which there are many. */
  private whole: SecretSearch | null = null;
  private beginnings: SecretSearch | null = null;

  /** From now on `secret` is replaced by `<redacted:name>`. What is too short to be a secret is left alone. */
  register(name: string, secret: string | Uint8Array): void {
    const bytes = Buffer.from(secret as string);
    if (bytes.length < SECRET_LENGTH_MIN || this.secrets.some((known) => known.bytes.equals(bytes))) return;
    const marker = Buffer.from(`<redacted:${name.replace(/[^A-Za-z0-9._-]/g, '-')}>`);
    this.secrets.push({ name, bytes, patterns: formsOf(bytes).map((form) => ({ bytes: form, marker })) });
    const sameName = this.secrets.filter((known) => known.name === name);
    if (sameName.length > SECRETS_PER_NAME) this.secrets = this.secrets.filter((known) => known !== sameName[0]);
    const patterns = this.secrets.flatMap((known) => known.patterns);
    this.whole = new SecretSearch(patterns, Infinity);
    this.beginnings = new SecretSearch(patterns, BEGINNING);
  }

  /** The same bytes when nothing was found, otherwise a copy. */
  bytes(bytes: Uint8Array): Uint8Array {
    return replaced(bytes, this.whole);
  }

  /** For what must keep its length: every byte of a secret, or of the beginning of one, becomes an asterisk. */
  mask(bytes: Uint8Array): Uint8Array {
    let masked: Uint8Array | null = null;
    this.beginnings?.eachSpan(viewOf(bytes), (begin, end) => {
      masked ??= Uint8Array.from(bytes);
      masked.fill(MASK, begin, end);
    });
    return masked ?? bytes;
  }

  text(text: string): string {
    if (this.beginnings === null) return text;
    const bytes = Buffer.from(text);
    const redacted = replaced(bytes, this.beginnings);
    return redacted === bytes ? text : Buffer.from(redacted).toString();
  }
}

/**
 * Looks at two bytes at a time and skips as far as its window allows, so that bytes without a secret cost a fraction of a
 * nanosecond each: Wu and Manber's table over the first `window` bytes of each pattern.
 */
class SecretSearch {
  private readonly window: number;
  /** So many bytes of a longer pattern are a match. */
  private readonly least: number;
  /** How far the search may move when its window ends in these two bytes. */
  private readonly shift = new Uint8Array(PAIRS);
  /** Patterns whose window ends in these two bytes, longest first. */
  private readonly endings = new Map<number, Pattern[]>();

  constructor(patterns: readonly Pattern[], least: number) {
    const sorted = [...patterns].sort((a, b) => b.bytes.length - a.bytes.length);
    this.least = least;
    this.window = Math.min(sorted.at(-1)!.bytes.length, least, 255);
    this.shift.fill(this.window - 1);
    for (const pattern of sorted) this.add(pattern);
  }

  /** Secrets that overlap go together: the rest of the second must not stay behind. */
  eachSpan(view: Buffer, take: (begin: number, end: number, marker: Buffer) => void): void {
    for (let begin = this.find(view, 0); begin >= 0;) {
      const { marker, length } = this.matchAt(view, begin)!;
      let end = begin + length;
      let next = this.find(view, begin + 1);
      while (next >= 0 && next < end) {
        end = Math.max(end, next + this.matchAt(view, next)!.length);
        next = this.find(view, next + 1);
      }
      take(begin, end, marker);
      begin = next;
    }
  }

  /** Where the next secret begins, at or after `from`; -1: nowhere. */
  private find(view: Buffer, from: number): number {
    const { shift, window } = this;
    for (let end = from + window - 1; end < view.length;) {
      const step = shift[(view[end - 1] << 8) | view[end]];
      if (step === 0 && this.matchAt(view, end - window + 1) !== null) return end - window + 1;
      end += Math.max(1, step);
    }
    return -1;
  }

  /** The longest secret that stands there whole, else the longest beginning of one. */
  private matchAt(view: Buffer, begin: number): Match | null {
    const end = begin + this.window - 1;
    let beginning: Match | null = null;
    for (const { bytes, marker } of this.endings.get((view[end - 1] << 8) | view[end]) ?? []) {
      const length = commonLength(view, begin, bytes);
      if (length === bytes.length) return { marker, length };
      if (length >= this.least && length > (beginning?.length ?? 0)) beginning = { marker, length };
    }
    return beginning;
  }

  private add(pattern: Pattern): void {
    const { bytes } = pattern;
    for (let i = 1; i < this.window; i += 1) {
      const pair = (bytes[i - 1] << 8) | bytes[i];
      this.shift[pair] = Math.min(this.shift[pair], this.window - 1 - i);
      if (i < this.window - 1) continue;
      const known = this.endings.get(pair);
      if (known === undefined) this.endings.set(pair, [pattern]);
      else known.push(pattern);
    }
  }
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function replaced(bytes: Uint8Array, search: SecretSearch | null): Uint8Array {
  const view = viewOf(bytes);
  const parts: Uint8Array[] = [];
  let kept = 0;
  search?.eachSpan(view, (begin, end, marker) => {
    parts.push(view.subarray(kept, begin), marker);
    kept = end;
  });
  if (parts.length === 0) return bytes;
  parts.push(view.subarray(kept));
  return Buffer.concat(parts);
}

function commonLength(view: Buffer, begin: number, bytes: Buffer): number {
  const most = Math.min(bytes.length, view.length - begin);
  let length = 0;
  while (length < most && view[begin + length] === bytes[length]) length += 1;
  return length;
}

/** Spellings of one secret, without repetition. */
function formsOf(secret: Buffer): Buffer[] {
  const text = secret.toString();
  const json = JSON.stringify(text).slice(1, -1);
  const percent = [...secret].map((byte) => (/[A-Za-z0-9_.~-]/.test(String.fromCharCode(byte))
    ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)).join('');
  const hex = secret.toString('hex');
  const spellings = [
    json, json.replaceAll('/', '\\/'), escapeUnicode(json, /[+/=<>&']/g),
    escapeUnicode(json, /[+=<>&']/g).replaceAll('/', '\\/'), escapeUnicode(text, /[^A-Za-z0-9]/g),
    percent, percent.replace(/%../g, (code) => code.toLowerCase()), hex, hex.toUpperCase(),
    ...[0, 1, 2].flatMap((before) => base64Forms(secret, before)),
  ];
  const forms = [secret, ...spellings.map((spelling) => Buffer.from(spelling))];
  return forms.filter((form, i) => form.length >= SECRET_LENGTH_MIN && forms.findIndex((other) => other.equals(form)) === i);
}

/** The characters of base64 that the secret alone decides when `before` bytes of something else precede it. */
function base64Forms(secret: Buffer, before: number): string[] {
  const whole = Buffer.concat([Buffer.alloc(before), secret]);
  const text = whole.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6));
  return [text, text.replaceAll('/', '\\/'), text.replaceAll('+', '-').replaceAll('/', '_')];
}

/** As some encoders write what is special elsewhere: `\u002b` for a plus. */
function escapeUnicode(text: string, special: RegExp): string {
  return text.replace(special, (character) => (character === '\\' ? character
    : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`));
}
