// Sections that decide what the Core does: Venues, currencies, instruments, limits, strategies. Every key here is part
// of what `resolve.ts` hands to the Core, except where its description says that it concerns the Runtime alone.

import { z } from 'zod';
import { BOOK_LEVELS_MAX } from '../event/market-adapter.ts';
import { decimal, duration, flag, identifier, integer, path, text } from './leaves.ts';
import { simulationSection } from './simulation-schema.ts';

export const sessionSection = z.strictObject({
  dataDir: path()
    .describe('Folder of sessions, token and admin socket. Runtime only.'),
  digestEvery: integer(1, 1_000_000_000).prefault(10_000)
    .describe('A State digest after every so many positions.'),
  record: z.strictObject({
    denied: flag().prefault(true).describe('Record an IntentDenied for every Intent Risk refuses.'),
    closed: flag().prefault(true).describe('Record an IntentClosed for work that ends without being sent.'),
  }).prefault({}).describe('Which outcomes the Event Stream keeps besides dispatches and digests.'),
});

export const executionSection = z.strictObject({
  ordersMax: integer(1, 4095).prefault(2048)
    .describe('Orders that may be live or queued at once. With `queueEntriesMax` at most 4096.'),
  terminalOrdersMax: integer(1, 1_000_000).prefault(4096)
    .describe('Ended Orders kept, so that late and duplicate reports are recognised.'),
  queueEntriesMax: integer(1, 4095).prefault(2048)
    .describe('Entries the Queue may hold; a CANCEL of a live Order always fits.'),
  intentsPerStepMax: integer(1, 64).prefault(64)
    .describe('Intents one step may emit. Strategies consulted in the same step share them; one that emits more fails.'),
  pendingAgeMax: duration('0s', '24h').prefault('0s')
    .describe('Allowed work that waits longer is closed. `0s`: never.'),
  killCancelsOrders: flag().prefault(true)
    .describe('Setting the kill switch cancels every live Order.'),
});

const rateLimit = z.strictObject({
  capacity: integer(1, 1_000_000).describe('Tokens in the full bucket.'),
  tokenInterval: duration('1us', '1h').describe('One token returns every so often.'),
  reservedForCancel: integer(0, 1_000_000).prefault(0).describe('Tokens only a CANCEL may take.'),
  cost: z.strictObject({
    new: integer(0, 1000).prefault(1).describe('Tokens of a NEW.'),
    replace: integer(0, 1000).prefault(1).describe('Tokens of a REPLACE.'),
    cancel: integer(0, 1000).prefault(1).describe('Tokens of a CANCEL.'),
  }).prefault({}).describe('Tokens each request takes.'),
});

const gateway = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('external').describe('A `tcx-gateway` process, started on its own, dials the link.'),
  }),
  z.strictObject({
    type: z.literal('embedded').describe('The daemon runs the simulated Venue itself, behind the real link.'),
    simulation: simulationSection.prefault({}).describe('What the simulated Venue is told to be.'),
  }),
]);

export const venueSection = z.strictObject({
  id: identifier().describe('Name of the Venue; the gateway says it in Hello.'),
  simulated: flag().prefault(false).describe('No real money here.'),
  ackTimeout: duration('1ms', '1h').prefault('5s')
    .describe('A request without an answer for so long is overdue: supervised and asked about.'),
  cancelWhenOverdue: flag().prefault(true)
    .describe('An overdue request no longer holds back a CANCEL of its Order.'),
  autoEnable: flag().prefault(false)
    .describe('Turn trading on by itself once every gate is open. Only when every Venue is simulated. Runtime only.'),
  rateLimits: z.array(rateLimit).prefault([])
    .describe('Token buckets; a request leaves only when every bucket has its tokens.'),
  reconcile: z.strictObject({
    timeout: duration('100ms', '10min').prefault('1min')
      .describe('A reconciliation unanswered for so long ends as `Unknown`.'),
    positionTolerance: decimal().prefault('0')
      .describe('Largest difference of a position, in units of the instrument, that is a warning and not a mismatch.'),
    balanceTolerance: decimal().prefault('0')
      .describe('Largest difference of a balance, in units of the currency, that is a warning and not a mismatch.'),
  }).prefault({}).describe('How the Venue is compared with State. Runtime only.'),
  gateway: gateway.prefault({ type: 'external' }).describe('How the Venue is reached. Runtime only.'),
});

export const currencySection = z.strictObject({
  symbol: text('a currency like USD (A-Z and digits, at most 12)', /^[A-Z0-9]{1,12}$/).describe('Name, like `USD`.'),
  scale: integer(0, 15).describe('Decimals of an amount: the smallest amount is 10^-scale.'),
});

