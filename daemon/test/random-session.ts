// Sessions made of arbitrary acts: a Strategy that does anything, a Venue that keeps no promise, an operator who does
// both. Shared by the properties of the Core and those of journal and replay.

import fc from 'fast-check';
import type { CoreConfig } from '../core/config.ts';
import { Kind, LinkState, OperatorAction, Side, Source, TradingState, type VenueOrderStatus } from '../event/kinds.ts';
import { coreConfig, MS, type Scenario, SECOND, venueConfig } from './core-scenario.ts';

const ACTS = [
  'submit',
  'submit',
  'replace',
  'replace',
  'cancel',
  'cancel',
  'accept',
  'accept',
  'reject',
  'fill',
  'fill',
  'duplicate',
  'cancelled',
  'replaced',
  'cancelRejected',
  'replaceRejected',
  'wait',
  'long',
  'report',
  'kill',
  'unkill',
  'on',
  'off',
  'down',
  'up',
  'all',
  'book',
  'book',
] as const;

const act = fc.record({
  act: fc.constantFrom(...ACTS), pick: fc.nat(1000), tick: fc.integer({ min: -30, max: 30 }), lots: fc.integer({ min: 1, max: 40 }),
});
export type Act = { act: (typeof ACTS)[number]; pick: number; tick: number; lots: number };

export const sessions = fc.array(act, { maxLength: 120, size: 'max' });

export function sessionConfig(overrides: Partial<CoreConfig> = {}): CoreConfig {
  const bucket = { capacity: 4, tokenInterval: 50 * MS, reservedForCancel: 1, costNew: 1, costReplace: 1, costCancel: 1 };
  return coreConfig({ pendingAgeMax: 3 * SECOND, digestEvery: 16, venues: [venueConfig({ rateLimits: [bucket] })], ...overrides });
}

/** Plays the acts; `after` is called behind each. */
export function play(scenario: Scenario, acts: readonly Act[], after: (scenario: Scenario) => void = () => {}): void {
  const ids: number[] = [];
  for (const one of acts) {
    playAct(scenario, one, ids);
    after(scenario);
  }
}

function playAct(scenario: Scenario, { act: what, pick, tick, lots }: Act, ids: number[]): void {
  const id = ids[pick % Math.max(1, ids.length)] ?? 1;
  const price = 10_000 + 5 * tick;
  switch (what) {
    case 'submit': ids.push(scenario.submit(tick < 0 ? Side.Buy : Side.Sell, price, lots * 10)); return;
    case 'replace': scenario.emit((_, intents) => intents.replace(id, price, lots * 10)); return;
    case 'cancel': scenario.emit((_, intents) => intents.cancel(id)); return;
    case 'wait': scenario.advance(lots * MS).tick(); return;
    case 'long': scenario.advance(2 * SECOND).tick(); return;
    case 'book': scenario.book([[9_990 - 5 * (pick % 3), lots]], [[10_010 + 5 * (pick % 4), lots]], 0, pick % 5 === 0); return;
    default: return playReport(scenario, what, id, price, lots, pick) ;
  }
}

function playReport(scenario: Scenario, what: Act['act'], id: number, price: number, lots: number, pick: number): void {
  switch (what) {
    case 'accept': scenario.accepted(id); return;
    case 'reject': scenario.rejected(id); return;
    case 'fill': scenario.filled(id, price, lots * 10); return;
    case 'duplicate': scenario.filled(id, price, lots * 10, 1 + (pick % 4)); return;
    case 'cancelled': scenario.cancelled(id); return;
    case 'replaced': scenario.replaced(id, price, lots * 10); return;
    case 'cancelRejected': scenario.send(Kind.CancelRejected, { OrderId: id }, Source.Venue0); return;
    case 'replaceRejected': scenario.send(Kind.ReplaceRejected, { OrderId: id }, Source.Venue0); return;
    case 'report': {
      const fields = { OrderId: id, State: (pick % 7) as VenueOrderStatus, Price: price, Quantity: lots * 10 };
      scenario.send(Kind.OrderStatusReport, fields, Source.Venue0);
      return;
    }
    default: return playOperator(scenario, what);
  }
}

function playOperator(scenario: Scenario, what: Act['act']): void {
  switch (what) {
    case 'kill': scenario.kill(true); return;
    case 'unkill': scenario.kill(false).reconcile().book([[9_990, 1_000]], [[10_010, 1_000]]).trading(TradingState.On); return;
    case 'on': scenario.reconcile().trading(TradingState.On); return;
    case 'off': scenario.trading(TradingState.Off); return;
    case 'down': scenario.link(LinkState.Down); return;
    case 'up': scenario.link(LinkState.Up).reconcile().book([[9_990, 1_000]], [[10_010, 1_000]]); return;
    default: scenario.operator(OperatorAction.CancelAll);
  }
}
