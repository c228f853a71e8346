// The fields of every Event kind as plain objects, named as in schemas/event.fbs. EventEncoder takes them, decodeEvent
// returns them. Units and meanings are the schema's; nothing here adds a rule.

import type {
  Action, CancelReason, CloseReason, ControlReason, DenyReason, DispatchFailure, FeedReason, FeedState, InstrumentState,
  Kind, LinkState, Liquidity, OperatorAction, OrderType, ReconciliationResult, RejectReason, SessionEnd, Side,
  TimeInForce, TradingState, VenueOrderStatus,
} from './kinds.ts';

/** A safe integer or a bigint within 64 bits. Unix times in ns exceed 2^53: always bigint. */
export type Integer = number | bigint;

export interface LevelFields { readonly price: Integer; readonly quantity: Integer }
/** Flat pairs in memory that is larger than they are: the first `size` numbers count. */
export interface LevelPairs { readonly pairs: Float64Array; readonly size: number }
/** Best first; flat pairs (price, quantity, price, quantity, …) of safe integers where objects would be too dear. */
export type Levels = readonly LevelFields[] | ArrayLike<number> | LevelPairs;

export interface PrintFields {
  readonly price: Integer; readonly quantity: Integer; readonly eventTime: Integer; readonly id: Integer;
  readonly aggressor: Side;
}
export interface BalanceFields { readonly total: Integer; readonly available: Integer; readonly currency: number }
export interface PositionFields { readonly quantity: Integer; readonly instrument: number }
interface StrategyIdentityFields {
  readonly id: string; readonly name: string; readonly version: string; readonly contentHash: string;
}

// ── Market ──────────────────────────────────────────────────────────────────────────────────────
export interface BookSnapshotFields {
  readonly instrument: number; readonly eventTime: Integer; readonly captureTime: Integer; readonly sequence: Integer;
  readonly bids: Levels; readonly asks: Levels;
}
export interface BookDeltaFields extends BookSnapshotFields { readonly previous: Integer }
export interface TradeFields {
  readonly instrument: number; readonly captureTime: Integer; readonly prints: readonly PrintFields[];
}
export interface InstrumentStatusFields {
  readonly instrument: number; readonly state: InstrumentState; readonly eventTime: Integer;
}

// ── Execution ───────────────────────────────────────────────────────────────────────────────────
interface OrderEventFields { readonly orderId: Integer; readonly eventTime: Integer; readonly captureTime: Integer }
export interface OrderAcceptedFields extends OrderEventFields { readonly venueOrderId: string }
/** OrderRejected, CancelRejected and ReplaceRejected. */
export interface RejectedFields extends OrderEventFields { readonly reason: RejectReason; readonly message: string }
export interface OrderFilledFields extends OrderEventFields {
  readonly instrument: number; readonly side: Side; readonly price: Integer; readonly quantity: Integer;
  readonly fee: Integer; readonly feeCurrency: number; readonly liquidity: Liquidity;
  readonly venueOrderId: string; readonly executionId: string;
}
export interface OrderCancelledFields extends OrderEventFields { readonly reason: CancelReason }
export interface OrderReplacedFields extends OrderEventFields {
  readonly price: Integer; readonly quantity: Integer; readonly venueOrderId: string;
}
export interface OrderStatusReportFields extends OrderEventFields {
  readonly status: VenueOrderStatus; readonly instrument: number; readonly side: Side; readonly price: Integer;
  readonly quantity: Integer; readonly filledQuantity: Integer; readonly venueOrderId: string;
}
export interface BalanceReportFields {
  readonly venue: number; readonly eventTime: Integer; readonly captureTime: Integer;
  readonly balances: readonly BalanceFields[];
}
export interface PositionReportFields {
  readonly venue: number; readonly eventTime: Integer; readonly captureTime: Integer;
  readonly positions: readonly PositionFields[];
}

