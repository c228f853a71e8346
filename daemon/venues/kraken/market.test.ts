// What the Core is told about a feed, in which order, when Kraken behaves and when it does not.

import { describe, expect, test } from 'vitest';
import { Action } from '../../event/kinds.ts';
import { evenDigitsChecksum } from '../../base/ladder-checksum.ts';
import { LevelBook } from '../../base/level-book.ts';
import { deliver, KeptOutput } from '../../gateway/market/frame-output.fixture.ts';
import { VenueFeed } from '../../gateway/venue-feed.ts';
import { BTC_USD, krakenMarket, MINA_GBP, startFeed, welcomeFor } from './recording.fixture.ts';

const STAMP = '"timestamp":"2026-07-19T17:54:39.753424Z"';
type Pairs = readonly (readonly [string, string])[];

/** A book frame whose checksum is computed from the given whole book, as Kraken would. */
function bookFrame(type: string, symbol: string, bids: Pairs, asks: Pairs, checksum: number): string {
  const levels = (pairs: Pairs): string => pairs.map(([price, qty]) => `{"price":${price},"qty":${qty}}`).join(',');
  return `{"channel":"book","type":"${type}","data":[{"symbol":"${symbol}","bids":[${levels(bids)}],`
    + `"asks":[${levels(asks)}],"checksum":${checksum},${STAMP}}]}`;
}

const checksum = (book: LevelBook, quantityDecimals = 8): number => evenDigitsChecksum(book, BTC_USD, 10, 1, quantityDecimals);

/** Texts must carry one decimal of price and eight of quantity. */
function checksumOf(bids: Pairs, asks: Pairs): number {
  const book = new LevelBook();
  const integer = (text: string): number => Number(text.replace('.', ''));
  for (const [price, qty] of bids) book.bids.set(integer(price), integer(qty));
  for (const [price, qty] of asks) book.asks.set(integer(price), integer(qty));
  return checksum(book);
}

const BIDS: Pairs = [['100.5', '1.00000000'], ['100.4', '2.00000000']];
const ASKS: Pairs = [['100.6', '3.00000000']];
const SNAPSHOT = bookFrame('snapshot', 'BTC/USD', BIDS, ASKS, checksumOf(BIDS, ASKS));
const HEARTBEAT = '{"channel":"heartbeat"}';
const ONLINE = '{"channel":"status","type":"update","data":[{"system":"online","version":"2.0.10"}]}';

function valid(): ReturnType<typeof startFeed> {
  const started = startFeed(BTC_USD);
  deliver(started.feed, SNAPSHOT, 5n, 0);
  started.output.take();
  started.output.transmitted.length = 0;
  return started;
}

describe('start', () => {
  test('defines the instrument, says its state and that the feed is not known yet, and subscribes', () => {
    const { output } = startFeed(BTC_USD, MINA_GBP);
    expect(output.lines.slice(0, 3)).toEqual([
      'InstrumentDefined instrument=0 venue=2 symbol="BTC/USD" priceScale=1 quantityScale=8 tickSize=1 lotSize=1 '
        + 'minimumQuantity=0',
      'InstrumentStatus instrument=0 state=Unknown eventTime=0',
      'FeedStatusChanged venue=2 instrument=0 state=Unknown reason=None dropped=0',
    ]);
    expect(output.transmitted).toEqual([
      '{"method":"subscribe","params":{"channel":"instrument","snapshot":true}}',
      '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true}}',
      '{"method":"subscribe","params":{"channel":"book","symbol":["MINA/GBP"],"depth":25,"snapshot":true}}',
      '{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","MINA/GBP"],"snapshot":false}}',
    ]);
  });

  test('a lost daemon link costs no subscription: the book goes on and is told whole to the next link', () => {
    const { feed, output } = valid();
    feed.stop(1);
    const bids: Pairs = [['100.5', '7.00000000'], BIDS[1]];
    deliver(feed, bookFrame('update', 'BTC/USD', [bids[0]], [], checksumOf(bids, ASKS)), 6n, 2);
    expect(output.take()).toEqual([]);
    feed.start(welcomeFor(BTC_USD), output, 3);
    expect(output.take().slice(2)).toEqual([
      'BookSnapshot instrument=0 eventTime=0 captureTime=0 sequence=0 bids=[1005:700000000 1004:200000000] '
        + 'asks=[1006:300000000]',
      'FeedStatusChanged venue=2 instrument=0 state=Valid reason=Subscribed dropped=0',
    ]);
    expect(output.transmitted).toEqual([]);
  });

  test('a depth that Kraken does not serve is refused with the list', () => {
    const feed = new VenueFeed({ adapter: krakenMarket(), orders: null, onProblem: () => undefined });
    expect(() => feed.start(welcomeFor({ ...BTC_USD, bookDepth: 20 }), new KeptOutput(), 0))
      .toThrow('BTC/USD has bookDepth 20; expected what Kraken serves: 10, 25, 100, 500, 1000');
  });
});

