// Takes registered secrets out of bytes and text before they are written anywhere: each is replaced by a marker with its
// name, in every spelling in which it may appear: plain, inside JSON, percent-encoded, as base64 or hex of itself. One
// object serves the log and the recording.
//
// The search looks at two bytes at a time and skips as far as the shortest pattern allows, so that text without a secret
// costs one look per several bytes. The patterns themselves are the secrets: they live in this object alone.

interface Pattern {
  readonly bytes: Buffer;
  readonly marker: Buffer;
}

/** A shorter text would be found in every other frame; it is no secret either. */
const SECRET_LENGTH_MIN = 4;
const PAIRS = 65_536;

export class Redactor {
  private patterns: Pattern[] = [];
  private shortest = 0;
  /** How far the search may move when its window ends in these two bytes. */
  private readonly shift = new Uint8Array(PAIRS);
  /** Patterns whose window ends in these two bytes, longest first. */
  private readonly endings = new Map<number, Pattern[]>();

  /** From now on `secret` is replaced by `<redacted:name>`. What is too short to be a secret is left alone. */
  register(name: string, secret: string | Uint8Array): void {
    const bytes = Buffer.from(secret as string);
    if (bytes.length < SECRET_LENGTH_MIN) return;
    const marker = Buffer.from(`<redacted:${name.replace(/[^A-Za-z0-9._-]/g, '-')}>`);
    for (const form of formsOf(bytes)) {
      if (!this.patterns.some((pattern) => pattern.bytes.equals(form))) this.patterns.push({ bytes: form, marker });
    }
    this.prepare();
  }

  /** The same bytes when nothing was found, otherwise a copy. */
  bytes(bytes: Uint8Array): Uint8Array {
    if (this.patterns.length === 0) return bytes;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let begin = this.find(view, 0);
    if (begin < 0) return bytes;
    const parts: Uint8Array[] = [];
    let kept = 0;
    while (begin >= 0) {
      const { marker, bytes: { length } } = this.patternAt(view, begin)!;
      parts.push(view.subarray(kept, begin), marker);
      kept = begin + length;
      // Secrets that overlap go together: the rest of the second must not stay behind.
      for (begin = this.find(view, begin + 1); begin >= 0 && begin < kept; begin = this.find(view, begin + 1)) {
        kept = Math.max(kept, begin + this.patternAt(view, begin)!.bytes.length);
      }
    }
    parts.push(view.subarray(kept));
    return Buffer.concat(parts);
  }

  text(text: string): string {
    if (this.patterns.length === 0) return text;
    const bytes = Buffer.from(text);
    const redacted = this.bytes(bytes);
    return redacted === bytes ? text : Buffer.from(redacted).toString();
  }

  /** Where the next pattern begins, at or after `from`; -1: nowhere. */
  private find(view: Buffer, from: number): number {
    const { shift, shortest } = this;
    for (let end = from + shortest - 1; end < view.length;) {
      const step = shift[(view[end - 1] << 8) | view[end]];
      if (step === 0 && this.patternAt(view, end - shortest + 1) !== null) return end - shortest + 1;
      end += Math.max(1, step);
    }
    return -1;
  }

  private patternAt(view: Buffer, begin: number): Pattern | null {
    const end = begin + this.shortest - 1;
    for (const pattern of this.endings.get((view[end - 1] << 8) | view[end]) ?? []) {
      const { bytes } = pattern;
      if (view.length - begin >= bytes.length && view.compare(bytes, 0, bytes.length, begin, begin + bytes.length) === 0) return pattern;
    }
    return null;
  }

  /** Wu and Manber's table over the first `shortest` bytes of each pattern. */
  private prepare(): void {
    this.patterns.sort((a, b) => b.bytes.length - a.bytes.length);
    this.shortest = Math.min(this.patterns.at(-1)!.bytes.length, 255);
    this.shift.fill(this.shortest - 1);
    this.endings.clear();
    for (const pattern of this.patterns) {
      for (let i = 1; i < this.shortest; i += 1) {
        const pair = (pattern.bytes[i - 1] << 8) | pattern.bytes[i];
        this.shift[pair] = Math.min(this.shift[pair], this.shortest - 1 - i);
        if (i < this.shortest - 1) continue;
        const known = this.endings.get(pair);
        if (known === undefined) this.endings.set(pair, [pattern]);
        else known.push(pattern);
      }
    }
  }
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
