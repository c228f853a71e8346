// Owns one rule of every command line: an option that takes a value, or a switch, is given once. A second one would win
// without a word. Works on the tokens of a parser; parses nothing itself.

interface OptionToken {
  readonly kind: string;
  readonly name?: string;
}

/** The name of an option that is given twice; '' when none is. */
export function repeatedOption(tokens: readonly OptionToken[]): string {
  const seen = new Set<string>();
  for (const { kind, name } of tokens) {
    if (kind !== 'option' || name === undefined) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return '';
}
