// The closed vocabulary of Events, re-exported under the names the rest of the code uses. The definitions live in
// schemas/event.fbs; nothing here adds one.

export {
  Action, Body as Kind, CancelReason, CloseReason, ControlReason, DenyReason, DispatchFailure, FeedReason, FeedState,
  InstrumentState, IntentState, LinkState, Liquidity, OperatorAction, OrderState, OrderType, ReconciliationResult,
  RecordClass, RejectReason, SessionEnd, Side, Source, TimeInForce, TradingState, VenueOrderStatus,
} from './generated/event_generated.ts';
export { SCHEMA_HASH } from './generated/schema-hash.ts';