describe('books', () => {
  test('a snapshot is told before the feed is called valid', () => {
    const { feed, output } = startFeed(BTC_USD);
    output.take();
    deliver(feed, SNAPSHOT, 5n, 0);
    expect(output.take()).toEqual([
      'BookSnapshot instrument=0 eventTime=1784483679753424000 captureTime=5 sequence=0 '
        + 'bids=[1005:100000000 1004:200000000] asks=[1006:300000000]',
      'FeedStatusChanged venue=2 instrument=0 state=Valid reason=Subscribed dropped=0',
    ]);
  });

  test('fewer decimals since the last snapshot: the digits that count are those of this one', () => {
    const { feed, output } = valid();
    const short = new LevelBook();
    short.bids.set(1005, 100_000_000);
    deliver(feed, bookFrame('snapshot', 'BTC/USD', [['100.5', '1.0000']], [], checksum(short, 4)), 5n, 0);
    expect(output.take()[0]).toMatch(/^BookSnapshot .* bids=\[1005:100000000\]/);
  });

  test('an entry that does not say what it is may be the update that is missing next: the book is asked for again', () => {
    const { feed, output } = valid();
    const bids: Pairs = [['100.5', '7.00000000'], BIDS[1]];
    deliver(feed, bookFrame('amendment', 'BTC/USD', [bids[0]], [], checksumOf(bids, ASKS)), 6n, 0);
    expect(output.take()).toEqual(['FeedStatusChanged venue=2 instrument=0 state=Invalid reason=SequenceGap dropped=0']);
  });

  test('a price named twice takes the later quantity', () => {
    const { feed, output } = valid();
    const after: Pairs = [['100.5', '9.00000000'], BIDS[1]];
    deliver(feed, bookFrame('update', 'BTC/USD', [['100.5', '8.00000000'], ['100.5', '9.00000000']], [],
      checksumOf(after, ASKS)), 6n, 0);
    expect(output.take()).toEqual([
      'BookDelta instrument=0 eventTime=1784483679753424000 captureTime=6 previous=0 sequence=0 '
        + 'bids=[1005:800000000 1005:900000000] asks=[]',
    ]);
  });

  test('a checksum that differs: invalid is told first, nothing of the frame is, one resync is asked for', () => {
    const { feed, output, problems } = valid();
    const update = bookFrame('update', 'BTC/USD', [['100.5', '8.00000000']], [], 1);
    for (let i = 0; i < 3; i += 1) deliver(feed, update, 6n, i);
    expect(output.take()).toEqual([
      'FeedStatusChanged venue=2 instrument=0 state=Invalid reason=ChecksumMismatch dropped=0',
    ]);
    expect(output.transmitted).toEqual([
      '{"method":"unsubscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10}}',
      '{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":10,"snapshot":true}}',
    ]);
    expect(problems.map(({ kind }) => kind)).toEqual(['checksum mismatch']);
    deliver(feed, SNAPSHOT, 7n, 3);
    expect(output.take().slice(1)).toEqual([
      'FeedStatusChanged venue=2 instrument=0 state=Valid reason=Resync dropped=3',
    ]);
  });

  test('a book that crosses although its checksum holds is invalid', () => {
    const { feed, output } = valid();
    const crossed: Pairs = [['100.7', '1.00000000'], ...BIDS];
    deliver(feed, bookFrame('update', 'BTC/USD', [crossed[0]], [], checksumOf(crossed, ASKS)), 6n, 0);
    expect(output.take()).toEqual(['FeedStatusChanged venue=2 instrument=0 state=Invalid reason=Crossed dropped=0']);
  });

  test.each([
    ['negative quantity', [['100.5', '-1.00000000']]], ['price zero', [['0.0', '1.00000000']]],
    ['more decimals than the instrument has', [['100.55', '1.00000000']]],
    ['more digits than a safe integer', [['100.5', '123456789012.00000000']]],
    ['an absurd exponent', [['1E300', '1.00000000']]],
  ] as const)('%s: bad level', (_, bids) => {
    const { feed, output } = valid();
    deliver(feed, bookFrame('update', 'BTC/USD', bids, [], 1), 6n, 0);
    expect(output.take()).toEqual(['FeedStatusChanged venue=2 instrument=0 state=Invalid reason=BadLevel dropped=0']);
  });

  test('an unanswered resync is asked for again after its timeout, a wrong snapshot not at once', () => {
    const { feed, output } = valid();
    deliver(feed, bookFrame('update', 'BTC/USD', [['100.5', '8.00000000']], [], 1), 6n, 0);
    expect(feed.market.statistics.resyncs).toBe(1);
    feed.advance(5e9);
    expect(feed.market.statistics.resyncs).toBe(1);
    deliver(feed, bookFrame('snapshot', 'BTC/USD', BIDS, ASKS, 1), 7n, 6e9);
    expect(feed.market.statistics.resyncs).toBe(1);
    expect(feed.advance(6e9)).toBe(16e9 + 1);
    feed.advance(16e9 + 1);
    expect(feed.market.statistics.resyncs).toBe(2);
    expect(output.take().filter((line) => line.includes('Valid'))).toEqual([]);
  });

  test('a snapshot asked for by the daemon comes from the copy, without troubling Kraken', () => {
    const { feed, output } = valid();
    feed.onSnapshotRequest(0, 1);
    feed.onSnapshotRequest(99, 1);
    expect(output.take().map((line) => line.split(' ')[0])).toEqual(['BookSnapshot', 'FeedStatusChanged']);
    expect(output.transmitted).toEqual([]);
  });

  test('one instrument\'s loss leaves the other valid', () => {
    const { feed, output } = startFeed(BTC_USD, { ...BTC_USD, instrument: 5, symbol: 'ETH/USD' });
    deliver(feed, SNAPSHOT, 1n, 0);
    deliver(feed, SNAPSHOT.replace('BTC', 'ETH'), 1n, 0);
    output.take();
    deliver(feed, bookFrame('update', 'ETH/USD', [['100.5', '8.00000000']], [], 1), 2n, 0);
    const bids: Pairs = [['100.5', '8.00000000'], BIDS[1]];
    deliver(feed, bookFrame('update', 'BTC/USD', [bids[0]], [], checksumOf(bids, ASKS)), 2n, 0);
    expect(output.take().map((line) => line.slice(0, 40))).toEqual([
      'FeedStatusChanged venue=2 instrument=5 s', 'BookDelta instrument=0 eventTime=1784483',
    ]);
  });
});

