// What a stand-in is told when it starts: instruments, money, where its market comes from, credentials it accepts.
// Values and their defaults only. Prices, quantities and amounts are decimal text; the engine scales them.

import type { FlowSettings } from '../../event/simulation-settings.ts';

export type StandInVenue = 'kraken' | 'binance' | 'okx';

export interface StandInInstrument {
  /** The Venue's own symbol: BTC/USD, BTCUSDT, BTC-USDT. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Decimals that the Venue writes prices and quantities with. */
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly minimumQuantity: string;
  /** Background market; eventsPerSecond 0: a market that only the client moves. */
  readonly flow: Partial<FlowSettings>;
}

/** Public channels fed from recordings instead of the engine. */
export interface RecordedMarket {
  /** Files in the capture format, one per socket of the recording. */
  readonly captures: readonly string[];
  /** Times the speed of the recording; ignored with `framesPerSecond`. */
  readonly speed: number;
  /** Frames a second, whatever the recording's pace; 0: its pace times `speed`. */
  readonly framesPerSecond: number;
  /** At the end: begin again (subscribers are disconnected and resynchronise) or fall silent. */
  readonly loop: boolean;
}

export interface StandInCredentials {
  readonly apiKey: string;
  /** Kraken: base64; Binance HMAC: text; Binance Ed25519: the public key in PEM. */
  readonly secret: string;
  readonly algorithm: 'hmac-sha512' | 'hmac-sha256' | 'ed25519';
}

export interface StandInSettings {
  readonly venue: StandInVenue;
  /** Same seed and same requests at the same times: same answers. */
  readonly seed: number;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly instruments: readonly StandInInstrument[];
  /** What the account owns at first, by currency; `*` for every other. */
  readonly balances: Readonly<Record<string, string>>;
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  readonly credentials: readonly StandInCredentials[];
  /** null: public channels show the engine's own market, so that fills and book agree. */
  readonly recorded: RecordedMarket | null;
  /** The engine moves and publishes this often. */
  readonly tickMs: number;
  readonly heartbeatMs: number;
  /** Kraken: how long a WebSocket token may wait for its first use. */
  readonly tokenLifetimeMs: number;
  /** Requests that count at once and how many milliseconds give one back; capacity 0: no limit. */
  readonly rateLimit: { readonly capacity: number; readonly intervalMs: number };
  /** Kraken: a post-only order that would trade is cancelled after its acknowledgement, or refused in the answer. */
  readonly postOnlyRefusal: 'canceled' | 'error';
  /** Binance: whether a cancelled order is known by its own client id afterwards, or only by that of the cancel. */
  readonly cancelledName: 'renamed' | 'kept';
  /** OKX: `zero` as since the field was given up, with sequence numbers alone to go by. */
  readonly okxChecksum: 'computed' | 'zero';
}

/** Binance signs the commission in the asset received, the others take quote currency. */
export function feeCurrencyOf(venue: StandInVenue): 'quote' | 'received' {
  return venue === 'binance' ? 'received' : 'quote';
}

const FLOW: Partial<FlowSettings> = { eventsPerSecond: 200, levels: 25, spacingTicks: 10, halfSpreadTicks: 5, moveTicks: 20 };
const BITCOIN: Partial<FlowSettings> = { ...FLOW, midPrice: '60000', quantity: '0.05', rangeTicks: 20_000 };
const ETHER: Partial<FlowSettings> = { ...FLOW, midPrice: '3000', quantity: '0.8', rangeTicks: 10_000 };

const KRAKEN_INSTRUMENTS: readonly StandInInstrument[] = [
  {
    symbol: 'BTC/USD', base: 'BTC', quote: 'USD', priceDecimals: 1, quantityDecimals: 8, tickSize: '0.1', lotSize: '0.0001',
    minimumQuantity: '0.0001', flow: BITCOIN,
  },
  {
    symbol: 'ETH/USD', base: 'ETH', quote: 'USD', priceDecimals: 2, quantityDecimals: 8, tickSize: '0.01', lotSize: '0.001',
    minimumQuantity: '0.001', flow: ETHER,
  },
];

const BINANCE_INSTRUMENTS: readonly StandInInstrument[] = [
  {
    symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', priceDecimals: 8, quantityDecimals: 8, tickSize: '0.01', lotSize: '0.00001',
    minimumQuantity: '0.00001', flow: { ...BITCOIN, spacingTicks: 100, halfSpreadTicks: 50, moveTicks: 200, rangeTicks: 200_000 },
  },
  {
    symbol: 'ETHUSDT', base: 'ETH', quote: 'USDT', priceDecimals: 8, quantityDecimals: 8, tickSize: '0.01', lotSize: '0.0001',
    minimumQuantity: '0.0001', flow: ETHER,
  },
];

const OKX_INSTRUMENTS: readonly StandInInstrument[] = [
  {
    symbol: 'BTC-USDT', base: 'BTC', quote: 'USDT', priceDecimals: 1, quantityDecimals: 8, tickSize: '0.1',
    lotSize: '0.00000001', minimumQuantity: '0.00001', flow: BITCOIN,
  },
  {
    symbol: 'ETH-USDT', base: 'ETH', quote: 'USDT', priceDecimals: 2, quantityDecimals: 6, tickSize: '0.01',
    lotSize: '0.000001', minimumQuantity: '0.0001', flow: ETHER,
  },
];

const INSTRUMENTS: Readonly<Record<StandInVenue, readonly StandInInstrument[]>> = {
  kraken: KRAKEN_INSTRUMENTS, binance: BINANCE_INSTRUMENTS, okx: OKX_INSTRUMENTS,
};

/** Keys made for nothing else: they open no account anywhere. */
export const STAND_IN_CREDENTIALS: Readonly<Record<StandInVenue, StandInCredentials>> = {
  kraken: {
    apiKey: 'stand-in-kraken-key', algorithm: 'hmac-sha512',
    secret: Buffer.from('a secret of the Kraken stand-in, sixty-four bytes long, no more..').toString('base64'),
  },
  binance: { apiKey: 'stand-in-binance-key', algorithm: 'hmac-sha256', secret: 'stand-in-binance-secret' },
  okx: { apiKey: 'stand-in-okx-key', algorithm: 'hmac-sha256', secret: 'stand-in-okx-secret' },
};

export function standInSettings(venue: StandInVenue, given: Partial<StandInSettings> = {}): StandInSettings {
  return {
    venue, seed: 1, host: '127.0.0.1', port: 0, instruments: INSTRUMENTS[venue], balances: { '*': '1000000' },
    makerFeePpm: 1000, takerFeePpm: 2000, credentials: [STAND_IN_CREDENTIALS[venue]], recorded: null, tickMs: 5,
    heartbeatMs: 1000, tokenLifetimeMs: 900_000, rateLimit: { capacity: 0, intervalMs: 0 }, postOnlyRefusal: 'canceled',
    okxChecksum: 'computed', cancelledName: 'renamed', ...given,
  };
}
