// The reference page is what the schema says, every key has a meaning, and the printed defaults are the real ones.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseConfiguration } from './configuration.ts';
import { referencePage } from './reference.ts';

const page = referencePage();
const rows = page.split('\n').filter((line) => line.startsWith('| `'));

describe('docs/reference/configuration.md', () => {
  test('gives every key a type, a default and a meaning', () => {
    expect(rows.length).toBeGreaterThan(100);
    for (const row of rows) {
      const cells = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      expect(cells.slice(1, 5).every((cell) => cell !== ''), row).toBe(true);
    }
  });

  const files = ['config/paper.yaml', 'config/kraken-capture.yaml'];
  test.each(files)('COR-6: every effective key of %s is documented', (file) => {
    const { effective } = parseConfiguration(readFileSync(file, 'utf8'), file);
    const documented = new Set(rows.map((row) => row.split('`')[1]!));
    for (const [section, value] of Object.entries(effective)) {
      const members: unknown[] = Array.isArray(value) ? value : [value];
      for (const key of members.flatMap((member) => keysOf(member, '', documented))) {
        expect(documented.has(key), `${section}: ${key}`).toBe(true);
      }
    }
  });

  test('COR-6: a default that is written out changes nothing', () => {
    const text = readFileSync('config/paper.yaml', 'utf8');
    const plain = parse(text) as { risk: Record<string, unknown>; execution?: unknown };
    plain.execution = { ordersMax: 2048, pendingAgeMax: '0s', killCancelsOrders: true };
    expect(parseConfiguration(stringify(plain), '/x/y.yaml').hash).toBe(parseConfiguration(text, '/x/y.yaml').hash);
  });
});

/** Paths as the page writes them; what a key of free names holds is not looked into. */
function keysOf(value: unknown, prefix: string, documented: ReadonlySet<string>): string[] {
  if (Array.isArray(value)) return value.flatMap((member) => keysOf(member, `${prefix}[]`, documented));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (path.endsWith('.type')) return [];
    const isFree = ['grossExposureMax', 'dailyLossMax', 'parameters', 'balances', 'markets', 'ppm'].includes(key);
    return isFree ? [path] : [path, ...keysOf(member, path, documented)];
  });
}
