// The client order id that goes on the wire to a Venue, made from tcx's own order id and read back from the Venue's
// reports. At most 18 characters of [a-z0-9-]: Kraken takes 18, Binance 36. A REPLACE that some Venues do by a new order
// (Binance cancelReplace) makes a new generation of the same Order.

const PREFIX = 't';
const PATTERN = /^t([0-9a-z]{1,11})(?:-([0-9a-z]{1,5}))?$/;
const GENERATION_MAX = 36 ** 5 - 1;

interface OwnOrderId {
  readonly orderId: number;
  /** 0: the order as it was first sent. */
  readonly generation: number;
}

export function clientOrderId(orderId: number, generation = 0): string {
  if (!Number.isSafeInteger(orderId) || orderId <= 0 || generation < 0 || generation > GENERATION_MAX) {
    throw new RangeError(`client order id: found order ${orderId}, generation ${generation}; expected a positive safe `
      + `integer and a generation of at most ${GENERATION_MAX}`);
  }
  return generation === 0 ? `${PREFIX}${orderId.toString(36)}` : `${PREFIX}${orderId.toString(36)}-${generation.toString(36)}`;
}

/** Null: not one of ours. */
export function ownOrderId(text: string): OwnOrderId | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const orderId = Number.parseInt(match[1]!, 36);
  const generation = match[2] === undefined ? 0 : Number.parseInt(match[2], 36);
  return Number.isSafeInteger(orderId) && orderId > 0 && clientOrderId(orderId, generation) === text ? { orderId, generation } : null;
}
