// `tcx capture configure` with the Venues as they are: what it prints for a recording nobody has seen is a configuration that
// tcxd takes and that holds every price and quantity of the recording.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfiguration } from './configuration/configuration.ts';
import { runTcx } from './tcx-command-line.ts';

let place: string;
beforeAll(() => { place = mkdtempSync(join(tmpdir(), 'tcx-configure-')); });
afterAll(() => rmSync(place, { recursive: true }));

async function configure(venue: string, ...frames: string[]): Promise<{ code: number; out: string; err: string }> {
  const path = join(place, 'recording.gz');
  writeFileSync(path, gzipSync(frames.map((frame, index) => `${1_784_483_679_000_000_000n + BigInt(index)} ${frame}\n`).join('')));
  const text = { out: '', err: '' };
  const code = await runTcx(['capture', 'configure', path, '--venue', venue], {
    out: (more) => { text.out += String(more); return Promise.resolve(); },
    error: (more) => { text.err += more; }, stop: new AbortController().signal,
  });
  return { code, ...text };
}

async function instruments(venue: string, ...frames: string[]): Promise<unknown[]> {
  const { code, out, err } = await configure(venue, ...frames);
  expect([code, err]).toEqual([0, '']);
  const all = parseConfiguration(out, join(place, 'tcx.yaml')).effective.instruments;
  return all.map(({ id, symbol, base, quote, priceScale, quantityScale, tickSize, lotSize, bookDepth }) => (
    [id, symbol, base, quote, priceScale, quantityScale, tickSize, lotSize, bookDepth].join(' ')));
}

const krakenBook = (symbol: string, price: string, quantity: string): string => (
  `{"channel":"book","type":"snapshot","data":[{"symbol":"${symbol}","bids":[{"price":${price},"qty":${quantity}}],"asks":[],`
  + '"checksum":1}]}');
const krakenTrade = (symbol: string, price: string, quantity: string): string => (
  `{"channel":"trade","type":"update","data":[{"symbol":"${symbol}","side":"buy","price":${price},"qty":${quantity},"ord_type":"limit",`
  + '"trade_id":1,"timestamp":"2026-07-19T17:54:39.768901Z"}]}');

describe('a configuration of a recording', () => {
  test('decimals that were seen, the depth that was confirmed or else the smallest that holds the book', async () => {
    expect(await instruments('kraken',
      '{"method":"subscribe","result":{"channel":"book","depth":100,"snapshot":true,"symbol":"ETH/USD"},"success":true}',
      krakenBook('ETH/USD', '3000.25', '0.50000000'), krakenTrade('ETH/USD', '3000.3', '0.00012500'),
      krakenBook('PEPE/EUR', '0.0000123400', '1500000.0'))).toEqual([
      'eth-usd ETH/USD ETH USD 2 6 0.01 0.000001 100', 'pepe-eur PEPE/EUR PEPE EUR 8 0 0.00000001 1 10',
    ]);
  });

  test('steps that the Venue announced are those of the instrument', async () => {
    expect(await instruments('kraken',
      '{"channel":"instrument","type":"snapshot","data":{"assets":[],"pairs":[{"symbol":"ETH/USD","status":"online",'
      + '"price_increment":0.01,"qty_increment":0.00000001,"qty_min":0.002},{"symbol":"ADA/USD","status":"online"}]}}',
      krakenBook('ETH/USD', '3000', '1.5'))).toEqual(['eth-usd ETH/USD ETH USD 2 8 0.01 0.00000001 10']);
  });

  test('a snapshot without a name counts for the symbols there are; ends of symbols are currencies', async () => {
    const update = '{"stream":"ethfdusd@depth@100ms","data":{"e":"depthUpdate","E":1723161256299,"s":"ETHFDUSD","U":2,"u":3,'
      + '"b":[["2600.10000000","1.00000000"]],"a":[]}}';
    expect(await instruments('binance', update, '{"lastUpdateId":1,"bids":[["2599.12300000","0.00010000"]],"asks":[]}')).toEqual([
      'ethfdusd ETHFDUSD ETH FDUSD 3 4 0.001 0.0001 0',
    ]);
  });

  test('whichever side of a book a frame names first', async () => {
    const okx = (bids: string, asks: string): string => (
      `{"arg":{"channel":"books","instId":"FUN-BTC"},"action":"snapshot","data":[{"asks":[[${asks},"0","1"]],"bids":[[${bids},"0","1"]],`
      + '"ts":"1626995754631","checksum":1}]}');
    expect(await instruments('okx', okx('"0.01","7"', '"0.000000455","142796.14"'))).toEqual([
      'fun-btc FUN-BTC FUN BTC 9 2 0.000000001 0.01 0']);
    expect(await instruments('okx', okx('"0.000000455","142796.14"', '"0.01","7"'))).toHaveLength(1);
  });

  test('names that look alike become ids that do not', async () => {
    expect(await instruments('kraken', krakenBook('A.B/USD', '1', '1'), krakenBook('A-B/USD', '1', '1'), krakenBook('1INCH/USD', '1', '1')))
      .toEqual(expect.arrayContaining([expect.stringMatching(/^a-b-usd /), expect.stringMatching(/^a-b-usd-2 /),
        expect.stringMatching(/^i-1inch-usd /)]));
  });

  test.each([
    ['okx', [krakenBook('ETH/USD', '1', '1')], /found no symbol of okx in 1 frames.*expected its books or trades; name the Venue/],
    ['mtgox', ['{}'], /--venue: found "mtgox", expected kraken or binance/],
    ['kraken', [], /found no frame, expected recorded frames/],
  ])('%s, another Venue or nothing: refused with what was found', async (venue, frames, message) => {
    const { code, out, err } = await configure(venue, ...frames);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(message);
  });
});
