// A gateway that began without a daemon: what an earlier life left open is cancelled, strangers' orders alone are left
// alone, and the daemon that comes after all is told the whole truth by a desk that pretends to know nothing.

import { describe, expect, test } from 'vitest';
import { Action, Kind, Side, VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass } from '../../event/order-adapter.ts';
import { DeskRig } from './desk-rig.fixture.ts';
import { NAME, ScriptedAdapter, statusFact } from './scripted-adapter.fixture.ts';

const SECOND = 1e9;

function alone(): { readonly adapter: ScriptedAdapter; readonly rig: DeskRig } {
  const adapter = new ScriptedAdapter(true);
  adapter.reconciles = false;
  const rig = new DeskRig(adapter);
  rig.desk.startAlone(rig, rig.now);
  rig.connect();
  return { adapter, rig };
}

test('the Venue has open Orders of ours: everything is cancelled, again while any is left', () => {
  const { adapter, rig } = alone();
  expect(adapter.sent()).toEqual(['reconcile']);
  adapter.sink.fact(statusFact(VenueOrderStatus.Open));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(1);
  expect(adapter.sent()).toEqual(['reconcile', 'cancelAll']);
  expect(rig.desk.statistics.massCancels).toBe(1);
  adapter.answer('cancelAll', AnswerClass.Done);
  rig.wait(10 * SECOND);
  adapter.sink.fact(statusFact(VenueOrderStatus.Open));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(1);
  expect(rig.desk.statistics.massCancels).toBe(2);
  expect(adapter.requests.at(-1)!.request).toMatchObject({
    what: 'cancelAll', orders: [{ clientOrderId: 't1', instrument: { symbol: NAME.symbol } }],
  });
  adapter.answer('cancelAll', AnswerClass.Done);
  rig.wait(10 * SECOND);
  adapter.sink.fact(statusFact(VenueOrderStatus.Cancelled));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(600 * SECOND);
  expect(rig.desk.statistics.massCancels).toBe(2);
  expect(adapter.sent()).toEqual(['reconcile', 'cancelAll', 'reconcile', 'cancelAll', 'reconcile']);
  expect(adapter.sent()).not.toContain('deadMan');
  expect(rig.events).toEqual([]);
});

test('only orders that tcx did not send: nothing is cancelled', () => {
  const { adapter, rig } = alone();
  adapter.sink.fact(statusFact(VenueOrderStatus.Open, { name: { ...NAME, clientOrderId: 'by-hand' } }));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(60 * SECOND);
  expect(adapter.sent()).not.toContain('cancelAll');
});

test('the Venue cannot say what is open: everything is cancelled all the same', () => {
  const { adapter, rig } = alone();
  adapter.answer('reconcile', AnswerClass.Ambiguous);
  rig.wait(1);
  expect(adapter.sent()).toEqual(['reconcile', 'cancelAll']);
});

test('a later generation stands: the end of an earlier one is not the Order\'s', () => {
  const { adapter, rig } = alone();
  adapter.sink.fact(statusFact(VenueOrderStatus.Open, { name: { ...NAME, clientOrderId: 't1-2' } }));
  adapter.sink.fact(statusFact(VenueOrderStatus.Cancelled));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(1);
  expect(adapter.requests.at(-1)!.request).toMatchObject({ what: 'cancelAll', orders: [{ clientOrderId: 't1-2' }] });
});

test('an execution while alone asks for nobody: whoever comes is told it by the reconciliation', () => {
  const { adapter, rig } = alone();
  adapter.sink.fact({
    what: 'filled', name: NAME, eventTime: 0n, side: Side.Buy, price: '100', quantity: '3', fees: [], liquidity: 0, executionId: 'e',
  });
  rig.wait(SECOND);
  expect(adapter.sent()).toEqual(['reconcile']);
  expect(rig.desk.statistics).toMatchObject({ fills: 0, problems: 0 });
});

