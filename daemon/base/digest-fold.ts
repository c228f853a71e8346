// A 128-bit digest folded word by word: four 32-bit lanes in the manner of MurmurHash3, written out here so that every
// machine and every engine folds the same. Not cryptographic: it finds divergence, the CRC chain finds damage.

const scratch = new Float64Array(1);
const words = new Int32Array(scratch.buffer);

export class DigestFold {
  a = 0;
  b = 0;
  c = 0;
  d = 0;
  count = 0;

  reset(): void {
    this.a = 0x2545f491 | 0;
    this.b = 0x6c078965 | 0;
    this.c = 0x9e3779b9 | 0;
    this.d = 0x7f4a7c15 | 0;
    this.count = 0;
  }

  /** Any finite number, by its bits; −0 folds as 0. */
  add(value: number): void {
    scratch[0] = value + 0;
    this.addWord(words[0]!);
    this.addWord(words[1]!);
  }

  /** Two numbers, for the halves of a Wide. */
  addPair(first: number, second: number): void {
    this.add(first);
    this.add(second);
  }

  addText(text: string): void {
    this.add(text.length);
    for (let i = 0; i < text.length; i++) this.addWord(text.charCodeAt(i));
  }

  addWord(word: number): void {
    this.count = (this.count + 1) | 0;
    this.a = mix(this.a, Math.imul(word, 0xcc9e2d51 | 0), 15, 0x52dce729);
    this.b = mix(this.b ^ this.a, Math.imul(word, 0x1b873593), 16, 0x0bcaa747);
    this.c = mix(this.c ^ this.b, Math.imul(word, 0x38b34ae5), 17, 0x96cd1c35 | 0);
    this.d = mix(this.d ^ this.c, Math.imul(word, 0xa1e38b93 | 0), 18, 0x32ac3b17);
  }

  /** Ends the fold: afterwards a, b, c, d are the digest. */
  finish(): void {
    this.addWord(this.count);
    this.a = avalanche(this.a ^ this.c);
    this.b = avalanche(this.b ^ this.d);
    this.c = avalanche(this.c + this.a);
    this.d = avalanche(this.d + this.b);
  }
}

function mix(lane: number, word: number, turn: number, constant: number): number {
  const mixed = lane ^ ((word << turn) | (word >>> (32 - turn)));
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + constant) | 0;
}

function avalanche(lane: number): number {
  let x = lane ^ (lane >>> 16);
  x = Math.imul(x, 0x85ebca6b | 0);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35 | 0);
  return x ^ (x >>> 16);
}

/** 32 hexadecimal digits of a finished fold. */
export function digestText(fold: DigestFold): string {
  return [fold.a, fold.b, fold.c, fold.d].map((lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
}