// ── Control ─────────────────────────────────────────────────────────────────────────────────────
interface BuildFields {
  readonly buildVersion: string; readonly buildCommit: string; readonly buildDirty: boolean;
  readonly nodeVersion: string; readonly v8Version: string; readonly host: string;
}
interface ActorFields { readonly actor: string; readonly reason: string }
export interface SessionStartedFields extends BuildFields {
  readonly sessionId: string; readonly sessionOrdinal: number; readonly epoch: Integer; readonly schemaHash: string;
  readonly configuration: string; readonly configurationHash: string;
  readonly strategies: readonly StrategyIdentityFields[]; readonly carried: string;
}
export interface SessionResumedFields extends BuildFields { readonly discarded: Integer }
export interface SessionEndedFields extends ActorFields { readonly end: SessionEnd }
export interface ConfigurationChangedFields extends ActorFields {
  readonly version: number; readonly configuration: string; readonly configurationHash: string;
}
export interface InstrumentDefinedFields {
  readonly instrument: number; readonly venue: number; readonly symbol: string; readonly priceScale: number;
  readonly quantityScale: number; readonly tickSize: Integer; readonly lotSize: Integer;
  readonly minimumQuantity: Integer;
}
export interface TradingStateChangedFields extends ActorFields {
  readonly state: TradingState; readonly strategy: number;
}
export interface KillSwitchChangedFields extends ActorFields { readonly active: boolean }
export interface VenueLinkChangedFields { readonly venue: number; readonly state: LinkState; readonly reason: string }
export interface FeedStatusChangedFields {
  readonly venue: number; readonly instrument: number; readonly state: FeedState; readonly reason: FeedReason;
  readonly dropped: Integer;
}
export interface DispatchFailedFields {
  readonly orderId: Integer; readonly action: Action; readonly dispatchPosition: Integer;
  readonly failure: DispatchFailure;
}
export interface OrderDisposedFields extends ActorFields { readonly orderId: Integer }
export interface ReconciliationCompletedFields {
  readonly venue: number; readonly result: ReconciliationResult; readonly ordersCompared: number;
  readonly mismatches: number; readonly unknown: number; readonly detail: string;
}
export interface OperatorCommandFields extends ActorFields {
  readonly action: OperatorAction; readonly venue: number; readonly orderId: Integer;
}
export interface ControlTimeFields { readonly reason: ControlReason; readonly deadline: Integer }

// ── Intent-related, checkpoint ──────────────────────────────────────────────────────────────────
interface IntentFields {
  readonly orderId: Integer; readonly strategy: number; readonly instrument: number; readonly action: Action;
  readonly price: Integer; readonly quantity: Integer;
}
interface OrderTermsFields { readonly side: Side; readonly type: OrderType; readonly timeInForce: TimeInForce }
export interface IntentDeniedFields extends IntentFields, OrderTermsFields { readonly reason: DenyReason }
export interface IntentClosedFields extends IntentFields { readonly reason: CloseReason }
export interface IntentDispatchedFields extends IntentFields, OrderTermsFields { readonly venue: number }
export interface StateDigestFields {
  readonly digestLow: Integer; readonly digestHigh: Integer; readonly inputs: Integer;
  readonly undecided: ArrayLike<number>;
}

/** What each kind's body holds. */
export interface FieldsByKind {
  [Kind.BookSnapshot]: BookSnapshotFields;
  [Kind.BookDelta]: BookDeltaFields;
  [Kind.Trade]: TradeFields;
  [Kind.InstrumentStatus]: InstrumentStatusFields;
  [Kind.OrderAccepted]: OrderAcceptedFields;
  [Kind.OrderRejected]: RejectedFields;
  [Kind.OrderFilled]: OrderFilledFields;
  [Kind.OrderCancelled]: OrderCancelledFields;
  [Kind.OrderReplaced]: OrderReplacedFields;
  [Kind.CancelRejected]: RejectedFields;
  [Kind.ReplaceRejected]: RejectedFields;
  [Kind.OrderStatusReport]: OrderStatusReportFields;
  [Kind.BalanceReport]: BalanceReportFields;
  [Kind.PositionReport]: PositionReportFields;
  [Kind.SessionStarted]: SessionStartedFields;
  [Kind.SessionResumed]: SessionResumedFields;
  [Kind.SessionEnded]: SessionEndedFields;
  [Kind.ConfigurationChanged]: ConfigurationChangedFields;
  [Kind.InstrumentDefined]: InstrumentDefinedFields;
  [Kind.TradingStateChanged]: TradingStateChangedFields;
  [Kind.KillSwitchChanged]: KillSwitchChangedFields;
  [Kind.VenueLinkChanged]: VenueLinkChangedFields;
  [Kind.FeedStatusChanged]: FeedStatusChangedFields;
  [Kind.DispatchFailed]: DispatchFailedFields;
  [Kind.OrderDisposed]: OrderDisposedFields;
  [Kind.ReconciliationCompleted]: ReconciliationCompletedFields;
  [Kind.OperatorCommand]: OperatorCommandFields;
  [Kind.ControlTime]: ControlTimeFields;
  [Kind.IntentDenied]: IntentDeniedFields;
  [Kind.IntentClosed]: IntentClosedFields;
  [Kind.IntentDispatched]: IntentDispatchedFields;
  [Kind.StateDigest]: StateDigestFields;
}
/** Any Event, told apart by its kind. */
export type EventValue = {
  [K in keyof FieldsByKind]: { readonly kind: K; readonly name: string; readonly fields: FieldsByKind[K] }
}[keyof FieldsByKind];
