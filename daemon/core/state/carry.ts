// What an ended session hands to the next (SessionStarted.carried): kill switch, positions with their cost, fees. Canonical
// JSON by instrument and currency name, so that a new Configuration may reorder or add. Cold: once per session.

import type { State } from './state.ts';

interface Carried {
  readonly fees: Readonly<Record<string, string>>;
  readonly killed: boolean;
  readonly positions: Readonly<Record<string, { readonly cost: string; readonly quantity: number; readonly realised: string }>>;
}

/** Canonical JSON: keys sorted, no spaces. */
export function exportCarried(state: State): string {
  const positions: Record<string, unknown> = {};
  const byId = state.config.instruments.map((instrument, index) => ({ id: instrument.id, index }));
  for (const { id, index } of byId.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const position = state.execution.positions.of[index]!;
    if (position.fillCount === 0 && position.quantity === 0) continue;
    positions[id] = {
      cost: position.cost.toBigInt().toString(),
      quantity: position.quantity,
      realised: position.realised.toBigInt().toString(),
    };
  }
  const fees: Record<string, string> = {};
  const symbols = state.config.currencies.map((currency, index) => ({ symbol: currency.symbol, index }));
  for (const { symbol, index } of symbols.sort((a, b) => (a.symbol < b.symbol ? -1 : 1))) {
    if (!state.execution.money.fees[index]!.zero) fees[symbol] = state.execution.money.fees[index]!.toBigInt().toString();
  }
  return JSON.stringify({ fees, killed: state.control.killed, positions });
}

/** Applies what `exportCarried` wrote; names that the Configuration no longer has are an error naming them. */
export function importCarried(state: State, text: string): void {
  if (text === '') return;
  const carried = JSON.parse(text) as Carried;
  state.control.killed = carried.killed;
  for (const [id, position] of Object.entries(carried.positions)) {
    const index = state.config.instruments.findIndex((instrument) => instrument.id === id);
    if (index < 0) {
      if (position.quantity === 0) continue;
      throw new Error(`SessionStarted.carried holds a position of ${position.quantity} in ${id}, which the configuration does not list; add the instrument`);
    }
    const target = state.execution.positions.of[index]!;
    target.quantity = position.quantity;
    target.cost.setBigInt(BigInt(position.cost));
    target.realised.setBigInt(BigInt(position.realised));
  }
  for (const [symbol, fee] of Object.entries(carried.fees)) {
    const index = state.config.currencies.findIndex((currency) => currency.symbol === symbol);
    if (index >= 0) state.execution.money.fees[index]!.setBigInt(BigInt(fee));
  }
}
