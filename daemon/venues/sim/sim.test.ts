// The simulated Venue through its session: what a link sees of it, in which order, at what time, and that it is a
// pure function of its inputs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Action, FeedReason, FeedState, InstrumentState, Kind, OrderType, Side, TimeInForce, VenueOrderStatus }
  from '../../event/kinds.ts';
import { EPOCH, MILLISECOND, QUIET, RecordingHost, SECOND, WELCOME } from './recording-host.fixture.ts';
import { type SimSettings } from '../../event/simulation-settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const Q = 100_000;

describe('BT-4: a link to the simulated Venue', () => {
  it('starts with definition, status, snapshot and a valid feed for each instrument', () => {
    const host = new RecordingHost();
    host.start();
    const perInstrument = ['InstrumentDefined', 'InstrumentStatus', 'BookSnapshot', 'FeedStatusChanged'];
    expect(host.events().map((event) => event.name)).toEqual([...perInstrument, ...perInstrument]);
    expect(host.of(Kind.InstrumentDefined)[0]).toMatchObject({
      instrument: 0, venue: 3, symbol: 'BTC/USD', priceScale: 1, quantityScale: 8, tickSize: 1n, lotSize: 1000n,
    });
    expect(host.of(Kind.FeedStatusChanged)[1]).toMatchObject({
      venue: 3, instrument: 1, state: FeedState.Valid, reason: FeedReason.Subscribed, dropped: 0n,
    });
    const [snapshot] = host.of(Kind.BookSnapshot);
    expect(snapshot.bids).toMatchObject([{ price: 590_000n }]);
    expect(snapshot.asks).toMatchObject([{ price: 610_000n }]);
    expect(snapshot.captureTime).toBe(EPOCH);
  });

  it('answers with ids of its own and publishes what the order did to the book', () => {
    const host = RecordingHost.started();
    host.buy(7, 600_000, Q);
    expect(host.events().map((event) => event.name)).toEqual(['OrderAccepted', 'BookDelta']);
    expect(host.of(Kind.OrderAccepted)[0].venueOrderId).toMatch(/^[0-9a-z]+-o\d+$/);
    expect(host.of(Kind.BookDelta)[0])
      .toMatchObject({ previous: 1n, sequence: 2n, bids: [{ price: 600_000n, quantity: BigInt(Q) }], asks: [] });
    host.forget();
    host.cancel(7);
    expect(host.of(Kind.BookDelta)[0])
      .toMatchObject({ previous: 2n, sequence: 3n, bids: [{ price: 600_000n, quantity: 0n }] });
  });

  it('gives every execution an id that never comes again', () => {
    const host = RecordingHost.started();
    for (let orderId = 1; orderId <= 20; orderId += 1) host.buy(orderId, 610_000, 1000);
    const ids = host.of(Kind.OrderFilled).map((fill) => fill.executionId);
    expect(new Set(ids).size).toBe(20);
    const counters = ids.map((id) => Number(id.split('-e')[1]));
    expect(counters).toEqual([...counters].sort((x, y) => x - y));
  });

  it('publishes the trade before the delta it caused', () => {
    const host = RecordingHost.started();
    host.buy(7, 610_000, 1000);
    expect(host.events().map((event) => event.name)).toEqual(['OrderAccepted', 'OrderFilled', 'Trade', 'BookDelta']);
    expect(host.of(Kind.Trade)[0].prints)
      .toMatchObject([{ price: 610_000n, quantity: 1000n, id: 1n, aggressor: Side.Buy }]);
  });

  it('sends a fresh snapshot and a valid feed on request, and chains on from it', () => {
    const host = RecordingHost.started();
    host.buy(1, 600_000, Q);
    host.forget();
    host.venue.onSnapshotRequest(0, host.now);
    host.wait(0);
    expect(host.of(Kind.BookSnapshot)[0])
      .toMatchObject({ sequence: 3n, bids: [{ price: 600_000n }, { price: 590_000n }] });
    expect(host.of(Kind.FeedStatusChanged)[0]).toMatchObject({ state: FeedState.Valid, reason: FeedReason.Resync });
    host.buy(2, 599_999, Q);
    expect(host.of(Kind.BookDelta)[0]).toMatchObject({ previous: 3n, sequence: 4n });
    host.venue.onSnapshotRequest(99, host.now);
    host.wait(0);
    expect(host.of(Kind.BookSnapshot)).toHaveLength(1);
  });

  it('coalesces the changes of one publication interval', () => {
    const host = RecordingHost.started({ ...QUIET, publishIntervalNs: 10 * MILLISECOND });
    host.wait(MILLISECOND);
    host.buy(1, 600_000, Q);
    host.buy(2, 600_000, Q);
    host.buy(3, 599_000, Q);
    host.cancel(3);
    expect(host.of(Kind.BookDelta)).toHaveLength(0);
    host.wait(9 * MILLISECOND);
    expect(host.of(Kind.BookDelta)).toMatchObject([{ bids: [{ price: 600_000n, quantity: BigInt(2 * Q) }] }]);
  });

  it('shows no more levels than the daemon keeps, and takes back the one that falls out of the window', () => {
    const host = RecordingHost.started();
    const eth = (orderId: number, price: number): void =>
      host.send({ orderId, instrument: 1, price, quantity: 100_000 });
    for (let i = 0; i < 9; i += 1) eth(10 + i, 299_000 - i);
    host.forget();
    eth(30, 299_100);
    const [delta] = host.of(Kind.BookDelta);
    expect(delta.bids).toMatchObject([{ price: 299_100n, quantity: 100_000n }, { price: 290_000n, quantity: 0n }]);
  });

  it('mass cancel ends every order of every instrument', () => {
    const host = RecordingHost.started();
    host.buy(1, 600_000, Q);
    host.send({ orderId: 2, instrument: 1, price: 299_000, quantity: 100_000 });
    host.forget();
    host.venue.onMassCancel('test', host.now);
    host.wait(0);
    expect(host.story()).toEqual(['cancelled 1 0', 'cancelled 2 0']);
    expect(host.of(Kind.BookDelta).map((delta) => delta.instrument)).toEqual([0, 1]);
  });

  it('rejects an order for an instrument it was not told of', () => {
    const host = RecordingHost.started();
    host.send({ orderId: 1, instrument: 9, price: 1, quantity: 1000 });
    expect(host.story()).toEqual(['rejected 1 3']);
  });

  it('tells of a halted instrument', () => {
    const host = RecordingHost.started();
    host.venue.setInstrumentState('BTC/USD', InstrumentState.Halted, host.now);
    host.wait(0);
    expect(host.of(Kind.InstrumentStatus)).toMatchObject([{ instrument: 0, state: InstrumentState.Halted }]);
    host.buy(1, 600_000, Q);
    expect(host.story()).toEqual(['rejected 1 9']);
  });

  it('refuses a Welcome whose instruments have no currencies', () => {
    const host = new RecordingHost();
    expect(() => host.start({ ...WELCOME, currencies: [] }))
      .toThrow(/BTC\/USD has base currency 1 and quote currency 0/);
  });
});

