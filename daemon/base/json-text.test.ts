// Values with their numbers kept as text, and text that is no JSON.

import { expect, test } from 'vitest';
import { parseJsonText } from './json-text.ts';

test.each([
  '', '{', '{"a":}', '{"a" 1}', '{"a":tru}', '{"a":1,}', '['.repeat(50), '"\\', '"bo\u0001ok"', '{}}',
  `${'['.repeat(40)}${']'.repeat(40)}`,
])('%j is not one JSON value', (text) => expect(parseJsonText(text)).toBeUndefined());

test('numbers stay the text they were written with', () => {
  expect(parseJsonText('{"a":[1.0E-7,-2.50,true,null],"__proto__":{"b":"x\\/y"}}')).toEqual(
    Object.fromEntries([['a', ['1.0E-7', '-2.50', true, null]], ['__proto__', { b: 'x/y' }]]));
});
