import { describe, expect, test } from 'vitest';
import { digitsChecksum } from '../../base/ladder-checksum.ts';
import { LevelBook } from '../../base/level-book.ts';
import { decoderWith, type EntryFields } from '../../event/book-entries.fixture.ts';
import { InstrumentState } from '../../event/kinds.ts';
import { Admission } from '../../event/market-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { KrakenV1BookRule } from './book-rule.ts';
import { KrakenV1Market } from './market.ts';

function instrument(symbol: string, bookDepth: number): VenueInstrument {
  return {
    instrument: 0, symbol, base: 0, quote: 1, priceScale: 5, quantityScale: 8, tickSize: 1, lotSize: 1, minimumQuantity: 1, bookDepth,
  };
}

function market(...instruments: VenueInstrument[]): KrakenV1Market {
  const adapter = new KrakenV1Market({ createDecoder: () => decoderWith() });
  adapter.open(instruments);
  return adapter;
}

test('one subscription a depth, one for trades', () => {
  const adapter = market(instrument('ETH/CHF', 1000), instrument('XMR/USD', 10), instrument('SC/EUR', 1000));
  expect(adapter.subscribe()).toEqual([
    '{"event":"subscribe","pair":["ETH/CHF","SC/EUR"],"subscription":{"name":"book","depth":1000}}',
    '{"event":"subscribe","pair":["XMR/USD"],"subscription":{"name":"book","depth":10}}',
    '{"event":"subscribe","pair":["ETH/CHF","XMR/USD","SC/EUR"],"subscription":{"name":"trade"}}',
  ]);
  expect(adapter.bookRule(1).depth).toBe(10);
  const again = '"pair":["XMR/USD"],"subscription":{"name":"book","depth":10}}';
  expect(adapter.snapshot(1)).toEqual({ over: 'socket', frames: [`{"event":"unsubscribe",${again}`, `{"event":"subscribe",${again}`] });
  expect(() => market(instrument('ETH/CHF', 50))).toThrow(/ETH\/CHF has bookDepth 50; expected what Kraken serves: 10, 25/);
});

test('what frames mean', () => {
  const adapter = market(instrument('ETH/CHF', 1000));
  const status = (fields: string): string => `{"channelID":496,"channelName":"book-1000","event":"subscriptionStatus",${fields}}`;
  expect(adapter.interpret('{"connectionID":1,"event":"systemStatus","status":"online","version":"1.8.3"}'))
    .toEqual({ notice: 'state', symbol: '', state: InstrumentState.Trading });
  expect(adapter.interpret('{"event":"systemStatus","status":"asleep"}'))
    .toEqual({ notice: 'state', symbol: '', state: InstrumentState.Unknown });
  expect(adapter.interpret(status('"pair":"ETH/CHF","status":"subscribed","subscription":{"depth":1000,"name":"book"}')))
    .toEqual({ notice: 'subscribed', symbol: 'ETH/CHF', depth: 1000 });
  expect(adapter.interpret(status('"pair":"ETH/CHF","status":"unsubscribed","subscription":{"depth":1000,"name":"book"}')))
    .toEqual({ notice: 'unsubscribed', symbol: 'ETH/CHF' });
  expect(adapter.interpret(status('"pair":"X","status":"error","errorMessage":"Currency pair not supported"')))
    .toEqual({ notice: 'refused', message: 'X Currency pair not supported' });
  expect(adapter.interpret('{"event":"pong","reqid":42}')).toEqual({ notice: 'nothing' });
  expect(adapter.interpret('[340,{"a":["1","2","3"]},"ticker","ETH/CHF"]')).toEqual({ notice: 'nothing' });
  expect(adapter.interpret('{"event":"novel"}')).toEqual({ notice: 'unknown', what: 'event novel' });
});

describe('book rule', () => {
  const scale = { priceScale: 5, quantityScale: 8 };
  const book = new LevelBook();
  book.asks.set(219_268_000, 300_000_000, 5, 8);
  const checksum = digitsChecksum(book, scale, 10);
  const take = (rule: KrakenV1BookRule, entry: EntryFields): readonly [Admission, boolean] => {
    const decoder = decoderWith(entry);
    const admission = rule.admit(decoder, 0);
    return [admission, admission === Admission.Apply && rule.accept(decoder, 0, book)];
  };

  test('a snapshot has no checksum, every update has one', () => {
    const rule = new KrakenV1BookRule(scale, 1000);
    expect(take(rule, { checksum })[0]).toBe(Admission.Ignore);
    expect(take(rule, { isSnapshot: 1 })).toEqual([Admission.Apply, true]);
    expect(take(rule, { checksum })).toEqual([Admission.Apply, true]);
    expect(take(rule, {})).toEqual([Admission.Apply, false]);
    expect(take(rule, { checksum: checksum + 1 })).toEqual([Admission.Apply, false]);
    expect(take(rule, { isSnapshot: 1, checksum: checksum + 1 })).toEqual([Admission.Apply, false]);
    rule.reset();
    expect(take(rule, { checksum })[0]).toBe(Admission.Ignore);
  });
});