describe('BT-4: latency', () => {
  const latency = {
    entryNs: 2 * MILLISECOND, entryJitterNs: 0, responseNs: 3 * MILLISECOND, responseJitterNs: 0,
    marketDataNs: MILLISECOND,
    marketDataJitterNs: 0,
  };

  it('delays the command on its way in and the report on its way out', () => {
    const host = RecordingHost.started({ ...QUIET, latency });
    host.wait(MILLISECOND);
    host.forget();
    host.buy(1, 600_000, Q);
    host.wait(3 * MILLISECOND - 1);
    expect(host.events()).toEqual([]);
    host.wait(1);
    expect(host.events().map((event) => event.name)).toEqual(['BookDelta']);
    host.wait(2 * MILLISECOND);
    const [accepted] = host.of(Kind.OrderAccepted);
    expect(accepted).toMatchObject({
      eventTime: EPOCH + BigInt(3 * MILLISECOND), captureTime: EPOCH + BigInt(6 * MILLISECOND),
    });
  });

  it('says when it next has something to do', () => {
    const host = RecordingHost.started({ ...QUIET, latency });
    host.wait(MILLISECOND);
    expect(host.venue.advance(host.now)).toBe(Infinity);
    host.buy(1, 600_000, Q);
    expect(host.venue.advance(host.now)).toBe(3 * MILLISECOND);
  });

  it('jitter never reorders a channel', () => {
    const jitter = { ...latency, entryJitterNs: 10 * MILLISECOND, responseJitterNs: 10 * MILLISECOND };
    const host = RecordingHost.started({ ...QUIET, latency: jitter });
    for (let orderId = 1; orderId <= 100; orderId += 1) {
      host.buy(orderId, 600_000, 1000);
      host.wait(100_000);
    }
    host.wait(SECOND);
    expect(host.of(Kind.OrderAccepted).map((accepted) => Number(accepted.orderId)))
      .toEqual([...Array(100).keys()].map((i) => i + 1));
  });

  it('a fill may reach us before the cancel we sent reaches the Venue', () => {
    const host = RecordingHost.started({ ...QUIET, latency });
    host.wait(MILLISECOND);
    host.buy(1, 600_000, 1000);
    host.wait(10 * MILLISECOND);
    host.forget();
    host.cancel(1);
    const exchange = host.venue.exchange();
    const market = exchange.marketOf(exchange.orders.listOpen()[0]);
    exchange.placeFlow(market, 2, {
      side: Side.Sell, type: OrderType.Limit, timeInForce: TimeInForce.ImmediateOrCancel, price: 600_000,
      quantity: 1000,
    });
    host.wait(10 * MILLISECOND);
    expect(host.story()).toEqual(['filled 1 1000@600000', 'cancel-rejected 1 10']);
  });
});

