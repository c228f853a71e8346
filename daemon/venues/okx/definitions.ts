// What OKX says of its instruments, in our words; from GET /api/v5/public/instruments and the channel `instruments`, which
// have one form. Pure; decides nothing about a difference.

import { textOf, type JsonTextObject } from '../../base/json-text.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type { InstrumentDefinition } from '../../event/market-adapter.ts';

export type InstrumentType = 'SPOT' | 'SWAP' | 'FUTURES' | 'OPTION';

/** A word that is not here is no state we may trade in. */
const STATES: ReadonlyMap<string, InstrumentState> = new Map([
  ['live', InstrumentState.Trading],
  ['post_only', InstrumentState.PostOnly],
  ['suspend', InstrumentState.Halted],
  ['preopen', InstrumentState.Halted],
  ['settling', InstrumentState.Halted],
  ['expired', InstrumentState.Halted],
  ['rebase', InstrumentState.Halted],
  ['test', InstrumentState.Halted],
]);

/** BTC-USDT, BTC-USDT-SWAP, BTC-USD-220527, BTC-USD-210924-66000-C. */
export function instrumentType(symbol: string): InstrumentType | null {
  if (/^[^-]+-[^-]+$/.test(symbol)) return 'SPOT';
  if (/^[^-]+-[^-]+-SWAP$/.test(symbol)) return 'SWAP';
  if (/^[^-]+-[^-]+-\d{6}$/.test(symbol)) return 'FUTURES';
  return /^[^-]+-[^-]+-\d{6}-[^-]+-[CP]$/.test(symbol) ? 'OPTION' : null;
}

export function definitionsOf(data: readonly JsonTextObject[], wanted: ReadonlySet<string>): readonly InstrumentDefinition[] {
  return data.filter((instrument) => wanted.has(textOf(instrument, 'instId'))).map((instrument) => ({
    symbol: textOf(instrument, 'instId'),
    tickSize: textOf(instrument, 'tickSz'),
    lotSize: textOf(instrument, 'lotSz'),
    minimumQuantity: textOf(instrument, 'minSz'),
    state: STATES.get(textOf(instrument, 'state')) ?? InstrumentState.Unknown,
  }));
}
