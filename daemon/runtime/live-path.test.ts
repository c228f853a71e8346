// The live path against a Venue that the test plays: what leaves and what does not, what becomes an Event when it cannot
// leave, obligations in real time, reconciliation, strategies that misbehave.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Counter } from '../event/counters.ts';
import { Status, WriterStatistic } from '../event/generated/view_generated.ts';
import {
  Action, DispatchFailure, Kind, OperatorAction, ReconciliationResult, SessionEnd, Source, TradingState, VenueOrderStatus,
} from '../event/kinds.ts';
import { MessageType } from '../event/link-message.ts';
import { Transmit } from '../event/link-port.ts';
import { until } from '../test/until.ts';
import { drain } from './drain.ts';
import { configurationText, LiveRig, recordsOf, replayOf, temporaryFolder } from './live-rig.fixture.ts';

let folder: ReturnType<typeof temporaryFolder>;
let rigs: LiveRig[];
beforeEach(() => { folder = temporaryFolder(); rigs = []; });
afterEach(() => {
  for (const rig of rigs) rig.close();
  folder.remove();
});

const operator = { actor: 'test', reason: 'test' };

async function start(changes: Parameters<typeof configurationText>[1] = {}): Promise<LiveRig> {
  const rig = await LiveRig.start(folder.path, configurationText(folder.path, changes));
  rigs.push(rig);
  return rig;
}

/** Kinds recorded, as names. */
function recorded(rig: LiveRig): string[] {
  return recordsOf(rig.journal).map((record) => Kind[record.kind]);
}

function failures(rig: LiveRig): number[] {
  return recordsOf(rig.journal).filter((record) => record.kind === Kind.DispatchFailed)
    .map((record) => (record.fields.fields as { failure: number }).failure);
}

describe('transmission', () => {
  test('what leaves is the recorded IntentDispatched, in order, after it was recorded', async () => {
    const rig = (await start()).trade();
    const sent = rig.dispatched().map((event) => event.fields);
    expect(sent.map((fields) => fields.action)).toEqual([Action.New, Action.New]);
    const written = recordsOf(rig.journal).filter((record) => record.kind === Kind.IntentDispatched).map((record) => record.fields.fields);
    expect(sent).toEqual(written);
    expect(rig.counters[Counter.Transmitted]).toBe(2);
  });

  test('a link that is down: DispatchFailed(LinkDown), no second try while it is down, nothing sent late when it returns', async () => {
    const rig = (await start()).trade();
    rig.answerAll();
    rig.outcome = Transmit.LinkDown;
    rig.market(610_000);
    expect(failures(rig)).toEqual([DispatchFailure.LinkDown]);
    await expect.poll(() => rig.path.core.state.control.venues[0].linked).toBe(false);
    rig.outcome = Transmit.Sent;
    rig.wire.length = 0;
    rig.path.live.linkUp(rig.link());
    expect(rig.dispatched()).toEqual([]);
  });

  test('a gateway that does not read: DispatchFailed(Backpressure), then its link is closed', async () => {
    const rig = (await start()).trade();
    rig.answerAll();
    rig.outcome = Transmit.Backpressure;
    rig.market(610_000);
    expect(failures(rig)).toEqual([DispatchFailure.Backpressure]);
    await expect.poll(() => rig.path.core.state.control.venues[0].linked).toBe(false);
  });

  test('LIV-6: behind the closed egress latch only CANCEL leaves, even against State', async () => {
    const rig = (await start()).trade();
    rig.answerAll();
    rig.path.transmitter.latch();
    rig.market(610_000);
    expect(rig.dispatched()).toEqual([]);
    expect(failures(rig)).toEqual([DispatchFailure.EgressLatch]);
    expect(rig.path.core.state.control.trading).toBe(TradingState.Off);
    expect(rig.logged.filter((line) => line.startsWith('ALARM'))).toHaveLength(1);
    rig.path.events.operatorCommand(OperatorAction.CancelAll, -1, 0, operator, Source.Operator);
    expect(rig.dispatched().map((event) => event.fields.action)).toEqual([Action.Cancel, Action.Cancel]);
  });

  test('LIV-6: the kill switch over hundreds of Orders, in one step: nothing but cancels on the wire', async () => {
    const rig = await burst(150);
    rig.wire.length = 0;
    rig.path.transmitter.latch();
    rig.path.events.killSwitch(true, operator);
    const actions = rig.dispatched().map((event) => event.fields.action);
    expect(actions).toHaveLength(150);
    expect(new Set(actions)).toEqual(new Set([Action.Cancel]));
    const ids = new Set(rig.dispatched().map((event) => BigInt(event.fields.orderId)));
    expect(ids.size).toBe(150);
    rig.answerAll();
    expect(rig.path.core.state.execution.orders.liveTotal).toBe(0);
    rig.market(650_000);
    expect(rig.dispatched()).toEqual([]);
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
  });

  test('a step that dispatches more than the writer keeps: the first failure stops the rest, each has its DispatchFailed', async () => {
    const rig = await burst(100);
    rig.wire.length = 0;
    rig.outcome = Transmit.Backpressure;
    rig.path.events.operatorCommand(OperatorAction.CancelAll, -1, 0, operator, Source.Operator);
    expect(failures(rig)).toEqual([DispatchFailure.Backpressure, ...new Array<number>(99).fill(DispatchFailure.LinkDown)]);
    const kinds = recorded(rig).filter((kind) => kind !== 'StateDigest').slice(-101);
    expect(kinds).toEqual(['VenueLinkChanged', ...new Array<string>(100).fill('DispatchFailed')]);
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
  });
});

