// Each way in which a recording can lack a book is told apart.

import { expect, test } from 'vitest';
import { missingFrom } from './capture-report.ts';

test.each([
  [0, 0, /^found nothing of ETH\/USD, expected its book; .*tcx capture configure/],
  [7, 0, /^found 7 updates of ETH\/USD and no snapshot that they follow, expected one before them/],
  [7, 5, /^found 2 of 7 frames of ETH\/USD that do not follow/],
  [7, 7, /^$/],
  [7, 8, /^$/],
])('%i came, %i were passed on', (entries, told, expected) => {
  expect(missingFrom({ symbol: 'ETH/USD', entries, told })).toMatch(expected);
});
