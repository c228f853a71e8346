// What the simulated Venue is told to be: its latency, market, fees and the faults it commits on request. Runtime
// only: the Core learns of the Venue through Events and of nothing else. The names are those of
// daemon/event/simulation-settings.ts.

import { z } from 'zod';
import { FAULT_KINDS, FAULT_TRIGGERS } from '../event/simulation-settings.ts';
import { choice, decimal, duration, flag, integer } from './leaves.ts';

const PPM = 1_000_000;

const latency = z.strictObject({
  entry: duration('0s', '1min').prefault('200us').describe('From receipt of a request to the matching engine.'),
  entryJitter: duration('0s', '1min').prefault('100us').describe('Up to so much more.'),
  response: duration('0s', '1min').prefault('100us').describe('From an execution to its report.'),
  responseJitter: duration('0s', '1min').prefault('50us').describe('Up to so much more.'),
  marketData: duration('0s', '1min').prefault('100us').describe('From a book change to its update.'),
  marketDataJitter: duration('0s', '1min').prefault('50us').describe('Up to so much more.'),
});

const flowKeys = {
  midPrice: decimal().describe('Where the fair price starts and is drawn back to.'),
  eventsPerSecond: integer(0, 1_000_000)
    .describe('Background orders, cancels, trades and price moves. 0: only the client moves the market.'),
  levels: integer(1, 5000).describe('Price levels a side that the background keeps.'),
  spacingTicks: integer(1, 1_000_000).describe('Ticks between two levels.'),
  halfSpreadTicks: integer(1, 1_000_000).describe('Ticks from the fair price to the first level of a side.'),
  quantity: decimal().describe('Typical quantity of a background order.'),
  ordersPerLevel: integer(1, 1000).describe('Background orders at one level.'),
  movePpm: integer(0, PPM).describe('Share of background events that move the fair price.'),
  moveTicks: integer(0, 1_000_000).describe('Largest such move.'),
  rangeTicks: integer(0, 1_000_000_000).describe('Ticks from `midPrice` within which the fair price stays.'),
  takerPpm: integer(0, PPM).describe('Share of background events that take liquidity.'),
};

const flow = z.strictObject({
  midPrice: flowKeys.midPrice.prefault('100'),
  eventsPerSecond: flowKeys.eventsPerSecond.prefault(200),
  levels: flowKeys.levels.prefault(25),
  spacingTicks: flowKeys.spacingTicks.prefault(1),
  halfSpreadTicks: flowKeys.halfSpreadTicks.prefault(1),
  quantity: flowKeys.quantity.prefault('1'),
  ordersPerLevel: flowKeys.ordersPerLevel.prefault(3),
  movePpm: flowKeys.movePpm.prefault(80_000),
  moveTicks: flowKeys.moveTicks.prefault(2),
  rangeTicks: flowKeys.rangeTicks.prefault(1000),
  takerPpm: flowKeys.takerPpm.prefault(120_000),
});

const scriptedFault = z.strictObject({
  fault: choice(FAULT_KINDS).describe('What goes wrong.'),
  on: choice(FAULT_TRIGGERS).describe('What it happens to.'),
  nth: integer(1, 1_000_000_000).describe('To the n-th of them since the Venue was started.'),
});

const faults = z.strictObject({
  ppm: z.partialRecord(z.enum(FAULT_KINDS), integer(0, PPM)).prefault({}).meta({ kind: 'fault: integer 0…1000000' })
    .describe('Probability of each fault per occurrence of what it happens to, in parts per million.'),
  script: z.array(scriptedFault).prefault([]).describe('Faults at exact places.'),
  delay: duration('0s', '1h').prefault('2s')
    .describe('How late `delayAcknowledgement` and the fill of `fillAfterTerminal` are.'),
  reorder: duration('0s', '1min').prefault('50ms')
    .describe('The longest `reorderAcknowledgement` waits to be overtaken.'),
  disconnect: duration('0s', '1h', '1ms').prefault('1s').describe('How long the link stays down.'),
  resync: duration('0s', '1min').prefault('100ms').describe('Between `announcedGap` and the snapshot that heals it.'),
});

export const simulationSection = z.strictObject({
  seed: integer(0, 4_294_967_295).prefault(1).describe('Same seed and same requests at the same times: same bytes.'),
  latency: latency.prefault({}).describe('How far away the Venue seems.'),
  publishInterval: duration('0s', '1min').prefault('0s')
    .describe('Book changes are published at most this often. `0s`: after each matching step.'),
  makerFeePpm: integer(-PPM, PPM).prefault(1000)
    .describe('Fee of a resting fill, parts per million of price × quantity. Negative: a rebate.'),
  takerFeePpm: integer(-PPM, PPM).prefault(2000).describe('Fee of a taking fill.'),
  checkFunds: flag().prefault(true).describe('Refuse Orders the account cannot pay for.'),
  balances: z.record(z.string().regex(/^(\*|[A-Z0-9]{1,12})$/), decimal()).prefault({ '*': '1000000' })
    .meta({ kind: 'currency: decimal' }).describe('What the account holds at first; `*`: every other currency.'),
  rateLimit: z.strictObject({
    capacity: integer(0, 1_000_000).prefault(0).describe('Requests at once. 0: no limit.'),
    interval: duration('0s', '1h').prefault('0s').describe('One more is allowed every so often.'),
  }).prefault({}).describe('The limit the Venue itself enforces.'),
  openOrdersMax: integer(1, 1_000_000).prefault(1000).describe('Resting Orders of the account.'),
  terminalOrdersMax: integer(1, 1_000_000).prefault(1024).describe('Ended Orders the Venue remembers.'),
  executionsMax: integer(1, 1_000_000).prefault(1024).describe('Executions it remembers for reconciliation.'),
  resend: duration('0s', '1h').prefault('10s')
    .describe('Executions reported so shortly before a reconciliation or a lost link are reported again.'),
  cancelOnDisconnect: flag().prefault(false).describe('A lost link cancels every resting Order.'),
  catchUp: duration('0s', '1min').prefault('1s').describe('Background flow further behind than this is skipped.'),
  wireLogMax: integer(0, 10_000_000).prefault(10_000).describe('Requests kept in the wire log.'),
  market: flow.prefault({}).describe('The background flow of every instrument.'),
  markets: z.record(z.string(), z.strictObject(flowKeys).partial()).prefault({})
    .meta({ kind: 'symbol: keys of market' })
    .describe('What differs for one instrument, by its `symbol`.'),
  faults: faults.prefault({}).describe('What goes wrong, and how often.'),
});

export type EffectiveSimulation = z.output<typeof simulationSection>;