/** A strategy of the test's own that submits `count` Orders over several steps, all accepted. */
async function burst(count: number): Promise<LiveRig> {
  const path = join(folder.path, 'burst.ts');
  writeFileSync(path, `
import { defineStrategy, Side } from 'tcx/strategy';
export default defineStrategy({
  name: 'burst', version: '1', memory: { sent: 0 }, parameters: () => null,
  evaluate(context, memory, intents) {
    if (!context.tradingEnabled || !context.books[0]!.valid) return;
    for (let i = 0; i < 50 && memory.sent < ${count}; i++) {
      intents.submit(0, Side.Buy, 500000 - memory.sent, 10);
      memory.sent++;
    }
  },
});
`);
  const rig = (await start({ strategies: `- { id: burst, module: ${path}, instruments: [btc-usd], cadence: { onBook: true } }` })).trade();
  for (let i = 0; rig.path.core.state.execution.orders.liveTotal < count && i < 20; i += 1) {
    rig.answerAll();
    rig.market(600_000 + i);
  }
  rig.answerAll();
  expect(rig.path.core.state.execution.orders.liveTotal).toBe(count);
  return rig;
}

describe('time', () => {
  test('EC7: a rate-limited order goes out after a ControlTime in a quiet market, and replays', async () => {
    const rig = (await start({ rate: '{ capacity: 1, tokenInterval: 20ms }' })).trade();
    expect(rig.dispatched()).toHaveLength(1);
    await expect.poll(() => rig.dispatched().length).toBe(2);
    expect(recorded(rig)).toContain('ControlTime');
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
  });

  test('an unanswered request: ControlTime when it is overdue, and the Venue is asked for its status', async () => {
    const rig = (await start()).trade();
    await expect.poll(() => rig.messages(MessageType.StatusQuery).length).toBe(2);
    const asked = rig.messages(MessageType.StatusQuery).map((message) => message.orderId);
    expect(asked.sort()).toEqual(rig.dispatched().map((event) => Number(event.fields.orderId)).sort());
  });

  test('an idle session has no obligation and records nothing', async () => {
    const rig = await start();
    const { position } = rig.path.core.event;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(rig.path.core.event.position).toBe(position);
    expect(rig.path.core.obligation.deadline).toBe(Infinity);
  });
});

