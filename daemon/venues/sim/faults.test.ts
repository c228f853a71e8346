// Each fault the Venue can be told to commit: what the link sees, and that the Venue's own truth stays whole.
import { describe, expect, it } from 'vitest';
import { FeedReason, FeedState, Kind, Side, TimeInForce } from '../../event/kinds.ts';
import { Prng } from '../../base/prng.ts';
import { FaultPlan, fits, NATURAL_TRIGGER } from './faults.ts';
import { MILLISECOND, QUIET, RecordingHost, SECOND, WELCOME } from './recording-host.fixture.ts';
import { FAULT_KINDS, FAULT_TRIGGERS, type FaultKind, type FaultTrigger, type SimSettings } from '../../event/simulation-settings.ts';

const Q = 100_000;

function faulty(...script: [fault: FaultKind, on: FaultTrigger, nth: number][]): SimSettings {
  return { ...QUIET, faults: { ...QUIET.faults, script: script.map(([fault, on, nth]) => ({ fault, on, nth })) } };
}

function started(...script: [fault: FaultKind, on: FaultTrigger, nth: number][]): RecordingHost {
  return RecordingHost.started(faulty(...script));
}

/** Whatever is said, what is owned adds up. */
function expectWhole(host: RecordingHost): void {
  const { accounts } = host.venue.exchange();
  expect(accounts.sum('USD')).toBe(10n ** 14n);
  expect(accounts.sum('BTC')).toBe(10n ** 14n);
}

describe('requests and their answers', () => {
  it('loseRequest: the Venue never took it, and says so when asked', () => {
    const host = started(['loseRequest', 'new', 2]);
    host.buy(1, 600_000, Q);
    host.buy(2, 600_000, Q);
    host.venue.onStatusQuery(2, '', host.now);
    host.wait(0);
    expect(host.story()).toEqual(['accepted 1', 'status 2 6 0']);
    expect(host.venue.audit().faults.loseRequest).toBe(1);
  });

  it('loseAcknowledgement: the order lives, nobody was told', () => {
    const host = started(['loseAcknowledgement', 'new', 1]);
    host.buy(1, 600_000, Q);
    expect(host.story()).toEqual([]);
    host.venue.onStatusQuery(1, '', host.now);
    host.wait(0);
    expect(host.story()).toEqual(['status 1 1 0']);
    host.cancel(1);
    expect(host.story()).toEqual(['status 1 1 0', 'cancelled 1 0']);
  });

  it('EC5: a cancel after a lost answer is told apart from an overlap', () => {
    const host = started(['loseAcknowledgement', 'new', 1]);
    host.buy(1, 600_000, Q);
    host.cancel(1);
    expect(host.venue.audit().counters)
      .toMatchObject({ overlapping: 0, overlappingCancels: 0, overlappingAfterFault: 1 });
  });

  it('delayAcknowledgement: it comes after what happened later', () => {
    const host = started(['delayAcknowledgement', 'new', 1]);
    host.buy(1, 610_000, 1000);
    host.buy(2, 600_000, Q);
    expect(host.story()).toEqual(['filled 1 1000@610000', 'accepted 2']);
    host.wait(2 * SECOND);
    expect(host.story()).toEqual(['filled 1 1000@610000', 'accepted 2', 'accepted 1']);
  });

  it('duplicateAcknowledgement: twice the same', () => {
    const host = started(['duplicateAcknowledgement', 'cancel', 1]);
    host.buy(1, 600_000, Q);
    host.cancel(1);
    expect(host.story()).toEqual(['accepted 1', 'cancelled 1 0', 'cancelled 1 0']);
  });

  it('reorderAcknowledgement: the next message overtakes it; alone, it leaves after the wait', () => {
    const host = started(['reorderAcknowledgement', 'new', 1], ['reorderAcknowledgement', 'new', 3]);
    host.buy(1, 600_000, Q);
    host.buy(2, 600_000, Q);
    expect(host.story()).toEqual(['accepted 2', 'accepted 1']);
    host.forget();
    host.buy(3, 600_000, Q);
    host.wait(49 * MILLISECOND);
    expect(host.story()).toEqual([]);
    host.wait(MILLISECOND);
    expect(host.story()).toEqual(['accepted 3']);
  });

  it('reject and rateLimit: refused without a look, for each action', () => {
    const host = started(
      ['reject', 'new', 1], ['rateLimit', 'new', 2], ['reject', 'replace', 1], ['rateLimit', 'replace', 2],
      ['reject', 'cancel', 1],
      ['rateLimit', 'cancel', 2]);
    host.buy(1, 600_000, Q);
    host.buy(2, 600_000, Q);
    host.buy(3, 600_000, Q);
    host.replace(3, 600_001, Q);
    host.replace(3, 600_001, Q);
    host.cancel(3);
    host.cancel(3);
    expect(host.story()).toEqual([
      'rejected 1 9', 'rejected 2 6', 'accepted 3', 'replace-rejected 3 9', 'replace-rejected 3 6',
      'cancel-rejected 3 9',
      'cancel-rejected 3 6',
    ]);
    host.reconcile(1, [1, 2, 3]);
    expect(host.story().slice(-3)).toEqual(['status 1 4 0', 'status 2 4 0', 'status 3 1 0']);
  });

  it('disconnect: the request takes effect, its answer is lost, the host is told to stay away', () => {
    const host = started(['disconnect', 'new', 1]);
    host.buy(1, 610_000, 1000);
    expect(host.frames).toHaveLength(0);
    expect(host.disconnects).toMatchObject([{ milliseconds: 1000 }]);
    host.stop();
    host.wait(SECOND);
    host.start();
    host.forget();
    host.reconcile(1, [1]);
    expect(host.story()).toEqual(['filled 1 1000@610000', 'status 1 2 1000']);
    expectWhole(host);
  });

  it('disconnect may strike at a delta, and the host may stop and start inside the call', () => {
    const host = started(['disconnect', 'delta', 2]);
    const stopAtOnce = host.disconnect.bind(host);
    host.disconnect = (milliseconds, reason): void => {
      stopAtOnce(milliseconds, reason);
      host.stop();
      host.start();
    };
    host.buy(1, 600_000, Q);
    host.buy(2, 600_000, Q);
    expect(host.disconnects).toHaveLength(1);
    expect(host.of(Kind.BookSnapshot)[0]).toMatchObject({ bids: [{ price: 600_000n, quantity: BigInt(2 * Q) }, {}] });
  });
});

