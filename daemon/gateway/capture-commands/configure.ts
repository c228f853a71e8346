// `tcx capture configure`: a configuration with which tcxd keeps the books of a recording that nobody has seen before. Watches
// only: names of currencies are read out of the symbol, which is no matter until somebody trades.

import { formatDecimal } from '../../base/decimal.ts';
import { BOOK_LEVELS_MAX, type MarketAdapter } from '../../event/market-adapter.ts';
import { CaptureError } from '../capture-reader.ts';
import { openCaptureSource } from '../capture-source.ts';
import { CaptureSurvey, type SurveyedSymbol } from '../capture-survey.ts';

const SCALE_MAX = 15;
/** What tcxd takes for a symbol, and for the name of a currency. */
const SYMBOL = /^[\x21-\x7e]{1,32}$/;
const CURRENCY_LENGTH_MAX = 12;
/** Of an id, with room for a number behind it. */
const ID_LENGTH_MAX = 28;
/** Ends of symbols without a separator, longest first. */
const QUOTES = ['FDUSD', 'USDT', 'USDC', 'BUSD', 'TUSD', 'USD', 'EUR', 'GBP', 'JPY', 'TRY', 'BRL', 'BTC', 'ETH', 'BNB'] as const;

/** Throws a CaptureError when the recording, read as this Venue's, holds no symbol. */
export async function configurationFor(recording: string, venue: string, createAdapter: () => MarketAdapter): Promise<string> {
  const survey = new CaptureSurvey(createAdapter);
  for await (const records of openCaptureSource(recording).records()) for (const record of records) survey.add(record);
  const all = survey.symbols();
  const symbols = all.filter(({ symbol }) => SYMBOL.test(symbol));
  if (symbols.length === 0) {
    const { read, unreadable } = survey.frames;
    throw new CaptureError(`capture ${recording}: found no symbol of ${venue} in ${read} frames, ${unreadable} of them unreadable; `
      + 'expected its books or trades; name the Venue it was recorded from');
  }
  const lost = all.filter((it) => !symbols.includes(it))
    .map(({ symbol }) => `# left out, no symbol that tcxd takes: ${JSON.stringify(symbol)}`);
  return [...head(recording, venue), ...lost, ...currencies(symbols), 'instruments:', ...instruments(symbols, venue), 'strategies: []', '']
    .join('\n');
}

function head(recording: string, venue: string): string[] {
  return [
    '# The books of a recording, kept and journaled by tcxd; nothing is traded. Saved as FILE, in two terminals:',
    '#   node dist/daemon/tcxd.js --config FILE',
    `#   node dist/daemon/tcx-gateway.js --venue ${venue} --link ws://127.0.0.1:9101 --token-file data/link.token \\`,
    `#     --capture ${JSON.stringify(recording)}`,
    '# Ctrl-C in the first ends the session and names the journal. data/ is made beside FILE.',
    'session: { dataDir: data }',
    'venues:',
    `  - { id: ${venue}, simulated: false, gateway: { type: external } }`,
  ];
}

function currencies(symbols: readonly SurveyedSymbol[]): string[] {
  const names = new Set(symbols.flatMap(({ symbol }) => currenciesOf(symbol)));
  return ['currencies:', ...[...names].map((name) => `  - { symbol: ${JSON.stringify(name)}, scale: 8 }`)];
}

function instruments(symbols: readonly SurveyedSymbol[], venue: string): string[] {
  const ids = new Set<string>();
  return symbols.flatMap((it) => {
    const [base, quote] = currenciesOf(it.symbol);
    const scales = [scaleOf(it.priceScale, it.definition?.tickSize), scaleOf(it.quantityScale, it.definition?.lotSize)] as const;
    return [
      `  - id: ${JSON.stringify(idOf(it.symbol, ids))}`,
      `    symbol: ${JSON.stringify(it.symbol)}    # ${it.books} frames of its book, ${it.prints} trades`,
      `    venue: ${venue}`,
      `    base: ${JSON.stringify(base)}`,
      `    quote: ${JSON.stringify(quote)}`,
      `    priceScale: ${scales[0]}`,
      `    quantityScale: ${scales[1]}`,
      `    tickSize: "${it.definition?.tickSize || formatDecimal(1, scales[0])}"`,
      `    lotSize: "${it.definition?.lotSize || formatDecimal(1, scales[1])}"`,
      ...(it.definition?.minimumQuantity ? [`    minimumQuantity: "${it.definition.minimumQuantity}"`] : []),
      `    bookDepth: ${it.bookDepth}`,
      // A whole book of Binance gathers a third of the most in a quarter of an hour.
      `    bookLevelsMax: ${it.bookDepth === 0 ? BOOK_LEVELS_MAX : Math.max(1000, 2 * it.bookDepth)}`,
      '    feedRequired: false',
      '    staleAfter: 30s',
      '    limits: { allowed: false }',
    ];
  });
}

/** As many decimals as were seen, and as the Venue's own step has. */
function scaleOf(seen: number, step = ''): number {
  const decimals = /^\d+\.(\d*?)0*$/.exec(step)?.[1]?.length ?? 0;
  return Math.min(SCALE_MAX, Math.max(seen, decimals));
}

function idOf(symbol: string, taken: Set<string>): string {
  const words = symbol.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
  const plain = (/^[a-z]/.test(words) ? words : `i-${words}`).slice(0, ID_LENGTH_MAX).replace(/-$/, '');
  let id = plain;
  for (let number = 2; taken.has(id); number += 1) id = `${plain}-${number}`;
  taken.add(id);
  return id;
}

function currenciesOf(symbol: string): readonly [string, string] {
  const [pair = ''] = symbol.toUpperCase().split('_');
  const [base = '', quote = ''] = pair.split(/[/:-]/);
  if (quote !== '') return [currency(base), currency(quote)];
  const end = QUOTES.find((known) => pair.endsWith(known) && pair.length > known.length);
  return end === undefined ? [currency(pair), 'UNKNOWN'] : [currency(pair.slice(0, -end.length)), end];
}

function currency(text: string): string {
  return text.replace(/[^A-Z0-9]/g, '').slice(0, CURRENCY_LENGTH_MAX) || 'UNKNOWN';
}
