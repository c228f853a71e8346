// Checks a configuration of the simulated Venue, as read from a file, and completes it with the defaults. The only
// file here that uses a package; the engine takes the settings as given.

import { z } from 'zod';
import { fits } from './faults.ts';
import { FAULT_KINDS, FAULT_TRIGGERS, type FlowSettings, type SimSettings } from '../../event/simulation-settings.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const MILLION = 1_000_000;
const NS_MAX = 4_000_000_000;
const YEAR_NS = 31_536_000_000_000_000;

const count = (maximum: number): z.ZodNumber => z.number().int().min(0).max(maximum);
const positive = (maximum: number): z.ZodNumber => z.number().int().min(1).max(maximum);
const decimal = z.string().regex(/^\d+(\.\d+)?$/, 'expected a decimal number as text, for example "0.05"');
const ppm = count(MILLION);

const latency = z.strictObject({
  entryNs: count(YEAR_NS), entryJitterNs: count(NS_MAX), responseNs: count(YEAR_NS), responseJitterNs: count(NS_MAX),
  marketDataNs: count(YEAR_NS), marketDataJitterNs: count(NS_MAX),
}).partial();

const flow = z.strictObject({
  midPrice: decimal, eventsPerSecond: count(1_000_000), levels: positive(5000), spacingTicks: positive(1_000_000),
  halfSpreadTicks: positive(1_000_000), quantity: decimal, ordersPerLevel: positive(1000), movePpm: ppm,
  moveTicks: count(1_000_000), rangeTicks: count(1_000_000_000), takerPpm: ppm,
}).partial();

const script = z.strictObject({
  fault: z.enum(FAULT_KINDS), on: z.enum(FAULT_TRIGGERS), nth: positive(Number.MAX_SAFE_INTEGER),
}).refine(({ fault, on }) => fits(fault, on),
  { error: 'this fault cannot strike there; see daemon/venues/sim/README.md' });

const faults = z.strictObject({
  ppm: z.partialRecord(z.enum(FAULT_KINDS), ppm), script: z.array(script).max(10_000),
  delayNs: count(YEAR_NS), reorderNs: count(YEAR_NS), disconnectMs: count(86_400_000), resyncNs: count(YEAR_NS),
}).partial();

const configuration = z.strictObject({
  seed: count(0xffff_ffff), latency, publishIntervalNs: count(YEAR_NS),
  makerFeePpm: z.number().int().min(-MILLION).max(MILLION), takerFeePpm: z.number().int().min(-MILLION).max(MILLION),
  checkFunds: z.boolean(), balances: z.record(z.string().min(1), decimal),
  rateLimit: z.strictObject({ capacity: count(MILLION), intervalNs: count(YEAR_NS) }).refine(
    ({ capacity, intervalNs }) => capacity === 0 || intervalNs > 0,
    { error: 'a limit needs an intervalNs of at least 1' }),
  openOrdersMax: positive(MILLION), terminalOrdersMax: positive(MILLION), executionsMax: positive(MILLION),
  resendNs: count(YEAR_NS), cancelOnDisconnect: z.boolean(), catchUpNs: count(YEAR_NS), wireLogMax: count(10 * MILLION),
  market: flow, markets: z.record(z.string().min(1), flow), faults,
}).partial();

/** Throws an Error that names every wrong key: path, what was expected, what was found. */
export function readSimSettings(value: unknown, file: string): SimSettings {
  const result = configuration.safeParse(value ?? {});
  if (!result.success) {
    const lines = result.error.issues.map((issue) => `  ${issue.path.join('.') || '(root)'}: ${issue.message}`);
    throw new Error(`${file}: not a configuration of the simulated Venue\n${lines.join('\n')}`);
  }
  const given = result.data;
  const settings = {
    ...DEFAULT_SETTINGS, ...defined(given),
    latency: { ...DEFAULT_SETTINGS.latency, ...defined(given.latency ?? {}) },
    balances: given.balances ?? DEFAULT_SETTINGS.balances,
    market: { ...DEFAULT_SETTINGS.market, ...defined(given.market ?? {}) },
    markets: mergeMarkets(given.markets ?? {}),
    faults: { ...DEFAULT_SETTINGS.faults, ...defined(given.faults ?? {}) },
  } as SimSettings;
  checkShares(settings, file);
  return settings;
}

function checkShares(settings: SimSettings, file: string): void {
  const markets: [string, Partial<FlowSettings>][] = [['market', {}], ...Object.entries(settings.markets)];
  for (const [symbol, overrides] of markets) {
    const { movePpm, takerPpm }: FlowSettings = { ...settings.market, ...overrides };
    if (movePpm + takerPpm > MILLION) {
      const found = `movePpm ${movePpm} and takerPpm ${takerPpm}`;
      throw new Error(`${file}: ${symbol}: ${found} are ${movePpm + takerPpm} together, expected at most ${MILLION}`);
    }
  }
}

function mergeMarkets(given: Readonly<Record<string, object>>): Record<string, Partial<FlowSettings>> {
  const merged: Record<string, Partial<FlowSettings>> = { ...DEFAULT_SETTINGS.markets };
  for (const [symbol, overrides] of Object.entries(given)) {
    merged[symbol] = { ...merged[symbol], ...defined(overrides) };
  }
  return merged;
}

/** Without the keys that are present but undefined, which would undo a default. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, found]) => found !== undefined)) as T;
}