describe('fills', () => {
  it('fillBeforeAcceptance: the fill comes first', () => {
    const host = started(['fillBeforeAcceptance', 'new', 1], ['fillBeforeAcceptance', 'new', 2]);
    host.buy(1, 610_000, 2000);
    host.buy(2, 600_000, 3000);
    expect(host.story()).toEqual(['filled 1 2000@610000', 'accepted 1', 'filled 2 1000@600000', 'accepted 2']);
    host.cancel(2);
    expect(host.story().at(-1)).toBe('cancelled 2 0');
    expectWhole(host);
  });

  it('fillBeforeAcceptance does not bring a refused order to life', () => {
    const host = started(['fillBeforeAcceptance', 'new', 1]);
    host.buy(1, 610_000, 2000, TimeInForce.PostOnly);
    expect(host.story()).toEqual(['rejected 1 2']);
    expect(host.venue.audit().faults.fillBeforeAcceptance).toBe(0);
  });

  it('fillAfterTerminal: a real fill whose report comes after the cancel', () => {
    const host = started(['fillAfterTerminal', 'cancel', 1]);
    host.buy(1, 600_000, 3000);
    host.cancel(1);
    expect(host.story()).toEqual(['accepted 1', 'cancelled 1 0']);
    host.wait(2 * SECOND);
    expect(host.story().at(-1)).toBe('filled 1 1000@600000');
    host.forget();
    host.reconcile(1, [1]);
    expect(host.story().at(-1)).toBe('status 1 3 1000');
    expect(host.of(Kind.PositionReport)[0].positions[0].quantity).toBe(1000n);
    expectWhole(host);
  });

  it('fillAfterTerminal leaves an order of one lot alone: it would be filled, not cancelled', () => {
    const host = started(['fillAfterTerminal', 'cancel', 1]);
    host.buy(1, 600_000, 1000);
    host.cancel(1);
    host.wait(5 * SECOND);
    expect(host.story()).toEqual(['accepted 1', 'cancelled 1 0']);
  });

  it('loseFill: it happened, and reconciliation tells of it', () => {
    const host = started(['loseFill', 'fill', 1]);
    host.buy(1, 610_000, 1000);
    expect(host.story()).toEqual(['accepted 1']);
    host.wait(3600 * SECOND);
    host.forget();
    host.reconcile(1, []);
    expect(host.story()).toEqual(['filled 1 1000@610000']);
  });

  it('duplicateFill: the same execution id twice, booked once', () => {
    const host = started(['duplicateFill', 'fill', 1]);
    host.buy(1, 610_000, 1000);
    const [first, second] = host.of(Kind.OrderFilled);
    expect(second).toEqual(first);
    expect(host.venue.exchange().accounts.position('BTC/USD')).toBe(1000);
  });

  it('orphanFill: a fill of an order nobody sent', () => {
    const host = started(['orphanFill', 'fill', 1]);
    host.buy(1, 610_000, 1000);
    const [orphan, own] = host.of(Kind.OrderFilled);
    expect(orphan.orderId).toBe(2n ** 52n + 1n);
    expect(orphan.executionId).not.toBe(own.executionId);
    expectWhole(host);
  });
});

