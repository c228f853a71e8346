// The price band: how far from the market a limit price may lie, in parts per million of the best price it is compared
// with. Through the market (a buy above the ask) and away from it (a buy below the bid) alike: both are typing errors.

import { Side } from '../../event/kinds.ts';
import type { Intent } from '../intent/intent.ts';
import type { Top } from '../state/market/books.ts';

const MILLION = 1_000_000;

/** False when the band is off (0) or there is no market to compare with. The band is a whole number of price units. */
export function outsideBand(intent: Intent, top: Top, ppm: number): boolean {
  if (ppm === 0) return false;
  const buy = intent.side === Side.Buy;
  const through = buy ? top.askPrice : top.bidPrice;
  const away = buy ? top.bidPrice : top.askPrice;
  if (through > 0 && beyond(intent.price, through, ppm, buy)) return true;
  return away > 0 && beyond(intent.price, away, ppm, !buy);
}

function beyond(price: number, reference: number, ppm: number, above: boolean): boolean {
  const distance = above ? price - reference : reference - price;
  return distance > 0 && distance > Math.floor((reference / MILLION) * ppm);
}
