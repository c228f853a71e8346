// Whatever was thrown has a text.

import { expect, test } from 'vitest';
import { messageOf, stackOf } from './thrown.ts';

test.each([[new RangeError('too far'), 'too far'], ['a string', 'a string'], [undefined, 'undefined'], [{ a: 1 }, '[object Object]']])(
  'message of %s', (thrown, text) => { expect(messageOf(thrown)).toBe(text); });

test('stack: of an Error where it was thrown, else the text', () => {
  expect(stackOf(new RangeError('too far'))).toMatch(/^RangeError: too far\n\s+at .*thrown\.test/);
  const bare = new Error('no stack');
  delete bare.stack;
  expect([stackOf(bare), stackOf(7)]).toEqual(['no stack', '7']);
});
