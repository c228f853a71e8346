// How Kraken writes things: identifiers, times, pair and asset names, answers, the book checksum. Text only; independent of the
// gateway's own code on purpose.

import { crc32 } from 'node:zlib';
import type { BookPicture } from '../book-levels.ts';
import { rfc3339 } from '../clock.ts';
import { CURRENCY_SCALE } from '../engine.ts';
import { formatDecimal } from '../../../base/decimal.ts';
import { type Json, type JsonObject, numberOf, NumberText, textOf, toJson } from '../json.ts';
import type { StandInInstrument } from '../settings.ts';

const CHECKSUM_LEVELS = 10;
/** Decimals of costs and fees in USD. */
const COST_DECIMALS = 5;

/** `OQCLML-BW3P3-BUCMWZ`: a letter for what it is, the rest from the seed and the number. */
export function identifier(letter: string, seed: number, number: number): string {
  const digits = `${letter}${seed.toString(36)}S${number.toString(36).padStart(15 - seed.toString(36).length, '0')}`.toUpperCase();
  return `${digits.slice(0, 6)}-${digits.slice(6, 11)}-${digits.slice(11)}`;
}

/** The number in an identifier; 0: not one of ours. */
export function numberIn(letter: string, seed: number, text: string): number {
  const number = Number.parseInt(text.replaceAll('-', '').slice(2 + seed.toString(36).length), 36);
  return number > 0 && identifier(letter, seed, number) === text ? number : 0;
}

/** Seconds with four decimals, as REST has them. */
export function restTime(unixNs: bigint): NumberText {
  return new NumberText(formatDecimal(unixNs / 100_000n, 4));
}

export function price(value: number, { priceDecimals }: StandInInstrument): NumberText {
  return numberOf(value, priceDecimals);
}

export function quantity(value: number, { quantityDecimals }: StandInInstrument): NumberText {
  return numberOf(value, quantityDecimals);
}

export function money(units: bigint): NumberText {
  return numberOf(units, CURRENCY_SCALE, COST_DECIMALS);
}

/** As a string, for REST. */
export function moneyText(units: bigint): string {
  return textOf(units, CURRENCY_SCALE, COST_DECIMALS);
}

/** A balance, a fee: exact. */
export function amount(units: bigint): NumberText {
  return numberOf(units, CURRENCY_SCALE);
}

const ASSETS: Readonly<Record<string, string>> = { BTC: 'XXBT', ETH: 'XETH', USD: 'ZUSD', EUR: 'ZEUR', GBP: 'ZGBP' };

export function restAsset(currency: string): string {
  return ASSETS[currency] ?? currency;
}

/** XBTUSD. */
export function altName({ base, quote }: StandInInstrument): string {
  return `${base === 'BTC' ? 'XBT' : base}${quote}`;
}

/** XXBTZUSD. */
export function pairName({ base, quote }: StandInInstrument): string {
  return `${restAsset(base)}${restAsset(quote)}`;
}

export interface Answer {
  readonly method: string;
  readonly requestId: Json | undefined;
  readonly timeIn: bigint;
  readonly timeOut: bigint;
}

export function success(answer: Answer, result: Json): string {
  return toJson({
    method: answer.method, req_id: answer.requestId, result, success: true, time_in: rfc3339(answer.timeIn),
    time_out: rfc3339(answer.timeOut),
  });
}

export function failure(answer: Answer, error: string, more: JsonObject = {}): string {
  return toJson({
    error, method: answer.method, req_id: answer.requestId, success: false, ...more, time_in: rfc3339(answer.timeIn),
    time_out: rfc3339(answer.timeOut),
  });
}

export function bookMessage(
  type: 'snapshot' | 'update', definition: StandInInstrument, levels: BookPicture, shown: BookPicture, time: bigint,
): string {
  const side = (pairs: readonly number[]): Json[] => {
    const list: Json[] = [];
    for (let i = 0; i < pairs.length; i += 2) {
      list.push({ price: price(pairs[i], definition), qty: quantity(pairs[i + 1], definition) });
    }
    return list;
  };
  const data = {
    symbol: definition.symbol, bids: side(levels.bids), asks: side(levels.asks), checksum: checksum(shown, definition),
    timestamp: rfc3339(time),
  };
  return toJson({ channel: 'book', type, data: [data] });
}

/** CRC-32 over the ten best asks, then bids: price and quantity as written, without point and leading zeros. */
function checksum(shown: BookPicture, definition: StandInInstrument): number {
  const digits = (text: NumberText): string => text.text.replace('.', '').replace(/^0+/, '');
  const side = (pairs: readonly number[]): string => {
    let text = '';
    for (let i = 0; i < Math.min(pairs.length, 2 * CHECKSUM_LEVELS); i += 2) {
      text += digits(price(pairs[i], definition)) + digits(quantity(pairs[i + 1], definition));
    }
    return text;
  };
  return crc32(side(shown.asks) + side(shown.bids));
}
