// A data directory that was lost begins to count anew, so that a new Order may bear the name of one of an earlier life that
// the Venue still remembers. What happened before an Order was sent is never its own.

import { expect, test } from 'vitest';
import { Action, Side, VenueOrderStatus } from '../../event/kinds.ts';
import { AnswerClass, type FilledFact } from '../../event/order-adapter.ts';
import { DeskRig, EPOCH } from './desk-rig.fixture.ts';
import { LIFETIME_NS } from './model-venue.fixture.ts';
import { NAME, ScriptedAdapter } from './scripted-adapter.fixture.ts';

const DAY = 86_400_000_000_000n;
const OLD = { ...NAME, venueOrderId: 'V-OLD' };
const FILL: FilledFact = {
  what: 'filled', name: OLD, eventTime: EPOCH - DAY, side: Side.Buy, price: '100', quantity: '10', fees: [], liquidity: 0,
  executionId: 'of-long-ago',
};

/** Order 1 left, and nothing was heard of it. */
function unanswered(): { readonly adapter: ScriptedAdapter; readonly rig: DeskRig } {
  const adapter = new ScriptedAdapter();
  const rig = DeskRig.open(adapter);
  rig.send(Action.New, 1);
  adapter.answer('submit', AnswerClass.Ambiguous);
  rig.wait(LIFETIME_NS + 1e9);
  return { adapter, rig };
}

test('the Venue finds an older order by the name: the new one is not found', () => {
  const { adapter, rig } = unanswered();
  adapter.sink.fact(FILL);
  adapter.report(VenueOrderStatus.Filled, { name: OLD, eventTime: EPOCH - DAY, filledQuantity: '10' });
  rig.wait(40e9);
  adapter.report(VenueOrderStatus.Filled, { name: OLD, eventTime: EPOCH - DAY, filledQuantity: '10' });
  expect(rig.story().filter((line) => !line.includes('BalanceReport')).at(-1)).toBe(`StatusReport 1 10@100 ${VenueOrderStatus.NotFound}`);
  expect(rig.daemon.order(1)!.filled).toBe(0);
  expect(rig.desk.noted('order of an earlier life under the same name')).toBeGreaterThan(0);
  expect(rig.desk.table.linked('V-OLD')).toBeUndefined();
});

test('what happened since it was sent is its own, even by a clock that is half an hour off', () => {
  const { adapter, rig } = unanswered();
  adapter.sink.fact({ ...FILL, name: NAME, eventTime: EPOCH - DAY / 48n });
  expect(rig.daemon.order(1)!.filled).toBe(10);
  expect(rig.desk.noted('order of an earlier life under the same name')).toBe(0);
});

test('what the Venue has acknowledged is the Order, whatever time it names', () => {
  const adapter = new ScriptedAdapter();
  const rig = DeskRig.open(adapter);
  rig.send(Action.New, 1);
  adapter.answer('submit', AnswerClass.Done);
  adapter.sink.fact({ ...FILL, name: NAME });
  expect(rig.daemon.order(1)!.filled).toBe(10);
});
