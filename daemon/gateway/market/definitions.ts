// What a Venue announces about an instrument against what the Configuration says of it. Orders on another grid would be
// refused one by one, so trading must not start: the difference is named with both values and what to change. Pure.

import { formatDecimal, parseDecimal } from '../../base/decimal.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type { InstrumentDefinition } from '../../event/market-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';

/** '': they agree. A configured minimum above the Venue's is a choice; below it is a difference. */
export function contradictionOf(instrument: VenueInstrument, announced: InstrumentDefinition): string {
  const { symbol, priceScale, quantityScale, tickSize, lotSize, minimumQuantity } = instrument;
  const differences = [
    difference('tickSize', announced.tickSize, tickSize, priceScale, (venue, ours) => venue === ours),
    difference('lotSize', announced.lotSize, lotSize, quantityScale, (venue, ours) => venue === ours),
    difference('minimumQuantity', announced.minimumQuantity, minimumQuantity, quantityScale, (venue, ours) => venue <= ours),
  ].filter((text) => text !== '');
  return differences.length === 0 ? '' : `${symbol}: ${differences.join('; ')}; change it where the instrument is configured`;
}

function difference(
  name: string, announced: string, configured: number, scale: number, agrees: (venue: bigint, ours: bigint) => boolean,
): string {
  // The Venue does not say: nothing to compare.
  if (announced === '') return '';
  const ours = `${name} ${formatDecimal(configured, scale)}`;
  let venue: bigint;
  try {
    venue = parseDecimal(plain(announced), scale);
  } catch {
    return `configured ${ours}, the Venue announces ${announced.slice(0, 40)}, which scale ${scale} cannot hold`;
  }
  return agrees(venue, BigInt(configured)) ? '' : `configured ${ours}, the Venue announces ${announced.slice(0, 40)}`;
}

/** 1e-08 as 0.00000001: some Venues write small increments with an exponent. */
function plain(text: string): string {
  const match = /^(\d+)(?:\.(\d+))?[eE]([-+]?\d{1,2})$/.exec(text);
  if (match === null) return text;
  const digits = `${match[1]}${match[2] ?? ''}`;
  const decimals = (match[2] ?? '').length - Number(match[3]);
  if (decimals <= 0) return digits + '0'.repeat(-decimals);
  const padded = digits.padStart(decimals + 1, '0');
  return `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}

const SEVERITY: readonly InstrumentState[] = [
  InstrumentState.Trading, InstrumentState.PostOnly, InstrumentState.CancelOnly, InstrumentState.Halted,
  InstrumentState.Unknown,
];

/** The Venue's state and the instrument's together: the more restrictive holds; null: nothing was said. */
export function stateOf(venue: InstrumentState | null, instrument: InstrumentState | null): InstrumentState {
  if (venue === null || instrument === null) return venue ?? instrument ?? InstrumentState.Unknown;
  return SEVERITY.indexOf(venue) > SEVERITY.indexOf(instrument) ? venue : instrument;
}
