// The generator against published vectors and against a BigInt-free independent model, and its helpers' distribution.
import { describe, expect, it } from 'vitest';
import { Prng } from './prng.ts';

function draws(prng: Prng, count: number): number[] {
  return Array.from({ length: count }, () => prng.next());
}

describe('prng', () => {
  it('draws the reference vector of xoshiro128** for the state 1, 2, 3, 4', () => {
    expect(draws(new Prng([1, 2, 3, 4]), 10)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it.each([
    [0, 0, [3553795876, 2060969114, 3789282531, 1263763164], [4187458251, 2444602982, 3872279642, 1301277917]],
    [1, 0, [1273554988, 599843188, 1189369191, 2730450645], [1943057697, 4129000852, 551084717, 4165748975]],
    [1, 1, [3943092214, 1481390708, 633391839, 4162239712], [3005429052, 647082168, 1470198332, 1989636915]],
    [0xffffffff, 7, [697345432, 190876429, 3121383266, 2726005136], [4231570812, 888158702, 1094694419, 2087765300]],
  ])('seed %i stream %i starts from its own state', (seed, stream, words, first) => {
    const prng = Prng.seeded(seed, stream);
    expect(prng.words()).toEqual(words);
    expect(draws(prng, 4)).toEqual(first);
  });

  it('continues from a saved state', () => {
    const prng = Prng.seeded(42, 3);
    draws(prng, 1000);
    const copy = new Prng(prng.words());
    expect(draws(copy, 100)).toEqual(draws(prng, 100));
  });

  it('below() stays in range and reaches every value about equally', () => {
    const prng = Prng.seeded(7, 0);
    const seen = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i += 1) seen[prng.below(10)] += 1;
    for (const count of seen) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    expect(prng.below(1)).toBe(0);
    expect(prng.below(2 ** 32)).toBeLessThan(2 ** 32);
  });

  it('chance() never happens at 0 and always at a million', () => {
    const prng = Prng.seeded(7, 1);
    for (let i = 0; i < 1000; i += 1) {
      expect(prng.chance(0)).toBe(false);
      expect(prng.chance(1_000_000)).toBe(true);
    }
  });

  it.each([[[0, 0, 0, 0]], [[1, 2, 3]], [[-1, 2, 3, 4]], [[1.5, 2, 3, 4]], [[2 ** 32, 1, 1, 1]]])(
    'refuses the state %j', (words) => {
      expect(() => new Prng(words)).toThrow(/prng: found state/);
    });

  it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('refuses the bound %s', (bound) => {
    expect(() => Prng.seeded(1, 1).below(bound)).toThrow(/prng: found bound/);
  });
});
