import { describe, expect, it } from 'vitest';
import { MS, Scenario, SECOND, coreConfig, instrumentConfig, strategyConfig, venueConfig } from '../test/core-scenario.ts';
import { NO_REQUEST } from './state/execution/order.ts';
import {
  Action, ControlReason, Kind, LinkState, OperatorAction, OrderState, ReconciliationResult, RejectReason, Side, TradingState,
  Source, VenueOrderStatus,
} from '../event/kinds.ts';

const bucket = { capacity: 2, tokenInterval: 100 * MS, reservedForCancel: 1, costNew: 1, costReplace: 1, costCancel: 1 };
const limited = () => coreConfig({ venues: [venueConfig({ rateLimits: [bucket] })] });
const order = (scenario: Scenario, id: number) => scenario.core.state.execution.orders.get(id);

describe('the step', () => {
  it('L3: an Order begins at its dispatch, not before', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.wire).toEqual(['NEW 100@9990']);
    expect(order(scenario, id)!.state).toBe(OrderState.Submitted);
    expect(order(scenario, id)!.submittedPosition).toBe(scenario.last[0]!.position);
  });

  it('EC2: dispatch happens inside the step that caused it, with that step as cause', () => {
    const scenario = new Scenario().start();
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.last[0]!.cause).toBe(scenario.last[0]!.position - 1);
  });

  it('L1: an Intent that is denied off the record leaves the same State as none', () => {
    const quiet = coreConfig({ recordDenied: false });
    const silent = new Scenario(quiet).start().tick();
    const denied = new Scenario(quiet).start().emit((_, intents) => { intents.submit(0, Side.Buy, 9_991, 100); });
    expect(denied.digest).toBe(silent.digest);
  });

  it('E4: a gap in positions is a broken invariant', () => {
    const scenario = new Scenario().start();
    expect(() => scenario.send(Kind.ControlTime, { Position: 99 })).toThrow(/E4/);
  });

  it('E5: Sequencing Time that falls is a broken invariant', () => {
    const scenario = new Scenario().advance(SECOND).start();
    expect(() => scenario.advance(-1).tick()).toThrow(/E5/);
  });
});

describe('what does not fit', () => {
  it('a Queue larger than a StateDigest can carry is refused at the start, with what to lower', () => {
    expect(() => new Scenario(coreConfig({ queueEntriesMax: 60_000 }))).toThrow(/lower execution.queueEntriesMax/);
  });
});

describe('time without ticks', () => {
  it('EC7: rate-limited work goes out after a ControlTime in a quiet market', () => {
    const scenario = new Scenario(limited()).start();
    scenario.emit((_, intents) => { intents.submit(0, Side.Buy, 9_990, 100); intents.submit(0, Side.Buy, 9_985, 100); });
    expect(scenario.wire).toEqual(['NEW 100@9990']);
    expect(scenario.core.obligation.reason).toBe(ControlReason.RateCapacity);
    expect(scenario.core.obligation.deadline).toBe(100 * MS);
    scenario.advance(100 * MS - 1).tick();
    expect(scenario.wire).toEqual([]);
    scenario.advance(1).tick();
    expect(scenario.wire).toEqual(['NEW 100@9985']);
    expect(scenario.core.obligation.reason).toBe(ControlReason.AcknowledgementOverdue);
  });

  it('EC7: an early or duplicate ControlTime changes nothing but the input count', () => {
    const scenario = new Scenario(limited()).start();
    scenario.submit(Side.Buy, 9_990, 100);
    const { deadline } = scenario.core.obligation;
    scenario.tick().tick();
    expect(scenario.last).toEqual([]);
    expect(scenario.core.obligation.deadline).toBe(deadline);
  });

  it('EC7: no obligation when nothing waits', () => {
    expect(new Scenario().start().core.obligation.deadline).toBe(Infinity);
  });

  it('CON-9: tokens reserved for CANCEL let it pass when NEW may not', () => {
    const scenario = new Scenario(limited()).start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id);
    scenario.emit((_, intents) => { intents.submit(0, Side.Buy, 9_985, 100); intents.cancel(id); });
    expect(scenario.wire).toEqual(['CANCEL']);
  });

  it('CON-20: work that waits longer than pendingAgeMax is closed', () => {
    const scenario = new Scenario({ ...limited(), pendingAgeMax: 50 * MS }).start();
    scenario.emit((_, intents) => { intents.submit(0, Side.Buy, 9_990, 100); intents.submit(0, Side.Buy, 9_985, 100); });
    expect(scenario.core.obligation.reason).toBe(ControlReason.QueueExpiry);
    scenario.advance(50 * MS).tick();
    expect(scenario.closed).toEqual(['NEW Expired']);
  });

  it('a feed that falls silent turns stale at its deadline and is revived by its next update', () => {
    const config = coreConfig({ instruments: [instrumentConfig({ staleAfter: SECOND })] });
    const scenario = new Scenario(config).start();
    expect(scenario.core.obligation).toMatchObject({ deadline: SECOND, reason: ControlReason.FeedStale });
    scenario.advance(SECOND);
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.denied).toEqual(['BookStale']);
    scenario.book([[9_990, 900]], [], 0, false);
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.wire).toEqual(['NEW 100@9990']);
  });
});

