// The OKX stand-in to a plain client: books proved by checksum and by number, trades, instruments, ping.

import { beforeEach, expect, test } from 'vitest';
import { openStandIn, opened } from '../open-stand-in.fixture.ts';
import { TextBook } from '../recorded/level-text.ts';
import { okxChecksum } from '../recorded/okx.ts';
import { call, type Message, PlainClient } from '../plain-client.fixture.ts';
import { at } from '../plain-values.ts';
import type { StandIn } from '../stand-in.ts';

let standIn: StandIn;
let client: PlainClient;

beforeEach(async () => {
  standIn = await openStandIn('okx');
  client = await opened(PlainClient.open(standIn, 'public'));
});

function take(book: TextBook, data: unknown): void {
  for (const side of ['bids', 'asks'] as const) {
    for (const [price, quantity] of at(data, side) as string[][]) book[side].set({ price, quantity, rest: [] });
  }
}

test('every update of both channels chains and proves itself', async () => {
  for (const channel of ['books', 'books-l2-tbt']) {
    client.send({ op: 'subscribe', args: [{ channel, instId: 'BTC-USDT' }] });
    const answer = await client.next('the answer', (message) => message.event === 'subscribe');
    expect(answer).toMatchObject({ arg: { channel, instId: 'BTC-USDT' } });
    const book = new TextBook();
    let sequence: unknown = -1;
    let updates = 0;
    await client.next('ten updates', (message: Message) => {
      if (message.action === undefined || at(message, 'arg', 'channel') !== channel) return false;
      const data = at(message, 'data', 0);
      expect(at(data, 'prevSeqId')).toBe(sequence);
      sequence = at(data, 'seqId');
      take(book, data);
      expect(at(data, 'checksum')).toBe(okxChecksum(book.bids.levels, book.asks.levels));
      updates += 1;
      return updates === 11;
    });
    client.send({ op: 'unsubscribe', args: [{ channel, instId: 'BTC-USDT' }] });
    await client.next('the end', (message) => message.event === 'unsubscribe');
  }
});

test('trades, instruments, ping, and what does not exist', async () => {
  client.send({ op: 'subscribe', args: [{ channel: 'trades', instId: 'BTC-USDT' }, { channel: 'instruments', instType: 'SPOT' }] });
  const of = (channel: string) => (message: Message): boolean => message.event === undefined && at(message, 'arg', 'channel') === channel;
  const instruments = await client.next('instruments', of('instruments'));
  expect(at(instruments, 'data', 0)).toMatchObject({ instId: 'BTC-USDT', tickSz: '0.1', state: 'live' });
  const trade = await client.next('a trade', of('trades'));
  expect(at(trade, 'data', 0)).toMatchObject({ instId: 'BTC-USDT', tradeId: expect.stringMatching(/^\d+$/) as string });
  client.send('ping');
  await client.next('pong', (_, text) => text === 'pong');
  client.send({ op: 'subscribe', args: [{ channel: 'books', instId: 'NONE' }] });
  expect(await client.next('an error', (message) => message.event === 'error')).toMatchObject({ code: '60018' });
  const answer = await call(standIn, 'GET', '/api/v5/public/instruments?instType=SPOT&instId=ETH-USDT');
  expect(JSON.parse(answer.text)).toMatchObject({ code: '0', data: [{ instId: 'ETH-USDT', minSz: '0.0001' }] });
  standIn.setStatus('maintenance');
  await client.next('a notice', (message) => message.event === 'notice' && message.code === '64008');
});
