// What the YAML file of a gateway may hold: every key with its type, default and meaning. The reference page is written
// from it. Data only; configuration.ts reads files with it.

import { z } from 'zod';
import { choice, decimal, duration, flag, integer, path, size, text } from '../configuration/leaves.ts';
import type { SignatureAlgorithm } from './credentials.ts';
import { DEFAULT_DIAL_LIMITS } from './dial/dial-limits.ts';
import { DEFAULT_HTTP_LIMITS } from './dial/http-client.ts';

/** What the composition root knows of a Venue before it is configured. */
export interface VenueDefaults {
  /** Real addresses by name; `http` is the base of HTTP calls. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Empty: market data only. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Tiers of an account, where they decide how often the Venue may be asked: the first is the default. */
  readonly tiers: readonly string[];
  /** What may be chosen about its market data: the first value is the default. */
  readonly choices: Readonly<Record<string, { readonly values: readonly string[]; readonly meaning: string }>>;
}

const LOOPBACK = String.raw`(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])`;

function address(secure: string, plain: string) {
  const rest = String.raw`(?::\d{1,5})?(?:/[^\s@?#]*)?`;
  return text(`an address that begins with ${secure}:// (${plain}:// on this machine only), without user, query or fragment`,
    new RegExp(`^(?:${secure}://[^\\s@?#/:]+|${secure}://\\[[0-9a-fA-F:]+\\]|${plain}://${LOOPBACK})${rest}$`));
}

const dialSection = z.strictObject({
  handshakeTimeout: duration('100ms', '1min', '1ms').prefault('10s').describe('From dial to open socket.'),
  spacing: duration('0s', '1min', '1ms').prefault(`${DEFAULT_DIAL_LIMITS.pace.spacingMs}ms`)
    .describe('Between two dials of this gateway, whatever they are for.'),
  perWindowMax: integer(1, 1000).prefault(DEFAULT_DIAL_LIMITS.pace.dialsMax)
    .describe('Dials in any 10 minutes. A Venue counts them per address and bans who dials too often.'),
  backoffMin: duration('10ms', '1min', '1ms').prefault(`${DEFAULT_DIAL_LIMITS.backoffMs.min}ms`)
    .describe('The first wait after a socket is lost, doubled with each failure, with jitter.'),
  backoffMax: duration('100ms', '1h', '1ms').prefault('1min').describe('The longest wait.'),
  proven: duration('0s', '1h', '1ms').prefault('30s')
    .describe('A socket that was open for so long and heard something was useful: the backoff begins anew after it.'),
});

const httpSection = z.strictObject({
  timeout: duration('100ms', '5min', '1ms').prefault('10s').describe('From a call to the last byte of its answer.'),
  inFlightMax: integer(1, 256).prefault(DEFAULT_HTTP_LIMITS.inFlightMax)
    .describe('Calls outstanding at once; one more is given up at once, unsent.'),
});

const ordersSection = z.strictObject({
  enabled: flag().prefault(false).describe('Carry orders. Needs `credentials`. Otherwise every order is refused as not transmitted.'),
  requestTimeout: duration('100ms', '1min', '1ms').prefault('5s')
    .describe('A request unanswered for so long is ambiguous: the Venue is asked what became of it.'),
  requestWindow: duration('1s', '1min', '1ms').prefault('5s')
    .describe('The Venue refuses a request that reaches it later than this after it was sent, by the Venue\'s clock. What is not '
      + 'found there is known never to arrive only after it.'),
  deadMan: duration('0s', '10min', '1s').prefault('1min')
    .describe('Where the Venue has such a switch: it cancels everything when this gateway was silent for so long. `0s`: not armed.'),
  onDaemonLoss: choice(['cancel', 'keep']).prefault('cancel')
    .describe('What happens to open orders when the link to the daemon stays lost, or no daemon comes after a start: cancel them all, or '
      + 'keep them.'),
  daemonLossGrace: duration('0s', '10min', '1ms').prefault('5s').describe('How long the daemon may be away before that.'),
});

const recordSection = z.strictObject({
  directory: path().describe('The dataset grows below it: `raw/<venue>/<feed>/<window>/`.'),
  window: duration('1s', '24h', '1s').prefault('1h').describe('Length of a window. A full one is sealed and becomes read-only.'),
  bufferSize: size('64KiB', '1GiB').prefault('64MiB')
    .describe('Bytes that may wait for the disk, a power of two. What does not fit is lost to the recording, and the hole is recorded.'),
});

const instrumentSection = z.strictObject({
  symbol: text('the Venue\'s name of the instrument', /^[\x21-\x7e]{1,64}$/).describe('The Venue\'s own name of it.'),
  base: text('a currency like BTC', /^[A-Z0-9]{1,12}$/).describe('What is bought.'),
  quote: text('a currency like USD', /^[A-Z0-9]{1,12}$/).describe('What it is paid in.'),
  priceScale: integer(0, 15).describe('Decimals of a price.'),
  quantityScale: integer(0, 15).describe('Decimals of a quantity.'),
  tickSize: decimal().nullable().prefault(null).describe('Smallest step of a price. `null`: one unit of its last decimal.'),
  lotSize: decimal().nullable().prefault(null).describe('Smallest step of a quantity. `null`: one unit of its last decimal.'),
  minimumQuantity: decimal().nullable().prefault(null).describe('Smallest order. `null`: `lotSize`.'),
  bookDepth: integer(0, 10_000).prefault(0).describe('Levels a side that are subscribed. 0: all the '
    + 'Venue sends. Kraken takes 10, 25, 100, 500 or 1000 only.'),
});