describe('unknown is not rejected', () => {
  it('F2: an unanswered Order stays Submitted, turns overdue, and is asked about once', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.advance(SECOND).tick();
    expect([...scenario.core.overdue.subarray(0, scenario.core.overdueCount)]).toEqual([id]);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.Submitted, overdue: true });
    scenario.advance(SECOND).tick();
    expect(scenario.core.overdueCount).toBe(0);
    expect(order(scenario, id)!.state).toBe(OrderState.Submitted);
  });

  it('CON-6: the gate of an overdue Order opens for CANCEL only', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.emit((_, intents) => intents.cancel(id));
    expect(scenario.wire).toEqual([]);
    scenario.advance(SECOND).tick();
    expect(scenario.wire).toEqual(['CANCEL']);
  });

  it('CON-6: a REPLACE waits behind an overdue request', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.emit((_, intents) => intents.replace(id, 9_985, 100)).advance(SECOND).tick();
    expect(scenario.wire).toEqual([]);
  });

  it('OrderDisposed ends what the Venue never resolved', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.send(Kind.OrderDisposed, { OrderId: id });
    expect(order(scenario, id)!.state).toBe(OrderState.Cancelled);
  });

  it('a status report NotFound ends an Order never accepted, and is a contradiction for an accepted one', () => {
    const scenario = new Scenario().start();
    const lost = scenario.submit(Side.Buy, 9_990, 100);
    scenario.send(Kind.OrderStatusReport, { OrderId: lost, State: VenueOrderStatus.NotFound });
    expect(order(scenario, lost)!.state).toBe(OrderState.Rejected);
    const known = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(known).send(Kind.OrderStatusReport, { OrderId: known, State: VenueOrderStatus.NotFound });
    expect(order(scenario, known)!.state).toBe(OrderState.Accepted);
    expect(scenario.core.state.control.venues[0]!.reconciled).toBe(false);
  });

  it('a status report Filled ends an Order whose fills are known, though the REPLACE that shrank it was never answered', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_985, 40)).filled(id, 9_985, 40);
    expect(order(scenario, id)!.state).toBe(OrderState.PartiallyFilled);
    const report = { OrderId: id, State: VenueOrderStatus.Filled, Price: 9_985, Quantity: 40, FilledQuantity: 40 };
    scenario.send(Kind.OrderStatusReport, report);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.Filled, quantity: 40, filled: 40 });
    expect(scenario.core.state.control.venues[0]!.reconciled).toBe(true);
  });

  it('a CANCEL refused because the Order has ended, which State does not know, asks for reconciliation', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).emit((_, intents) => intents.cancel(id));
    scenario.send(Kind.CancelRejected, { OrderId: id, Reason: RejectReason.OrderTerminal }, Source.Venue0);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.Accepted, inflight: -1 });
    expect(scenario.core.state.control.venues[0]!.reconciled).toBe(false);
  });

  it('a status report Filled with fills unknown to State ends nothing and asks for reconciliation', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    const report = { OrderId: id, State: VenueOrderStatus.Filled, Price: 9_990, Quantity: 100, FilledQuantity: 100 };
    scenario.accepted(id).filled(id, 9_990, 40).send(Kind.OrderStatusReport, report);
    expect(order(scenario, id)!.state).toBe(OrderState.PartiallyFilled);
    expect(scenario.core.state.control.venues[0]!.reconciled).toBe(false);
  });

  it('CON-8: an Order that fills while a larger REPLACE is unanswered is not at its end until the answer says so', () => {
    const raised = (): [Scenario, number] => {
      const scenario = new Scenario().start();
      const id = scenario.submit(Side.Buy, 9_990, 40);
      scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_990, 100)).filled(id, 9_990, 40);
      expect(order(scenario, id)).toMatchObject({ state: OrderState.PartiallyFilled, worstRemaining: 60 });
      return [scenario, id];
    };
    const [taken, first] = raised();
    taken.replaced(first, 9_990, 100);
    expect(order(taken, first)!.state).toBe(OrderState.PartiallyFilled);
    taken.filled(first, 9_990, 60);
    expect(order(taken, first)).toMatchObject({ state: OrderState.Filled, filled: 100 });
    const [refused, second] = raised();
    refused.send(Kind.ReplaceRejected, { OrderId: second }, Source.Venue0);
    expect(order(refused, second)).toMatchObject({ state: OrderState.Filled, filled: 40 });
    const overdue = raised();
    overdue[0].advance(SECOND).tick().emit((_, intents) => intents.cancel(overdue[1]));
    expect(order(...overdue)).toMatchObject({ inflight: Action.Cancel, worstRemaining: 60 });
    overdue[0].send(Kind.CancelRejected, { OrderId: overdue[1], Reason: RejectReason.OrderTerminal }, Source.Venue0);
    expect(order(...overdue)!.state).toBe(OrderState.Filled);
    const late = raised();
    late[0].advance(SECOND).tick().emit((_, intents) => intents.cancel(late[1]));
    late[0].send(Kind.ReplaceRejected, { OrderId: late[1] }, Source.Venue0);
    expect(order(...late)).toMatchObject({ state: OrderState.Filled, filled: 40 });
    const [lost, third] = raised();
    const position = lost.outcomes.findLast((row) => row.kind === Kind.IntentDispatched)!.position;
    lost.send(Kind.DispatchFailed, { OrderId: third, Action: Action.Replace, DispatchPosition: position });
    expect(order(lost, third)).toMatchObject({ state: OrderState.Filled, filled: 40 });
  });
});

