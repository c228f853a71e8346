// One Event of every kind, each field set to a value of its own: what the codec tests and describe()'s golden share.

import type { EventEncoder } from './encode.ts';
import type { FieldsByKind } from './event-fields.ts';
import { Kind } from './kinds.ts';

const TIMES = { eventTime: 1_753_000_000_123_456_789n, captureTime: 1_753_000_000_123_999_999n };
const OPERATOR = { actor: 'uid:1000', reason: 'planned "stop"\n' };
const BUILD = {
  buildVersion: '0.1.0', buildCommit: 'abc', buildDirty: true, nodeVersion: '20.20.2', v8Version: '11.3', host: 'h',
};
const REJECTED = { orderId: 2_199_023_255_617n, reason: 4, message: 'Größe ✓', ...TIMES };
const INTENT = {
  orderId: 2_199_023_255_617n, strategy: -1, instrument: 3, action: 1, price: -5n, quantity: 9_007_199_254_740_991n,
};

/** 64-bit values are bigint, as decodeEvent returns them. */
export const SAMPLE_EVENTS: FieldsByKind = {
  [Kind.BookSnapshot]: {
    instrument: 3, ...TIMES, sequence: 18_446_744_073_709_551_615n,
    bids: [{ price: 100n, quantity: 5n }, { price: -99n, quantity: 7n }], asks: [],
  },
  [Kind.BookDelta]: {
    instrument: 3, ...TIMES, previous: 41n, sequence: 42n, bids: [], asks: [{ price: 101n, quantity: 0n }],
  },
  [Kind.Trade]: { instrument: 3, captureTime: 7n, prints: [
    { price: 100n, quantity: 5n, eventTime: 6n, id: 17n, aggressor: 1 }] },
  [Kind.InstrumentStatus]: { instrument: 3, state: 2, eventTime: 9n },
  [Kind.OrderAccepted]: { orderId: 1n, ...TIMES, venueOrderId: 'OABC-1' },
  [Kind.OrderRejected]: REJECTED,
  [Kind.OrderFilled]: {
    orderId: 1n, instrument: 3, side: 1, price: 100n, quantity: 5n, fee: -3n, feeCurrency: 2, liquidity: 1, ...TIMES,
    venueOrderId: 'OABC-1', executionId: 'TXYZ-9',
  },
  [Kind.OrderCancelled]: { orderId: 1n, reason: 1, ...TIMES },
  [Kind.OrderReplaced]: { orderId: 1n, price: 100n, quantity: 5n, ...TIMES, venueOrderId: '' },
  [Kind.CancelRejected]: REJECTED,
  [Kind.ReplaceRejected]: REJECTED,
  [Kind.OrderStatusReport]: {
    orderId: 0n, status: 6, instrument: 3, side: 1, price: 100n, quantity: 5n, filledQuantity: 2n, ...TIMES,
    venueOrderId: 'X',
  },
  [Kind.BalanceReport]: { venue: 1, ...TIMES, balances: [{ total: 10n, available: 9n, currency: 4 }] },
  [Kind.PositionReport]: { venue: 1, ...TIMES, positions: [{ quantity: -10n, instrument: 4 }] },
  [Kind.SessionStarted]: {
    sessionId: 's-1', sessionOrdinal: 1, epoch: 1_753_000_000_000_000_000n, schemaHash: 'aa', configuration: '{}',
    configurationHash: 'bb', strategies: [{ id: 'mm', name: 'maker', version: '1', contentHash: 'cc' }], ...BUILD,
    carried: '',
  },
  [Kind.SessionResumed]: { ...BUILD, discarded: 12n },
  [Kind.SessionEnded]: { end: 1, ...OPERATOR },
  [Kind.ConfigurationChanged]: { version: 2, configuration: '{}', configurationHash: 'bb', ...OPERATOR },
  [Kind.InstrumentDefined]: {
    instrument: 3, venue: 1, symbol: 'BTC/USD', priceScale: 1, quantityScale: 8, tickSize: 1n, lotSize: 1n,
    minimumQuantity: 5000n,
  },
  [Kind.TradingStateChanged]: { state: 1, strategy: -1, ...OPERATOR },
  [Kind.KillSwitchChanged]: { active: true, ...OPERATOR },
  [Kind.VenueLinkChanged]: { venue: 1, state: 1, reason: 'welcome' },
  [Kind.FeedStatusChanged]: { venue: 1, instrument: -1, state: 2, reason: 8, dropped: 77n },
  [Kind.DispatchFailed]: { orderId: 1n, action: 2, dispatchPosition: 40n, failure: 3 },
  [Kind.OrderDisposed]: { orderId: 1n, ...OPERATOR },
  [Kind.ReconciliationCompleted]: {
    venue: 1, result: 3, ordersCompared: 5, mismatches: 2, unknown: 1, detail: 'order 1: filled 2, expected 3',
  },
  [Kind.OperatorCommand]: { action: 1, venue: -1, orderId: 0n, ...OPERATOR },
  [Kind.ControlTime]: { reason: 1, deadline: 1_500_000n },
  [Kind.IntentDenied]: { ...INTENT, reason: 9, side: 1, type: 1, timeInForce: 3 },
  [Kind.IntentClosed]: { ...INTENT, reason: 2 },
  [Kind.IntentDispatched]: { ...INTENT, venue: 1, side: 1, type: 1, timeInForce: 3 },
  [Kind.StateDigest]: { digestLow: 1n, digestHigh: 2n, inputs: 3n, undecided: [0.5, -0, NaN, 3] },
};

/** The sample of `kind`, encoded: a copy. */
export function encodeSample(encoder: EventEncoder, kind: Kind): Uint8Array {
  const method = Kind[kind].charAt(0).toLowerCase() + Kind[kind].slice(1) as keyof EventEncoder;
  const encode = encoder[method] as (fields: unknown) => Uint8Array;
  return new Uint8Array(encode.call(encoder, SAMPLE_EVENTS[kind as keyof FieldsByKind]));
}

export const ALL_KINDS: readonly Kind[] = Object.keys(SAMPLE_EVENTS).map(Number);
