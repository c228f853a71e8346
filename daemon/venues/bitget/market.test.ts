import { describe, expect, test } from 'vitest';
import { interleavedChecksum } from '../../base/ladder-checksum.ts';
import { LevelBook } from '../../base/level-book.ts';
import { decoderWith, type EntryFields } from '../../event/book-entries.fixture.ts';
import { InstrumentState } from '../../event/kinds.ts';
import { Admission } from '../../event/market-adapter.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { BitgetBookRule } from './book-rule.ts';
import { BitgetMarket } from './market.ts';

const EOS: VenueInstrument = {
  instrument: 0, symbol: 'EOSUSDT', base: 0, quote: 1, priceScale: 4, quantityScale: 4, tickSize: 1, lotSize: 1, minimumQuantity: 1,
  bookDepth: 0,
};

function market(): BitgetMarket {
  const adapter = new BitgetMarket({ createDecoder: () => decoderWith() });
  adapter.open([EOS]);
  return adapter;
}

test('one socket, books and trades, a text as keep-alive', () => {
  const adapter = market();
  expect(adapter.connections()).toMatchObject([{ url: 'wss://ws.bitget.com/v2/ws/public', keepAlive: 'ping', lifetimeNs: 86_400e9 }]);
  expect(adapter.subscribe()).toEqual(['{"op":"subscribe","args":[{"instType":"SPOT","channel":"books","instId":"EOSUSDT"},'
    + '{"instType":"SPOT","channel":"trade","instId":"EOSUSDT"}]}']);
  const again = '"args":[{"instType":"SPOT","channel":"books","instId":"EOSUSDT"}]}';
  expect(adapter.snapshot(0)).toEqual({ over: 'socket', frames: [`{"op":"unsubscribe",${again}`, `{"op":"subscribe",${again}`] });
  expect(() => adapter.open([{ ...EOS, bookDepth: 15 }])).toThrow(/EOSUSDT has bookDepth 15; expected 0/);
});

test('what frames mean', () => {
  const adapter = market();
  expect(adapter.interpret('pong')).toEqual({ notice: 'nothing' });
  expect(adapter.interpret('{"event":"subscribe","arg":{"instType":"sp","channel":"books","instId":"EOSUSDT"}}'))
    .toEqual({ notice: 'subscribed', symbol: 'EOSUSDT' });
  expect(adapter.interpret('{"event":"subscribe","arg":{"instType":"sp","channel":"candle1m","instId":"EOSUSDT"}}'))
    .toEqual({ notice: 'nothing' });
  expect(adapter.interpret('{"event":"error","arg":{},"code":30001,"msg":"doesn\'t exist"}'))
    .toEqual({ notice: 'refused', message: '30001 doesn\'t exist' });
  expect(adapter.interpret('{"action":"snapshot","arg":{"channel":"ticker","instId":"EOSUSDT"},"data":[]}')).toEqual({ notice: 'nothing' });
  expect(adapter.interpret('{"arg":{"channel":"novel"}}')).toEqual({ notice: 'unknown', what: 'channel novel' });
});

test('definitions: decimals become steps; nonsense becomes no step', () => {
  const row = (precision: string): string => `{"code":"00000","data":[{"symbol":"EOSUSDT","pricePrecision":"${precision}",`
    + '"quantityPrecision":"0","minTradeAmount":"0.1","status":"online"},{"symbol":"OTHER"}]}';
  const definition = { symbol: 'EOSUSDT', lotSize: '1', minimumQuantity: '0.1', state: InstrumentState.Trading };
  expect(market().interpret(row('4'))).toEqual({ notice: 'defined', definitions: [{ ...definition, tickSize: '0.0001' }] });
  expect(market().interpret(row('-1'))).toEqual({ notice: 'defined', definitions: [{ ...definition, tickSize: '' }] });
});

describe('book rule', () => {
  const book = new LevelBook();
  book.bids.set(23_450, 105_000, 4, 4);
  const checksum = interleavedChecksum(book, EOS, 25) | 0;
  const take = (rule: BitgetBookRule, entry: EntryFields): readonly [Admission, boolean] => {
    const decoder = decoderWith(entry);
    const admission = rule.admit(decoder, 0);
    return [admission, admission === Admission.Apply && rule.accept(decoder, 0, book)];
  };

  test('a snapshot begins, the checksum decides, zeros at the end count', () => {
    const rule = new BitgetBookRule(EOS);
    expect(take(rule, { checksum })[0]).toBe(Admission.Ignore);
    expect(take(rule, { isSnapshot: 1, checksum })).toEqual([Admission.Apply, true]);
    expect(take(rule, { checksum })).toEqual([Admission.Apply, true]);
    expect(take(rule, { checksum: checksum + 1 })).toEqual([Admission.Apply, false]);
    expect(take(rule, {})).toEqual([Admission.Apply, false]);
    rule.reset();
    expect(take(rule, { checksum })[0]).toBe(Admission.Ignore);
  });
});