describe('CON-8: a REPLACE that went unanswered, and a CANCEL over it that is refused', () => {
  const refused = (fills: number): [Scenario, number] => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 40);
    scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_985, 100));
    if (fills > 0) scenario.filled(id, 9_990, fills);
    scenario.advance(SECOND).tick().emit((_, intents) => intents.cancel(id));
    scenario.send(Kind.CancelRejected, { OrderId: id, Reason: RejectReason.NotTransmitted }, Source.Venue0);
    return [scenario, id];
  };
  const report = (id: number, price: number, quantity: number, filled: number): Record<string, number> => {
    return { OrderId: id, State: VenueOrderStatus.Open, Price: price, Quantity: quantity, FilledQuantity: filled };
  };

  it('count at their worst until the Venue says how the Order stands, and ask for it', () => {
    const [scenario, id] = refused(0);
    expect(order(scenario, id)).toMatchObject({ inflight: NO_REQUEST, worstRemaining: 100 });
    expect(scenario.core.state.control.venues[0]!.reconciled).toBe(false);
    scenario.send(Kind.OrderStatusReport, report(id, 9_990, 40, 0), Source.Venue0);
    expect(order(scenario, id)).toMatchObject({ price: 9_990, quantity: 40, worstRemaining: 40 });
  });

  it('the report of a REPLACE that took is its answer', () => {
    const [scenario, id] = refused(0);
    scenario.send(Kind.OrderStatusReport, report(id, 9_985, 100, 0), Source.Venue0);
    expect(order(scenario, id)).toMatchObject({ price: 9_985, quantity: 100, worstRemaining: 100, unansweredQuantity: 0 });
  });

  it('is not answered by an OrderReplaced that only repeats how the Order stands', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 40);
    scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_985, 100)).replaced(id, 9_990, 40);
    expect(order(scenario, id)).toMatchObject({ inflight: Action.Replace, price: 9_990, quantity: 40, worstRemaining: 100 });
    scenario.filled(id, 9_990, 40);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.PartiallyFilled, worstRemaining: 60 });
    scenario.replaced(id, 9_985, 100);
    expect(order(scenario, id)).toMatchObject({ inflight: NO_REQUEST, price: 9_985, quantity: 100, worstRemaining: 60 });
  });

  it('is answered by another total than it asked for', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 40);
    scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_985, 100)).replaced(id, 9_985, 90);
    expect(order(scenario, id)).toMatchObject({ inflight: NO_REQUEST, price: 9_985, quantity: 90, worstRemaining: 90 });
  });

  it('what fills in between ends nothing that may go on', () => {
    const [scenario, id] = refused(40);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.PartiallyFilled, worstRemaining: 60 });
    scenario.replaced(id, 9_985, 100).filled(id, 9_985, 60);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.Filled, filled: 100 });
  });
});

