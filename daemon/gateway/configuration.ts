// The settings of a gateway that dials, from its YAML file: checked as a whole, unknown keys refused, every mistake named
// with file, line, path, found and expected. What differs between Venues (addresses, what can be signed) is given by the
// composition root. Holds no secret: credentials are named by their files.

import { dirname, isAbsolute, resolve } from 'node:path';
import { describeIssues } from '../configuration/issues.ts';
import { ConfigurationError, formatPath, type Path } from '../configuration/problem.ts';
import { readTextFile } from '../configuration/text-file.ts';
import { parseDecimal, parseDuration, parseSize, scaleDecimal } from '../configuration/units.ts';
import { readYaml } from '../configuration/yaml-text.ts';
import type { VenueCurrency, VenueInstrument } from '../event/venue-session.ts';
import type { CredentialFiles } from './credentials.ts';
import { DEFAULT_DIAL_LIMITS, type DialLimits } from './dial/dial-limits.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from './dial/http-client.ts';
import { gatewaySchema, type CheckedFile, type CheckedInstrument, type CheckedOrders, type VenueDefaults } from './gateway-schema.ts';

interface OrderSettings {
  readonly requestTimeoutNs: number;
  readonly requestWindowMs: number;
  /** '' : the Venue knows none. */
  readonly tier: string;
  /** 0: the Venue's switch is not armed. */
  readonly deadManSeconds: number;
  readonly onDaemonLoss: 'cancel' | 'keep';
  readonly daemonLossGraceNs: number;
}

interface RecordSettings {
  readonly directory: string;
  readonly windowNs: number;
  readonly bufferSize: number;
}

export interface GatewayConfiguration {
  readonly endpoints: Readonly<Record<string, string>>;
  /** '' : none. */
  readonly caFile: string;
  readonly copies: number;
  /** What the Venue leaves to choose about its market data, by name. */
  readonly market: Readonly<Record<string, string>>;
  readonly dial: DialLimits;
  readonly http: HttpLimits;
  readonly credentials: CredentialFiles | null;
  /** Null: market data only. */
  readonly orders: OrderSettings | null;
  readonly record: RecordSettings | null;
  readonly observe: { readonly host: string; readonly port: number | null };
  readonly instruments: readonly VenueInstrument[];
  readonly currencies: readonly VenueCurrency[];
}

/** Throws a ConfigurationError with everything that is wrong. '' : the defaults. */
export function readGatewayConfiguration(file: string, defaults: VenueDefaults): GatewayConfiguration {
  if (file === '') return toConfiguration(gatewaySchema(defaults).parse({}) as CheckedFile, '.');
  return parseGatewayConfiguration(readTextFile(file), file, defaults);
}

/** For text that is at hand; `file` names it and anchors relative paths. */
export function parseGatewayConfiguration(content: string, file: string, defaults: VenueDefaults): GatewayConfiguration {
  const schema = gatewaySchema(defaults);
  const yaml = readYaml(content, file);
  const result = schema.safeParse(yaml.value);
  if (!result.success) {
    throw new ConfigurationError(file, describeIssues(schema, result.error.issues, yaml.value, yaml.lineOf));
  }
  const found = findContradictions(result.data as CheckedFile);
  if (found.length > 0) {
    const problems = found.map(({ at, message }) => ({ path: formatPath(at), line: yaml.lineOf(at), message }));
    throw new ConfigurationError(file, problems);
  }
  return toConfiguration(result.data as CheckedFile, dirname(resolve(file)));
}

// ── what the schema cannot see ──────────────────────────────────────────────────────────────────
interface Contradiction { readonly at: Path; readonly message: string }

function findContradictions(given: CheckedFile): Contradiction[] {
  const found: Contradiction[] = [];
  const { dial, record } = given;
  if (nanoseconds(dial.backoffMin) > nanoseconds(dial.backoffMax)) {
    found.push({ at: ['dial', 'backoffMin'], message: `found ${dial.backoffMin}, expected at most backoffMax (${dial.backoffMax})` });
  }
  const bufferSize = record === null ? 0 : parseSize(record.bufferSize)!;
  if ((bufferSize & (bufferSize - 1)) !== 0) {
    found.push({ at: ['record', 'bufferSize'], message: `found ${record!.bufferSize}, expected a power of two, for example 64MiB` });
  }
  if (given.orders?.enabled === true && given.credentials === null) {
    found.push({ at: ['orders', 'enabled'], message: 'found true without credentials, expected a group credentials with the keys' });
  }
  for (const [name, url] of Object.entries(given.endpoints)) {
    if (!URL.canParse(url)) found.push({ at: ['endpoints', name], message: `found ${JSON.stringify(url)}, expected an address` });
  }
  given.instruments.forEach((instrument, i) => found.push(...findInexact(instrument, i)));
  const symbols = given.instruments.map(({ symbol }) => symbol);
  symbols.forEach((symbol, i) => {
    const at = ['instruments', i, 'symbol'];
    if (symbols.indexOf(symbol) < i) found.push({ at, message: `found ${JSON.stringify(symbol)} twice, expected each symbol once` });
  });
  return found;
}

