// Recordings played to a plain client: frames as recorded, a snapshot that continues wherever one joins, the beginning again at the
// end, and resting orders that fill when the recorded book trades through them.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BinanceClient, ChainedBook } from '../binance/client.fixture.ts';
import { KrakenClient, TextBook as ProvedBook } from '../kraken/client.fixture.ts';
import { openStandIn, opened } from '../open-stand-in.fixture.ts';
import { call, type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import type { RecordedMarket, StandInVenue } from '../settings.ts';
import type { StandIn } from '../stand-in.ts';
import { TextBook } from './level-text.ts';
import { okxChecksum } from './okx.ts';

const FOLDER = fileURLToPath(new URL('../../../../../shared/data/captures/', import.meta.url));

let standIn: StandIn;

async function play(venue: StandInVenue, captures: readonly string[], more: Partial<RecordedMarket> = {}): Promise<void> {
  const recorded = {
    captures: captures.map((name) => `${FOLDER}${name}.capture.gz`), speed: 1, framesPerSecond: 1000, loop: false, ...more,
  };
  standIn = await openStandIn(venue, { recorded });
}

/** Says so in the report instead of passing silently: the recordings are not in the repository. */
describe.skipIf(!existsSync(FOLDER))('recordings', () => {
  const BTC = 'kraken-v2/btcusd-depth10-20260719';

  async function joined(): Promise<PlainClient> {
    const client = await opened(PlainClient.open(standIn, 'public'));
    client.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 10 } });
    await client.next('the answer', (message) => message.method === 'subscribe' && message.success === true);
    return client;
  }

  async function proved(client: PlainClient, updates: number): Promise<void> {
    const book = new ProvedBook();
    await client.next(`${updates} updates`, (message, text) => {
      if (message.channel !== 'book') return false;
      if (book.checked === 0) expect(message.type).toBe('snapshot');
      expect(book.apply(text, 10)).toBe(true);
      return book.checked > updates;
    });
  }

  test('Kraken: whoever joins in the middle has a book that verifies from then on', async () => {
    await play('kraken', [BTC], { framesPerSecond: 300 });
    const first = await joined();
    await proved(first, 200);
    await proved(await joined(), 200);
    const refused = await opened(PlainClient.open(standIn, 'public'));
    refused.send({ method: 'subscribe', params: { channel: 'book', symbol: ['BTC/USD'], depth: 25 } });
    expect(await refused.next('the answer', (message) => message.method === 'subscribe')).toMatchObject({ success: false });
  });

  test('Kraken: at the end subscribers are disconnected, and it begins again', async () => {
    await play('kraken', [BTC], { framesPerSecond: 2000, loop: true });
    await (await joined()).untilClosed();
    await proved(await joined(), 50);
  });

  test('Kraken: a resting order is filled when the recording trades through it, and the book is there to be taken', async () => {
    await play('kraken', [BTC], { framesPerSecond: 200 });
    await proved(await joined(), 5);
    const client = await opened(KrakenClient.open(standIn));
    const order = { order_type: 'limit', symbol: 'BTC/USD', order_qty: 0.001 };
    await client.ask('add_order', { ...order, side: 'buy', limit_price: 64_600, cl_ord_id: 'taker' });
    expect(at(await client.execution('taker', 'trade'), 'data', 0, 'liquidity_ind')).toBe('t');
    const { market } = standIn.world.engine.marketOf('BTC/USD');
    const best = (market.book.asks.best()?.price ?? 0) / 10;
    await client.ask('add_order', { ...order, side: 'sell', limit_price: best, cl_ord_id: 'maker', post_only: true });
    expect(at(await client.execution('maker', 'trade'), 'data', 0)).toMatchObject({ liquidity_ind: 'm', last_price: best });
  });

  test('Binance: the snapshot of any moment splices with the stream, and bookTicker agrees', async () => {
    await play('binance', ['binance-spot/btcusdt-20240808'], { framesPerSecond: 4000 });
    const streams = 'btcusdt@depth@100ms/btcusdt@bookTicker/btcusdt@trade';
    const client = await opened(PlainClient.open(standIn, 'public', `/stream?streams=${streams}`));
    const isDiff = (message: Message): boolean => message.stream === 'btcusdt@depth@100ms';
    for (let i = 0; i < 20; i += 1) await client.next('a diff', isDiff);
    const book = new ChainedBook();
    book.load(JSON.parse((await call(standIn, 'GET', '/api/v3/depth?symbol=BTCUSDT&limit=5000')).text) as Message);
    let applied = 0;
    await client.next('a hundred diffs', (message) => {
      if (!isDiff(message)) return false;
      expect(book.apply(message.data as Message)).toBe(true);
      applied += 1;
      return applied === 100;
    });
    const [bid] = book.best(book.bids, -1);
    const [ask] = book.best(book.asks, 1);
    expect(Number(bid)).toBeLessThan(Number(ask));
    const orders = await opened(BinanceClient.open(standIn));
    const taken = await orders.order('order.place', {
      symbol: 'BTCUSDT', side: 'SELL', type: 'MARKET', quantity: '0.001', newClientOrderId: 't1',
    });
    expect(at(taken, 'result', 'status')).toBe('FILLED');
  });

  test('OKX: three sockets are fed from three recorded ones, and each verifies', async () => {
    const sockets = [1, 2, 3].map((socket) => `okx/books-l2-tbt-20210722.socket${socket}`);
    await play('okx', sockets, { framesPerSecond: 200 });
    const heard = await Promise.all(sockets.map(async () => {
      const client = await opened(PlainClient.open(standIn, 'public'));
      client.send({ op: 'subscribe', args: [{ channel: 'books-l2-tbt', instId: 'XMR-USDT-SWAP' }] });
      const book = new TextBook();
      let count = 0;
      await client.next('fifty frames', (message) => {
        if (message.action === undefined) return false;
        if (message.action === 'snapshot') book.clear();
        for (const side of ['bids', 'asks'] as const) {
          for (const [price, quantity] of at(message, 'data', 0, side) as string[][]) book[side].set({ price, quantity, rest: [] });
        }
        expect(at(message, 'data', 0, 'checksum')).toBe(okxChecksum(book.bids.levels, book.asks.levels));
        count += 1;
        return count === 50;
      });
      return client.texts.filter((text) => text.includes('"update"'));
    }));
    expect(heard[0].filter((text) => heard[1].includes(text)).length).toBeGreaterThan(20);
  });
});
