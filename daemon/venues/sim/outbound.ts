// A message on its way to the daemon: the fields of an Event but for the Capture Time, which is stamped when it is
// delivered. Owns the mapping from these to EventEncoder.

import type {
  BalanceReportFields, BookDeltaFields, BookSnapshotFields, FeedStatusChangedFields, InstrumentDefinedFields,
  InstrumentStatusFields, OrderAcceptedFields, OrderCancelledFields, OrderFilledFields, OrderReplacedFields,
  OrderStatusReportFields, PositionReportFields, RejectedFields, TradeFields,
} from '../../event/event-fields.ts';
import type { EventEncoder } from '../../event/encode.ts';
import { Kind } from '../../event/kinds.ts';

type Uncaptured<Fields> = Omit<Fields, 'captureTime'>;
/** The order id of everything the Venue says is a number: it came as one. */
type OfOrder<Fields> = Uncaptured<Fields> & { readonly orderId: number };

interface RefusalMessage {
  readonly kind: Kind.OrderRejected | Kind.CancelRejected | Kind.ReplaceRejected;
  readonly fields: OfOrder<RejectedFields>;
}
export interface FilledMessage {
  readonly kind: Kind.OrderFilled;
  readonly fields: OfOrder<OrderFilledFields>;
}
export type ExecutionMessage =
  | { readonly kind: Kind.OrderAccepted; readonly fields: OfOrder<OrderAcceptedFields> }
  | { readonly kind: Kind.OrderCancelled; readonly fields: OfOrder<OrderCancelledFields> }
  | { readonly kind: Kind.OrderReplaced; readonly fields: OfOrder<OrderReplacedFields> }
  | RefusalMessage
  | FilledMessage;

export type StatusMessage = {
  readonly kind: Kind.OrderStatusReport;
  readonly fields: OfOrder<OrderStatusReportFields>;
};
export type MarketMessage =
  | { readonly kind: Kind.BookSnapshot; readonly fields: Uncaptured<BookSnapshotFields> }
  | { readonly kind: Kind.BookDelta; readonly fields: Uncaptured<BookDeltaFields> }
  | { readonly kind: Kind.Trade; readonly fields: Uncaptured<TradeFields> }
  | { readonly kind: Kind.InstrumentStatus; readonly fields: InstrumentStatusFields }
  | { readonly kind: Kind.InstrumentDefined; readonly fields: InstrumentDefinedFields }
  | { readonly kind: Kind.FeedStatusChanged; readonly fields: FeedStatusChangedFields };
type AccountMessage =
  | { readonly kind: Kind.BalanceReport; readonly fields: Uncaptured<BalanceReportFields> }
  | { readonly kind: Kind.PositionReport; readonly fields: Uncaptured<PositionReportFields> };

export type Outbound = ExecutionMessage | StatusMessage | MarketMessage | AccountMessage;

/** The Event buffer, valid until the encoder's next call. */
export function encodeOutbound(encoder: EventEncoder, message: Outbound, captureTime: bigint): Uint8Array {
  switch (message.kind) {
    case Kind.BookSnapshot: return encoder.bookSnapshot({ ...message.fields, captureTime });
    case Kind.BookDelta: return encoder.bookDelta({ ...message.fields, captureTime });
    case Kind.Trade: return encoder.trade({ ...message.fields, captureTime });
    case Kind.InstrumentStatus: return encoder.instrumentStatus(message.fields);
    case Kind.InstrumentDefined: return encoder.instrumentDefined(message.fields);
    case Kind.FeedStatusChanged: return encoder.feedStatusChanged(message.fields);
    case Kind.OrderAccepted: return encoder.orderAccepted({ ...message.fields, captureTime });
    case Kind.OrderRejected: return encoder.orderRejected({ ...message.fields, captureTime });
    case Kind.OrderFilled: return encoder.orderFilled({ ...message.fields, captureTime });
    case Kind.OrderCancelled: return encoder.orderCancelled({ ...message.fields, captureTime });
    case Kind.OrderReplaced: return encoder.orderReplaced({ ...message.fields, captureTime });
    case Kind.CancelRejected: return encoder.cancelRejected({ ...message.fields, captureTime });
    case Kind.ReplaceRejected: return encoder.replaceRejected({ ...message.fields, captureTime });
    case Kind.OrderStatusReport: return encoder.orderStatusReport({ ...message.fields, captureTime });
    case Kind.BalanceReport: return encoder.balanceReport({ ...message.fields, captureTime });
    case Kind.PositionReport: return encoder.positionReport({ ...message.fields, captureTime });
  }
}
