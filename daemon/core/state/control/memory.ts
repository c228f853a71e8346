// A Strategy's declared memory: named numbers and fixed-length arrays over one Float64Array, so that it can be folded,
// recorded, restored and rolled back without knowing the Strategy.

import { assert } from '../../../base/assert.ts';
import type { DigestFold } from '../../../base/digest-fold.ts';

/** Name → initial number, or the length of an array of zeros. */
export type MemoryDeclaration = Readonly<Record<string, number | { readonly length: number }>>;

/** What `evaluate` sees: numbers as properties, arrays as Float64Array. */
export type MemoryOf<D extends MemoryDeclaration> = { -readonly [K in keyof D]: D[K] extends number ? number : Float64Array };

const COPY_BY_LOOP_MAX = 64;

export class Memory {
  values: Float64Array;
  /** The object handed to the Strategy; sealed, its properties read and write `values`. */
  readonly facade: object;
  private readonly saved: Float64Array;
  private readonly declared: boolean;

  /** null: the Strategy is not at hand; a fold takes its memory as recorded. */
  constructor(declaration: MemoryDeclaration | null) {
    this.declared = declaration !== null;
    this.facade = {};
    if (declaration === null) declaration = {};
    const names = Object.keys(declaration).sort();
    this.values = new Float64Array(names.reduce((sum, name) => sum + lengthOf(declaration[name]!), 0));
    this.saved = new Float64Array(this.values.length);
    let offset = 0;
    for (const name of names) {
      const declared = declaration[name]!;
      this.define(name, declared, offset);
      offset += lengthOf(declared);
    }
    Object.seal(this.facade);
  }

  private define(name: string, declared: number | { readonly length: number }, offset: number): void {
    const { values } = this;
    if (typeof declared === 'number') {
      values[offset] = declared;
      const get = (): number => values[offset]!;
      const set = (value: number): void => { values[offset] = value; };
      Object.defineProperty(this.facade, name, { get, set, enumerable: true });
    } else {
      const array = values.subarray(offset, offset + declared.length);
      Object.defineProperty(this.facade, name, { value: array, enumerable: true });
    }
  }

  /** Before every consultation. For a memory of usual size an index loop is a fraction of what the built-in `set` costs. */
  save(): void {
    const { saved, values } = this;
    if (values.length > COPY_BY_LOOP_MAX) return saved.set(values);
    for (let i = 0; i < values.length; i++) saved[i] = values[i]!;
  }

  rollBack(): void {
    this.values.set(this.saved);
  }

  /** False when a value is NaN or infinite: such a memory is not accepted. */
  get finite(): boolean {
    for (let i = 0; i < this.values.length; i++) if (!Number.isFinite(this.values[i]!)) return false;
    return true;
  }

  fold(digest: DigestFold): void {
    digest.add(this.values.length);
    for (let i = 0; i < this.values.length; i++) digest.add(this.values[i]!);
  }

  /** Writes [length, values…]; returns the offset after it. */
  store(target: Float64Array, offset: number): number {
    target[offset] = this.values.length;
    target.set(this.values, offset + 1);
    return offset + 1 + this.values.length;
  }

  /** Reads what `store` wrote. */
  restore(source: Float64Array, offset: number): number {
    if (!this.declared) this.values = new Float64Array(source[offset]!);
    assert(source[offset] === this.values.length, 'Invariant: a recorded strategy memory has the declared length');
    this.values.set(source.subarray(offset + 1, offset + 1 + this.values.length));
    return offset + 1 + this.values.length;
  }
}

/** Numbers a declaration may hold in all. */
const VALUES_MAX = 1 << 20;

/** What is wrong with a declaration; '' when nothing is. */
export function declarationProblem(declaration: Readonly<Record<string, unknown>>): string {
  let total = 0;
  for (const [name, declared] of Object.entries(declaration)) {
    if (typeof declared === 'number') {
      if (!Number.isFinite(declared)) return `memory.${name}: found ${declared}, expected a number that is not NaN or infinite`;
      total += 1;
      continue;
    }
    const length: unknown = typeof declared === 'object' && declared !== null ? (declared as { length?: unknown }).length : undefined;
    if (typeof length !== 'number') return `memory.${name}: found ${JSON.stringify(declared)}, expected a number or { length }`;
    total += length;
    const whole = Number.isInteger(length) && length >= 0;
    if (!whole || total > VALUES_MAX) return `memory.${name}: found length ${length}, expected a whole number, ${VALUES_MAX} values in all`;
  }
  return '';
}

function lengthOf(declared: number | { readonly length: number }): number {
  return typeof declared === 'number' ? 1 : declared.length;
}