describe('life', () => {
  test('heartbeats are life; silence makes books stale, and the next frame makes them valid', () => {
    const { feed, output } = valid();
    for (let second = 1; second <= 30; second += 1) {
      feed.advance(second * 1e9);
      deliver(feed, HEARTBEAT, 0n, second * 1e9);
    }
    expect(output.take()).toEqual([]);
    expect(feed.advance(31e9)).toBe(40e9 + 1);
    feed.advance(40e9 + 1);
    feed.advance(50e9);
    expect(output.take()).toEqual(['FeedStatusChanged venue=2 instrument=0 state=Stale reason=Silence dropped=0']);
    deliver(feed, HEARTBEAT, 0n, 51e9);
    expect(output.take()).toEqual(['FeedStatusChanged venue=2 instrument=0 state=Valid reason=Resync dropped=0']);
  });

  test('the Venue\'s socket closes: every feed is invalid until its next snapshot', () => {
    const { feed, output } = valid();
    feed.onClose(0, 0, 'gone', 1);
    expect(output.take()).toEqual([
      'InstrumentStatus instrument=0 state=Unknown eventTime=0',
      'FeedStatusChanged venue=2 instrument=-1 state=Invalid reason=LinkDown dropped=0',
    ]);
    feed.onOpen(0, 0, 2);
    deliver(feed, SNAPSHOT, 5n, 3);
    expect(output.take().at(-1)).toBe('FeedStatusChanged venue=2 instrument=0 state=Valid reason=Subscribed dropped=0');
  });

  test('the system\'s state is each instrument\'s', () => {
    const { feed, output, problems } = valid();
    deliver(feed, ONLINE, 1n, 0);
    deliver(feed, ONLINE, 1n, 0);
    deliver(feed, ONLINE.replace('online', 'cancel_only'), 1n, 0);
    deliver(feed, ONLINE.replace('online', 'half_open'), 1n, 0);
    expect(output.take()).toEqual(['Trading', 'CancelOnly', 'Unknown'].map((state) => (
      `InstrumentStatus instrument=0 state=${state} eventTime=0`)));
    expect(problems).toEqual([{ kind: 'unknown state', sample: ONLINE.replace('online', 'half_open') }]);
  });
});