describe('reconciliation', () => {
  const last = (rig: LiveRig): object => recordsOf(rig.journal).filter((record) => record.kind === Kind.ReconciliationCompleted).at(-1)!
    .fields.fields;
  const status = (rig: LiveRig, orderId: number, changes: object = {}): void => {
    const order = rig.path.core.state.execution.orders.get(orderId);
    rig.ingest(rig.encoder.orderStatusReport({
      orderId, status: VenueOrderStatus.Open, instrument: 0, side: order?.side ?? 0, price: order?.price ?? 1,
      quantity: order?.quantity ?? 1, filledQuantity: order?.filled ?? 0, eventTime: 0, captureTime: 0, venueOrderId: `v${orderId}`,
      ...changes,
    }));
  };
  /** Two live, accepted Orders and a comparison asked for. */
  async function asked(): Promise<{ rig: LiveRig; ids: readonly number[]; id: number }> {
    const rig = (await start()).trade();
    rig.answerAll();
    expect(rig.path.reconciler.start(0)).toBe(true);
    const { orderIds, id } = rig.messages(MessageType.ReconcileRequest).at(-1)!;
    expect(orderIds).toHaveLength(2);
    return { rig, ids: orderIds, id };
  }

  test('LIV-11: agreement is ok', async () => {
    const { rig, ids, id } = await asked();
    for (const orderId of ids) status(rig, orderId);
    rig.path.live.reconcileEnd(0, id, true, '');
    expect(last(rig)).toMatchObject({ result: ReconciliationResult.Ok, ordersCompared: 2 });
  });

  test.each([
    ['another filled quantity', (rig: LiveRig, ids: readonly number[]) => {
      status(rig, ids[0], { filledQuantity: 1 });
      status(rig, ids[1]);
    }, ReconciliationResult.Mismatch],
    ['an open Order nobody sent', (rig: LiveRig, ids: readonly number[]) => { ids.forEach((each) => status(rig, each)); status(rig, 0); },
      ReconciliationResult.Mismatch],
    ['a position State does not have', (rig: LiveRig, ids: readonly number[]) => {
      ids.forEach((each) => status(rig, each));
      rig.ingest(rig.encoder.positionReport({ venue: 0, eventTime: 0, captureTime: 0, positions: [{ instrument: 0, quantity: 5 }] }));
    }, ReconciliationResult.Mismatch],
    ['an Order not reported', (rig: LiveRig, ids: readonly number[]) => { status(rig, ids[0]); }, ReconciliationResult.Unknown],
    ['an Order the Venue cannot account for', (rig: LiveRig, ids: readonly number[]) => {
      status(rig, ids[0]);
      status(rig, ids[1], { status: VenueOrderStatus.Indeterminate });
    }, ReconciliationResult.Unknown],
  ])('LIV-11: %s keeps trading gated and never overwrites State', async (_what, answer, result) => {
    const { rig, ids, id } = await asked();
    const before = rig.path.core.state.execution.positions.of[0].quantity;
    answer(rig, ids);
    rig.path.live.reconcileEnd(0, id, true, '');
    expect(last(rig)).toMatchObject({ result });
    expect(rig.path.core.state.execution.positions.of[0].quantity).toBe(before);
    expect(rig.path.core.state.control.venues[0].reconciled).toBe(false);
    const refused = await rig.path.commands.execute({ command: 'enable' }, operator);
    expect(refused.ok).toBe(false);
    expect(refused.closedGates.map((gate) => gate.gate)).toContain('reconciliation');
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
  });

  test('an answer that never ends is Unknown, and a link that goes away ends the comparison', async () => {
    const { rig, id } = await asked();
    rig.path.live.reconcileEnd(0, id + 7, true, 'of another request');
    expect(rig.path.reconciler.isGoing(0)).toBe(true);
    rig.path.live.linkDown(0, 'test');
    expect(rig.path.reconciler.isGoing(0)).toBe(false);
  });
});

describe('strategies that misbehave', () => {
  async function withStrategy(body: string): Promise<LiveRig> {
    const path = join(folder.path, 'bad.ts');
    writeFileSync(path, `
import { defineStrategy } from 'tcx/strategy';
export default defineStrategy({
  name: 'bad', version: '1', memory: { n: 0 }, parameters: () => null,
  evaluate(context, memory, intents) { ${body} },
});
`);
    return (await start({
      strategies: `- { id: bad, module: ${path}, instruments: [btc-usd], cadence: { onBook: true }, failuresMax: 3 }`,
    })).trade();
  }

  test('a strategy that throws is switched off by an Event after the configured number of failures; it replays', async () => {
    const rig = await withStrategy("memory.n++; throw new Error('boom');");
    for (let i = 0; i < 6; i += 1) rig.market(600_000 + i);
    const off = recordsOf(rig.journal).filter((record) => record.kind === Kind.TradingStateChanged)
      .map((record) => record.fields.fields as { strategy: number; state: number; reason: string });
    expect(off.filter((fields) => fields.strategy === 0))
      .toMatchObject([{ state: TradingState.Off, reason: expect.stringMatching(/failed 3 times, last: boom/) }]);
    expect(rig.counters[Counter.StrategyFailures]).toBe(3);
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
    const enabled = await rig.path.commands.execute({ command: 'enable', strategy: 'bad' }, operator);
    expect(enabled.ok).toBe(true);
    rig.market(600_100);
    expect(rig.counters[Counter.StrategyFailures]).toBeGreaterThan(3);
  });

  test('a strategy that loops for 100 ms is counted and named', async () => {
    // Twice as long every time: how long 100 ms are is the machine's affair.
    const turns = 'for (let i = 0; i < 1e6 * 2 ** memory.n; i++) x = (x + i) | 0;';
    const rig = await withStrategy(`memory.n++; let x = 0; ${turns} memory.n += x * 0;`);
    for (let i = 0; rig.counters[Counter.StepsSlow] === 0; i += 1) rig.market(600_000 + i);
    expect(rig.logged.join('\n')).toMatch(/the step of position \d+ \(BookSnapshot|TradingStateChanged\) took [\d.]+ ms, more than 100 ms/);
  });
});