describe('kill switch and trading state', () => {
  it('CON-2: a kill closes hundreds of queued NEWs and cancels what lives; nothing else leaves', () => {
    const scenario = new Scenario(limited()).start();
    const live = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(live);
    for (let step = 0; step < 4; step++) {
      scenario.emit((_, intents) => { for (let i = 0; i < 60; i++) intents.submit(0, Side.Buy, 9_000 - 5 * i, 10); });
    }
    expect(scenario.core.state.execution.queue.count).toBeGreaterThan(40);
    scenario.kill(true);
    expect(scenario.wire).toEqual(['CANCEL']);
    expect(scenario.core.state.execution.queue.count).toBe(0);
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.denied).toEqual(['KillSwitch']);
  });

  it('CON-2: clearing the kill switch does not turn trading on', () => {
    const scenario = new Scenario().start().kill(true).kill(false);
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.denied).toEqual(['TradingOff']);
  });

  it('LIV-12: trading stays off while a gate is closed, and each closed gate is named', () => {
    const scenario = new Scenario().start().trading(TradingState.Off).link(LinkState.Down).trading(TradingState.On);
    expect(scenario.core.state.control.trading).toBe(TradingState.Off);
    expect(scenario.core.gates().map((gate) => gate.gate)).toEqual(['link', 'feed']);
  });

  it('LIV-12: Unknown reconciliation counts as closed', () => {
    const scenario = new Scenario().start().trading(TradingState.Off).reconcile(ReconciliationResult.Unknown).trading(TradingState.On);
    expect(scenario.core.state.control.trading).toBe(TradingState.Off);
    expect(scenario.core.gates().map((gate) => gate.gate)).toEqual(['reconciliation']);
  });

  it('OPS-4: a resumed session has trading off and every link down', () => {
    const scenario = new Scenario().start().send(Kind.SessionResumed);
    expect(scenario.core.state.control.trading).toBe(TradingState.Off);
    expect(scenario.core.state.control.venues[0]!.linked).toBe(false);
  });

  it('cancel-all of one Venue leaves the Orders of another alone', () => {
    const config = coreConfig({
      venues: [venueConfig(), venueConfig({ id: 'v1' })], strategies: [strategyConfig({ instruments: [0, 1] })],
      instruments: [instrumentConfig(), instrumentConfig({ id: 'ETH-USD', venue: 1 })],
    });
    const scenario = new Scenario(config).start();
    const [first, second] = [scenario.submit(Side.Buy, 9_990, 100, 0), scenario.submit(Side.Buy, 9_990, 100, 1)];
    scenario.accepted(first).accepted(second).send(Kind.OperatorCommand, { Action: OperatorAction.CancelAll, Venue: 1 });
    expect(scenario.last.map((row) => row.orderId)).toEqual([second]);
    scenario.operator(OperatorAction.CancelAll);
    expect(scenario.last.map((row) => row.orderId)).toEqual([first]);
  });

  it('a drain cancels what lives and lets nothing new out', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).on((_, intents) => { intents.submit(0, Side.Buy, 9_985, 100); }).operator(OperatorAction.Drain);
    expect(scenario.wire).toEqual(['CANCEL']);
    expect(scenario.denied).toEqual(['TradingOff']);
  });
});

