// What a Venue sends that is of no use: counted, told once, bounded, and without the secrets in it.

import { expect, test } from 'vitest';
import { Problems, type Problem } from './problems.ts';

const KEY = 'canary-of-an-api-key';

function open(): { problems: Problems; told: Problem[] } {
  const told: Problem[] = [];
  return { told, problems: new Problems((problem) => told.push(problem), (text) => text.replaceAll(KEY, '<redacted>')) };
}

test('each kind is told once, with a sample that a log line can bear, and counted every time', () => {
  const { problems, told } = open();
  for (let i = 0; i < 5; i += 1) problems.note('bad print', 'x'.repeat(10_000));
  problems.noteBytes('malformed frame', Buffer.from('{"a":1'), 1, 4);
  expect(told).toEqual([{ kind: 'bad print', sample: 'x'.repeat(200) }, { kind: 'malformed frame', sample: '"a"' }]);
  expect([problems.count('bad print'), problems.total]).toEqual([5, 6]);
});

test('names that the Venue chose are bounded in number and length', () => {
  const { problems, told } = open();
  for (let i = 0; i < 1000; i += 1) problems.noteUnknown(`channel ${i} ${'x'.repeat(1000)}`, '');
  expect(told).toHaveLength(33);
  expect(problems.count('unknown message')).toBe(968);
  expect(Math.max(...told.map(({ kind }) => kind.length))).toBeLessThan(80);
});

test('SEC-1: a secret is taken out of names and samples before they are cut', () => {
  const { problems, told } = open();
  problems.noteUnknown(`channel ${'x'.repeat(40)}${KEY}`, `${'y'.repeat(190)}${KEY}`);
  problems.noteBytes('malformed frame', Buffer.from(`${'z'.repeat(195)}${KEY} and more`));
  problems.note('bad print', `${'z'.repeat(185)}${KEY}`);
  expect(JSON.stringify(told)).not.toContain('canary');
  expect(told.map(({ sample }) => sample.slice(185))).toEqual(['yyyyy<redacted>', 'zzzzzzzzzz<reda', '<redacted>']);
});