describe('BT-4: rate limit', () => {
  it('refuses what is too much and lets through again as time passes', () => {
    const host = RecordingHost.started({ ...QUIET, rateLimit: { capacity: 2, intervalNs: 10 * MILLISECOND } });
    host.buy(1, 600_000, Q);
    host.replace(1, 600_001, Q);
    host.cancel(1);
    host.buy(2, 600_000, Q);
    host.wait(10 * MILLISECOND);
    host.cancel(1);
    host.replace(1, 600_001, Q);
    expect(host.story()).toEqual([
      'accepted 1', 'replaced 1 100000@600001', 'cancel-rejected 1 6', 'rejected 2 6', 'cancelled 1 0',
      'replace-rejected 1 6',
    ]);
    expect(host.venue.audit().counters.rateLimited).toBe(3);
  });
});

describe('LIV-11: reconciliation', () => {
  it('reports missed executions, each order asked for, each open one, balances, positions, the end', () => {
    const host = RecordingHost.started();
    host.buy(1, 610_000, 1000);
    host.buy(2, 600_000, 2000);
    host.buy(3, 599_000, 2000);
    host.cancel(3);
    host.forget();
    host.reconcile(5, [3, 1, 77]);
    expect(host.story())
      .toEqual(['filled 1 1000@610000', 'status 3 3 0', 'status 1 2 1000', 'status 77 6 0', 'status 2 1 0']);
    expect(host.events().slice(-2).map((event) => event.name)).toEqual(['BalanceReport', 'PositionReport']);
    expect(host.of(Kind.PositionReport)[0]).toMatchObject({
      venue: 3, positions: [{ instrument: 0, quantity: 1000n }, { instrument: 1, quantity: 0n }],
    });
    const usd = host.of(Kind.BalanceReport)[0].balances.find((balance) => balance.currency === 0);
    // 0.61 USD and 4 bp paid for the fill; 1.2 USD and 4 bp set aside for order 2.
    expect(usd).toMatchObject({ total: 10n ** 14n - 61_024_400n, available: 10n ** 14n - 61_024_400n - 120_048_000n });
    expect(host.ends).toEqual([{ id: 5, complete: true, message: '', after: host.frames.length }]);
  });

  it('repeats executions of the last moments before the link was lost, and no older ones', () => {
    const host = RecordingHost.started({ ...QUIET, resendNs: SECOND });
    host.buy(1, 610_000, 1000);
    host.wait(2 * SECOND);
    host.buy(2, 610_000, 1000);
    host.stop();
    host.wait(60 * SECOND);
    host.start();
    host.forget();
    host.reconcile(1, []);
    expect(host.story()).toEqual(['filled 2 1000@610000']);
    host.forget();
    host.wait(2 * SECOND);
    host.reconcile(2, []);
    expect(host.story()).toEqual([]);
  });

  it('tells after a lost link what happened meanwhile', () => {
    const host = RecordingHost.started();
    host.sell(1, 600_000, 1000);
    host.forget();
    host.stop();
    const exchange = host.venue.exchange();
    exchange.placeFlow(exchange.marketOf(exchange.orders.listOpen()[0]), 2, {
      side: Side.Buy, type: OrderType.Market, timeInForce: TimeInForce.ImmediateOrCancel, price: 0, quantity: 1000,
    });
    host.wait(100 * SECOND);
    expect(host.frames).toHaveLength(0);
    host.start();
    host.forget();
    host.reconcile(1, [1]);
    expect(host.story()).toEqual(['filled 1 1000@600000', `status 1 ${VenueOrderStatus.Filled} 1000`]);
  });

  it('says it is incomplete when executions were forgotten unreported', () => {
    const host = RecordingHost.started(
      { ...QUIET, executionsMax: 2, faults: { ...QUIET.faults, ppm: { loseFill: 1_000_000 } } });
    for (let orderId = 1; orderId <= 3; orderId += 1) host.buy(orderId, 610_000, 1000);
    host.forget();
    host.reconcile(1, []);
    expect(host.ends)
      .toMatchObject([{ complete: false, message: '1 executions were forgotten before they could be reported' }]);
  });

  it('cancels what is open when the link is lost, if configured', () => {
    const host = RecordingHost.started({ ...QUIET, cancelOnDisconnect: true });
    host.buy(1, 600_000, 1000);
    host.stop();
    host.wait(SECOND);
    host.start();
    host.forget();
    host.reconcile(1, [1]);
    expect(host.story()).toEqual([`status 1 ${VenueOrderStatus.Cancelled} 0`]);
  });

  it('answers a status query about known, ended and unknown orders', () => {
    const host = RecordingHost.started();
    host.buy(1, 600_000, 1000);
    host.forget();
    for (const orderId of [1, 2]) host.venue.onStatusQuery(orderId, '', host.now);
    host.wait(0);
    expect(host.story()).toEqual(['status 1 1 0', 'status 2 6 0']);
  });
});