describe('Venue reports', () => {
  it('a fill before the acceptance implies it; the acceptance that follows changes nothing', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.filled(id, 9_990, 40).accepted(id);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.PartiallyFilled, filled: 40 });
    scenario.filled(id, 9_990, 60);
    expect(order(scenario, id)!.state).toBe(OrderState.Filled);
    expect(scenario.core.state.execution.positions.of[0]!.quantity).toBe(100);
  });

  it('a duplicate fill is applied once', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.filled(id, 9_990, 40, 7).filled(id, 9_990, 40, 7);
    expect(scenario.core.state.execution.positions.of[0]!.quantity).toBe(40);
    expect(scenario.core.state.control.venues[0]!.reconciled).toBe(true);
  });

  it('a fill for a terminal Order moves the position, leaves the Order, and asks for reconciliation', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).cancelled(id).filled(id, 9_990, 40);
    expect(order(scenario, id)).toMatchObject({ state: OrderState.Cancelled, filled: 40 });
    expect(scenario.core.state.execution.positions.of[0]!.quantity).toBe(40);
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.denied).toEqual(['NotReconciled']);
  });

  it('an orphan fill moves the position once and asks for reconciliation', () => {
    const scenario = new Scenario().start();
    scenario.filled(12345, 9_990, 40, 9).filled(12345, 9_990, 40, 9);
    expect(scenario.core.state.execution.positions.of[0]!.quantity).toBe(40);
    expect(scenario.core.state.control.venues[0]!.reconciled).toBe(false);
  });

  it('L2: CancelRejected and ReplaceRejected end the request, not the Order', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_985, 100));
    scenario.send(Kind.ReplaceRejected, { OrderId: id });
    expect(order(scenario, id)).toMatchObject({ state: OrderState.Accepted, price: 9_990, inflight: -1 });
    scenario.emit((_, intents) => intents.cancel(id)).send(Kind.CancelRejected, { OrderId: id });
    expect(order(scenario, id)).toMatchObject({ state: OrderState.Accepted, inflight: -1 });
  });

  it('a feed gap is an invalid book until the next snapshot: deltas in between are ignored, one resync is asked for', () => {
    const scenario = new Scenario().start();
    scenario.book([[10_020, 5]], [], 0, false);
    expect(scenario.core.resyncNeeded).toBe(0);
    scenario.submit(Side.Buy, 9_990, 100);
    expect(scenario.denied).toEqual(['BookInvalid']);
    scenario.book([[9_000, 5]], [], 0, false);
    expect(scenario.core.resyncNeeded).toBe(-1);
    expect(scenario.core.state.market.tops[0]!.bidPrice).toBe(0);
    scenario.book([[9_990, 5]], [[10_010, 5]]);
    expect(scenario.core.gates()).toEqual([]);
  });
});