describe('definitions', () => {
  const instruments = (pair: string): string => (
    `{"channel":"instrument","type":"snapshot","data":{"assets":[{"id":"USD","status":"enabled"}],"pairs":[`
      + `{"symbol":"AAVE/USD","status":"online","qty_increment":1,"price_increment":1,"qty_min":9},{"symbol":"BTC/USD",${pair}}]}}`);
  const AGREED = '"base":"BTC","quote":"USD","status":"online","qty_precision":8,"qty_increment":1e-08,"qty_min":0,'
    + '"price_precision":1,"price_increment":0.1,"marginable":true';

  test('what agrees changes nothing but the state; other pairs are stepped over', () => {
    const { feed, output, problems } = valid();
    deliver(feed, instruments(AGREED), 1n, 0);
    expect(output.take()).toEqual(['InstrumentStatus instrument=0 state=Trading eventTime=0']);
    expect(problems).toEqual([]);
  });

  test('another grid makes the book invalid and names both values', () => {
    const { feed, output, problems } = valid();
    const other = AGREED.replace('"price_increment":0.1', '"price_increment":0.5').replace('"qty_min":0', '"qty_min":0.00005');
    deliver(feed, instruments(other), 1n, 0);
    expect(output.take()[0]).toBe('FeedStatusChanged venue=2 instrument=0 state=Invalid reason=None dropped=0');
    expect(problems[0].sample).toBe('BTC/USD: configured tickSize 0.1, the Venue announces 0.5; configured minimumQuantity '
      + '0.00000000, the Venue announces 0.00005; change it where the instrument is configured');
  });

  test.each([
    ['limit_only', 'Trading'], ['reduce_only', 'CancelOnly'], ['delisted', 'Halted'], ['work_in_progress', 'Halted'],
    ['resting', 'Unknown'],
  ])('status %s is %s', (status, state) => {
    const { feed, output, problems } = valid();
    deliver(feed, instruments(AGREED), 1n, 0);
    deliver(feed, instruments(AGREED.replace('online', status)), 1n, 0);
    expect(output.take().at(-1)).toBe(`InstrumentStatus instrument=0 state=${state} eventTime=0`);
    expect(problems.map(({ kind }) => kind)).toEqual(state === 'Unknown' ? ['unknown state'] : []);
  });
});

describe('answers', () => {
  const answer = (method: string, result: string): string => (
    `{"method":"${method}","result":{"channel":"book",${result},"snapshot":true,"symbol":"BTC/USD"},"success":true}`);

  test('a window that Kraken says is another one is Kraken\'s to say', () => {
    const { feed, output, problems } = valid();
    deliver(feed, answer('subscribe', '"depth":10'), 1n, 0);
    expect(problems).toEqual([]);
    deliver(feed, answer('subscribe', '"depth":2'), 1n, 0);
    expect(problems.map(({ kind }) => kind)).toEqual(['unknown depth of BTC/USD']);
    // Beyond the window of two: forgotten as soon as it is set, and so not hashed.
    deliver(feed, bookFrame('update', 'BTC/USD', [['100.3', '9.00000000']], [], checksumOf(BIDS, ASKS)), 6n, 0);
    expect(output.take().map((line) => line.split(' ')[0])).toEqual(['BookDelta']);
  });

  test('unsubscribed: invalid; pong and the answers to other subscriptions say nothing', () => {
    const { feed, output, problems } = valid();
    deliver(feed, '{"method":"pong","time_in":"2026-07-19T17:54:39.753424Z"}', 1n, 0);
    deliver(feed, answer('subscribe', '"depth":10').replace('book', 'trade'), 1n, 0);
    expect(output.take()).toEqual([]);
    deliver(feed, answer('unsubscribe', '"depth":10'), 1n, 0);
    expect(output.take()).toEqual(['FeedStatusChanged venue=2 instrument=0 state=Invalid reason=Resync dropped=0']);
    expect(problems).toEqual([]);
  });
});

