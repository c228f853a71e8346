import { describe, expect, it } from 'vitest';
import { coreConfig, Scenario, SECOND, venueConfig, wireOf } from '../../test/core-scenario.ts';
import { Action, Kind, LinkState, OrderState, Side } from '../../event/kinds.ts';
import type { Intents } from '../strategy/intents.ts';
import { Admission, dominance, NOTHING_PENDING } from './dominance.ts';
import { lowering, Wire } from './lowering.ts';

const NEW = Action.New;
const REPLACE = Action.Replace;
const CANCEL = Action.Cancel;

/** The table of docs/concepts/intents-and-queue.md, restated: [pending, incoming] → effective command. */
const EFFECTIVE: readonly [pending: Action | 3, incoming: Action, effective: Action | 'dropped'][] = [
  [NOTHING_PENDING, NEW, NEW], [NOTHING_PENDING, REPLACE, REPLACE], [NOTHING_PENDING, CANCEL, CANCEL],
  [NEW, NEW, NEW], [NEW, REPLACE, REPLACE], [NEW, CANCEL, CANCEL],
  [REPLACE, NEW, 'dropped'], [REPLACE, REPLACE, REPLACE], [REPLACE, CANCEL, CANCEL],
  [CANCEL, NEW, 'dropped'], [CANCEL, REPLACE, 'dropped'], [CANCEL, CANCEL, CANCEL],
];

describe('EC4: dominance', () => {
  it.each(EFFECTIVE)('pending %s, incoming %s → %s', (pending, incoming, effective) => {
    const admission = dominance(pending, incoming);
    const result = admission === Admission.Drop ? 'dropped' : incoming;
    expect(result).toBe(effective);
    expect(admission === Admission.Append).toBe(pending === NOTHING_PENDING);
  });
});

describe('EC4: lowering', () => {
  it.each([
    [NEW, true, false, Wire.Impossible], [NEW, true, true, Wire.Impossible],
    [NEW, false, false, Wire.SendNew], [NEW, false, true, Wire.SendNew],
    [REPLACE, true, false, Wire.SendReplace], [REPLACE, true, true, Wire.SendReplace],
    [REPLACE, false, true, Wire.SendAmendedNew], [REPLACE, false, false, Wire.CloseNoTarget],
    [CANCEL, true, false, Wire.SendCancel], [CANCEL, true, true, Wire.SendCancel],
    [CANCEL, false, true, Wire.Annihilate], [CANCEL, false, false, Wire.CloseNoTarget],
  ])('effective %s, live %s, base %s → %s', (effective, live, base, wire) => {
    expect(lowering(effective, live, base)).toBe(wire);
  });
});

/** What `commands` on one Order id in one step put on the wire, when the Order is unsent, in flight, or accepted. */
interface WireLog { wire: string[]; after: string[]; closed: string[] }

function wireLog(situation: 'unsent' | 'inflight' | 'accepted', commands: string): WireLog {
  const scenario = new Scenario().start();
  let id = 0;
  const issue = (intents: Intents): void => {
    for (const [i, command] of [...commands].entries()) {
      if (command === 'N') intents.resubmit(id, 0, Side.Buy, 9_980 - 5 * i, 100);
      if (command === 'R') intents.replace(id, 9_980 - 5 * i, 100 + 10 * i);
      if (command === 'C') intents.cancel(id);
    }
  };
  if (situation === 'unsent') {
    scenario.emit((_, intents) => { id = intents.submit(0, Side.Buy, 9_990, 100); issue(intents); });
    return { wire: scenario.wire, after: [], closed: scenario.closed };
  }
  id = scenario.submit(Side.Buy, 9_990, 100);
  if (situation === 'accepted') scenario.accepted(id);
  scenario.emit((_, intents) => issue(intents));
  const now = { wire: scenario.wire, closed: scenario.closed };
  if (situation === 'inflight') scenario.accepted(id);
  return { ...now, after: situation === 'inflight' ? scenario.wire : [] };
}

