// The effective Configuration to what the Core reads: integers and indices. A pure function of the recorded JSON text,
// so that a replay needs nothing but the journal. Sections that are for the Runtime alone are not looked at.

import type {
  CoreConfig,
  InstrumentConfig,
  RateLimitConfig,
  StrategyConfig,
  VenueConfig,
} from '../core/config.ts';
import { ConfigurationError } from './problem.ts';
import type { EffectiveConfiguration, EffectiveInstrument, EffectiveStrategy, EffectiveVenue } from './schema.ts';
import { parseDecimal, parseDuration, scaleDecimal } from './units.ts';
import { validate } from './validate.ts';

/** From the text a journal holds. Throws ConfigurationError when it is not an effective Configuration. */
export function resolveRecorded(json: string): CoreConfig {
  return resolveConfiguration(readRecorded(json));
}

export function readRecorded(json: string): EffectiveConfiguration {
  const place = 'recorded configuration';
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ConfigurationError(place, [{ path: '', line: 0, message: (error as Error).message }]);
  }
  const result = validate(value);
  if ('problems' in result) throw new ConfigurationError(place, result.problems);
  return result.effective;
}

export function resolveConfiguration(configuration: EffectiveConfiguration): CoreConfig {
  const { session, execution, risk, currencies } = configuration;
  const amounts = (limits: Readonly<Record<string, string>>) =>
    currencies.map(({ symbol, scale }) => (Object.hasOwn(limits, symbol) ? scaled(limits[symbol]!, scale) : 0n));
  return {
    digestEvery: session.digestEvery,
    recordDenied: session.record.denied,
    recordClosed: session.record.closed,
    ordersMax: execution.ordersMax,
    terminalOrdersMax: execution.terminalOrdersMax,
    queueEntriesMax: execution.queueEntriesMax,
    intentsPerStepMax: execution.intentsPerStepMax,
    pendingAgeMax: parseDuration(execution.pendingAgeMax)!,
    killCancelsOrders: execution.killCancelsOrders,
    venues: configuration.venues.map(resolveVenue),
    currencies: currencies.map(({ symbol, scale }) => ({ symbol, scale })),
    instruments: configuration.instruments.map((instrument) => resolveInstrument(configuration, instrument)),
    strategies: configuration.strategies.map((strategy) => resolveStrategy(configuration, strategy)),
    risk: {
      grossExposureMax: amounts(risk.grossExposureMax),
      dailyLossMax: amounts(risk.dailyLossMax),
      openOrdersMax: risk.openOrdersMax,
      denyOwnCross: risk.denyOwnCross,
    },
  };
}

function resolveVenue(venue: EffectiveVenue): VenueConfig {
  return {
    id: venue.id,
    simulated: venue.simulated,
    ackTimeout: parseDuration(venue.ackTimeout)!,
    cancelWhenOverdue: venue.cancelWhenOverdue,
    rateLimits: venue.rateLimits.map(resolveRateLimit),
  };
}

function resolveRateLimit(limit: EffectiveVenue['rateLimits'][number]): RateLimitConfig {
  return {
    capacity: limit.capacity,
    tokenInterval: parseDuration(limit.tokenInterval)!,
    reservedForCancel: limit.reservedForCancel,
    costNew: limit.cost.new,
    costReplace: limit.cost.replace,
    costCancel: limit.cost.cancel,
  };
}

function resolveInstrument(configuration: EffectiveConfiguration, instrument: EffectiveInstrument): InstrumentConfig {
  const { limits, priceScale, quantityScale } = instrument;
  const currency = (symbol: string) => configuration.currencies.findIndex((candidate) => candidate.symbol === symbol);
  const quantity = (text: string) => Number(scaled(text, quantityScale));
  const lotSize = quantity(instrument.lotSize);
  return {
    id: instrument.id,
    symbol: instrument.symbol,
    venue: configuration.venues.findIndex((venue) => venue.id === instrument.venue),
    base: currency(instrument.base),
    quote: currency(instrument.quote),
    priceScale,
    quantityScale,
    tickSize: Number(scaled(instrument.tickSize, priceScale)),
    lotSize,
    minimumQuantity: Math.max(quantity(instrument.minimumQuantity), lotSize),
    bookDepth: instrument.bookDepth,
    bookLevelsMax: instrument.bookLevelsMax,
    feedRequired: instrument.feedRequired,
    staleAfter: parseDuration(instrument.staleAfter)!,
    limits: {
      allowed: limits.allowed,
      positionMax: quantity(limits.positionMax),
      orderQuantityMax: quantity(limits.orderQuantityMax),
      orderNotionalMax: scaled(limits.orderNotionalMax, priceScale + quantityScale),
      priceBandPpm: limits.priceBandPpm,
      openOrdersMax: limits.openOrdersMax,
    },
  };
}

function resolveStrategy(configuration: EffectiveConfiguration, strategy: EffectiveStrategy): StrategyConfig {
  const instrument = (id: string) => configuration.instruments.findIndex((candidate) => candidate.id === id);
  return {
    id: strategy.id,
    module: strategy.module,
    enabled: strategy.enabled,
    instruments: strategy.instruments.map(instrument),
    cadence: strategy.cadence,
    failuresMax: strategy.failuresMax,
    parameters: strategy.parameters,
  };
}

/** Validation has made sure that the text is a decimal and fits the scale. */
function scaled(text: string, scale: number): bigint {
  return scaleDecimal(parseDecimal(text)!, scale)!;
}
