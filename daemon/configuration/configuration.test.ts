// The Configuration from outside: the shipped files load, every class of bad input is named, defaults are written out,
// and the recorded text alone gives back what the Core reads.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Document, parse } from 'yaml';
import {
  canonicalJson,
  compareImmutable,
  ConfigurationError,
  configurationHash,
  listChanges,
  loadConfiguration,
  parseConfiguration,
  readRecorded,
  resolveConfiguration,
  resolveRecorded,
} from './configuration.ts';

const paper = readFileSync('config/paper.yaml', 'utf8');
const FILE = '/etc/tcx/paper.yaml';

function problems(text: string): string[] {
  try {
    parseConfiguration(text, FILE);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(problemText);
    throw error;
  }
  return [];
}

function problemText({ path, message }: { path: string; message: string }): string {
  return path === '' ? message : `${path}: ${message}`;
}

function edited(from: string | RegExp, to: string): string {
  const text = paper.replace(from, to);
  expect(text, `paper.yaml holds ${String(from)}`).not.toBe(paper);
  return text;
}

describe('shipped configurations', () => {
  test.each(['config/paper.yaml', 'config/kraken-capture.yaml'])('%s loads', (file) => {
    const { core, json, hash } = loadConfiguration(file);
    expect(core.instruments).toHaveLength(2);
    expect(hash).toBe(configurationHash(json));
  });

  test('prices and limits become exact integers, names become indices', () => {
    const { core } = parseConfiguration(paper, FILE);
    expect(core.instruments[1]).toMatchObject({
      id: 'eth-usd', venue: 0, base: 2, quote: 0, tickSize: 1, lotSize: 1, staleAfter: 10e9,
      limits: { allowed: true, positionMax: 40_000, orderQuantityMax: 10_000, orderNotionalMax: 5_000_000_000n },
    });
    expect(core.risk.grossExposureMax).toEqual([25_000_000_000_000n, 0n, 0n]);
    expect(core.venues[0]!.rateLimits[0]).toEqual({
      capacity: 100, tokenInterval: 5e6, reservedForCancel: 20, costNew: 1, costReplace: 1, costCancel: 1,
    });
    expect(core.strategies[0]!.instruments).toEqual([0, 1]);
  });

  test('paths are relative to the file', () => {
    const text = edited('module: builtin:reference-maker', 'module: ./mine.ts');
    const { settings, core } = parseConfiguration(text, FILE);
    expect(settings.dataDir).toBe('/etc/data/paper');
    expect(settings.link.tokenFile).toBe('/etc/data/paper/link.token');
    expect(core.strategies[0]!.module).toBe('/etc/tcx/mine.ts');
  });

  test('the Kraken configuration trades nothing', () => {
    const { core } = loadConfiguration('config/kraken-capture.yaml');
    expect(core.strategies).toEqual([]);
    expect(core.instruments.map((instrument) => instrument.limits.allowed)).toEqual([false, false]);
  });
});

