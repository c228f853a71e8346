// Builds Event buffers (identifier TCXE) in TypeScript: gateways, the Runtime's control Events and tests. The Core's
// own outcomes are encoded in C++. Defaults are forced, so a fixed-size kind always has the same length. Never rounds:
// a value that is not a whole number within 64 bits is refused before a byte leaves.

import { Builder } from 'flatbuffers';
import type {
  BalanceFields, BalanceReportFields, BookDeltaFields, BookSnapshotFields, ConfigurationChangedFields,
  ControlTimeFields, DispatchFailedFields, FeedStatusChangedFields, InstrumentDefinedFields, InstrumentStatusFields,
  Integer, IntentClosedFields, IntentDeniedFields, IntentDispatchedFields, KillSwitchChangedFields, LevelFields,
  Levels, OperatorCommandFields, OrderAcceptedFields, OrderCancelledFields, OrderDisposedFields, OrderFilledFields,
  OrderReplacedFields, OrderStatusReportFields, PositionFields, PositionReportFields, PrintFields,
  ReconciliationCompletedFields, RejectedFields, SessionEndedFields, SessionResumedFields, SessionStartedFields,
  StateDigestFields, TradeFields, TradingStateChangedFields, VenueLinkChangedFields,
} from './event-fields.ts';
import * as generated from './generated/event_generated.ts';
import { Kind } from './kinds.ts';

const TWO_32 = 4_294_967_296;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * One method per kind. What a method returns is a view of the encoder's own memory, valid until the next call on the
 * same encoder; `copyOf` keeps it longer.
 */
export class EventEncoder {
  private readonly builder: Builder;

  constructor(initialSize = 4096) {
    this.builder = new Builder(initialSize);
  }

  /** Bytes of their own, for whoever keeps an Event beyond the next call. */
  static copyOf(view: Uint8Array): Uint8Array<ArrayBuffer> {
    return new Uint8Array(view);
  }

  // ── Market ────────────────────────────────────────────────────────────────────────────────────
  bookSnapshot(f: BookSnapshotFields): Uint8Array {
    const b = this.begin();
    const asks = levels(b, f.asks);
    const bids = levels(b, f.bids);
    return this.finish(Kind.BookSnapshot, generated.BookSnapshot.createBookSnapshot(
      b, f.instrument, int(f.eventTime), int(f.captureTime), int(f.sequence), bids, asks));
  }

  bookDelta(f: BookDeltaFields): Uint8Array {
    const b = this.begin();
    const asks = levels(b, f.asks);
    const bids = levels(b, f.bids);
    return this.finish(Kind.BookDelta, generated.BookDelta.createBookDelta(
      b, f.instrument, int(f.eventTime), int(f.captureTime), int(f.previous), int(f.sequence), bids, asks));
  }

  trade(f: TradeFields): Uint8Array {
    const b = this.begin();
    const prints = printVector(b, f.prints);
    return this.finish(Kind.Trade, generated.Trade.createTrade(b, f.instrument, int(f.captureTime), prints));
  }

