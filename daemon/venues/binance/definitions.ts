// What Binance's exchangeInfo says of instruments, in our words. Pure; decides nothing about a difference.

import { isJsonObject, objectsOf, textOf, type JsonTextObject } from '../../base/json-text.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type { InstrumentDefinition } from '../../event/market-adapter.ts';

/** Spot: enums.md, Symbol status. Futures: contract status. A word that is not here is no state we may trade in. */
const STATES: ReadonlyMap<string, InstrumentState> = new Map([
  ['TRADING', InstrumentState.Trading],
  ['CANCEL_ONLY', InstrumentState.CancelOnly],
  ['TRADING_CANCEL_ONLY', InstrumentState.CancelOnly],
  ['HALT', InstrumentState.Halted],
  ['TRADING_HALT', InstrumentState.Halted],
  ['BREAK', InstrumentState.Halted],
  ['END_OF_DAY', InstrumentState.Halted],
  ['PENDING_TRADING', InstrumentState.Halted],
  ['PRE_TRADING', InstrumentState.Halted],
  ['POST_TRADING', InstrumentState.Halted],
  ['AUCTION_MATCH', InstrumentState.Halted],
  ['PRE_DELIVERING', InstrumentState.Halted],
  ['DELIVERING', InstrumentState.Halted],
  ['DELIVERED', InstrumentState.Halted],
  ['PRE_SETTLE', InstrumentState.Halted],
  ['SETTLING', InstrumentState.Halted],
  ['CLOSE', InstrumentState.Halted],
]);

/** Of `answer.symbols`, those in `wanted`. */
export function definitionsOf(answer: JsonTextObject, wanted: ReadonlySet<string>): readonly InstrumentDefinition[] {
  return objectsOf(answer, 'symbols').filter((symbol) => wanted.has(textOf(symbol, 'symbol'))).map(definitionOf);
}

function definitionOf(symbol: JsonTextObject): InstrumentDefinition {
  const filters = objectsOf(symbol, 'filters');
  const filter = (type: string): JsonTextObject => {
    const found = filters.find((candidate) => textOf(candidate, 'filterType') === type);
    return isJsonObject(found) ? found : {};
  };
  // COIN-M futures say contractStatus, the others status.
  const status = textOf(symbol, 'status') || textOf(symbol, 'contractStatus');
  return {
    symbol: textOf(symbol, 'symbol'),
    tickSize: textOf(filter('PRICE_FILTER'), 'tickSize'),
    lotSize: textOf(filter('LOT_SIZE'), 'stepSize'),
    minimumQuantity: textOf(filter('LOT_SIZE'), 'minQty'),
    state: STATES.get(status) ?? InstrumentState.Unknown,
  };
}