const limits = z.strictObject({
  allowed: flag().prefault(false).describe('Orders may be sent. `false`: the instrument is only watched.'),
  positionMax: decimal().prefault('0').describe('Largest worst-case position, long or short: held, open, queued.'),
  orderQuantityMax: decimal().prefault('0').describe('Largest quantity of one Order.'),
  orderNotionalMax: decimal().prefault('0').describe('Largest price × quantity of one Order, in the quote currency.'),
  priceBandPpm: integer(0, 1_000_000).prefault(50_000)
    .describe('How far a price may lie from the book, in parts per million. 0: off.'),
  openOrdersMax: integer(0, 1_000_000).prefault(0).describe('Orders live or queued at once.'),
});

export const instrumentSection = z.strictObject({
  id: identifier().describe('Name in tcx, unique.'),
  symbol: text('the symbol of the Venue', /^[\x21-\x7e]{1,32}$/).describe('Name at the Venue.'),
  venue: identifier().describe('The `id` of its Venue.'),
  base: text('a currency symbol', /^[A-Z0-9]{1,12}$/).describe('Symbol of the currency bought and sold.'),
  quote: text('a currency symbol', /^[A-Z0-9]{1,12}$/).describe('Symbol of the currency paid with.'),
  priceScale: integer(0, 15).describe('Decimals of a price.'),
  quantityScale: integer(0, 15).describe('Decimals of a quantity.'),
  tickSize: decimal().describe('Prices are multiples of it.'),
  lotSize: decimal().describe('Quantities are multiples of it.'),
  minimumQuantity: decimal().prefault('0').describe('Smallest quantity of an Order. 0: one lot.'),
  bookDepth: integer(0, 10_000).prefault(0)
    .describe('Levels a side the Venue publishes; deeper ones are cut off after each update. 0: the full book.'),
  bookLevelsMax: integer(1, BOOK_LEVELS_MAX).prefault(1000)
    .describe('Levels a side the book can hold; more makes the feed invalid.'),
  feedRequired: flag().prefault(true)
    .describe('Trading needs this feed valid and fresh.'),
  staleAfter: duration('0s', '24h').prefault('10s')
    .describe('A feed without any Event for so long is stale. `0s`: never.'),
  limits: limits.prefault({}).describe('What Risk allows on this instrument.'),
});

const amounts = z.record(z.string().regex(/^[A-Z0-9]{1,12}$/), decimal());

export const riskSection = z.strictObject({
  grossExposureMax: amounts.prefault({}).meta({ kind: 'currency: decimal' })
    .describe('Per quote currency, largest sum of worst-case |position| × price. 0: off. Must name the quote currency '
      + 'of every instrument that is allowed.'),
  dailyLossMax: amounts.prefault({}).meta({ kind: 'currency: decimal' })
    .describe('Per quote currency, largest loss since the UTC day began. 0: off. Must name the quote currency of every '
      + 'instrument that is allowed.'),
  openOrdersMax: integer(0, 1_000_000).prefault(200).describe('Orders live or queued at once, over all instruments.'),
  denyOwnCross: flag().prefault(true).describe('Deny an Order that would trade against an own one.'),
});

const cadence = z.strictObject({
  onTopPrice: flag().prefault(true).describe('A best price of a subscribed instrument changed.'),
  onBook: flag().prefault(false).describe('Any book update of a subscribed instrument.'),
  onTrade: flag().prefault(false).describe('A trade in a subscribed instrument.'),
  onExecution: flag().prefault(true).describe('An Execution Event of an own Order.'),
  onControlTime: flag().prefault(false).describe('A ControlTime Event.'),
  onControl: flag().prefault(true).describe('Trading state, kill switch, link or feed changed.'),
  everyNth: integer(1, 1_000_000).prefault(1).describe('Of the matching Market Events, only every n-th.'),
});

export const strategySection = z.strictObject({
  id: identifier().describe('Name of this strategy in Events, logs and metrics.'),
  module: text('`builtin:NAME` or the path of a module', /^(builtin:[a-z][a-z0-9-]*|(?!builtin:)[^\0]+)$/)
    .describe('`builtin:NAME`, or the path of a TypeScript or JavaScript module.'),
  enabled: flag().prefault(true).describe('Consulted at all.'),
  instruments: z.array(identifier()).describe('The `id`s it subscribes to and may trade.'),
  cadence: cadence.prefault({}).describe('When it is consulted.'),
  failuresMax: integer(1, 1_000_000).prefault(3).describe('Consecutive failures after which it is switched off.'),
  parameters: z.record(z.string(), z.json()).prefault({}).meta({ kind: 'keys of the strategy' })
    .describe('Handed to the strategy, which checks them itself.'),
});
