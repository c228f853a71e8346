// Whatever is registered never leaves, in any spelling; whatever is not, leaves untouched.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor } from './redaction.ts';

const CANARY = 'kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==';
const ASCII = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 60, size: 'max' }).filter((text) => text.trim().length > 7);
const SECRET = fc.oneof(ASCII, fc.string({ minLength: 8, maxLength: 60, size: 'max' }).filter((text) => !/redacted/.test(text)));

/** How a secret may be written by those who did not mean to. */
const SPELLINGS: readonly (readonly [string, (secret: string) => string])[] = [
  ['plain', (secret) => secret],
  ['JSON', (secret) => JSON.stringify(secret).slice(1, -1)],
  ['JSON with escaped slashes', (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
  ['hex', (secret) => Buffer.from(secret).toString('hex')],
  ['HEX', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ['base64', (secret) => Buffer.from(secret).toString('base64')],
  ['base64url', (secret) => Buffer.from(secret).toString('base64url')],
];

test('a planted canary is found in every spelling', () => {
  const redactor = new Redactor();
  redactor.register('api-secret', CANARY);
  const basic = Buffer.from(`key:${CANARY}`).toString('base64');
  const inner = Buffer.from(CANARY).toString('base64').slice(4, 40);
  for (const text of [...SPELLINGS.map(([, write]) => write(CANARY)), encodeURIComponent(CANARY), basic,
    JSON.stringify({ key: CANARY }).replaceAll('=', '\\u003d').replaceAll('/', '\\/')]) {
    const redacted = redactor.text(`before ${text} after`);
    expect(redacted).toMatch(/^before .*<redacted:api-secret>.* after$/);
    expect(redacted).not.toContain(CANARY.slice(0, 20));
    expect(redacted).not.toContain(inner);
  }
});

test('property: no spelling of any secret survives, and what stands around it does', () => {
  const places = fc.array(fc.tuple(fc.string({ maxLength: 30, size: 'max' }), fc.nat(), fc.nat(SPELLINGS.length - 1)), {
    minLength: 1, maxLength: 8, size: 'max',
  });
  fc.assert(fc.property(fc.array(SECRET, { minLength: 1, maxLength: 4 }), places, (secrets, planted) => {
    const redactor = new Redactor();
    secrets.forEach((secret, i) => redactor.register(`s${i}`, secret));
    const text = planted.map(([before, which, how]) => `${before}\n${SPELLINGS[how]![1](secrets[which % secrets.length]!)}\n`).join('');
    const redacted = Buffer.from(redactor.bytes(Buffer.from(text)));
    for (const secret of secrets) {
      for (const [, write] of SPELLINGS) expect(redacted.includes(Buffer.from(write(secret)))).toBe(false);
    }
    expect(redacted.toString().match(/<redacted:s\d>/g)?.length ?? 0).toBeGreaterThan(0);
  }), { numRuns: 500 });
});

test('property: bytes without a secret come back as they are, not copied', () => {
  const redactor = new Redactor();
  redactor.register('api-secret', CANARY);
  redactor.register('token', 'wWw1');
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000, size: 'max' }), (bytes) => {
    fc.pre(!Buffer.from(bytes).includes('wWw1') && !Buffer.from(bytes).includes('77577731'));
    expect(redactor.bytes(bytes)).toBe(bytes);
  }), { numRuns: 500 });
});

describe('edges', () => {
  test('nothing registered, nothing looked at', () => {
    const redactor = new Redactor();
    const bytes = Buffer.from('anything');
    expect(redactor.bytes(bytes)).toBe(bytes);
    expect(redactor.text('anything')).toBe('anything');
  });

  test.each([
    ['', 'a b c'], ['abc', 'abc abc'], ['abcd', '<redacted:x> <redacted:x>'],
  ])('what is too short to be a secret is left alone: %j', (secret, expected) => {
    const redactor = new Redactor();
    redactor.register('x', secret);
    expect(redactor.text(secret === '' ? 'a b c' : `${secret} ${secret}`)).toBe(expected);
  });

  test('secrets that overlap go together; the longer one names the mark', () => {
    const redactor = new Redactor();
    redactor.register('short', 'secret');
    redactor.register('long', 'secretive');
    redactor.register('next', 'vegetable');
    expect(redactor.text('a secretivegetable b')).toBe('a <redacted:long> b');
    expect(redactor.text('secretsecret')).toBe('<redacted:short><redacted:short>');
    expect(redactor.text('xsecre')).toBe('xsecre');
  });

  test('the beginning of a secret counts as the secret: a sample is cut anywhere', () => {
    const redactor = new Redactor();
    redactor.register('api-secret', CANARY);
    for (let length = 12; length < CANARY.length; length += 1) {
      expect(redactor.text(`sample "${CANARY.slice(0, length)}" end`)).toBe('sample "<redacted:api-secret>" end');
    }
    expect(redactor.text(`twice ${CANARY}${CANARY.slice(0, 20)}`)).toBe('twice <redacted:api-secret><redacted:api-secret>');
  });

  test('of two that begin alike the whole one is found, not the beginning of the other', () => {
    const redactor = new Redactor();
    redactor.register('key', 'stand-in-venue-key');
    redactor.register('secret', 'stand-in-venue-secret');
    expect(redactor.text('stand-in-venue-key, stand-in-venue-secret')).toBe('<redacted:key>, <redacted:secret>');
  });

  test('a mask keeps the length, and what stands around it', () => {
    const redactor = new Redactor();
    const untouched = Buffer.from('nothing registered');
    expect(redactor.mask(untouched)).toBe(untouched);
    redactor.register('token', 'a-long-secret-token');
    expect(Buffer.from(redactor.mask(Buffer.from('<a-long-secret-token>'))).toString()).toBe('<*******************>');
    const whole = Buffer.from('a-long-secret-token cut: a-long-secret');
    expect(Buffer.from(redactor.mask(whole)).toString()).toBe('******************* cut: *************');
    expect(whole.toString()).toContain('a-long-secret-token');
  });

  test('tokens follow each other without end: the latest of a name are known, and every other name', () => {
    const redactor = new Redactor();
    redactor.register('api-key', 'the-one-api-key');
    for (let i = 0; i < 200; i += 1) redactor.register('token', `token-number-${i}-of-many`);
    expect(redactor.text('the-one-api-key')).toBe('<redacted:api-key>');
    for (let i = 184; i < 200; i += 1) expect(redactor.text(`token-number-${i}-of-many`)).toBe('<redacted:token>');
    expect(redactor.text('token-number-183-of-many')).not.toBe('<redacted:token>');
  });

  test('a name cannot break the line it stands in', () => {
    const redactor = new Redactor();
    redactor.register('a"b\n', 'secret');
    expect(redactor.text('secret')).toBe('<redacted:a-b->');
  });

  test('registering twice changes nothing', () => {
    const redactor = new Redactor();
    redactor.register('first', 'secret');
    redactor.register('second', 'secret');
    expect(redactor.text('secret')).toBe('<redacted:first>');
  });
});
