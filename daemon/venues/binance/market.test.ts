import { describe, expect, test } from 'vitest';
import { decoderWith } from '../../event/book-entries.fixture.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { BinanceMarket, type BinanceProduct } from './market.ts';

function instrument(symbol: string, bookDepth = 0): VenueInstrument {
  return {
    instrument: 0, symbol, base: 0, quote: 1, priceScale: 2, quantityScale: 5, tickSize: 1, lotSize: 1, minimumQuantity: 1, bookDepth,
  };
}

function market(product: BinanceProduct, ...symbols: string[]): BinanceMarket {
  const adapter = new BinanceMarket({ product, createDecoder: () => decoderWith() });
  adapter.open(symbols.map((symbol) => instrument(symbol)));
  return adapter;
}

describe('what is asked', () => {
  test('one combined socket, depth and trades of every instrument, numbered requests', () => {
    const adapter = market('spot', 'BTCUSDT', 'ETHBTC');
    expect(adapter.connections()).toMatchObject([
      { name: 'public', url: 'wss://stream.binance.com:9443/stream', isPrivate: false, copies: 1, lifetimeNs: 86_400e9 },
    ]);
    expect(adapter.subscribe()).toEqual([
      '{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","btcusdt@trade","ethbtc@depth@100ms","ethbtc@trade"],"id":1}',
    ]);
  });

  test('as many instruments as a socket serves take fewer requests than a second allows', () => {
    const symbols = Array.from({ length: 512 }, (_, index) => `S${index}`);
    const frames = market('usdm', ...symbols).subscribe().map((frame) => JSON.parse(frame) as { id: number; params: string[] });
    expect(frames.map(({ id, params }) => [id, params.length])).toEqual([[1, 256], [2, 256], [3, 256], [4, 256]]);
    expect(new Set(frames.flatMap(({ params }) => params)).size).toBe(1024);
    expect(() => market('usdm', ...symbols, 'ONE')).toThrow(/found 513 instruments; expected at most 512/);
  });

  test.each([
    ['spot', '/api/v3/depth?symbol=BTCUSDT&limit=1000'], ['usdm', '/fapi/v1/depth?symbol=BTCUSDT&limit=1000'],
    ['coinm', '/dapi/v1/depth?symbol=BTCUSDT&limit=1000'],
  ] as const)('%s: a snapshot is an HTTP call', (product, path) => {
    const adapter = market(product, 'BTCUSDT');
    expect(adapter.needsSnapshot).toBe(true);
    expect(adapter.snapshot(0)).toMatchObject({ over: 'http', request: { method: 'GET', path, isPrivate: false } });
  });

  test('definitions: spot is asked about its own symbols, futures only whole', () => {
    expect(market('spot', 'BTCUSDT').definitions?.path)
      .toBe('/api/v3/exchangeInfo?symbols=%5B%22BTCUSDT%22%5D&showPermissionSets=false');
    expect(market('coinm', 'BTCUSD_PERP').definitions?.path).toBe('/dapi/v1/exchangeInfo');
  });

  test('settings that cannot be served are refused with what can', () => {
    const createDecoder = (): ReturnType<typeof decoderWith> => decoderWith();
    expect(() => new BinanceMarket({ product: 'usdm', createDecoder, snapshotLevels: 5000 })).toThrow(/expected one of 5, 10,.* 1000/);
    const adapter = new BinanceMarket({ product: 'spot', createDecoder });
    expect(() => adapter.open([instrument('BTCUSDT', 100)])).toThrow(/BTCUSDT has bookDepth 100; expected 0/);
    expect(() => adapter.open([instrument('btcusdt')])).toThrow(/found symbol "btcusdt"; expected it in capitals/);
    expect(() => adapter.decoder).toThrow(/before `open`/);
  });
});

describe('what is understood', () => {
  const adapter = market('spot', 'BTCUSDT', 'ETHBTC');

  test('confirmations and errors of requests', () => {
    expect(adapter.interpret('{"result":null,"id":1}')).toEqual({ notice: 'nothing' });
    expect(adapter.interpret('{"error":{"code":2,"msg":"Invalid request: missing field"},"id":1}'))
      .toEqual({ notice: 'refused', message: '2 Invalid request: missing field' });
    expect(adapter.interpret('{"code":-1121,"msg":"Invalid symbol."}')).toEqual({ notice: 'refused', message: '-1121 Invalid symbol.' });
  });

  test('a server that shuts down is left, in both forms of the event', () => {
    for (const frame of [
      '{"e":"serverShutdown","E":1770123456789}',
      '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
    ]) expect(adapter.interpret(frame)).toMatchObject({ notice: 'redial' });
  });

  test('streams that nobody asked for say nothing; events nobody knows are named', () => {
    expect(adapter.interpret('{"stream":"btcusdt@bookTicker","data":{"u":1,"s":"BTCUSDT"}}')).toEqual({ notice: 'nothing' });
    expect(adapter.interpret('{"stream":"x@new","data":{"e":"newThing"}}')).toEqual({ notice: 'unknown', what: 'event newThing' });
    expect(adapter.interpret('{"a":1}')).toEqual({ notice: 'unknown', what: 'keys a' });
    expect(adapter.interpret('[')).toMatchObject({ notice: 'unknown' });
  });

  test('exchangeInfo: our symbols, texts as written, an unlisted status is no trading', () => {
    const filters = '[{"filterType":"PRICE_FILTER","minPrice":"0.01000000","tickSize":"0.01000000"},'
      + '{"filterType":"LOT_SIZE","minQty":"0.00001000","stepSize":"0.00001000"}]';
    const symbol = (name: string, status: string): string => `{"symbol":"${name}","status":"${status}","filters":${filters}}`;
    expect(adapter.interpret(`{"timezone":"UTC","symbols":[${symbol('BTCUSDT', 'TRADING')},${symbol('ETHBTC', 'AFTER_HOURS')},`
      + `${symbol('LTCBTC', 'TRADING')}]}`)).toEqual({
      notice: 'defined',
      definitions: [
        { symbol: 'BTCUSDT', tickSize: '0.01000000', lotSize: '0.00001000', minimumQuantity: '0.00001000', state: InstrumentState.Trading },
        { symbol: 'ETHBTC', tickSize: '0.01000000', lotSize: '0.00001000', minimumQuantity: '0.00001000', state: InstrumentState.Unknown },
      ],
    });
    expect(adapter.interpret('{"symbols":[{"symbol":"BTCUSDT","contractStatus":"HALT"}]}')).toEqual({
      notice: 'defined',
      definitions: [{ symbol: 'BTCUSDT', tickSize: '', lotSize: '', minimumQuantity: '', state: InstrumentState.Halted }],
    });
  });
});
