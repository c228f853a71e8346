// Looks for secrets where none may be: in every spelling, and in pieces. Its own spellings, not those of the redactor it
// checks. Reads files and texts; changes nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A piece this long is never there by chance. */
const PIECE = 14;
const PIECE_EVERY = 6;

interface Needle { readonly bytes: Buffer; readonly what: string }

export class SecretSearch {
  /** Every place looked through so far. */
  readonly searched = new Set<string>();
  private readonly needles: Needle[] = [];

  /** `secret` of the name given is not to be found from now on. */
  plant(name: string, secret: string | Buffer): void {
    const bytes = Buffer.from(secret as string);
    for (const [spelling, form] of spellingsOf(bytes)) {
      this.add(name, spelling, Buffer.from(form as string));
    }
    for (let at = 0; at + PIECE <= bytes.length; at += PIECE_EVERY) this.add(name, `piece at ${at}`, bytes.subarray(at, at + PIECE));
  }

  /** What of the secrets stands in it: `place: name, spelling`. */
  found(place: string, content: string | Buffer): string[] {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.searched.add(place);
    return this.needles.filter((needle) => bytes.includes(needle.bytes))
      .map(({ bytes: needle, what }) => `${place}: ${what}, in ${surroundings(bytes, bytes.indexOf(needle), needle.length)}`);
  }

  /** In every file below `folder`, names included, but those of `except`. What is compressed is searched as it was, too. */
  foundBelow(folder: string, except: readonly string[] = []): string[] {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return [...this.found(folder, entry.name), ...this.foundBelow(path, except)];
      if (!entry.isFile() || except.includes(path)) return [];
      const content = readFileSync(path);
      const unpacked = path.endsWith('.gz') ? this.found(`${path} unpacked`, gunzipSync(content)) : [];
      return [...this.found(folder, entry.name), ...this.found(path, content), ...unpacked];
    });
  }

  /** Everything compressed below `folder`, as it was, as text. */
  unpacked(folder: string): string {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.gz'))
      .map((path) => gunzipSync(readFileSync(join(folder, path))).toString('latin1')).join('');
  }

  private add(name: string, spelling: string, bytes: Buffer): void {
    if (bytes.length >= PIECE && !this.needles.some((needle) => needle.bytes.equals(bytes))) {
      this.needles.push({ bytes, what: `${name} (${spelling})` });
    }
  }
}

function spellingsOf(secret: Buffer): readonly (readonly [string, string | Buffer])[] {
  const text = secret.toString();
  const escaped = text.replaceAll('/', '\\/');
  return [
    ['plain', secret], ['JSON', JSON.stringify(text).slice(1, -1)], ['JSON with escaped slashes', escaped],
    ['JSON in JSON', JSON.stringify(escaped).slice(1, -1)], ['URL', encodeURIComponent(text)],
    ['unicode escapes', text.replace(/[+/=]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)],
    ['hex', secret.toString('hex')], ['HEX', secret.toString('hex').toUpperCase()],
    ['label', text.toLowerCase().replace(/[^a-z0-9]+/g, '_')], ['reversed', [...text].reverse().join('')],
    ...[0, 1, 2].map((before) => {
      const whole = Buffer.concat([Buffer.alloc(before), secret]).toString('base64');
      return [`base64 at ${before}`, whole.slice(before === 0 ? 0 : 4, -4)] as const;
    }),
    ['base64url', secret.toString('base64url').slice(0, -2)],
  ];
}

function surroundings(bytes: Buffer, at: number, length: number): string {
  return JSON.stringify(bytes.subarray(Math.max(0, at - 60), at + length + 20).toString('latin1'));
}