describe('bad input is refused with file, line, path, found and expected', () => {
  test.each<[string, string | RegExp, string, string]>([
    ['unknown key', 'digestEvery: 10000', 'digestEvry: 10000',
      'session.digestEvry: unknown key, did you mean "digestEvery"?'],
    ['unknown key with nothing near', 'digestEvery: 10000', 'frobnicate: 1',
      'session.frobnicate: unknown key, expected one of dataDir, digestEvery, record'],
    ['unknown section', 'observe:', 'observer:', 'observer: unknown key, did you mean "observe"?'],
    ['key inside a union', 'seed: 1', 'sed: 1', 'venues[0].gateway.simulation.sed: unknown key, did you mean "seed"?'],
    ['wrong choice', 'idle: block', 'idle: blok', 'loop.idle: found "blok", expected one of spin, yield, block'],
    ['wrong type', 'simulated: true', 'simulated: "yes"', 'venues[0].simulated: found "yes", expected true or false'],
    ['fraction', 'port: 9102', 'port: 9102.5', 'observe.port: found 9102.5, expected an integer from 0 to 65535'],
    ['out of range', 'port: 9102', 'port: 65536', 'observe.port: found 65536, expected an integer from 0 to 65535'],
    ['duration without unit', 'ackTimeout: 2s', 'ackTimeout: 2',
      'venues[0].ackTimeout: found 2, expected a duration like 5s, 250ms or 50us, from 1ms to 1h'],
    ['duration too fine', 'syncInterval: 50ms', 'syncInterval: 1.5ms',
      'journal.syncInterval: found "1.5ms", '
        + 'expected a duration like 5s, 250ms or 50us, from 1ms to 10s in steps of 1ms'],
    ['size unit', 'extentSize: 64MiB', 'extentSize: 64MB',
      'journal.extentSize: found "64MB", expected a size like 64MiB, from 1MiB to 1GiB'],
    ['text as decimal', 'tickSize: 0.1', 'tickSize: a tenth',
      'instruments[0].tickSize: found "a tenth", expected a decimal number that is not negative, like 0.01'],
    ['negative decimal', 'tickSize: 0.1', 'tickSize: -0.1',
      'instruments[0].tickSize: found -0.1, expected a decimal number that is not negative, like 0.01'],
    ['list where a group belongs', 'loop:\n  idle: block  ', 'loop:\n  - idle: block  ',
      'loop: found a list, expected a group of keys'],
    ['unknown gateway', 'type: embedded', 'type: embeded',
      'venues[0].gateway.type: found "embeded", expected one of external, embedded'],
    ['unquoted mode', 'mode: "0660"', 'mode: 0660',
      'admin.mode: found 660, expected four octal digits in quotes, like "0660", not open to others'],
    ['mode open to others', 'mode: "0660"', 'mode: "0666"',
      'admin.mode: found "0666", expected four octal digits in quotes, like "0660", not open to others'],
    ['traversal in an id', 'id: maker', 'id: ../maker',
      'strategies[0].id: found "../maker", '
        + 'expected an identifier of a-z, 0-9 and - (a letter first, at most 32 characters)'],
    ['missing key', /    symbol: BTC\/USD .*\n/, '',
      'instruments[0].symbol: missing, expected the symbol of the Venue'],
    ['lower-case currency', '{ USD: 250000 }', '{ usd: 250000 }',
      'risk.grossExposureMax.usd: found 250000, expected a currency symbol like USD as the key'],
  ])('%s', (_name, from, to, message) => {
    expect(problems(edited(from, to))).toEqual([message]);
  });

  test.each<[string, string | RegExp, string, string]>([
    ['unknown venue', 'venue: sim', 'venue: simm', 'instruments[0].venue: found "simm", expected one of sim'],
    ['unknown currency', 'quote: USD', 'quote: EUR',
      'instruments[0].quote: found "EUR", expected one of USD, BTC, ETH'],
    ['more decimals than the scale', 'tickSize: 0.1', 'tickSize: 0.12',
      'instruments[0].tickSize: found "0.12", expected at most 1 decimals'],
    ['beyond 2^53', 'positionMax: 2 ', 'positionMax: 900719925474.1 ',
      'instruments[0].limits.positionMax: found "900719925474.1", expected less than 2^53 × 10^-4'],
    ['allowed without a limit', 'positionMax: 2 ', 'positionMax: 0 ',
      'instruments[0].limits.positionMax: found "0", expected more than 0'],
    ['minimum that is no multiple', 'lotSize: 0.001\n', 'lotSize: 0.002\n',
      'instruments[1].minimumQuantity: found "0.001", expected a multiple of lotSize (0.002)'],
    ['reserve above the capacity', 'reservedForCancel: 20', 'reservedForCancel: 101',
      'venues[0].rateLimits[0].reservedForCancel: found 101, expected at most capacity (100)'],
    ['auto-enable of a real Venue', 'simulated: true', 'simulated: false',
      'venues[0].autoEnable: found true, expected false: not every Venue is simulated'],
    ['public link without TLS', 'host: 127.0.0.1                  # any', 'host: 0.0.0.0 # any',
      'link.tls: found null, expected certificateFile and keyFile: "0.0.0.0" is not a loopback address'],
    ['heartbeat beyond its timeout', 'port: 0 ', 'heartbeat: 5s\n  port: 0 ',
      'link.heartbeatTimeout: found "5s", expected more than heartbeat (5s)'],
    ['loop CPU among the housekeeping', 'idle: block', 'cpu: 1\n  housekeepingCpus: [0, 1]\n  idle: block',
      'loop.housekeepingCpus: found 1, which is loop.cpu; expected other CPUs'],
    ['allowed instrument without exposure limit', '{ USD: 250000 }', '{}',
      'risk.grossExposureMax: no entry for "USD", the quote currency of "btc-usd", '
        + 'which is allowed; 0 switches it off'],
    ['capacities a digest cannot hold', 'risk:', 'execution: { ordersMax: 3000 }\nrisk:',
      'execution.queueEntriesMax: found 2048, expected at most 4096 together with ordersMax'],
    ['duplicate id', 'id: eth-usd', 'id: btc-usd',
      'instruments[1].id: found "btc-usd", which instruments[0] has already'],
    ['unknown instrument of a strategy', '[btc-usd, eth-usd]', '[btc-usd, xrp-usd]',
      'strategies[0].instruments[1]: found "xrp-usd", expected one of btc-usd, eth-usd'],
    ['market without instrument', 'ETH/USD: {', 'XRP/USD: {',
      'venues[0].gateway.simulation.markets.XRP/USD: unknown symbol, expected one of BTC/USD, ETH/USD'],
    ['market price finer than the instrument', 'midPrice: 3000', 'midPrice: 3000.001',
      'venues[0].gateway.simulation.markets.ETH/USD.midPrice: found "3000.001", expected at most 2 decimals'],
  ])('%s', (_name, from, to, message) => {
    expect(problems(edited(from, to))).toContain(message);
  });

  test('YAML that is not YAML', () => {
    expect(problems('loop: [')[0]).toMatch(/^Flow sequence/);
    expect(problems('a: 1\na: 2')).toEqual(['Map keys must be unique']);
    expect(problems('a: !secret b')[0]).toMatch(/^Unresolved tag/);
    expect(problems('a: 1\n---\nb: 1')[0]).toMatch(/multiple documents/);
    expect(problems('')).toEqual(['the file is empty, expected a configuration']);
    expect(problems('just text')).toEqual(['found "just text", expected a group of keys']);
    expect(problems('a: *b')[0]).toMatch(/Unresolved alias/);
  });

  test('a number a double cannot hold as written', () => {
    const text = edited('tickSize: 0.1', 'tickSize: 0.10000000000000000001');
    expect(problems(text)).toEqual([
      'found the number 0.10000000000000000001, which would not be kept exactly; write it in quotes',
    ]);
    expect(problems(edited('seed: 1', 'seed: 0x10'))[0]).toContain('found the number 0x10');
    expect(problems(edited('seed: 1', 'seed: .nan'))[0]).toContain('found the number .nan');
  });

  test('all problems are reported at once, each with file and line', () => {
    const text = edited('idle: block', 'idle: blok').replace('  port: 9102', '  prot: -1');
    const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length;
    expect(() => parseConfiguration(text, FILE)).toThrow([
      'configuration refused, 2 problems:',
      `  ${FILE}:${lineOf('idle: blok')}: loop.idle: found "blok", expected one of spin, yield, block`,
      `  ${FILE}:${lineOf('prot: -1')}: observe.prot: unknown key, did you mean "port"?`,
    ].join('\n'));
  });

  test('a file that cannot be read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tcx-configuration-'));
    const file = join(folder, 'x.yaml');
    expect(() => loadConfiguration(file)).toThrow(`${file}: no such file`);
    expect(() => loadConfiguration(folder)).toThrow(`${folder}: found a folder, expected a YAML file`);
    writeFileSync(file, Uint8Array.of(0x61, 0xff, 0xfe));
    expect(() => loadConfiguration(file)).toThrow('found bytes that are not UTF-8 text');
    writeFileSync(file, Buffer.alloc(5 * 1024 * 1024, 0x20));
    expect(() => loadConfiguration(file)).toThrow('found 5242880 bytes, expected at most 4194304');
    chmodSync(file, 0o000);
    if (process.getuid?.() !== 0) expect(() => loadConfiguration(file)).toThrow('permission denied (EACCES)');
    rmSync(folder, { recursive: true });
  });

  test('more text than a record can hold', () => {
    const text = edited('lots: 10 ', `note: "${'x'.repeat(1_100_000)}"\n      lots: 10 `);
    expect(problems(text)[0]).toMatch(/^the effective configuration has \d+ bytes, expected at most 1048576$/);
  });

  test('a socket path the kernel cannot hold', () => {
    const text = edited('socket: ../data/paper/admin.sock', `socket: /${'a'.repeat(120)}`);
    expect(problems(text)[0]).toMatch(/admin\.socket: found .* \(121 bytes\), expected at most 107 bytes/);
  });
});

