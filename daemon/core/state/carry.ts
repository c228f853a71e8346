// What an ended session hands to the next (SessionStarted.carried): kill switch, positions with their cost, fees, where the day's result
// stands, and the execution ids a Venue may report again. Canonical JSON by name, so that a new Configuration may reorder or add. Cold.

import type { State } from './state.ts';

/** Execution ids handed on per Venue: more than any Venue repeats when it is asked to reconcile. */
const EXECUTIONS_CARRIED = 8192;
/** Their Orders ended with their session. */
const NO_ORDER = 0;

interface CarriedPosition {
  readonly cost: string;
  readonly price: number;
  readonly quantity: number;
  readonly realised: string;
}

interface Carried {
  readonly day: number;
  readonly dayStart: Readonly<Record<string, string>>;
  readonly executions: Readonly<Record<string, readonly string[]>>;
  readonly fees: Readonly<Record<string, string>>;
  readonly killed: boolean;
  readonly positions: Readonly<Record<string, CarriedPosition>>;
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
      price: state.profit.markOf(index),
      quantity: position.quantity,
      realised: position.realised.toBigInt().toString(),
    };
  }
  const { fees } = state.execution.money;
  const { day, start } = state.profit.exportDay();
  return JSON.stringify({
    day,
    dayStart: byCurrency(state, (index) => start[index]!),
    executions: exportExecutions(state),
    fees: byCurrency(state, (index) => fees[index]!.toBigInt().toString()),
    killed: state.control.killed,
    positions,
  });
}

/**
 * What a session starts from that leaves its predecessor behind unread: nothing, and the kill switch set, because unknown counts as set.
 */
export const CARRIED_FROM_UNKNOWN = JSON.stringify({ day: -1, dayStart: {}, executions: {}, fees: {}, killed: true, positions: {} });

function byCurrency(state: State, valueOf: (index: number) => string): Record<string, string> {
  const currencies = state.config.currencies.map(({ symbol }, index) => ({ symbol, index }));
  return Object.fromEntries(currencies.sort((a, b) => (a.symbol < b.symbol ? -1 : 1)).map(({ symbol, index }) => [symbol, valueOf(index)]));
}

function exportExecutions(state: State): Record<string, string[]> {
  const venues = state.config.venues.map(({ id }, index) => ({ id, index })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const recent = venues.map(({ id, index }) => [id, state.execution.executionIds.recent(index, EXECUTIONS_CARRIED)] as const);
  return Object.fromEntries(recent.filter(([, ids]) => ids.length > 0));
}

function importExecutions(state: State, executions: Carried['executions']): void {
  for (const [id, ids] of Object.entries(executions)) {
    const venue = state.config.venues.findIndex((candidate) => candidate.id === id);
    if (venue < 0) continue;
    for (const text of ids) {
      state.execution.executionIds.admit(venue, Number.parseInt(text.slice(8), 16), Number.parseInt(text.slice(0, 8), 16), NO_ORDER);
    }
  }
}

/** Applies what `exportCarried` wrote; names that the Configuration no longer has are an error naming them. */
export function importCarried(state: State, text: string): void {
  if (text === '') return;
  const carried = JSON.parse(text) as Carried;
  state.control.killed = carried.killed;
  importExecutions(state, carried.executions);
  for (const [id, position] of Object.entries(carried.positions)) {
    const index = state.config.instruments.findIndex((instrument) => instrument.id === id);
    if (index < 0) {
      if (position.quantity === 0) continue;
      throw new Error(`SessionStarted.carried: found a position of ${position.quantity} in ${id}, expected the configuration to `
        + 'list that instrument; add the instrument');
    }
    const target = state.execution.positions.of[index]!;
    target.quantity = position.quantity;
    target.lastPrice = position.price;
    target.cost.setBigInt(BigInt(position.cost));
    target.realised.setBigInt(BigInt(position.realised));
  }
  state.profit.importDay(carried.day, state.config.currencies.map(({ symbol }) => carried.dayStart[symbol]));
  for (const [symbol, fee] of Object.entries(carried.fees)) {
    const index = state.config.currencies.findIndex((currency) => currency.symbol === symbol);
    if (index >= 0) state.execution.money.fees[index]!.setBigInt(BigInt(fee));
  }
}
