// What the ingress and the runtime know of each other: types only. The ingress owns sockets and the stream's order; the
// runtime owns what is said to a gateway and what a link's coming and going means.

/** The live link of one Venue, as the runtime uses it. */
export interface VenueLink {
  readonly venue: number;
  readonly gatewayBuild: string;
  /** Hands one binary frame to the socket. Returns a `Transmit`. The bytes are copied before it returns. */
  transmit(frame: Uint8Array): number;
  /** Says why and closes; `linkDown` follows before it returns. */
  close(reason: string): void;
}

/** What came over the links since the daemon started. */
export interface LinkTallies {
  /** By Venue. */
  readonly received: Float64Array;
  readonly refused: Float64Array;
  readonly shed: Float64Array;
  readonly shedByInstrument: Float64Array;
}

export const Transmit = { Sent: 0, LinkDown: 1, Backpressure: 2 } as const;

/** What the ingress reports; never called within a step. */
export interface LinkEvents {
  linkUp(link: VenueLink): void;
  linkDown(venue: number, reason: string): void;
  /** Market frames of one instrument were dropped because its gateway flooded: `dropped` more than reported before. */
  feedShed(venue: number, instrument: number, dropped: number): void;
  /** The flood is over; the book needs a fresh snapshot. */
  feedRestarting(venue: number, instrument: number): void;
  reconcileEnd(venue: number, id: number, complete: boolean, message: string): void;
  /** The gateway found fault with something the daemon sent. */
  linkComplaint(venue: number, code: number, message: string): void;
}

/** The stream, as the runtime writes its own Events into it. */
export interface StreamPort {
  /** Sequencing Time now. */
  now(): number;
  /** Records an own Event and takes the step; returns its position. Not within a step. */
  inject(frame: Uint8Array, source: number): number;
  /** Records an own Event after the step in progress; the bytes are kept. */
  defer(frame: Uint8Array, source: number): void;
  /** Takes in what was deferred outside of a step. */
  settle(): void;
  controlTime(reason: number, deadline: number): void;
  /** Market Events are refused from here on. */
  closeMarket(): void;
  /** Nothing enters any more. */
  close(): void;
}
