// Kraken's error texts: every listed one, with details behind it, and none that is not listed taken for sure.

import { describe, expect, test } from 'vitest';
import { RejectReason } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { classify, ERRORS } from './errors.ts';

const NOW_MS = 1_700_000_000_000;

describe('error texts', () => {
  test.each(ERRORS.map((listed) => [...listed] as const))('%s', (text, how, reason, retryAfterMs = 0) => {
    for (const said of [text, `${text}:details`, `${text}[42]`]) {
      // Details may be listed themselves.
      const listed = ERRORS.find(([each]) => each === said) ?? [said, how, reason, retryAfterMs];
      expect(classify(said, NOW_MS)).toEqual({ class: listed[1], reason: listed[2], message: said, retryAfterMs: listed[3] ?? 0 });
    }
  });

  test.each([
    '', 'EOrder:Something new', 'EOrder:Unknown orderly', 'eorder:unknown order', 'EOrder', 'success', 'EOrder:Insufficient fundsX',
  ])('%j is not listed: ambiguous', (text) => {
    expect(classify(text, NOW_MS).class).toBe(AnswerClass.Ambiguous);
  });

  test('no text is listed twice, and nothing is Done', () => {
    const texts = ERRORS.map(([text]) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(ERRORS.filter(([, how]) => how === AnswerClass.Done)).toEqual([]);
  });

  test('what one instrument is closed for says nothing about the others', () => {
    const how = classify('EAccount:Invalid permissions:UNI trading restricted for US:WA.', NOW_MS).class;
    expect(how).toBe(AnswerClass.Rejected);
  });

  test('a throttle says until when', () => {
    const until = (seconds: number): string => `EService: Throttled: ${seconds}`;
    expect(classify(until(1_700_000_010), NOW_MS)).toMatchObject({ class: AnswerClass.RateLimited, retryAfterMs: 10_000 });
    expect(classify(until(1_600_000_000), NOW_MS).retryAfterMs).toBe(1_000);
    expect(classify(until(1_900_000_000), NOW_MS).retryAfterMs).toBe(60_000);
    expect(classify('EService: Throttled: soon', NOW_MS).class).toBe(AnswerClass.Ambiguous);
    expect(classify('EService:Throttled: [1700000002]', NOW_MS)).toMatchObject({ reason: RejectReason.RateLimited, retryAfterMs: 2_000 });
  });
});
