import { describe, expect, test } from 'vitest';
import { decoderWith } from '../../event/book-entries.fixture.ts';
import { InstrumentState } from '../../event/kinds.ts';
import type { VenueInstrument } from '../../event/venue-session.ts';
import { instrumentType } from './definitions.ts';
import { OkxMarket, type OkxMarketSettings } from './market.ts';

function instrument(symbol: string, bookDepth = 400): VenueInstrument {
  return {
    instrument: 0, symbol, base: 0, quote: 1, priceScale: 2, quantityScale: 5, tickSize: 1, lotSize: 1, minimumQuantity: 1, bookDepth,
  };
}

function market(symbols: readonly string[], settings: Partial<OkxMarketSettings> = {}): OkxMarket {
  const adapter = new OkxMarket({ createDecoder: () => decoderWith(), ...settings });
  adapter.open(symbols.map((symbol) => instrument(symbol)));
  return adapter;
}

describe('what is asked', () => {
  test('books, trades and the definitions of each type; every socket the same', () => {
    const adapter = market(['BTC-USDT', 'UNI-USD-SWAP'], { copies: 3 });
    expect(adapter.connections()).toMatchObject([{ name: 'public', copies: 3, keepAlive: 'ping' }]);
    expect(adapter.subscribe().map((frame) => JSON.parse(frame) as unknown)).toEqual([{
      op: 'subscribe',
      args: [
        { channel: 'instruments', instType: 'SPOT' }, { channel: 'instruments', instType: 'SWAP' },
        { channel: 'books', instId: 'BTC-USDT' }, { channel: 'trades', instId: 'BTC-USDT' },
        { channel: 'books', instId: 'UNI-USD-SWAP' }, { channel: 'trades', instId: 'UNI-USD-SWAP' },
      ],
    }]);
  });

  test('the channel is a setting; a snapshot is a subscription made anew', () => {
    expect(market(['BTC-USDT'], { channel: 'books-l2-tbt' }).snapshot(0)).toEqual({
      over: 'socket',
      frames: [
        '{"op":"unsubscribe","args":[{"channel":"books-l2-tbt","instId":"BTC-USDT"}]}',
        '{"op":"subscribe","args":[{"channel":"books-l2-tbt","instId":"BTC-USDT"}]}',
      ],
    });
  });

  test('definitions over HTTP when one request can tell them', () => {
    expect(market(['BTC-USDT', 'ETH-USDT']).definitions?.path).toBe('/api/v5/public/instruments?instType=SPOT');
    expect(market(['BTC-USDT', 'UNI-USD-SWAP']).definitions).toBeNull();
    expect(market(['BTC-USD-210924-66000-C']).definitions).toBeNull();
  });

  test('what cannot be served is refused with what can', () => {
    const adapter = market([]);
    expect(() => adapter.open([instrument('BTCUSDT')])).toThrow(/found symbol "BTCUSDT"; expected one like BTC-USDT/);
    expect(() => adapter.open([instrument('BTC-USDT', 25)])).toThrow(/BTC-USDT has bookDepth 25; expected 400/);
  });

  test.each([
    ['BTC-USDT', 'SPOT'], ['UNI-USD-SWAP', 'SWAP'], ['TRX-USDT-210924', 'FUTURES'], ['BTC-USD-210924-66000-C', 'OPTION'],
    ['BTCUSDT', null], ['BTC-USDT-X', null],
  ])('%s is of type %s', (symbol, type) => { expect(instrumentType(symbol)).toBe(type); });
});

describe('what is understood', () => {
  const adapter = market(['BTC-USDT', 'UNI-USD-SWAP']);

  test('the answer to a keep-alive is text, not JSON', () => {
    expect(adapter.interpret('pong')).toEqual({ notice: 'nothing' });
  });

  test('subscriptions of the book channel; those of others say nothing', () => {
    expect(adapter.interpret('{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}}'))
      .toEqual({ notice: 'subscribed', symbol: 'BTC-USDT' });
    expect(adapter.interpret('{"event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}'))
      .toEqual({ notice: 'unsubscribed', symbol: 'BTC-USDT' });
    expect(adapter.interpret('{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}')).toEqual({ notice: 'nothing' });
    expect(adapter.interpret('{"event":"channel-conn-count","channel":"orders","connCount":"2"}')).toEqual({ notice: 'nothing' });
  });

  test('errors, of a login that is missing too', () => {
    expect(adapter.interpret('{"event":"error","code":"60011","msg":"Please log in"}'))
      .toEqual({ notice: 'refused', message: '60011 Please log in' });
    expect(adapter.interpret('{"code":"50011","msg":"Too Many Requests","data":[]}'))
      .toEqual({ notice: 'refused', message: '50011 Too Many Requests' });
  });

  test('an upgrade that was announced is a reason to dial again; another announcement is named', () => {
    expect(adapter.interpret('{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade."}'))
      .toMatchObject({ notice: 'redial' });
    expect(adapter.interpret('{"event":"notice","code":"1","msg":"?"}')).toEqual({ notice: 'unknown', what: 'notice 1' });
  });

  test('definitions by channel and by HTTP; an unlisted state is no trading', () => {
    const data = (state: string): string => '[{"instId":"BTC-USDT","tickSz":"0.1","lotSz":"0.00000001","minSz":"0.00001",'
      + `"state":"${state}"},{"instId":"LTC-USDT","tickSz":"0.01","lotSz":"1","minSz":"1","state":"live"}]`;
    const definition = { symbol: 'BTC-USDT', tickSize: '0.1', lotSize: '0.00000001', minimumQuantity: '0.00001' };
    expect(adapter.interpret(`{"code":"0","msg":"","data":${data('live')}}`))
      .toEqual({ notice: 'defined', definitions: [{ ...definition, state: InstrumentState.Trading }] });
    expect(adapter.interpret(`{"arg":{"channel":"instruments","instType":"SPOT"},"data":${data('napping')}}`))
      .toEqual({ notice: 'defined', definitions: [{ ...definition, state: InstrumentState.Unknown }] });
  });

  test('channels of a recording say nothing; others are named', () => {
    expect(adapter.interpret('{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[]}')).toEqual({ notice: 'nothing' });
    expect(adapter.interpret('{"arg":{"channel":"novel"},"data":[]}')).toEqual({ notice: 'unknown', what: 'channel novel' });
    expect(adapter.interpret('{"event":"novel"}')).toEqual({ notice: 'unknown', what: 'event novel' });
  });
});