describe('trades', () => {
  const print = (side: string, price: string, id: number): string => (
    `{"symbol":"BTC/USD","side":"${side}","price":${price},"qty":0.00027625,"ord_type":"limit","trade_id":${id},`
      + `${STAMP}}`);
  const frame = (...prints: string[]): string => `{"channel":"trade","type":"update","data":[${prints.join(',')}]}`;

  test('the prints of one message are one Event, the taker\'s side kept', () => {
    const { feed, output } = valid();
    deliver(feed, frame(print('buy', '105944.20', 1), print('sell', '105910.5', 2)), 8n, 0);
    expect(output.take()).toEqual([
      'Trade instrument=0 captureTime=8 prints=['
      + '{price=1059442 quantity=27625 eventTime=1784483679753424000 id=1 aggressor=Buy} '
      + '{price=1059105 quantity=27625 eventTime=1784483679753424000 id=2 aggressor=Sell}]',
    ]);
  });

  test('one bad print, and none of the message is passed on', () => {
    const { feed, output, problems } = valid();
    deliver(feed, frame(print('buy', '1.0', 1), print('both', '1.0', 2)), 8n, 0);
    deliver(feed, frame(print('buy', '-1.0', 1)), 8n, 0);
    expect(output.take()).toEqual([]);
    expect(problems.map(({ kind }) => kind)).toEqual(['bad print']);
    expect(feed.market.problems.count('bad print')).toBe(2);
  });

  test('a snapshot of old prints is not an Event', () => {
    const { feed, output } = valid();
    deliver(feed, frame(print('buy', '1.0', 1)).replace('update', 'snapshot'), 8n, 0);
    expect(output.take()).toEqual([]);
  });
});

describe('what Kraken should not have sent', () => {
  test('unknown channels, symbols, types and messages are counted, and named once', () => {
    const { feed, output, problems } = valid();
    for (let i = 0; i < 3; i += 1) {
      deliver(feed, '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":1}]}', 1n, 0);
      deliver(feed, bookFrame('update', 'DOGE/USD', BIDS, ASKS, 1), 1n, 0);
      deliver(feed, '{"event":"hello"}', 1n, 0);
      deliver(feed, '{"method":"subscribe","success":false,"error":"Currency pair not supported X/Y"}', 1n, 0);
    }
    expect(problems.map(({ kind }) => kind))
      .toEqual(['unknown channel ticker', 'unknown symbol', 'unknown message', 'request refused']);
    expect(problems[1].sample).toBe('DOGE/USD');
    expect(problems[3].sample).toBe('subscribe : Currency pair not supported X/Y');
    expect(feed.market.problems.total).toBe(12);
    expect(output.take()).toEqual([]);
  });

  test('unknown fields and another order of fields change nothing', () => {
    const { feed, output } = startFeed(BTC_USD);
    output.take();
    const reordered = '{ "extra": [1, {"a": null}], "data": [ { '
      + `${STAMP}, "checksum": ${checksumOf(BIDS, ASKS)}, "asks": [`
      + '{"qty": 3.00000000, "price": 100.6, "note": "x"}], "bids": [{"price": 100.5, "qty": 1.00000000},'
      + '{"price": 100.4, "qty": 2.00000000}], "symbol": "BTC\\/USD" } ], "type": "snapshot", "channel": "book" }';
    deliver(feed, reordered, 5n, 0);
    expect(output.take()).toHaveLength(2);
    expect(feed.market.problems.total).toBe(0);
  });

  test('a truncated book frame is not half applied: the books are invalid until a snapshot', () => {
    for (let size = 1; size < SNAPSHOT.length; size += 1) {
      const { feed, output } = valid();
      deliver(feed, SNAPSHOT.slice(0, size), 1n, 0);
      expect(output.take())
        .toEqual(['FeedStatusChanged venue=2 instrument=0 state=Invalid reason=SequenceGap dropped=0']);
    }
  });

  test('an oversize frame is not read', () => {
    const { feed, problems } = valid();
    deliver(feed, `{"channel":"book","x":"${'y'.repeat(9 * 1024 * 1024)}"}`, 1n, 0);
    expect(problems.map(({ kind }) => kind)).toEqual(['oversize frame']);
  });
});

test('every order is refused as not transmitted, no status is claimed, reconciliation is not complete', () => {
  const { feed, output } = valid();
  const command = { orderId: 9, strategy: 0, instrument: 0, side: 0, type: 0, timeInForce: 0, price: 1, quantity: 1 };
  for (const action of [Action.New, Action.Replace, Action.Cancel]) feed.onDispatch({ ...command, action }, 0);
  feed.onReconcileRequest(4, [9], 0n, 0);
  feed.onMassCancel('kill', 0);
  expect(output.take().map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
    'OrderRejected orderId=9 reason=NotTransmitted', 'ReplaceRejected orderId=9 reason=NotTransmitted',
    'CancelRejected orderId=9 reason=NotTransmitted', 'OrderStatusReport orderId=9 status=Indeterminate',
  ]);
  expect(output.ends).toEqual(['4 false this gateway carries market data only']);
});