describe('the feed', () => {
  it('silentGap: the chain breaks where the delta is missing', () => {
    const host = started(['silentGap', 'delta', 2]);
    for (const orderId of [1, 2, 3]) host.buy(orderId, 600_000 - orderId, Q);
    expect(host.of(Kind.BookDelta)).toMatchObject([{ previous: 1n, sequence: 2n }, { previous: 3n, sequence: 4n }]);
    expect(host.of(Kind.FeedStatusChanged)).toEqual([]);
  });

  it('announcedGap: invalid, silent, then a snapshot heals it by itself', () => {
    const host = started(['announcedGap', 'delta', 1]);
    for (const orderId of [1, 2]) host.buy(orderId, 600_000 - orderId, Q);
    expect(host.of(Kind.BookDelta)).toEqual([]);
    expect(host.of(Kind.FeedStatusChanged))
      .toMatchObject([{ state: FeedState.Invalid, reason: FeedReason.SequenceGap, dropped: 1n }]);
    host.wait(100 * MILLISECOND);
    expect(host.of(Kind.BookSnapshot)).toMatchObject([{ bids: [{ price: 599_999n }, { price: 599_998n }, {}] }]);
    expect(host.of(Kind.FeedStatusChanged)[1]).toMatchObject({ state: FeedState.Valid, reason: FeedReason.Resync });
  });

  it('announcedGap: a snapshot on request heals it at once, and only once', () => {
    const host = started(['announcedGap', 'delta', 1]);
    host.buy(1, 600_000, Q);
    host.venue.onSnapshotRequest(0, host.now);
    host.wait(SECOND);
    expect(host.of(Kind.BookSnapshot)).toHaveLength(1);
    host.buy(2, 600_000, Q);
    expect(host.of(Kind.BookDelta)).toHaveLength(1);
  });

  it('crossedBook: a bid above the ask, until the next snapshot', () => {
    const host = started(['crossedBook', 'delta', 1]);
    host.buy(1, 600_000, Q);
    expect(host.of(Kind.BookDelta))
      .toMatchObject([{ sequence: 2n }, { previous: 2n, sequence: 3n, bids: [{ price: 610_001n }] }]);
    host.venue.onSnapshotRequest(0, host.now);
    host.wait(0);
    expect(host.of(Kind.BookSnapshot)).toMatchObject([{ bids: [{ price: 600_000n }, {}] }]);
  });

  it('zeroQuantity, negativeQuantity and unknownInstrument: what no book may take', () => {
    const host = started(['zeroQuantity', 'delta', 1], ['negativeQuantity', 'delta', 2],
      ['unknownInstrument', 'delta', 3]);
    for (const orderId of [1, 2, 3]) host.buy(orderId, 600_000, Q);
    expect(host.of(Kind.Trade)).toMatchObject([{ prints: [{ price: 600_000n, quantity: 0n }] }]);
    expect(host.of(Kind.BookDelta)[2]).toMatchObject({ bids: [{ price: 600_000n, quantity: -1000n }] });
    expect(host.of(Kind.BookDelta)[4]).toMatchObject({ instrument: 65_535 });
  });
});