describe('EC5: the audit', () => {
  it('counts requests that overlap, repeat, miss or come after the mark', () => {
    const slow = { ...QUIET.latency, responseNs: MILLISECOND };
    const host = RecordingHost.started({ ...QUIET, latency: slow });
    host.buy(1, 600_000, 1000);
    host.replace(1, 600_001, 1000);
    host.cancel(1);
    host.wait(SECOND);
    host.cancel(1);
    host.wait(SECOND);
    host.cancel(5);
    host.wait(SECOND);
    host.buy(1, 600_000, 1000);
    host.wait(SECOND);
    host.venue.audit().mark();
    host.buy(6, 600_000, 1000);
    host.wait(SECOND);
    host.cancel(6);
    expect(host.venue.audit().counters).toMatchObject({
      news: 3, replaces: 1, cancels: 4, overlapping: 1, overlappingCancels: 1, overlappingAfterFault: 0,
      terminalOrders: 1,
      unknownOrders: 1, duplicateNews: 1, riskAfterMark: 1, cancelsAfterMark: 1,
    });
  });

  it('a status report settles a request whose answer went astray, and no other', () => {
    const script = [{ fault: 'loseAcknowledgement' as const, on: 'new' as const, nth: 1 }];
    const latency = { ...QUIET.latency, entryNs: MILLISECOND };
    const host = RecordingHost.started({ ...QUIET, latency, faults: { ...QUIET.faults, script } });
    host.buy(1, 600_000, 1000);
    host.venue.onStatusQuery(1, '', host.now);
    host.wait(SECOND);
    host.replace(1, 600_001, 1000);
    expect(host.venue.audit().counters.overlapping).toBe(0);
    host.venue.onStatusQuery(1, '', host.now);
    host.replace(1, 600_002, 1000);
    expect(host.venue.audit().counters.overlapping).toBe(1);
  });

  it('keeps a bounded wire log, one line per command, and hands each line out once', () => {
    const host = RecordingHost.started({ ...QUIET, wireLogMax: 3 });
    host.buy(1, 600_000, 1000);
    host.replace(1, 600_001, 1000);
    expect(host.venue.audit().takeLines()).toEqual([
      `${EPOCH} NEW 1 600000 1000 BTC/USD BUY LIMIT GTC`, `${EPOCH} REPLACE 1 600001 1000 BTC/USD BUY LIMIT GTC`,
    ]);
    expect(host.venue.audit().takeLines()).toEqual([]);
    for (let i = 0; i < 50; i += 1) host.cancel(i);
    expect(host.venue.audit().wireLog()).toHaveLength(3);
    expect(host.venue.audit().wireLog()[2]).toContain('CANCEL 49 ');
  });
});

