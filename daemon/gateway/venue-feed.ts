// One Venue as the gateway host drives it: the market desk, and the order side when this gateway carries orders. Owns
// nothing but the numbering of connections: the market's come first, the order side's after them. Knows no Venue.

import type {
  ConnectionPlan, DispatchedCommand, FrameOutput, HttpAnswer, VenueWelcome,
} from '../event/venue-session.ts';

/**
 * What VenueFeed needs of the order desk. Connections are indices into the order side's own `connections()`, in its calls
 * to the FrameOutput given to `start` too (copy is always 0 there). That output stays usable after `stop`, for frames to
 * the Venue; nothing may be emitted between `stop` and the next `start`.
 */
export interface OrderSide {
  /** After `start`; fixed for as long as the Welcome's instruments stay the same. */
  connections(): readonly ConnectionPlan[];
  start(welcome: VenueWelcome, output: FrameOutput, now: number): void;
  stop(now: number): void;
  onOpen(connection: number, now: number): void;
  /** The bytes are valid until the call returns. */
  onFrame(connection: number, frame: Uint8Array, captureTime: bigint, now: number): void;
  onClose(connection: number, reason: string, now: number): void;
  /** Only ids that `request` of its own output returned. */
  onHttp(id: number, answer: HttpAnswer, captureTime: bigint, now: number): void;
  onDispatch(command: DispatchedCommand, now: number): void;
  onStatusQuery(orderId: number, venueOrderId: string, now: number): void;
  onMassCancel(reason: string, now: number): void;
  onReconcileRequest(id: number, orderIds: readonly number[], now: number): void;
  /** Does what is due; returns when it next wants to be called. */
  advance(now: number): number;
}
