// Seeded pseudo-random integers: xoshiro128** by Blackman and Vigna. For simulation and tests only, never for the
// Core (which has no randomness) and never for secrets. Integer arithmetic throughout, so every machine draws the
// same.

const TWO_32 = 4_294_967_296;
const GOLDEN = 0x9e3779b9;

export class Prng {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** `words`: the four 32-bit words of the state, not all zero. */
  constructor(words: readonly number[]) {
    const valid = words.length === 4 && words.every((word) => Number.isInteger(word) && word >= 0 && word < TWO_32);
    if (!valid || words.every((word) => word === 0)) {
      throw new RangeError(`prng: found state [${words.join(', ')}], expected four 32-bit words, not all zero`);
    }
    this.a = words[0] | 0;
    this.b = words[1] | 0;
    this.c = words[2] | 0;
    this.d = words[3] | 0;
  }

  /**
   * Streams of one seed are unrelated: give each consumer its own, so that one drawing more does not shift another.
   */
  static seeded(seed: number, stream: number): Prng {
    let x = seed ^ mix(stream + GOLDEN);
    const words: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      x = (x + GOLDEN) | 0;
      words.push(mix(x) >>> 0);
    }
    return new Prng(words);
  }

  /** The state, for a later `new Prng`. */
  words(): number[] {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0];
  }

  /** 0 … 2^32 − 1. */
  next(): number {
    const result = Math.imul(rotate(Math.imul(this.b, 5), 7), 9);
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = rotate(this.d, 11);
    return result >>> 0;
  }

  /** 0 … bound − 1, every value equally likely; `bound` is an integer from 1 to 2^32. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_32) {
      throw new RangeError(`prng: found bound ${bound}, expected an integer from 1 to 2^32`);
    }
    // The lowest 2^32 mod bound draws are refused: without them every remainder has the same number of draws.
    const refused = TWO_32 % bound;
    let draw = this.next();
    while (draw < refused) draw = this.next();
    return draw % bound;
  }

  /**
   * True with a probability of `ppm` parts per million. Always draws, so that changing `ppm` keeps the stream
   * aligned.
   */
  chance(ppm: number): boolean {
    return this.below(1_000_000) < ppm;
  }
}

function rotate(x: number, count: number): number {
  return (x << count) | (x >>> (32 - count));
}

/** The finaliser of MurmurHash3: every bit of the input changes half the bits of the output. */
function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
