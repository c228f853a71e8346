// What the simulated Venue is told to be: its market, its fees and the faults it commits on request. Runtime only: the
// Core learns of the Venue through Events and of nothing else.

import { z } from 'zod';
import { decimal, duration, integer } from './leaves.ts';

const PPM = 1_000_000;

const market = z.strictObject({
  instrument: z.string().describe('The `id` of the instrument.'),
  price: decimal().describe('Where the market starts.'),
  spreadTicks: integer(1, 10_000).prefault(2).describe('Typical distance of the best prices.'),
  volatilityTicks: integer(0, 10_000).prefault(2).describe('Typical move of the fair price in one second.'),
  depth: integer(1, 1000).prefault(20).describe('Levels a side the background keeps filled.'),
  levelQuantity: decimal().describe('Typical quantity of one level.'),
});

const faults = z.strictObject({
  lostAcknowledgementPpm: integer(0, PPM).prefault(0).describe('Answers that never come.'),
  lateAcknowledgementPpm: integer(0, PPM).prefault(0).describe('Answers that come after `lateBy`.'),
  lateBy: duration('0s', '1h').prefault('2s').describe('How late a late answer is.'),
  duplicateReportPpm: integer(0, PPM).prefault(0).describe('Reports sent twice.'),
  reorderedReportPpm: integer(0, PPM).prefault(0).describe('Reports that overtake the one before.'),
  rejectPpm: integer(0, PPM).prefault(0).describe('Requests rejected without a cause.'),
  disconnectEvery: duration('0s', '24h').prefault('0s').describe('The link drops this often. `0s`: never.'),
  feedGapPpm: integer(0, PPM).prefault(0).describe('Book updates that are lost.'),
  wrongStatusPpm: integer(0, PPM).prefault(0).describe('Order status answers that disagree with the truth.'),
});

export const simulationSection = z.strictObject({
  seed: integer(0, 4_294_967_295).prefault(1).describe('Same seed, same background.'),
  latency: duration('0s', '1min').prefault('0s').describe('Time from a request to its answer.'),
  updateRate: integer(1, 100_000).prefault(50).describe('Background actions a second and instrument.'),
  makerFeePpm: integer(-PPM, PPM).prefault(100).describe('Fee of a resting fill, parts per million of the notional.'),
  takerFeePpm: integer(-PPM, PPM).prefault(400).describe('Fee of a taking fill.'),
  balances: z.record(z.string().regex(/^[A-Z0-9]{1,12}$/), decimal()).prefault({})
    .meta({ kind: 'currency: decimal' }).describe('What the account holds at first.'),
  markets: z.array(market).describe('One entry per instrument of the Venue.'),
  faults: faults.prefault({}).describe('What goes wrong, and how often.'),
});
