// A restarted Venue goes on as if it had never stopped: what is saved is all there is.
import { describe, expect, it } from 'vitest';
import { Kind, Side } from '../../event/kinds.ts';
import { EPOCH, MILLISECOND, QUIET, RecordingHost, SECOND, WELCOME } from './recording-host.fixture.ts';
import { type SimSettings } from '../../event/simulation-settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';
import type { SimState } from './state.ts';

const BUSY: SimSettings = {
  ...DEFAULT_SETTINGS,
  publishIntervalNs: 3 * MILLISECOND,
  rateLimit: { capacity: 5, intervalNs: 20 * MILLISECOND },
  faults: { ...DEFAULT_SETTINGS.faults,
    ppm: { loseAcknowledgement: 100_000, duplicateFill: 100_000, silentGap: 20_000 } },
};

function trade(host: RecordingHost, from: number, to: number): void {
  for (let orderId = from; orderId < to; orderId += 1) {
    const side = orderId % 2 === 0 ? Side.Buy : Side.Sell;
    host.send(
      { orderId, instrument: orderId % 3 === 0 ? 1 : 0, side, price: orderId % 3 === 0 ? 300_000 : 600_000,
        quantity: 1_000_000 });
    host.wait(7 * MILLISECOND);
    if (orderId % 4 === 0) host.cancel(orderId - 2);
    if (orderId % 5 === 0) host.replace(orderId - 1, 600_000 + (orderId % 3), 500_000);
  }
}

function throughJson(state: SimState): SimState {
  return JSON.parse(JSON.stringify(state)) as SimState;
}

describe('LIV-11: a Venue with a memory', () => {
  it('a restored Venue emits the same bytes as the one that went on', () => {
    const original = new RecordingHost(BUSY);
    original.start();
    trade(original, 1, 60);
    original.buy(60, 600_000, 1_000_000);
    original.stop();
    const state = throughJson(original.venue.snapshot());
    const restored = new RecordingHost(BUSY, original.now);
    restored.venue.restore(state, restored.now);
    expect(restored.venue.snapshot()).toEqual(state);
    original.forget();
    for (const host of [original, restored]) {
      host.wait(40 * MILLISECOND);
      host.start();
      host.reconcile(1, [1, 2, 3, 60]);
      trade(host, 100, 160);
      host.wait(SECOND);
    }
    expect(restored.frames.length).toBeGreaterThan(100);
    expect(restored.frames.map(hex)).toEqual(original.frames.map(hex));
    expect(restored.venue.snapshot()).toEqual(original.venue.snapshot());
  });

  it('goes on under another clock: orders, accounts and missed executions are all there', () => {
    const before = RecordingHost.started({ ...QUIET, faults: { ...QUIET.faults, ppm: { loseFill: 1_000_000 } } });
    before.buy(1, 610_000, 1000);
    before.sell(2, 605_000, 3000);
    before.wait(SECOND);
    const after = new RecordingHost(QUIET, 123_456_789);
    after.venue.restore(throughJson(before.venue.snapshot()), after.now);
    after.start();
    after.forget();
    after.reconcile(1, [1, 2]);
    expect(after.story()).toEqual(['filled 1 1000@610000', 'status 1 2 1000', 'status 2 1 0']);
    expect(after.of(Kind.OrderFilled)[0].eventTime).toBe(EPOCH);
    const btc = after.of(Kind.BalanceReport)[0].balances.find(({ currency }) => currency === 1);
    expect(btc).toMatchObject({ total: 10n ** 14n + 1000n, available: 10n ** 14n - 2000n });
    after.buy(2, 600_000, 1000);
    expect(after.story().at(-1)).toBe('rejected 2 8');
  });

  it('never reuses an id, with a memory or without', () => {
    const before = RecordingHost.started();
    before.buy(1, 610_000, 1000);
    const after = new RecordingHost();
    after.venue.restore(before.venue.snapshot(), 0);
    after.start();
    after.forget();
    after.buy(2, 610_000, 1000);
    expect(after.of(Kind.OrderFilled)[0].executionId)
      .toBe(before.of(Kind.OrderFilled)[0].executionId.replace('-e1', '-e2'));
  });

  it('follows instruments and currencies to new indices and keeps silent about those no longer named', () => {
    const before = RecordingHost.started();
    before.buy(1, 610_000, 1000);
    before.buy(2, 600_000, 1000);
    before.send({ orderId: 3, instrument: 1, price: 299_000, quantity: 1000 });
    const after = new RecordingHost();
    after.venue.restore(throughJson(before.venue.snapshot()), 0);
    const [usd, btc] = WELCOME.currencies;
    after.start({
      ...WELCOME, currencies: [{ ...btc, currency: 0 }, { ...usd, currency: 1 }],
      instruments: [{ ...WELCOME.instruments[0], instrument: 4, base: 0, quote: 1 }],
    });
    after.forget();
    after.reconcile(1, []);
    expect(after.story()).toEqual(['filled 1 1000@610000', 'status 2 1 0']);
    expect(after.of(Kind.OrderFilled)[0]).toMatchObject({ instrument: 4, feeCurrency: 1 });
    expect(after.of(Kind.PositionReport)[0].positions).toEqual([{ instrument: 4, quantity: 1000n }]);
    expect(after.of(Kind.BookDelta).every((delta) => delta.instrument === 4)).toBe(true);
  });

  it('moves its revision with every change worth saving and not with the market', () => {
    const host = new RecordingHost(DEFAULT_SETTINGS);
    host.start();
    host.wait(SECOND);
    const { revision } = host.venue;
    host.wait(SECOND);
    expect(host.venue.revision).toBe(revision);
    host.buy(1, 500_000, 1000);
    host.wait(10 * MILLISECOND);
    const accepted = host.venue.revision;
    expect(accepted).toBeGreaterThan(revision);
    host.cancel(1);
    host.wait(10 * MILLISECOND);
    expect(host.venue.revision).toBeGreaterThan(accepted);
  });

  it('refuses a state of another format, a state after the start, and a Welcome that contradicts it', () => {
    const state = RecordingHost.started().venue.snapshot();
    expect(() => new RecordingHost().venue.restore({ ...state, format: 9 }, 0))
      .toThrow(/state of format 9, expected 1/);
    expect(() => new RecordingHost().venue.restore({ ...state, accounts: 7 } as never, 0)).toThrow(/state is damaged/);
    expect(() => new RecordingHost().venue.restore(null as never, 0)).toThrow(/state of format undefined/);
    expect(() => RecordingHost.started().venue.restore(state, 0)).toThrow(/before the first start/);
    const host = new RecordingHost();
    host.venue.restore(state, 0);
    const instruments = [{ ...WELCOME.instruments[0], lotSize: 1 }];
    expect(() => host.start({ ...WELCOME, instruments }))
      .toThrow(/restore the definition in the configuration or remove/);
  });
});

function hex(frame: Uint8Array): string {
  return Buffer.from(frame).toString('hex');
}