function findInexact(instrument: CheckedInstrument, i: number): Contradiction[] {
  const { priceScale, quantityScale } = instrument;
  const scales = [['tickSize', priceScale], ['lotSize', quantityScale], ['minimumQuantity', quantityScale]] as const;
  return scales.flatMap(([key, scale]) => {
    const value = instrument[key];
    if (value === null || scaled(value, scale) > 0) return [];
    return [{ at: ['instruments', i, key], message: `found ${value}, expected a number above 0 with at most ${scale} decimals` }];
  });
}

// ── to what the program uses ────────────────────────────────────────────────────────────────────
function toConfiguration(given: CheckedFile, folder: string): GatewayConfiguration {
  const absolute = (file: string) => (isAbsolute(file) || file.startsWith('$') ? file : resolve(folder, file));
  const { tls, dial, http, record, observe } = given;
  const keys = given.credentials ?? null;
  const credentials = keys && { ...keys, apiKeyFile: absolute(keys.apiKeyFile), secretFile: absolute(keys.secretFile) };
  return {
    endpoints: given.endpoints, caFile: tls.ca === null ? '' : absolute(tls.ca), copies: given.copies, observe, credentials,
    market: given.market ?? {},
    dial: toDialLimits(dial),
    http: { ...DEFAULT_HTTP_LIMITS, timeoutMs: milliseconds(http.timeout), inFlightMax: http.inFlightMax },
    orders: given.orders?.enabled === true ? toOrderSettings(given.orders) : null,
    record: record === null ? null : {
      directory: absolute(record.directory), windowNs: nanoseconds(record.window), bufferSize: parseSize(record.bufferSize)!,
    },
    ...toInstruments(given.instruments),
  };
}

function toDialLimits(dial: CheckedFile['dial']): DialLimits {
  return {
    ...DEFAULT_DIAL_LIMITS, handshakeMs: milliseconds(dial.handshakeTimeout), provenMs: milliseconds(dial.proven),
    backoffMs: { min: milliseconds(dial.backoffMin), max: milliseconds(dial.backoffMax) },
    pace: { ...DEFAULT_DIAL_LIMITS.pace, spacingMs: milliseconds(dial.spacing), dialsMax: dial.perWindowMax },
  };
}

function toOrderSettings(orders: CheckedOrders): OrderSettings {
  return {
    requestTimeoutNs: nanoseconds(orders.requestTimeout), requestWindowMs: milliseconds(orders.requestWindow),
    tier: orders.tier ?? '', deadManSeconds: nanoseconds(orders.deadMan) / 1e9,
    onDaemonLoss: orders.onDaemonLoss, daemonLossGraceNs: nanoseconds(orders.daemonLossGrace),
  };
}

function toInstruments(given: readonly CheckedInstrument[]) {
  const names = [...new Set(given.flatMap(({ base, quote }) => [base, quote]))];
  const currencies = names.map((symbol, currency) => ({ currency, symbol, scale: CURRENCY_SCALE }));
  const instruments = given.map((entry, instrument) => {
    const { symbol, priceScale, quantityScale, bookDepth } = entry;
    const lotSize = entry.lotSize === null ? 1 : scaled(entry.lotSize, quantityScale);
    return {
      instrument, symbol, priceScale, quantityScale, bookDepth, lotSize,
      base: names.indexOf(entry.base), quote: names.indexOf(entry.quote),
      tickSize: entry.tickSize === null ? 1 : scaled(entry.tickSize, priceScale),
      minimumQuantity: entry.minimumQuantity === null ? lotSize : scaled(entry.minimumQuantity, quantityScale),
    };
  });
  return { instruments, currencies };
}

/** Nothing is counted in it while recording. */
const CURRENCY_SCALE = 8;

/** 0: it has more decimals than the scale, or is too large. */
function scaled(value: string, scale: number): number {
  const integerValue = Number(scaleDecimal(parseDecimal(value)!, scale) ?? 0n);
  return Number.isSafeInteger(integerValue) ? integerValue : 0;
}

const nanoseconds = (duration: string): number => parseDuration(duration)!;
const milliseconds = (duration: string): number => nanoseconds(duration) / 1e6;