  instrumentStatus(f: InstrumentStatusFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.InstrumentStatus, generated.InstrumentStatus.createInstrumentStatus(
      b, f.instrument, f.state, int(f.eventTime)));
  }

  // ── Execution ─────────────────────────────────────────────────────────────────────────────────
  orderAccepted(f: OrderAcceptedFields): Uint8Array {
    const b = this.begin();
    const venueOrderId = b.createString(f.venueOrderId);
    return this.finish(Kind.OrderAccepted, generated.OrderAccepted.createOrderAccepted(
      b, int(f.orderId), int(f.eventTime), int(f.captureTime), venueOrderId));
  }

  orderRejected(f: RejectedFields): Uint8Array {
    const b = this.begin();
    const message = b.createString(f.message);
    return this.finish(Kind.OrderRejected, generated.OrderRejected.createOrderRejected(
      b, int(f.orderId), f.reason, int(f.eventTime), int(f.captureTime), message));
  }

  orderFilled(f: OrderFilledFields): Uint8Array {
    const b = this.begin();
    const venueOrderId = b.createString(f.venueOrderId);
    const executionId = b.createString(f.executionId);
    return this.finish(Kind.OrderFilled, generated.OrderFilled.createOrderFilled(
      b, int(f.orderId), f.instrument, f.side, int(f.price), int(f.quantity), int(f.fee), f.feeCurrency, f.liquidity,
      int(f.eventTime), int(f.captureTime), venueOrderId, executionId));
  }

  orderCancelled(f: OrderCancelledFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.OrderCancelled, generated.OrderCancelled.createOrderCancelled(
      b, int(f.orderId), f.reason, int(f.eventTime), int(f.captureTime)));
  }

  orderReplaced(f: OrderReplacedFields): Uint8Array {
    const b = this.begin();
    const venueOrderId = b.createString(f.venueOrderId);
    return this.finish(Kind.OrderReplaced, generated.OrderReplaced.createOrderReplaced(
      b, int(f.orderId), int(f.price), int(f.quantity), int(f.eventTime), int(f.captureTime), venueOrderId));
  }

  cancelRejected(f: RejectedFields): Uint8Array {
    const b = this.begin();
    const message = b.createString(f.message);
    return this.finish(Kind.CancelRejected, generated.CancelRejected.createCancelRejected(
      b, int(f.orderId), f.reason, int(f.eventTime), int(f.captureTime), message));
  }

  replaceRejected(f: RejectedFields): Uint8Array {
    const b = this.begin();
    const message = b.createString(f.message);
    return this.finish(Kind.ReplaceRejected, generated.ReplaceRejected.createReplaceRejected(
      b, int(f.orderId), f.reason, int(f.eventTime), int(f.captureTime), message));
  }

  orderStatusReport(f: OrderStatusReportFields): Uint8Array {
    const b = this.begin();
    const venueOrderId = b.createString(f.venueOrderId);
    return this.finish(Kind.OrderStatusReport, generated.OrderStatusReport.createOrderStatusReport(
      b, int(f.orderId), f.status, f.instrument, f.side, int(f.price), int(f.quantity), int(f.filledQuantity),
      int(f.eventTime), int(f.captureTime), venueOrderId));
  }

  balanceReport(f: BalanceReportFields): Uint8Array {
    const b = this.begin();
    const balances = balanceVector(b, f.balances);
    return this.finish(Kind.BalanceReport, generated.BalanceReport.createBalanceReport(
      b, f.venue, int(f.eventTime), int(f.captureTime), balances));
  }

  positionReport(f: PositionReportFields): Uint8Array {
    const b = this.begin();
    const positions = positionVector(b, f.positions);
    return this.finish(Kind.PositionReport, generated.PositionReport.createPositionReport(
      b, f.venue, int(f.eventTime), int(f.captureTime), positions));
  }

  // ── Control ───────────────────────────────────────────────────────────────────────────────────
  sessionStarted(f: SessionStartedFields): Uint8Array {
    const b = this.begin();
    const strategies = strategyVector(b, f);
    const [id, schemaHash, configuration, configurationHash] =
      texts(b, f.sessionId, f.schemaHash, f.configuration, f.configurationHash);
    const [version, commit, node, v8, host, carried] =
      texts(b, f.buildVersion, f.buildCommit, f.nodeVersion, f.v8Version, f.host, f.carried);
    return this.finish(Kind.SessionStarted, generated.SessionStarted.createSessionStarted(
      b, id, f.sessionOrdinal, int(f.epoch), schemaHash, configuration, configurationHash, strategies,
      version, commit, f.buildDirty, node, v8, host, carried));
  }

  sessionResumed(f: SessionResumedFields): Uint8Array {
    const b = this.begin();
    const [version, commit, node, v8, host] =
      texts(b, f.buildVersion, f.buildCommit, f.nodeVersion, f.v8Version, f.host);
    return this.finish(Kind.SessionResumed, generated.SessionResumed.createSessionResumed(
      b, version, commit, f.buildDirty, node, v8, host, int(f.discarded)));
  }

  sessionEnded(f: SessionEndedFields): Uint8Array {
    const b = this.begin();
    const [actor, reason] = texts(b, f.actor, f.reason);
    return this.finish(Kind.SessionEnded, generated.SessionEnded.createSessionEnded(b, f.end, actor, reason));
  }

  configurationChanged(f: ConfigurationChangedFields): Uint8Array {
    const b = this.begin();
    const [configuration, hash, actor, reason] = texts(b, f.configuration, f.configurationHash, f.actor, f.reason);
    return this.finish(Kind.ConfigurationChanged, generated.ConfigurationChanged.createConfigurationChanged(
      b, f.version, configuration, hash, actor, reason));
  }

  instrumentDefined(f: InstrumentDefinedFields): Uint8Array {
    const b = this.begin();
    const symbol = b.createString(f.symbol);
    return this.finish(Kind.InstrumentDefined, generated.InstrumentDefined.createInstrumentDefined(
      b, f.instrument, f.venue, symbol, f.priceScale, f.quantityScale,
      int(f.tickSize), int(f.lotSize), int(f.minimumQuantity)));
  }

  tradingStateChanged(f: TradingStateChangedFields): Uint8Array {
    const b = this.begin();
    const [actor, reason] = texts(b, f.actor, f.reason);
    return this.finish(Kind.TradingStateChanged, generated.TradingStateChanged.createTradingStateChanged(
      b, f.state, f.strategy, actor, reason));
  }

  killSwitchChanged(f: KillSwitchChangedFields): Uint8Array {
    const b = this.begin();
    const [actor, reason] = texts(b, f.actor, f.reason);
    return this.finish(Kind.KillSwitchChanged, generated.KillSwitchChanged.createKillSwitchChanged(
      b, f.active, actor, reason));
  }

  venueLinkChanged(f: VenueLinkChangedFields): Uint8Array {
    const b = this.begin();
    const reason = b.createString(f.reason);
    return this.finish(Kind.VenueLinkChanged, generated.VenueLinkChanged.createVenueLinkChanged(
      b, f.venue, f.state, reason));
  }

  feedStatusChanged(f: FeedStatusChangedFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.FeedStatusChanged, generated.FeedStatusChanged.createFeedStatusChanged(
      b, f.venue, f.instrument, f.state, f.reason, int(f.dropped)));
  }

  dispatchFailed(f: DispatchFailedFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.DispatchFailed, generated.DispatchFailed.createDispatchFailed(
      b, int(f.orderId), f.action, int(f.dispatchPosition), f.failure));
  }

  orderDisposed(f: OrderDisposedFields): Uint8Array {
    const b = this.begin();
    const [actor, reason] = texts(b, f.actor, f.reason);
    return this.finish(Kind.OrderDisposed, generated.OrderDisposed.createOrderDisposed(
      b, int(f.orderId), actor, reason));
  }

  reconciliationCompleted(f: ReconciliationCompletedFields): Uint8Array {
    const b = this.begin();
    const detail = b.createString(f.detail);
    return this.finish(Kind.ReconciliationCompleted, generated.ReconciliationCompleted.createReconciliationCompleted(
      b, f.venue, f.result, f.ordersCompared, f.mismatches, f.unknown, detail));
  }

  operatorCommand(f: OperatorCommandFields): Uint8Array {
    const b = this.begin();
    const [actor, reason] = texts(b, f.actor, f.reason);
    return this.finish(Kind.OperatorCommand, generated.OperatorCommand.createOperatorCommand(
      b, f.action, f.venue, int(f.orderId), actor, reason));
  }

  controlTime(f: ControlTimeFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.ControlTime, generated.ControlTime.createControlTime(b, f.reason, int(f.deadline)));
  }

  // ── Intent-related, checkpoint: for tests and stand-ins, the daemon's own come from C++ ─────────
  intentDenied(f: IntentDeniedFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.IntentDenied, generated.IntentDenied.createIntentDenied(
      b, int(f.orderId), f.strategy, f.instrument, f.action, f.reason, f.side, f.type, f.timeInForce,
      int(f.price), int(f.quantity)));
  }

  intentClosed(f: IntentClosedFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.IntentClosed, generated.IntentClosed.createIntentClosed(
      b, int(f.orderId), f.strategy, f.instrument, f.action, f.reason, int(f.price), int(f.quantity)));
  }

  intentDispatched(f: IntentDispatchedFields): Uint8Array {
    const b = this.begin();
    return this.finish(Kind.IntentDispatched, generated.IntentDispatched.createIntentDispatched(
      b, int(f.orderId), f.strategy, f.instrument, f.venue, f.action, f.side, f.type, f.timeInForce,
      int(f.price), int(f.quantity)));
  }

  stateDigest(f: StateDigestFields): Uint8Array {
    const b = this.begin();
    const undecided = doubleVector(b, f.undecided);
    return this.finish(Kind.StateDigest, generated.StateDigest.createStateDigest(
      b, int(f.digestLow), int(f.digestHigh), int(f.inputs), undecided));
  }

  private begin(): Builder {
    this.builder.clear();
    this.builder.forceDefaults(true);
    return this.builder;
  }

  private finish(kind: Kind, body: number): Uint8Array {
    const b = this.builder;
    generated.Event.finishEventBuffer(b, generated.Event.createEvent(b, kind, body));
    return b.asUint8Array();
  }
}