describe('effective Configuration', () => {
  test('COR-6: no hidden default: the effective text loads to itself', () => {
    const { json, core } = parseConfiguration(paper, FILE);
    const again = parseConfiguration(json, '/elsewhere/copy.yaml');
    expect(again.json).toBe(json);
    expect(again.core).toEqual(core);
  });

  test('COR-6: the recorded text alone gives what the Core reads', () => {
    const { json, core, effective } = parseConfiguration(paper, FILE);
    expect(resolveRecorded(json)).toEqual(core);
    expect(resolveConfiguration(readRecorded(json))).toEqual(core);
    expect(canonicalJson(effective)).toBe(json);
  });

  test('recorded text that is not a Configuration is refused', () => {
    expect(() => resolveRecorded('{')).toThrow(/recorded configuration/);
    expect(() => resolveRecorded('{}')).toThrow(/session: missing, expected a group of keys/);
  });

  test('COR-6: equal Configurations have equal text under any key order', () => {
    const plain = parse(paper) as object;
    const { json } = parseConfiguration(paper, FILE);
    fc.assert(fc.property(fc.infiniteStream(fc.nat()), (random) => {
      const shuffled = new Document(shuffle(plain, () => random.next().value ?? 0)).toString();
      expect(parseConfiguration(shuffled, FILE).json).toBe(json);
    }), { numRuns: 20 });
  });

  test('spelling does not matter, value does', () => {
    const { hash } = parseConfiguration(paper, FILE);
    const same = edited('tickSize: 0.1', 'tickSize: "0.10"').replace('ackTimeout: 2s', 'ackTimeout: 2000ms');
    expect(parseConfiguration(same, FILE).hash).toBe(hash);
    expect(parseConfiguration(edited('ackTimeout: 2s', 'ackTimeout: 2001ms'), FILE).hash).not.toBe(hash);
  });

  test('sections of the Runtime do not reach the Core', () => {
    const { core } = parseConfiguration(paper, FILE);
    const other = edited('idle: block', 'idle: spin').replace('extentSize: 64MiB', 'extentSize: 32MiB')
      .replace('port: 9102', 'port: null').replace('port: 0 ', 'port: 9000 ').replace('seed: 1', 'seed: 2')
      .replace('autoEnable: true', 'autoEnable: false').replace('../data/paper\n', '../data/other\n');
    expect(parseConfiguration(other, FILE).core).toEqual(core);
  });
});

