// A recording fed to a session of its Venue: decoder, adapter, desk, everything a gateway has but the socket. What the
// session says goes to the audit, and to a daemon when there is one.

import { peekInstrument, peekKind } from '../../event/peek.ts';
import { Kind } from '../../event/kinds.ts';
import type { FrameOutput, VenueWelcome } from '../../event/venue-session.ts';
import { CaptureFeed } from '../../gateway/capture-feed.ts';
import { systemClock } from '../../gateway/clock.ts';
import { VenueFeed } from '../../gateway/venue-feed.ts';
import { CountedMarket } from './counted-market.ts';
import type { Recording } from './recordings.ts';

/** The desk with its output overheard. */
export class FedSession extends VenueFeed {
  readonly counted: CountedMarket;
  /** Kinds of frames that it could not use. */
  readonly found: readonly string[];
  /** Book Events said, by instrument. */
  readonly updates: number[];
  readonly overhear: (event: Uint8Array) => void;

  constructor(recording: Recording, copies: number, overhear: (event: Uint8Array) => void) {
    const counted = new CountedMarket(recording.market(copies));
    const found: string[] = [];
    super({ adapter: counted, orders: null, onProblem: ({ kind }) => found.push(kind) });
    this.counted = counted;
    this.found = found;
    this.updates = recording.instruments.map(() => 0);
    this.overhear = overhear;
  }

  override start(welcome: VenueWelcome, output: FrameOutput, now: number): void {
    super.start(welcome, {
      emit: (event) => {
        const kind = peekKind(event);
        if (kind === Kind.BookSnapshot || kind === Kind.BookDelta) this.updates[peekInstrument(event)]! += 1;
        this.overhear(event);
        output.emit(event);
      },
      reconcileEnd: (id, complete, message) => output.reconcileEnd(id, complete, message),
      disconnect: (milliseconds, reason) => output.disconnect(milliseconds, reason),
      transmit: (connection, copy, frame, recorded) => output.transmit(connection, copy, frame, recorded),
      request: (request) => output.request(request),
      redial: (connection, copy, milliseconds, reason) => output.redial(connection, copy, milliseconds, reason),
      redact: (name, secret) => output.redact(name, secret),
    }, now);
  }
}

/** Feeds as fast as `ready` allows, in the recording's own time. */
export function feedTo(session: FedSession, ready: () => Promise<void>, enter: (call: () => void) => void): CaptureFeed {
  return new CaptureFeed({ speed: Infinity, clock: systemClock(), session, ready, enter });
}

/** What a daemon would say of these instruments. */
export function welcomeFor({ instruments }: Recording): VenueWelcome {
  return {
    sessionId: 'audit', sessionOrdinal: 1, venue: 0, currencies: [],
    instruments: instruments.map(({ symbol, priceScale, quantityScale, bookDepth }, instrument) => ({
      instrument, symbol, base: 0, quote: 1, priceScale, quantityScale, tickSize: 1, lotSize: 1, minimumQuantity: 0, bookDepth,
    })),
  };
}