describe('BT-4: one seed, one history', () => {
  const busy: SimSettings = {
    ...DEFAULT_SETTINGS,
    faults: {
      ...DEFAULT_SETTINGS.faults,
      ppm: { loseAcknowledgement: 50_000, delayAcknowledgement: 50_000, silentGap: 10_000, duplicateFill: 100_000 },
    },
  };
  const act = fc.record({
    wait: fc.integer({ min: 0, max: 20 * MILLISECOND }), kind: fc.integer({ min: 0, max: 9 }),
    orderId: fc.integer({ min: 1, max: 12 }), offset: fc.integer({ min: -30, max: 30 }),
    side: fc.constantFrom(Side.Buy, Side.Sell),
  });
  const acts = fc.array(act, { maxLength: 40 });

  type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

  function history(script: readonly Act[], slice: number): string[] {
    const host = new RecordingHost(busy);
    host.start();
    for (const { wait, kind, orderId, offset, side } of script) {
      for (let passed = 0; passed < wait && slice > 0; passed += slice) host.venue.advance(host.now + passed);
      host.now += wait;
      const price = 600_000 + offset;
      if (kind < 5) host.send({ orderId, side, price, quantity: 1_000_000 });
      else if (kind < 7) host.send({ orderId, action: Action.Replace, price, quantity: 500_000 });
      else if (kind < 9) host.cancel(orderId);
      else host.reconcile(1, [orderId]);
    }
    host.wait(3 * SECOND);
    return host.frames.map((frame) => Buffer.from(frame).toString('hex'));
  }

  it('the same inputs give the same bytes, however often the Venue is advanced in between', () => {
    fc.assert(fc.property(acts, fc.integer({ min: 10_000, max: 5 * MILLISECOND }), (script, slice) => {
      const once = history(script, 0);
      expect(history(script, 0)).toEqual(once);
      expect(history(script, slice)).toEqual(once);
    }), { numRuns: 8 });
  });

  it('another seed gives another history', () => {
    const [one, two] = [1, 2].map((seed) => {
      const host = new RecordingHost({ ...DEFAULT_SETTINGS, seed });
      host.start();
      host.wait(SECOND);
      return host.frames.map((frame) => Buffer.from(frame).toString('hex')).join();
    });
    expect(one).not.toBe(two);
  });

  it('a long pause is skipped, not caught up', () => {
    const host = new RecordingHost({ ...DEFAULT_SETTINGS, catchUpNs: SECOND });
    host.start();
    host.wait(3600 * SECOND);
    expect(host.of(Kind.BookDelta).length).toBeLessThan(800);
    expect(host.of(Kind.BookDelta).length).toBeGreaterThan(200);
  });
});