describe('ending', () => {
  test('a drain cancels everything, waits, and ends the session', async () => {
    const rig = (await start()).trade();
    rig.answerAll();
    const done = drain({ core: rig.path.core, events: rig.path.events, log: console, waitMsMax: 5000 }, SessionEnd.Stopped, operator);
    rig.answerAll();
    expect(await done).toMatchObject({ ended: true });
    const kinds = recorded(rig);
    expect(kinds.slice(-2)).toEqual(['SessionEnded', 'StateDigest']);
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
  });

  test('Orders that do not end in time leave the session open', async () => {
    const rig = (await start()).trade();
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const result = await drain({ core: rig.path.core, events: rig.path.events, log, waitMsMax: 50 }, SessionEnd.Stopped, operator);
    expect(result.ended).toBe(false);
    expect(result.message).toMatch(/2 Orders did not end/);
    expect(recorded(rig)).not.toContain('SessionEnded');
  });

  test('a journal that cannot grow: market data is refused, reports still enter, the end is asked for once', async () => {
    const rig = (await start()).trade();
    rig.answerAll();
    // The writer's own thread may say at any moment that it has room: until a step has seen the opposite.
    await until('the end to be asked for', () => {
      rig.started.opened.writer.statistics[WriterStatistic.Failure] = Status.NoSpace;
      rig.market(600_050);
      return rig.said.includes('the journal cannot grow: no space left on its disk');
    });
    const { position } = rig.path.core.event;
    rig.market(600_100);
    expect(rig.path.core.event.position).toBe(position);
    for (const { fields: { orderId } } of rig.dispatched()) {
      rig.ingest(rig.encoder.orderCancelled({ orderId, reason: 0, eventTime: 0, captureTime: 0 }));
    }
    expect(rig.path.core.event.position).toBeGreaterThanOrEqual(position);
    expect(rig.said.filter((line) => line.startsWith('the journal cannot grow'))).toHaveLength(1);
  });
});

describe('operator commands', () => {
  test('LIV-3: each is recorded with actor and reason, or refused with what stands in the way', async () => {
    const rig = (await start()).trade();
    const run = (request: Parameters<typeof rig.path.commands.execute>[0]): ReturnType<typeof rig.path.commands.execute> =>
      rig.path.commands.execute(request, { actor: 'uid:7', reason: 'drill' });
    expect(await run({ command: 'pause' })).toMatchObject({ ok: true });
    expect(await run({ command: 'pause' })).toMatchObject({ ok: false, message: 'trading is not on' });
    expect(await run({ command: 'enable' })).toMatchObject({ ok: true });
    expect(await run({ command: 'kill' })).toMatchObject({ ok: true });
    expect(rig.path.transmitter.isLatched()).toBe(true);
    const refused = await run({ command: 'enable' });
    expect(refused.closedGates.map((gate) => gate.gate)).toEqual(['kill-switch', 'egress']);
    expect(await run({ command: 'unkill' })).toMatchObject({ ok: true });
    expect(rig.path.transmitter.isLatched()).toBe(false);
    expect(rig.path.core.state.control.trading).toBe(TradingState.Off);
    expect(await run({ command: 'pause', strategy: 'nobody' }))
      .toMatchObject({ ok: false, message: expect.stringMatching(/expected one of: maker/) });
    expect(await run({ command: 'cancel-all', venue: 'nowhere' }))
      .toMatchObject({ ok: false, message: expect.stringMatching(/expected one of: alpha/) });
    expect(await run({ command: 'dispose', orderId: 99 })).toMatchObject({ ok: false, message: 'no Order 99 is known' });
    const orderId = rig.path.core.state.execution.orders.liveAt(0, 0).id;
    expect(await run({ command: 'dispose', orderId })).toMatchObject({ ok: true });
    expect(await run({ command: 'disable' })).toMatchObject({ ok: true });
    const own = recordsOf(rig.journal).map((record) => record.fields.fields as { actor?: string; reason?: string })
      .filter((fields) => fields.actor === 'uid:7');
    expect(own).toHaveLength(6);
    expect(own.every((fields) => fields.reason === 'drill')).toBe(true);
    expect((await replayOf(rig.journal)).verdict).toBe('identical');
  });
});