describe('Strategies', () => {
  it('IDF: every n-th matching market Event consults, all of them update State', () => {
    const cadence = { ...strategyConfig().cadence, everyNth: 3 };
    const scenario = new Scenario(coreConfig({ strategies: [strategyConfig({ cadence })] })).start();
    const calls = (): number => (scenario.core.state.control.strategies[0]!.memory.facade as { calls: number }).calls;
    const before = calls();
    for (let i = 1; i <= 9; i++) scenario.book([[9_990, 100 + i]], [], 0, false);
    expect(calls() - before).toBe(3);
    expect(scenario.core.state.market.tops[0]!.bidQuantity).toBe(109);
  });

  it('one that throws emits nothing and remembers nothing of the step', () => {
    const healthy = new Scenario().start();
    const before = healthy.core.state.control.strategies[0]!.memory.values.slice();
    healthy.emit((_, intents) => { intents.submit(0, Side.Buy, 9_990, 100); throw new Error('boom'); });
    expect(healthy.wire).toEqual([]);
    expect(healthy.core.failures).toMatchObject([{ strategy: 0, error: { message: 'boom' } }]);
    expect(healthy.core.state.control.strategies[0]!.memory.values).toEqual(before);
  });

  it('one disabled by an Event is not consulted until it is enabled again', () => {
    const scenario = new Scenario().start();
    scenario.send(Kind.TradingStateChanged, { Strategy: 0, State: TradingState.Off });
    let consulted = 0;
    scenario.emit(() => { consulted++; });
    expect(consulted).toBe(0);
    scenario.send(Kind.TradingStateChanged, { Strategy: 0, State: TradingState.On }).tick();
    expect(consulted).toBe(1);
  });

  it('COR-6: a Configuration that switches a Strategy switches it; one that leaves it alone leaves it as it is', () => {
    const scenario = new Scenario().start();
    const { strategies } = scenario.core.state.control;
    scenario.send(Kind.TradingStateChanged, { Strategy: 0, State: TradingState.Off }).reconfigure(coreConfig());
    expect(strategies[0]!.enabled).toBe(false);
    scenario.reconfigure(coreConfig({ strategies: [strategyConfig({ enabled: false })] })).reconfigure(coreConfig());
    expect(strategies[0]!.enabled).toBe(true);
  });

  it('COR-10: projections cannot be written to', () => {
    const scenario = new Scenario().start();
    const errors: unknown[] = [];
    const attempt = (act: () => void): void => { try { act(); } catch (error) { errors.push(error); } };
    scenario.emit((context) => {
      attempt(() => { (context.books[0] as { bidPrice: number }).bidPrice = 1; });
      attempt(() => { (context.positions[0] as { quantity: number }).quantity = 1; });
      attempt(() => { (context as { now: number }).now = 1; });
    });
    expect(errors).toHaveLength(3);
  });

  it('nonsense becomes a denial with a reason, never a crash', () => {
    const scenario = new Scenario().start();
    scenario.emit((_, intents) => {
      intents.submit(7, Side.Buy, 9_990, 100);
      intents.submit(0, 3, 9_990, 100);
      intents.submit(0, Side.Buy, Number.NaN, 100);
      intents.submit(0, Side.Buy, 9_990.5, 100);
      intents.submit(0, Side.Buy, 9_990, -10);
      intents.replace(Number.NaN, 1, 1);
      intents.cancel(-1);
    });
    expect(scenario.denied).toEqual(
      ['InstrumentNotAllowed', 'InvalidIntent', 'InvalidIntent', 'InvalidIntent', 'InvalidIntent', 'UnknownOrder', 'UnknownOrder']);
  });
});