describe('EC4, EC5: the wire log of REPLACE and CANCEL over an unsent, an inflight and an accepted NEW', () => {
  it.each([
    ['R', ['NEW 100@9980'], []],
    ['RR', ['NEW 110@9975'], ['REPLACE Superseded']],
    ['C', [], ['NEW Annihilated', 'CANCEL Annihilated']],
    ['RC', [], ['REPLACE Superseded', 'NEW Annihilated', 'CANCEL Annihilated']],
    ['CR', [], ['REPLACE Dropped', 'NEW Annihilated', 'CANCEL Annihilated']],
    ['N', ['NEW 100@9980'], ['NEW Superseded']],
    ['RN', ['NEW 100@9980'], ['NEW Dropped']],
    ['RRC', [], ['REPLACE Superseded', 'REPLACE Superseded', 'NEW Annihilated', 'CANCEL Annihilated']],
  ] as [string, string[], string[]][])('unsent NEW, then %s', (commands, wire, closed) => {
    expect(wireLog('unsent', commands)).toMatchObject({ wire, closed });
  });

  it.each([
    ['R', ['REPLACE 100@9980']], ['RR', ['REPLACE 110@9975']], ['RC', ['CANCEL']], ['C', ['CANCEL']], ['CR', ['CANCEL']],
  ] as [string, string[]][])('inflight NEW, then %s waits for the acceptance', (commands, after) => {
    expect(wireLog('inflight', commands)).toMatchObject({ wire: [], after });
  });

  it.each([
    ['R', ['REPLACE 100@9980']], ['RR', ['REPLACE 110@9975']], ['RC', ['CANCEL']], ['C', ['CANCEL']], ['CR', ['CANCEL']],
  ] as [string, string[]][])('accepted NEW, then %s', (commands, wire) => {
    expect(wireLog('accepted', commands)).toMatchObject({ wire });
  });

  it('dispatched work is immune: a REPLACE during an unanswered REPLACE waits, and only the latest goes', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_985, 100));
    scenario.emit((_, intents) => intents.replace(id, 9_980, 100)).emit((_, intents) => intents.replace(id, 9_975, 100));
    expect(wireOf(scenario.outcomes)).toEqual(['NEW 100@9990', 'REPLACE 100@9985']);
    scenario.replaced(id, 9_985, 100);
    expect(scenario.wire).toEqual(['REPLACE 100@9975']);
  });

  it('a NEW for an Order that was sent is denied, live or ended', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.emit((_, intents) => intents.resubmit(id, 0, Side.Buy, 9_985, 100));
    expect(scenario.denied).toEqual(['DuplicateOrder']);
    scenario.cancelled(id).emit((_, intents) => intents.resubmit(id, 0, Side.Buy, 9_985, 100));
    expect(scenario.denied).toEqual(['DuplicateOrder']);
  });

  it('work queued for an Order that ends is closed', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.emit((_, intents) => intents.replace(id, 9_985, 100)).rejected(id);
    expect(scenario.closed).toEqual(['REPLACE OrderTerminal']);
  });

  it('a REPLACE that changes nothing is closed, not sent', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).emit((_, intents) => intents.replace(id, 9_990, 100));
    expect(scenario.wire).toEqual([]);
    expect(scenario.closed).toEqual(['REPLACE NoChange']);
  });

  it('orders by CANCEL, REPLACE, NEW and first in, first out within', () => {
    const scenario = new Scenario().start();
    const first = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(first);
    const second = scenario.submit(Side.Buy, 9_985, 100);
    scenario.accepted(second).emit((_, intents) => {
      intents.submit(0, Side.Buy, 9_950, 10);
      intents.submit(0, Side.Buy, 9_945, 10);
      intents.replace(second, 9_980, 100);
      intents.cancel(first);
    });
    expect(scenario.wire).toEqual(['CANCEL', 'REPLACE 100@9980', 'NEW 10@9950', 'NEW 10@9945']);
  });

  it('sends a prefix: nothing overtakes what lacks rate capacity, even when it would be cheaper', () => {
    const bucket = { capacity: 3, tokenInterval: SECOND, reservedForCancel: 0, costNew: 1, costReplace: 3, costCancel: 1 };
    const scenario = new Scenario(coreConfig({ venues: [venueConfig({ rateLimits: [bucket] })] })).start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(id).emit((_, intents) => { intents.submit(0, Side.Buy, 9_950, 10); intents.replace(id, 9_985, 100); });
    expect(scenario.wire).toEqual([]);
    scenario.advance(SECOND).tick();
    expect(scenario.wire).toEqual(['REPLACE 100@9985']);
  });

  it('a fill answers the NEW it belongs to: what waited for the acceptance goes', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.emit((_, intents) => intents.replace(id, 9_985, 100)).filled(id, 9_990, 40);
    expect(scenario.wire).toEqual(['REPLACE 100@9985']);
  });

  it('while a link is down NEW is denied, what was queued is closed and a CANCEL waits', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    scenario.emit((_, intents) => intents.replace(id, 9_985, 100)).link(LinkState.Down);
    expect(scenario.closed).toEqual(['REPLACE LinkDown']);
    scenario.advance(2 * SECOND).emit((_, intents) => intents.cancel(id));
    expect(scenario.wire).toEqual([]);
    scenario.link(LinkState.Up);
    expect(scenario.wire).toEqual(['CANCEL']);
  });

  it('DispatchFailed ends a NEW that never left, and frees the gate of any other request', () => {
    const scenario = new Scenario().start();
    const id = scenario.submit(Side.Buy, 9_990, 100);
    const { position } = scenario.last[0]!;
    scenario.send(Kind.DispatchFailed, { OrderId: id, Action: Action.New, DispatchPosition: position });
    expect(scenario.core.state.execution.orders.get(id)!.state).toBe(OrderState.Rejected);
    const other = scenario.submit(Side.Buy, 9_990, 100);
    scenario.accepted(other).emit((_, intents) => intents.cancel(other));
    scenario.send(Kind.DispatchFailed, { OrderId: other, Action: Action.Cancel, DispatchPosition: scenario.last[0]!.position });
    expect(scenario.core.state.execution.orders.get(other)).toMatchObject({ state: OrderState.Accepted, inflight: -1 });
  });
});