/** The file of a gateway of a Venue with these defaults. */
export function gatewaySchema({ endpoints, algorithms, choices, tiers }: VenueDefaults) {
  return z.strictObject({
    ...marketShape(endpoints),
    ...(Object.keys(choices).length === 0 ? {} : { market: choiceSection(choices) }),
    ...(algorithms.length === 0 ? {} : tradingShape(algorithms, tiers)),
  });
}

type MarketPart = z.output<z.ZodObject<ReturnType<typeof marketShape>, z.core.$strict>>;
type TradingPart = z.output<z.ZodObject<ReturnType<typeof tradingShape>, z.core.$strict>>;
/** A file that passed the schema: without the parts that the Venue does not have. */
export type CheckedFile = MarketPart & Partial<Pick<TradingPart, 'credentials'>> & {
  readonly market?: Readonly<Record<string, string>>; readonly orders?: z.output<typeof ordersSection> & { readonly tier?: string };
};
export type CheckedOrders = NonNullable<CheckedFile['orders']>;
export type CheckedInstrument = MarketPart['instruments'][number];

function marketShape(endpoints: VenueDefaults['endpoints']) {
  const addresses = Object.entries(endpoints).map(([name, real]) => {
    const leaf = name === 'http' ? address('https', 'http') : address('wss', 'ws');
    return [name, leaf.prefault(real).describe(`Default: the Venue's own.`)] as const;
  });
  return {
    endpoints: z.strictObject(Object.fromEntries(addresses)).prefault({})
      .describe('Where the Venue is dialled. Each key may be replaced, by a test network or a stand-in.'),
    tls: z.strictObject({
      ca: path().nullable().prefault(null).describe('PEM file with certificates trusted besides the system\'s. `null`: none.'),
    }).prefault({}).describe('Whose certificates are believed. Verification cannot be switched off.'),
    copies: integer(1, 8).prefault(1)
      .describe('Sockets dialled for the same market data: the first arrival wins, a dead one costs nothing.'),
    dial: dialSection.prefault({}).describe('How often the Venue is dialled.'),
    http: httpSection.prefault({}).describe('Calls of the Venue\'s HTTP interface.'),
    record: recordSection.nullable().prefault(null).describe('Keep every frame in both directions, untouched. `null`: do not.'),
    observe: z.strictObject({
      host: text('a host name or address', /^[0-9A-Za-z.:-]{1,253}$/).prefault('127.0.0.1').describe('Where `/metrics` listens.'),
      port: integer(0, 65535).nullable().prefault(null).describe('0: any free port, told in the log. `null`: no metrics port.'),
    }).prefault({}).describe('What this gateway shows of itself.'),
    instruments: z.array(instrumentSection).prefault([])
      .describe('What `--record-only` records. A gateway with a daemon takes the daemon\'s list instead.'),
  };
}

function choiceSection(choices: VenueDefaults['choices']) {
  const keys = Object.entries(choices).map(([name, { values, meaning }]) => (
    [name, choice(values).prefault(values[0]!).describe(meaning)] as const));
  return z.strictObject(Object.fromEntries(keys)).prefault({}).describe('What the Venue leaves to choose about its market data.');
}

function tradingShape(algorithms: readonly SignatureAlgorithm[], tiers: readonly string[]) {
  const file = () => text('a path, or $CREDENTIALS_DIRECTORY/NAME', /^(?:\$CREDENTIALS_DIRECTORY\/[A-Za-z0-9._-]{1,64}|[^$\0][^\0]*)$/);
  const meaning = 'a regular file of mode 0400 that belongs to this user or to root. `$CREDENTIALS_DIRECTORY/NAME`: what systemd loaded.';
  return {
    credentials: z.strictObject({
      apiKeyFile: file().describe(`The API key: ${meaning}`),
      secretFile: file().describe(`Its secret: ${meaning}`),
      algorithm: choice(algorithms).prefault(algorithms[0]!)
        .describe('What kind of secret it is. Default: the first that the Venue takes.'),
    }).nullable().prefault(null).describe('Keys of the account. Read only when `orders.enabled`. `null`: none.'),
    orders: (tiers.length === 0 ? ordersSection : ordersSection.extend({ tier: tierLeaf(tiers) }))
      .prefault({}).describe('Order entry and private streams.'),
  };
}

function tierLeaf(tiers: readonly string[]) {
  return choice(tiers).prefault(tiers[0]!)
    .describe('Tier of the account: how often the Venue may be asked, which paces queries and reconciliation.');
}