describe('status reports', () => {
  it('disagreeingStatus: the answer is false, the order is not', () => {
    const host = started(['disagreeingStatus', 'status', 1], ['disagreeingStatus', 'status', 2]);
    host.buy(1, 600_000, Q);
    host.forget();
    host.reconcile(1, [1, 5]);
    expect(host.story()).toEqual(['status 1 3 0', 'status 5 1 0']);
    host.reconcile(2, [1]);
    expect(host.story().at(-1)).toBe('status 1 1 0');
  });

  it('orphanStatus: an open order without an order id of ours', () => {
    const host = started(['orphanStatus', 'status', 1]);
    host.reconcile(1, [5]);
    expect(host.story()).toEqual(['status 0 1 0', 'status 5 6 0']);
  });
});

describe('when faults strike', () => {
  it('a script strikes exactly once; probability strikes about as often as asked, in its own stream', () => {
    const host = RecordingHost.started(
      { ...QUIET, faults: { ...QUIET.faults, ppm: { loseAcknowledgement: 250_000 } } });
    for (let orderId = 1; orderId <= 400; orderId += 1) host.buy(orderId, 600_000, 1000);
    const lost = host.venue.audit().faults.loseAcknowledgement;
    expect(lost).toBeGreaterThan(70);
    expect(lost).toBeLessThan(130);
    expect(host.of(Kind.OrderAccepted)).toHaveLength(400 - lost);
  });

  it('every fault fits its natural trigger and no script is taken for another', () => {
    for (const fault of FAULT_KINDS) {
      expect(fits(fault, NATURAL_TRIGGER[fault])).toBe(true);
      const places = FAULT_TRIGGERS.filter((on) => fits(fault, on));
      const ofRequest = NATURAL_TRIGGER[fault] === 'request';
      expect(places.length).toBe(fault === 'disconnect' ? 5 : ofRequest ? 4 : 1);
    }
  });

  it('counts occurrences per trigger', () => {
    const script = [{ fault: 'reject' as const, on: 'request' as const, nth: 3 },
      { fault: 'rateLimit' as const, on: 'cancel' as const, nth: 1 }];
    const plan = new FaultPlan({ ...QUIET.faults, script }, Prng.seeded(1, 1));
    expect([plan.atRequest(0), plan.atRequest(2), plan.atRequest(1), plan.atRequest(2)])
      .toEqual([[], ['rateLimit'], ['reject'], []]);
  });

  it('all at once, at random, over a busy market: accounts stay whole and the book stays sane', () => {
    const ppm = Object.fromEntries(FAULT_KINDS.filter((kind) => kind !== 'disconnect').map((kind) => [kind, 50_000]));
    const busy = { ...QUIET.market, eventsPerSecond: 500, levels: 5 };
    const host = new RecordingHost({
      ...QUIET, market: busy, markets: { 'BTC/USD': { midPrice: '60000' }, 'ETH/USD': { midPrice: '3000' } },
      faults: { ...QUIET.faults, ppm },
    });
    host.start();
    for (let orderId = 1; orderId <= 300; orderId += 1) {
      host.send(
        { orderId, side: orderId % 2 === 0 ? Side.Buy : Side.Sell, price: 600_000 + (orderId % 7) - 3,
          quantity: 5000 });
      host.wait(10 * MILLISECOND);
      if (orderId > 10) host.cancel(orderId - 10);
      if (orderId % 50 === 0) host.reconcile(orderId, [orderId]);
    }
    expectWhole(host);
    for (const fault of FAULT_KINDS) if (fault !== 'disconnect') expect(host.venue.audit().faults[fault], fault)
      .toBeGreaterThan(0);
    for (const { book } of host.venue.exchange().markets.values()) {
      expect(book.bids.best()?.price ?? 0).toBeLessThan(book.asks.best()?.price ?? Infinity);
    }
    expect(WELCOME.instruments).toHaveLength(2);
  });
});
