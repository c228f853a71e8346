import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coreConfig, MS, type OutcomeRow, Scenario, SECOND, venueConfig } from '../test/core-scenario.ts';
import { Action, Kind, LinkState, OperatorAction, Side, Source, TradingState, VenueOrderStatus } from '../event/kinds.ts';

const bucket = { capacity: 4, tokenInterval: 50 * MS, reservedForCancel: 1, costNew: 1, costReplace: 1, costCancel: 1 };
const config = () => coreConfig({
  pendingAgeMax: 3 * SECOND, venues: [venueConfig({ rateLimits: [bucket] })],
});

const ACTS = ['submit', 'submit', 'replace', 'replace', 'cancel', 'cancel', 'accept', 'accept', 'reject', 'fill', 'fill', 'duplicate',
  'cancelled', 'replaced', 'cancelRejected', 'replaceRejected', 'wait', 'long', 'report', 'kill', 'unkill', 'on', 'off', 'down', 'up', 'all'] as const;
const actArbitrary = fc.record({
  act: fc.constantFrom(...ACTS), pick: fc.nat(1000), tick: fc.integer({ min: -30, max: 30 }), lots: fc.integer({ min: 1, max: 40 }),
});
type Act = typeof actArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** Answers come late, twice, out of order or never: the Venue of these runs keeps no promise. */
function play(scenario: Scenario, acts: readonly Act[], after: (scenario: Scenario) => void): void {
  const ids: number[] = [];
  let execution = 0;
  for (const { act, pick, tick, lots } of acts) {
    const id = ids[pick % Math.max(1, ids.length)] ?? 1;
    const price = 10_000 + 5 * tick;
    switch (act) {
      case 'submit': ids.push(scenario.submit(tick < 0 ? Side.Buy : Side.Sell, price, lots * 10)); break;
      case 'replace': scenario.emit((_, intents) => intents.replace(id, price, lots * 10)); break;
      case 'cancel': scenario.emit((_, intents) => intents.cancel(id)); break;
      case 'accept': scenario.accepted(id); break;
      case 'reject': scenario.rejected(id); break;
      case 'fill': scenario.filled(id, price, lots * 10, ++execution); break;
      case 'duplicate': scenario.filled(id, price, lots * 10, Math.max(1, execution)); break;
      case 'cancelled': scenario.cancelled(id); break;
      case 'replaced': scenario.replaced(id, price, lots * 10); break;
      case 'cancelRejected': scenario.send(Kind.CancelRejected, { OrderId: id }, Source.Venue0); break;
      case 'replaceRejected': scenario.send(Kind.ReplaceRejected, { OrderId: id }, Source.Venue0); break;
      case 'wait': scenario.advance(lots * MS).tick(); break;
      case 'long': scenario.advance(2 * SECOND).tick(); break;
      case 'report': scenario.send(Kind.OrderStatusReport, { OrderId: id, State: pick % 7 as VenueOrderStatus, Price: price, Quantity: lots * 10 }, Source.Venue0); break;
      case 'kill': scenario.kill(true); break;
      case 'unkill': scenario.kill(false).reconcile().book([[9_990, 1_000]], [[10_010, 1_000]]).trading(TradingState.On); break;
      case 'on': scenario.reconcile().trading(TradingState.On); break;
      case 'off': scenario.trading(TradingState.Off); break;
      case 'down': scenario.link(LinkState.Down); break;
      case 'up': scenario.link(LinkState.Up).reconcile().book([[9_990, 1_000]], [[10_010, 1_000]]); break;
      case 'all': scenario.operator(OperatorAction.CancelAll); break;
    }
    after(scenario);
  }
}

describe('over arbitrary streams', () => {
  const streams = fc.array(actArbitrary, { maxLength: 120, size: 'max' });

  it('E2, D1: the same stream gives the same outcomes and the same State at every position', () => {
    fc.assert(fc.property(streams, (acts) => {
      const first: string[] = [];
      const second: string[] = [];
      const one = new Scenario(config()).start();
      const two = new Scenario(config()).start();
      play(one, acts, (scenario) => first.push(scenario.digest));
      play(two, acts, (scenario) => second.push(scenario.digest));
      expect(second).toEqual(first);
      expect(two.outcomes).toEqual(one.outcomes);
    }), { numRuns: 40 });
  });

  it('EC5: a request leaves only when none is outstanding, when the Event at hand answers it, or as a CANCEL past an overdue one', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      let before = new Set<number>();
      play(scenario, acts, () => {
        noteOverdue(scenario);
        const { event } = scenario.core;
        const answered = event.kind >= Kind.OrderAccepted && event.kind <= Kind.OrderStatusReport ? event.orderId : 0;
        for (const row of scenario.last.filter(dispatched)) {
          if (!before.has(row.orderId) || row.orderId === answered) continue;
          expect([row.action, overdue.has(row.orderId)]).toEqual([Action.Cancel, true]);
        }
        before = outstanding(scenario);
      });
      overdue.clear();
    }), { numRuns: 60 });
  });

  it('EC4: at most one queued command per Order id, and none for an Order that ended', () => {
    fc.assert(fc.property(streams, (acts) => {
      play(new Scenario(config()).start(), acts, ({ core }) => {
        const { queue, orders } = core.state.execution;
        const ids = queue.entries.slice(0, queue.count).map((entry) => entry.orderId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(orders.get(id)?.terminal ?? false).toBe(false);
      });
    }), { numRuns: 60 });
  });

  it('LIV-6: while killed, or trading is off, only cancels and reductions leave', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      play(scenario, acts, () => {
        const { control } = scenario.core.state;
        if (!control.killed && control.trading === TradingState.On) return;
        expect(scenario.last.filter(dispatched).filter((row) => row.action === Action.New)).toEqual([]);
      });
    }), { numRuns: 60 });
  });

  it('EC3: every allowed command ends once: dispatched, closed, or still queued', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      play(scenario, acts, () => {});
      const sent = scenario.outcomes.filter((row) => dispatched(row) && row.action === Action.New).map((row) => row.orderId);
      expect(new Set(sent).size).toBe(sent.length);
      const closedNew = scenario.outcomes.filter((row) => row.kind === Kind.IntentClosed && row.action === Action.New).map((row) => row.orderId);
      expect(closedNew.filter((id) => sent.includes(id))).toEqual([]);
    }), { numRuns: 60 });
  });
});

function dispatched(row: OutcomeRow): boolean {
  return row.kind === Kind.IntentDispatched;
}

function outstanding(scenario: Scenario): Set<number> {
  const { orders } = scenario.core.state.execution;
  const ids = new Set<number>();
  for (let i = 0; i < orders.liveCount[0]!; i++) if (orders.liveAt(0, i).inflight >= 0) ids.add(orders.liveAt(0, i).id);
  return ids;
}

/** Orders whose request was overdue at some point: the Core said so when it happened. */
const overdue = new Set<number>();

function noteOverdue({ core }: Scenario): void {
  for (let i = 0; i < core.overdueCount; i++) overdue.add(core.overdue[i]!);
}
