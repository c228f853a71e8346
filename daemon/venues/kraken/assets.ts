// Kraken's two spellings of the same things: REST says XXBT, ZUSD, XXBTZUSD or XBTUSD, WebSocket v2 BTC, USD, BTC/USD, as
// the Configuration does. Pure.

/** REST's own names of assets that WebSocket v2 calls otherwise. */
const RENAMED: ReadonlyMap<string, string> = new Map([['XBT', 'BTC'], ['XDG', 'DOGE']]);
const NAMED_BACK: ReadonlyMap<string, string> = new Map([...RENAMED].map(([rest, v2]) => [v2, rest]));

/** Assets of the first years carry a class letter: X for coins, Z for money. */
const LEGACY = new Set([
  'XXBT', 'XXDG', 'XETH', 'XETC', 'XLTC', 'XMLN', 'XREP', 'XXLM', 'XXMR', 'XXRP', 'XZEC', 'ZAUD', 'ZCAD', 'ZEUR', 'ZGBP',
  'ZJPY', 'ZUSD',
]);

/** 'XXBT' → 'BTC'; 'XBT.F', an earning balance, stays what it is: it is not the currency that trades. */
export function currencyOf(asset: string): string {
  const plain = LEGACY.has(asset) ? asset.slice(1) : asset;
  return RENAMED.get(plain) ?? plain;
}

/** 'BTC/USD' → 'XBTUSD', the pair's altname. */
export function altname(symbol: string): string {
  return symbol.split('/').map((currency) => NAMED_BACK.get(currency) ?? currency).join('');
}

/** Every spelling under which REST may name the pair of a symbol. */
export function spellings(symbol: string): string[] {
  const [base = '', quote = ''] = symbol.split('/');
  const forms = (currency: string): string[] => {
    const rest = NAMED_BACK.get(currency) ?? currency;
    return [currency, rest, ...['X', 'Z'].map((letter) => `${letter}${rest}`).filter((asset) => LEGACY.has(asset))];
  };
  return forms(base).flatMap((b) => forms(quote).flatMap((q) => [`${b}${q}`, `${b}/${q}`]));
}

export function quoteOf(symbol: string): string {
  return symbol.split('/')[1] ?? '';
}
