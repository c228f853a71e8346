// How Binance writes things: numbers as text, ids, errors, the envelopes of answers. Text only; independent of the gateway's own
// code on purpose.

import { formatDecimal } from '../../../base/decimal.ts';
import type { Json, JsonObject } from '../json.ts';
import type { StandInInstrument } from '../settings.ts';

const ORDER_ID_BASE = 12_510_053_000;
const TRADE_ID_BASE = 1_650_422_000;

export function orderIdOf(number: number): number {
  return ORDER_ID_BASE + number;
}

export function orderNumberOf(orderId: string): number {
  return Number(orderId) - ORDER_ID_BASE;
}

export function tradeIdOf(tradeId: number): number {
  return TRADE_ID_BASE + tradeId;
}

/** What Binance makes up when a request brings no client order id. */
export function madeUpId(seed: number, number: number): string {
  return `standin${seed.toString(36)}x${number.toString(36).padStart(14, '0')}`;
}

export function price(value: number, { priceDecimals }: StandInInstrument): string {
  return formatDecimal(value, priceDecimals);
}

export function quantity(value: number, { quantityDecimals }: StandInInstrument): string {
  return formatDecimal(value, quantityDecimals);
}

/** Pairs of text, best first. */
export function levels(pairs: readonly number[], definition: StandInInstrument): Json[] {
  const list: Json[] = [];
  for (let i = 0; i < pairs.length; i += 2) list.push([price(pairs[i], definition), quantity(pairs[i + 1], definition)]);
  return list;
}

export function milliseconds(unixNs: bigint): number {
  return Number(unixNs / 1_000_000n);
}

/** A refusal in Binance's terms. */
export class BinanceError extends Error {
  readonly status: number;
  readonly code: number;
  readonly data: JsonObject | undefined;

  constructor(code: number, message: string, status = 400, data?: JsonObject) {
    super(message);
    this.code = code;
    this.status = status;
    this.data = data;
  }

  body(): JsonObject {
    return { code: this.code, msg: this.message, data: this.data };
  }
}

export const UNKNOWN_ORDER = 'Unknown order sent.';