test('the daemon comes: the desk knows nothing of before, and tells it all', () => {
  const { adapter, rig } = alone();
  adapter.sink.fact(statusFact(VenueOrderStatus.Open));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(1);
  adapter.answer('cancelAll', AnswerClass.Done);
  adapter.sink.fact({ what: 'cancelled', name: NAME, eventTime: 0n, reason: 0 });
  rig.drop();
  rig.link();
  rig.connect();
  rig.reconcile([1]);
  expect(adapter.requests.at(-1)!.request).toMatchObject({ what: 'reconcile' });
  adapter.sink.fact({
    what: 'filled', name: NAME, eventTime: 0n, side: Side.Buy, price: '100', quantity: '3', fees: [], liquidity: 0, executionId: 'e',
  });
  adapter.sink.fact(statusFact(VenueOrderStatus.Cancelled, { filledQuantity: '3' }));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(1);
  // A REPLACE of before may have made another of it.
  expect(rig.events.map(({ kind }) => kind)).not.toContain(Kind.OrderFilled);
  adapter.sink.fact(statusFact(VenueOrderStatus.NotFound, { name: { ...NAME, clientOrderId: 't1-1', venueOrderId: '' } }));
  adapter.answer('query', AnswerClass.Done);
  expect(rig.events.map(({ kind }) => kind)).toContain(Kind.OrderFilled);
  expect(rig.desk.table.get(1)).toMatchObject({ quantity: 10, filled: 3 });
  expect(adapter.sent()).toContain('deadMan');
});

test('the daemon comes while everything is being cancelled: not once more', () => {
  const { adapter, rig } = alone();
  adapter.sink.fact(statusFact(VenueOrderStatus.Open));
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(1);
  rig.drop();
  rig.link();
  rig.connect();
  rig.wait(60 * SECOND);
  expect(adapter.sent().filter((what) => what === 'cancelAll')).toHaveLength(1);
});

test('another gateway of this Venue is linked: nothing is cancelled until it is gone', () => {
  const { adapter, rig } = alone();
  adapter.sink.fact(statusFact(VenueOrderStatus.Open));
  rig.desk.onSecond(true, rig.now);
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(60 * SECOND);
  expect(adapter.sent()).toEqual(['reconcile']);
  rig.desk.startAlone(rig, rig.now);
  rig.wait(1);
  adapter.answer('reconcile', AnswerClass.Done);
  rig.wait(1);
  expect(adapter.sent()).toEqual(['reconcile', 'reconcile', 'cancelAll']);
});

describe('another gateway was linked while this one was without its daemon: the Orders are that one\'s', () => {
  const live = (): { readonly adapter: ScriptedAdapter; readonly rig: DeskRig } => {
    const adapter = new ScriptedAdapter();
    const rig = DeskRig.open(adapter);
    rig.send(Action.New, 1);
    adapter.answer('submit', AnswerClass.Done);
    return { adapter, rig };
  };

  test.each([false, true])('to end: second %s', (isSecond) => {
    const { adapter, rig } = live();
    rig.unlink();
    if (isSecond) rig.desk.onSecond(true, rig.now);
    rig.wait(60 * SECOND);
    expect(adapter.sent().includes('cancelAll')).toBe(!isSecond);
  });

  test.each([false, true])('when this one is stopped: second %s', (isSecond) => {
    const { adapter, rig } = live();
    rig.unlink();
    if (isSecond) rig.desk.onSecond(true, rig.now);
    rig.desk.end(rig.now);
    expect(adapter.sent().includes('cancelAll')).toBe(!isSecond);
  });

  test('until nobody says so any more: the grace begins anew', () => {
    const { adapter, rig } = live();
    rig.unlink();
    rig.desk.onSecond(true, rig.now);
    rig.wait(60 * SECOND);
    rig.desk.onSecond(false, rig.now);
    rig.wait(4 * SECOND);
    expect(adapter.sent()).not.toContain('cancelAll');
    rig.wait(2 * SECOND);
    expect(adapter.sent()).toContain('cancelAll');
  });

  test('until it is linked again', () => {
    const { adapter, rig } = live();
    rig.unlink();
    rig.desk.onSecond(true, rig.now);
    rig.link();
    rig.desk.end(rig.now);
    expect(adapter.sent()).toContain('cancelAll');
  });
});
