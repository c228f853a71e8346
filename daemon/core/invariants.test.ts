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
  const streams = fc.array(actArbitrary, { maxLength: 120 });

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
    }), { numRuns: 100 });
  });

  it('EC5: at most one request per Order id is outstanding, unless a CANCEL overtakes an overdue one', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      const inflightBefore = new Map<number, { overdue: boolean; inflight: number }>();
      play(scenario, acts, () => {
        for (const row of scenario.last.filter(dispatched)) {
          const before = inflightBefore.get(row.orderId);
          const order = scenario.core.state.execution.orders.get(row.orderId);
          expect(order).toBeDefined();
          if (before === undefined || before.inflight < 0 || row.action === Action.Cancel) continue;
          expect(before.overdue).toBe(false);
        }
        remember(scenario, inflightBefore);
      });
    }), { numRuns: 150 });
  });

  it('EC4: at most one queued command per Order id, and none for an Order that ended', () => {
    fc.assert(fc.property(streams, (acts) => {
      play(new Scenario(config()).start(), acts, ({ core }) => {
        const { queue, orders } = core.state.execution;
        const ids = queue.entries.slice(0, queue.count).map((entry) => entry.orderId);
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(orders.get(id)?.terminal ?? false).toBe(false);
      });
    }), { numRuns: 150 });
  });

  it('LIV-6: while killed, or trading is off, only cancels and reductions leave', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      play(scenario, acts, () => {
        const { control } = scenario.core.state;
        if (!control.killed && control.trading === TradingState.On) return;
        expect(scenario.last.filter(dispatched).filter((row) => row.action === Action.New)).toEqual([]);
      });
    }), { numRuns: 150 });
  });

  it('EC3: every allowed command ends once: dispatched, closed, or still queued', () => {
    fc.assert(fc.property(streams, (acts) => {
      const scenario = new Scenario(config()).start();
      play(scenario, acts, () => {});
      const sent = scenario.outcomes.filter((row) => dispatched(row) && row.action === Action.New).map((row) => row.orderId);
      expect(new Set(sent).size).toBe(sent.length);
      const closedNew = scenario.outcomes.filter((row) => row.kind === Kind.IntentClosed && row.action === Action.New).map((row) => row.orderId);
      expect(closedNew.filter((id) => sent.includes(id))).toEqual([]);
    }), { numRuns: 150 });
  });
});

function dispatched(row: OutcomeRow): boolean {
  return row.kind === Kind.IntentDispatched;
}

function remember(scenario: Scenario, into: Map<number, { overdue: boolean; inflight: number }>): void {
  const { orders } = scenario.core.state.execution;
  for (let i = 0; i < orders.liveCount[0]!; i++) {
    const { id, overdue, inflight } = orders.liveAt(0, i);
    into.set(id, { overdue, inflight });
  }
}