/** Generated code takes bigint for 64-bit fields; a number that is not whole and safe has lost its low digits. */
function int(value: Integer): bigint {
  if (typeof value === 'bigint') {
    if (value < INT64_MIN || value > UINT64_MAX) throw new RangeError(`event encode: ${value} does not fit in 64 bits`);
    return value;
  }
  if (!Number.isSafeInteger(value)) throw new RangeError(`event encode: expected a safe integer, found ${value}`);
  return BigInt(value);
}

function levels(b: Builder, list: Levels): number {
  if ('pairs' in list) return levelPairs(b, list.pairs, list.size);
  return list.length > 0 && typeof list[0] === 'object'
    ? levelObjects(b, list as readonly LevelFields[])
    : levelPairs(b, list as ArrayLike<number>, list.length);
}

function levelObjects(b: Builder, list: readonly LevelFields[]): number {
  b.startVector(16, list.length, 8);
  for (let i = list.length - 1; i >= 0; i -= 1) {
    b.prep(8, 16);
    writeInteger(b, list[i].quantity);
    writeInteger(b, list[i].price);
  }
  return b.endVector();
}

function levelPairs(b: Builder, pairs: ArrayLike<number>, size: number): number {
  if (size % 2 !== 0) throw new RangeError(`event encode: levels are pairs, found ${size} numbers`);
  b.startVector(16, size / 2, 8);
  for (let i = size - 2; i >= 0; i -= 2) {
    b.prep(8, 16);
    writeSafe(b, pairs[i + 1]);
    writeSafe(b, pairs[i]);
  }
  return b.endVector();
}

