// Walks one JSON text from left to right without building objects or floats: keys are compared in place, numbers become
// an integer and a count of decimals. Knows JSON, no Venue. Truncated or malformed text ends the walk with `ok` false;
// nothing throws, and no position is visited twice, so the cost is bounded by the length of the text.

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const COLON = 58;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** Deeper nesting is malformed for every frame we read. */
const DEPTH_MAX = 32;
/** Exponents beyond this cannot belong to a price. */
const EXPONENT_MAX = 400;

export class JsonScanner {
  text = '';
  at = 0;
  /** False once anything was not JSON; stays false until the next `open`. */
  ok = true;
  /** The last key or string: text[start, end), without quotes. `escaped`: it holds a backslash. */
  start = 0;
  end = 0;
  escaped = false;
  /** The last number: mantissa × 10^-decimals. Not `exact`: it has more digits than a safe integer. */
  mantissa = 0;
  decimals = 0;
  exact = true;

  open(text: string, at = 0): void {
    this.text = text;
    this.at = at;
    this.ok = true;
  }

  fail(): false {
    this.ok = false;
    return false;
  }

  /** The next character that is not white space, not consumed; NaN at the end. */
  peek(): number {
    let code = this.text.charCodeAt(this.at);
    while (code === 32 || code === 10 || code === 13 || code === 9) {
      this.at += 1;
      code = this.text.charCodeAt(this.at);
    }
    return code;
  }

  /** Steps over exactly this text; false, and nowhere else, when something else stands there. */
  skipText(expected: string): boolean {
    // A loop over characters: for texts this short a call of startsWith costs more than the comparison.
    const { text, at } = this;
    for (let i = 0; i < expected.length; i += 1) {
      if (text.charCodeAt(at + i) !== expected.charCodeAt(i)) return false;
    }
    this.at = at + expected.length;
    return true;
  }

  private expect(code: number): boolean {
    if (this.peek() !== code) return this.fail();
    this.at += 1;
    return true;
  }

  startObject(): boolean { return this.expect(OPEN_OBJECT); }
  startArray(): boolean { return this.expect(OPEN_ARRAY); }

  /** The object's next key, up to and including its colon; false at the end of the object or when malformed. */
  nextKey(isFirst: boolean): boolean {
    const code = this.peek();
    if (code === CLOSE_OBJECT) {
      this.at += 1;
      return false;
    }
    if (!isFirst) {
      if (code !== COMMA) return this.fail();
      this.at += 1;
    }
    return this.string() && this.expect(COLON);
  }

  /** True when the array has another element; its comma is consumed. */
  nextElement(isFirst: boolean): boolean {
    const code = this.peek();
    if (code === CLOSE_ARRAY) {
      this.at += 1;
      return false;
    }
    if (isFirst) return true;
    if (code !== COMMA) return this.fail();
    this.at += 1;
    return true;
  }

  /** Reads a string into `start`, `end`. */
  string(): boolean {
    if (!this.expect(QUOTE)) return false;
    const text = this.text;
    let at = this.at;
    this.start = at;
    this.escaped = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) break;
      // The end of the text is NaN, which is not ≥ anything.
      if (!(code >= 32)) return this.fail();
      if (code === BACKSLASH) {
        this.escaped = true;
        at += 1;
      }
      at += 1;
    }
    if (at >= text.length) return this.fail();
    this.end = at;
    this.at = at + 1;
    return true;
  }

  /** Whether the last key or string is `name`, which has no escapes. */
  is(name: string): boolean {
    return this.end - this.start === name.length && !this.escaped && this.text.startsWith(name, this.start);
  }

  /** The last key or string as text. */
  take(): string {
    const raw = this.text.slice(this.start, this.end);
    if (!this.escaped) return raw;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      this.fail();
      return '';
    }
  }

  /** Reads a number into `mantissa`, `decimals`. */
  number(): boolean {
    const { text } = this;
    const negative = this.peek() === MINUS;
    let at = negative ? this.at + 1 : this.at;
    const first = at;
    let mantissa = 0;
    let code = text.charCodeAt(at);
    while (code >= ZERO && code <= NINE) {
      // Past 2^53 the digits are wrong, but the value only grows: `exact` tells.
      mantissa = mantissa * 10 + (code - ZERO);
      at += 1;
      code = text.charCodeAt(at);
    }
    if (at === first) return this.fail();
    let decimals = 0;
    if (code === POINT) {
      const point = at;
      at += 1;
      code = text.charCodeAt(at);
      while (code >= ZERO && code <= NINE) {
        mantissa = mantissa * 10 + (code - ZERO);
        at += 1;
        code = text.charCodeAt(at);
      }
      decimals = at - point - 1;
      if (decimals === 0) return this.fail();
    }
    this.at = at;
    this.decimals = decimals;
    if (code === 101 || code === 69) this.exponent();
    this.exact = mantissa <= Number.MAX_SAFE_INTEGER;
    this.mantissa = negative ? -mantissa : mantissa;
    return this.ok;
  }

  private exponent(): void {
    this.at += 1;
    const sign = this.text.charCodeAt(this.at);
    if (sign === MINUS || sign === PLUS) this.at += 1;
    const first = this.at;
    let exponent = 0;
    let code = this.text.charCodeAt(first);
    while (code >= ZERO && code <= NINE) {
      exponent = exponent * 10 + (code - ZERO);
      this.at += 1;
      code = this.text.charCodeAt(this.at);
    }
    if (this.at === first || exponent > EXPONENT_MAX) this.fail();
    else this.decimals += sign === MINUS ? exponent : -exponent;
  }

  /** Reads true or false; anything else is malformed. */
  boolean(): boolean {
    const code = this.peek();
    if (code === 116) return this.word('true');
    this.word('false');
    return false;
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return this.fail();
    this.at += word.length;
    return true;
  }

  /** Steps over one value of any type. */
  skip(): boolean {
    let depth = 0;
    do {
      const code = this.peek();
      if (code === QUOTE) {
        if (!this.string()) return false;
      } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
        this.at += 1;
        depth += 1;
        if (depth > DEPTH_MAX) return this.fail();
      } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
        if (depth === 0) return this.fail();
        this.at += 1;
        depth -= 1;
      } else if (depth > 0 && (code === COMMA || code === COLON)) {
        this.at += 1;
      } else if (!this.scalar(code)) {
        return false;
      }
    } while (depth > 0);
    return this.ok;
  }

  private scalar(code: number): boolean {
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.number();
    if (code === 110) return this.word('null');
    if (code === 116) return this.word('true');
    return this.word('false');
  }

  /** Nothing but white space is left. */
  finished(): boolean {
    return this.ok && Number.isNaN(this.peek());
  }
}
