// The recordings that carry an oracle: which files, of which Venue, with which instruments, and what must come out. The
// files lie beside the repository, never in it. Values only.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { addon } from '../../binding/addon.ts';
import type { MarketAdapter } from '../../event/market-adapter.ts';
import { packageRoot } from '../../runtime/build-info.ts';
import { BinanceMarket, type BinanceProduct } from '../../venues/binance/market.ts';
import { BitgetMarket } from '../../venues/bitget/market.ts';
import { KrakenMarket } from '../../venues/kraken/market.ts';
import { KrakenV1Market } from '../../venues/kraken-v1/market.ts';
import { OkxMarket } from '../../venues/okx/market.ts';

const SHARED_DATA = join(packageRoot(), '..', 'shared', 'data');

export interface RecordedInstrument {
  /** Name in tcx. */
  readonly id: string;
  readonly symbol: string;
  readonly priceScale: number;
  readonly quantityScale: number;
  readonly bookDepth: number;
}

interface Expected {
  readonly frames: number;
  /** Books with a checksum, every one of which must hold; 0: the Venue has none. */
  readonly checksums: number;
  /** Books compared with the Venue's own best prices: at least so many, all equal but for the known exceptions. */
  readonly tops: { readonly compared: number; readonly exceptions: number };
  /** Times a feed is told to be invalid before the recording ends. */
  readonly invalid: number;
  /** Kinds of frames that are named because they cannot be used. */
  readonly problems?: readonly string[];
}

export interface Recording {
  readonly name: string;
  /** Below the folder of captures, one a socket. */
  readonly files: readonly string[];
  /** The Venue's id in the Configuration. */
  readonly venue: string;
  readonly instruments: readonly RecordedInstrument[];
  readonly expected: Expected;
  /** A fresh adapter for so many sockets of the same feed. */
  readonly market: (copies: number) => MarketAdapter;
}

export function pathOf(file: string): string {
  return join(SHARED_DATA, 'captures', `${file}.capture.gz`);
}

/** The first file that is not there; '': all are. */
export function missingOf({ files }: Recording): string {
  return files.map(pathOf).find((path) => !existsSync(path)) ?? '';
}

const { createMarketDecoder: createDecoder } = addon;
const NO_TOPS = { compared: 0, exceptions: 0 };

/** `BTC-USDT 1 8`: symbol, decimals of a price, decimals of a quantity. */
function instruments(bookDepth: number, ...lines: string[]): RecordedInstrument[] {
  return lines.map((line) => {
    const [symbol = '', priceScale, quantityScale] = line.split(' ');
    const id = symbol.toLowerCase().replace(/[^a-z0-9]/g, '-');
    return { id, symbol, priceScale: Number(priceScale), quantityScale: Number(quantityScale), bookDepth };
  });
}

function binance(
  product: BinanceProduct, file: string, instrument: string, frames: number, compared: number, exceptions: number,
): Recording {
  return {
    name: `binance-${product}`, files: [file], venue: product === 'spot' ? 'binance' : `binance-${product}`,
    instruments: instruments(0, instrument), expected: { frames, checksums: 0, tops: { compared, exceptions }, invalid: 0 },
    market: (copies) => new BinanceMarket({ product, createDecoder, copies }),
  };
}

function okxTickByTick(socket: number, frames: number, checksums: number): Recording {
  return {
    name: `okx books-l2-tbt, socket ${socket}`, files: [`okx/books-l2-tbt-20210722.socket${socket}`], venue: 'okx',
    instruments: instruments(400, 'FUN-BTC 9 8', 'BTC-USD-210924-66000-C 4 0', 'XMR-USDT-SWAP 2 0', 'AUCTION-USDT 2 6',
      'OKT-BTC 6 8', 'PAY-BTC 8 8', 'BTC-USD-210924-42000-P 4 0', 'ONT-USDT 4 6', 'DHT-USDT 3 6', 'TRX-USDT-210924 5 0'),
    expected: { frames, checksums, tops: NO_TOPS, invalid: 0 },
    market: (copies) => new OkxMarket({ createDecoder, copies, channel: 'books-l2-tbt', sequenced: false }),
  };
}

export const OKX_SOCKETS: readonly Recording[] = [
  okxTickByTick(1, 1616, 1504), okxTickByTick(2, 1559, 1446), okxTickByTick(3, 1534, 1422),
];

export const RECORDINGS: readonly Recording[] = [
  {
    name: 'kraken v2 btcusd', files: ['kraken-v2/btcusd-depth10-20260719'], venue: 'kraken',
    instruments: instruments(10, 'BTC/USD 1 8'), expected: { frames: 1376, checksums: 1254, tops: NO_TOPS, invalid: 0 },
    market: (copies) => new KrakenMarket({ createDecoder, copies }),
  },
  {
    // It is unsubscribed and subscribed again while it is recorded.
    name: 'kraken v2 minagbp', files: ['kraken-v2/minagbp-depth25-resubscribe-20260818'], venue: 'kraken',
    instruments: instruments(25, 'MINA/GBP 4 8'), expected: { frames: 96, checksums: 19, tops: NO_TOPS, invalid: 1 },
    market: (copies) => new KrakenMarket({ createDecoder, copies }),
  },
  {
    name: 'kraken v1 five pairs', files: ['kraken-v1/five-pairs-depth1000-20210417'], venue: 'kraken-v1',
    instruments: instruments(1000, 'WAVES/EUR 6 8', 'XMR/USD 2 8', 'KSM/XBT 8 8', 'SC/EUR 6 8', 'ETH/CHF 5 8'),
    expected: { frames: 2934, checksums: 2892, tops: NO_TOPS, invalid: 0 },
    market: (copies) => new KrakenV1Market({ createDecoder, copies }),
  },
  {
    name: 'okx books', files: ['okx/books-three-instruments-20220513'], venue: 'okx',
    instruments: instruments(400, 'BTC-USD-220527 1 0', 'UNI-USD-SWAP 3 0', 'BTC-USDT 1 8'),
    expected: { frames: 410, checksums: 290, tops: NO_TOPS, invalid: 0 },
    market: (copies) => new OkxMarket({ createDecoder, copies }),
  },
  ...OKX_SOCKETS,
  {
    name: 'bitget eight pairs', files: ['bitget/spot-books-20220407'], venue: 'bitget',
    instruments: instruments(0, 'CULTUSDT 8 0', 'EOSUSDT 4 4', 'VVSUSDT 8 4', 'GOGUSDT 4 4', 'AVAXUSDT 4 4', 'STGUSDT 3 3',
      'HOTUSDT 7 4', 'SUNUSDT 5 0'),
    expected: { frames: 684, checksums: 443, tops: NO_TOPS, invalid: 0, problems: ['trade snapshot'] },
    market: (copies) => new BitgetMarket({ createDecoder, copies }),
  },
  // A quantity of spot has six decimals in old orders, although the lot has five.
  binance('spot', 'binance-spot/btcusdt-20240808', 'BTCUSDT 2 6', 99_574, 6493, 2),
  binance('usdm', 'binance-usdm/btcusdt-20240808', 'BTCUSDT 2 3', 93_954, 6546, 0),
  binance('coinm', 'binance-coinm/btcusd_perp-20240808', 'BTCUSD_PERP 1 0', 98_386, 44_767, 0),
];