describe('changing a running session', () => {
  const change = (from: string, to: string) => {
    const current = parseConfiguration(paper, FILE).effective;
    const next = parseConfiguration(edited(from, to), FILE).effective;
    return { refused: compareImmutable(current, next), changed: listChanges(current, next) };
  };

  test.each([
    ['positionMax: 2 ', 'positionMax: 3 ', 'instruments[0].limits.positionMax'],
    ['USD: 250000', 'USD: 1', 'risk.grossExposureMax.USD'],
    ['tokenInterval: 5ms', 'tokenInterval: 6ms', 'venues[0].rateLimits[0].tokenInterval'],
    ['cadence: {', 'enabled: false\n    cadence: {', 'strategies[0].enabled'],
    ['lots: 10 ', 'lots: 11 ', 'strategies[0].parameters.lots'],
  ])('%s → %s is allowed', (from, to, path) => {
    expect(change(from, to)).toEqual({ refused: [], changed: [path] });
  });

  test.each([
    ['digestEvery: 10000', 'digestEvery: 5000', 'session.digestEvery'],
    ['tickSize: 0.1', 'tickSize: 0.2', 'instruments[0].tickSize'],
    ['id: maker', 'id: other', 'strategies[0].id'],
    ['ackTimeout: 2s', 'ackTimeout: 3s', 'venues[0].ackTimeout'],
    ['idle: block', 'idle: spin', 'loop.idle'],
    ['  - { symbol: ETH, scale: 8 }', '  - { symbol: ETH, scale: 8 }\n  - { symbol: XRP, scale: 8 }', 'currencies'],
  ])('%s → %s is refused', (from, to, path) => {
    expect(change(from, to).refused).toEqual([path]);
  });
});

describe('canonical JSON', () => {
  test('sorts keys by code unit and drops what is undefined', () => {
    const value = { b: 1, a: [true, null, 'é"'], B: { z: undefined } };
    expect(canonicalJson(value)).toBe('{"B":{},"a":[true,null,"é\\""],"b":1}');
  });

  test('parses back to the same value', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(JSON.parse(text))).toBe(text);
    }));
  });

  test('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(TypeError);
    expect(() => canonicalJson(1n)).toThrow(TypeError);
  });
});

function shuffle(value: unknown, next: () => number): unknown {
  if (Array.isArray(value)) return value.map((member) => shuffle(member, next));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, shuffle(member, next), next()] as const);
  entries.sort((a, b) => a[2] - b[2]);
  return Object.fromEntries(entries.map(([key, member]) => [key, member]));
}
