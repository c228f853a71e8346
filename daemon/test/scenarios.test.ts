// What an operator could see with their own eyes, in the order of the day: a quiet market, the kill switch over a full
// Queue and a crash, the questions a running daemon answers. Real processes throughout.

import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Action, ControlReason, DispatchFailure, Kind } from '../event/kinds.ts';
import { packageRoot } from '../runtime/build-info.ts';
import { eachRecord, journalPaths } from './journal-contents.ts';
import { BTC, merged, VENUE, type Layer } from './paper-configuration.ts';
import { PaperRig, type PaperRigOptions } from './paper-rig.ts';
import { replayIdentical } from './replay-check.ts';
import { until } from './until.ts';

const rigs: PaperRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.close();
});

async function rigWith(options: PaperRigOptions): Promise<PaperRig> {
  const rig = await PaperRig.create(options);
  rigs.push(rig);
  return rig;
}

/** One instrument, one strategy of a user, one bucket. */
function burst(orders: number, perStep: number, bucket: Layer): Layer {
  return {
    venues: [merged(VENUE, { ackTimeout: '5s', rateLimits: [bucket] })],
    instruments: [merged(BTC, { staleAfter: '0s', limits: { openOrdersMax: 1000 } })],
    risk: { openOrdersMax: 1000 },
    strategies: [{
      id: 'burst', module: join(packageRoot(), 'daemon/test/strategies/burst.ts'), instruments: ['btc-usd'],
      cadence: { onTopPrice: true, onExecution: false, onControl: true }, parameters: { orders, perStep },
    }],
  };
}

/** A market in which nothing happens but what the client does. */
const QUIET: Layer = { market: { eventsPerSecond: 0 } };

/** Gauges follow State once a second. */
const PATIENCE = { everyMs: 200 };

interface Sent { readonly position: number; readonly action: Action; readonly orderId: number; readonly causeKind: Kind }

function dispatches(journal: string): Sent[] {
  const kinds = new Map<number, Kind>();
  const sent: Sent[] = [];
  eachRecord(journal, (record) => {
    kinds.set(record.position, record.kind);
    if (record.kind !== Kind.IntentDispatched) return;
    const { action, orderId } = record.decode().fields as unknown as { action: Action; orderId: bigint };
    sent.push({ position: record.position, action, orderId: Number(orderId), causeKind: kinds.get(record.cause) ?? Kind.NONE });
  });
  return sent;
}

function positionsOf(journal: string, kind: Kind): number[] {
  const positions: number[] = [];
  eachRecord(journal, (record) => { if (record.kind === kind) positions.push(record.position); });
  return positions;
}

/** Dispatches that did not leave, but for those that a kill overtook: recovery closes them. */
function failed(journal: string): number[] {
  const positions: number[] = [];
  eachRecord(journal, (record) => {
    const event = record.kind === Kind.DispatchFailed ? record.decode() : null;
    if (event?.kind === Kind.DispatchFailed && event.fields.failure !== DispatchFailure.Recovered) positions.push(record.position);
  });
  return positions;
}

describe('a quiet market', () => {
  test('EC7: an Order the rate limit held back goes out after a ControlTime Event, and nothing ticks besides', async () => {
    const rig = await rigWith({ configuration: burst(4, 4, { capacity: 2, tokenInterval: '1s' }), simulation: QUIET });
    await rig.start();
    const before = await rig.enable();
    await rig.statusWhere('all four Orders to live', ({ openOrders, queuedIntents }) => openOrders === 4 && queuedIntents === 0);
    await rig.until('all four to arrive', () => rig.wireLog().length === 4);
    await rig.daemon!.killed();
    const [journal] = journalPaths(rig.dataDir);
    const sent = dispatches(journal!);
    expect(sent.map(({ action }) => action)).toEqual(new Array(4).fill(Action.New));
    expect(sent.map(({ causeKind }) => Kind[causeKind])).toEqual([
      'TradingStateChanged', 'TradingStateChanged', 'ControlTime', 'ControlTime',
    ]);
    const reasons: string[] = [];
    eachRecord(journal!, (record) => {
      if (record.kind !== Kind.ControlTime || record.position < before.position) return;
      reasons.push(ControlReason[(record.decode().fields as unknown as { reason: ControlReason }).reason]!);
    });
    expect(reasons).toEqual(['RateCapacity', 'RateCapacity']);
    expect((await replayIdentical(journal!)).countByKind['IntentDispatched']).toBe(4);
  }, 900_000);
});

describe('the kill switch', () => {
  test('with hundreds of Orders queued, nothing but cancels is sent from then on, across kill -9', async () => {
    const bucket = { capacity: 40, tokenInterval: '100ms', reservedForCancel: 10 };
    const rig = await rigWith({ configuration: burst(400, 60, bucket) });
    await rig.start();
    await rig.enable();
    await rig.statusWhere('hundreds of Orders to be queued', (seen) => seen.queuedIntents > 250 && seen.openOrders > 20);
    const kill = await rig.command('/kill', 'fat finger');
    await rig.daemon!.killed();
    const restarted = rig.startDaemon();
    const status = await rig.answering();
    expect(status).toMatchObject({ killSwitch: true, egressLatched: true, trading: 'off' });
    await rig.statusWhere('every Order to be cancelled', (seen) => seen.openOrders === 0 && seen.queuedIntents === 0);
    const refused = await rig.command('/enable', 'too soon');
    expect(refused).toMatchObject({ ok: false });
    expect(refused.message).toContain('kill-switch');
    await restarted.killed();
    const [journal] = journalPaths(rig.dataDir);
    const killed = positionsOf(journal!, Kind.KillSwitchChanged);
    expect(killed).toEqual([kill.position]);
    const after = dispatches(journal!).filter(({ position }) => position > kill.position);
    expect(after.length).toBeGreaterThan(0);
    expect(new Set(after.map(({ action }) => action))).toEqual(new Set([Action.Cancel]));
    const before = dispatches(journal!).filter(({ position, action }) => position < kill.position && action !== Action.Cancel);
    const exposing = rig.wireLog().filter((line) => !line.includes(' CANCEL ')).map((line) => Number(line.split(' ')[2]));
    expect(exposing.filter((orderId) => !before.some((sent) => sent.orderId === orderId))).toEqual([]);
    expect(failed(journal!)).toEqual([]);
    await replayIdentical(journal!);
  }, 900_000);
});

describe('a running daemon', () => {
  test('answers /status on its socket and /metrics on its port while it trades', async () => {
    const rig = await rigWith({ configuration: { observe: { host: '127.0.0.1', port: 0 } } });
    await rig.start();
    const [, address] = await rig.daemon!.printed(/metrics (http:\/\/\S+)/);
    await rig.enable();
    const status = await rig.statusWhere('Orders', ({ openOrders }) => openOrders > 0);
    expect(status).toMatchObject({ phase: 'trading', trading: 'on', killSwitch: false });
    expect(status.venues).toMatchObject([{ venue: 'sim', link: 'up', reconciliation: 'ok' }]);
    const text = await until('the metrics to show that it trades', async () => {
      const page = await (await fetch(address!)).text();
      return /^tcx_trading_state(\{[^}]*\})? 1$/m.test(page) || /phase[^\n]*trading[^\n]* 1$/m.test(page) ? page : null;
    }, PATIENCE);
    expect(text).toMatch(/^# TYPE tcx_/m);
    await until('the daemon to be ready', async () => (await fetch(new URL('/health/ready', address))).status === 200, PATIENCE);
  }, 900_000);
});