function writeInteger(b: Builder, value: Integer): void {
  if (typeof value === 'number') writeSafe(b, value);
  else b.writeInt64(int(value));
}

/** Two words, high first because a builder writes backwards: exact for safe integers and without a BigInt per level. */
function writeSafe(b: Builder, value: number): void {
  if (!Number.isSafeInteger(value)) throw new RangeError(`event encode: expected a safe integer, found ${value}`);
  b.writeInt32(Math.floor(value / TWO_32));
  b.writeInt32(value | 0);
}

function printVector(b: Builder, prints: readonly PrintFields[]): number {
  generated.Trade.startPrintsVector(b, prints.length);
  for (let i = prints.length - 1; i >= 0; i -= 1) {
    const p = prints[i];
    generated.Print.createPrint(b, int(p.price), int(p.quantity), int(p.eventTime), int(p.id), p.aggressor);
  }
  return b.endVector();
}

function balanceVector(b: Builder, balances: readonly BalanceFields[]): number {
  generated.BalanceReport.startBalancesVector(b, balances.length);
  for (let i = balances.length - 1; i >= 0; i -= 1) {
    generated.Balance.createBalance(b, int(balances[i].total), int(balances[i].available), balances[i].currency);
  }
  return b.endVector();
}

function positionVector(b: Builder, positions: readonly PositionFields[]): number {
  generated.PositionReport.startPositionsVector(b, positions.length);
  for (let i = positions.length - 1; i >= 0; i -= 1) {
    generated.Position.createPosition(b, int(positions[i].quantity), positions[i].instrument);
  }
  return b.endVector();
}

function strategyVector(b: Builder, f: SessionStartedFields): number {
  const offsets = f.strategies.map((strategy) => {
    const [id, name, version, hash] = texts(b, strategy.id, strategy.name, strategy.version, strategy.contentHash);
    return generated.StrategyIdentity.createStrategyIdentity(b, id, name, version, hash);
  });
  return generated.SessionStarted.createStrategiesVector(b, offsets);
}

function doubleVector(b: Builder, values: ArrayLike<number>): number {
  generated.StateDigest.startUndecidedVector(b, values.length);
  for (let i = values.length - 1; i >= 0; i -= 1) b.addFloat64(values[i]);
  return b.endVector();
}

/** Strings are always present, empty ones too: with forced defaults an absent one would be an offset to nowhere. */
function texts(b: Builder, ...values: string[]): number[] {
  return values.map((value) => b.createString(value));
}
