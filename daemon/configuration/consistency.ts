// What the shape of the Configuration cannot say: names that must exist, decimals that must fit a scale, limits that
// must be stated before an instrument may be traded. Pure; reports every problem it finds.

import { isLoopback } from '../base/loopback.ts';
import type { EffectiveConfiguration, EffectiveInstrument, EffectiveVenue } from './schema.ts';
import type { Path } from './problem.ts';
import { parseDecimal, parseDuration, parseSize, scaleDecimal } from './units.ts';

interface Inconsistency {
  readonly path: Path;
  readonly message: string;
}

/** A StateDigest records the whole Queue, which holds queueEntriesMax + ordersMax entries at most: so many fit. */
const QUEUE_CAPACITY_MAX = 4096;
const MAXIMUM = BigInt(Number.MAX_SAFE_INTEGER);

type Report = (path: Path, message: string) => void;

export function findInconsistencies(configuration: EffectiveConfiguration): Inconsistency[] {
  const found: Inconsistency[] = [];
  const report: Report = (path, message) => void found.push({ path, message });
  checkProcess(configuration, report);
  checkCapacities(configuration, report);
  checkUnique(configuration, report);
  configuration.venues.forEach((venue, index) => checkVenue(configuration, venue, ['venues', index], report));
  configuration.instruments.forEach((instrument, index) => {
    checkInstrument(configuration, instrument, ['instruments', index], report);
  });
  checkAmounts(configuration, configuration.risk.grossExposureMax, ['risk', 'grossExposureMax'], report);
  checkAmounts(configuration, configuration.risk.dailyLossMax, ['risk', 'dailyLossMax'], report);
  checkStrategies(configuration, report);
  return found;
}

function checkProcess({ journal, link, loop }: EffectiveConfiguration, report: Report): void {
  if (parseSize(journal.extentSize)! % 4096 !== 0) {
    report(['journal', 'extentSize'], `found "${journal.extentSize}", expected a multiple of 4KiB`);
  }
  if (!isLoopback(link.host) && link.tls === null) {
    report(['link', 'tls'],
      `found null, expected certificateFile and keyFile: "${link.host}" is not a loopback address`);
  }
  if (parseDuration(link.heartbeatTimeout)! <= parseDuration(link.heartbeat)!) {
    report(['link', 'heartbeatTimeout'],
      `found "${link.heartbeatTimeout}", expected more than heartbeat (${link.heartbeat})`);
  }
  if (loop.cpu !== null && loop.housekeepingCpus.includes(loop.cpu)) {
    report(['loop', 'housekeepingCpus'], `found ${loop.cpu}, which is loop.cpu; expected other CPUs`);
  }
}

function checkCapacities({ execution }: EffectiveConfiguration, report: Report): void {
  const entries = execution.ordersMax + execution.queueEntriesMax;
  if (entries <= QUEUE_CAPACITY_MAX) return;
  report(['execution', 'queueEntriesMax'],
    `found ${execution.queueEntriesMax}, expected at most ${QUEUE_CAPACITY_MAX} together with ordersMax`);
}

function checkUnique(configuration: EffectiveConfiguration, report: Report): void {
  const check = (section: string, key: string, names: readonly string[]) => {
    names.forEach((name, index) => {
      const first = names.indexOf(name);
      if (first !== index) report([section, index, key], `found "${name}", which ${section}[${first}] has already`);
    });
  };
  check('venues', 'id', configuration.venues.map((venue) => venue.id));
  check('currencies', 'symbol', configuration.currencies.map((currency) => currency.symbol));
  check('instruments', 'id', configuration.instruments.map((instrument) => instrument.id));
  check('strategies', 'id', configuration.strategies.map((strategy) => strategy.id));
  configuration.instruments.forEach((instrument, index) => {
    const same = configuration.instruments.findIndex((other) => {
      return other.venue === instrument.venue && other.symbol === instrument.symbol;
    });
    if (same !== index) {
      report(['instruments', index, 'symbol'],
        `found "${instrument.symbol}", which instruments[${same}] has already at "${instrument.venue}"`);
    }
  });
}

function checkVenue(configuration: EffectiveConfiguration, venue: EffectiveVenue, path: Path, report: Report): void {
  if (venue.autoEnable && configuration.venues.some((other) => !other.simulated)) {
    report([...path, 'autoEnable'], 'found true, expected false: not every Venue is simulated');
  }
  if (venue.gateway.type === 'embedded') {
    if (!venue.simulated) report([...path, 'simulated'], 'found false, expected true: an embedded Venue is simulated');
    checkSimulation(configuration, venue, [...path, 'gateway', 'simulation'], report);
  }
  venue.rateLimits.forEach((limit, index) => {
    const at = [...path, 'rateLimits', index];
    const open = limit.capacity - limit.reservedForCancel;
    if (open < 0) {
      report([...at, 'reservedForCancel'],
        `found ${limit.reservedForCancel}, expected at most capacity (${limit.capacity})`);
    }
    for (const action of ['new', 'replace', 'cancel'] as const) {
      const available = action === 'cancel' ? limit.capacity : Math.max(0, open);
      if (limit.cost[action] > available) {
        report([...at, 'cost', action],
          `found ${limit.cost[action]}, expected at most the ${available} tokens it may take`);
      }
    }
  });
}

function checkSimulation(
  configuration: EffectiveConfiguration, venue: EffectiveVenue, path: Path, report: Report,
): void {
  if (venue.gateway.type !== 'embedded') return;
  const { market, markets, balances } = venue.gateway.simulation;
  const own = configuration.instruments.filter((instrument) => instrument.venue === venue.id);
  for (const symbol of Object.keys(markets)) {
    if (own.some((instrument) => instrument.symbol === symbol)) continue;
    report([...path, 'markets', symbol], `unknown symbol, expected ${listNames(own.map((one) => one.symbol))}`);
  }
  for (const instrument of own) {
    const special = Object.hasOwn(markets, instrument.symbol) ? markets[instrument.symbol]! : {};
    const at = (key: string) => [...path, ...(key in special ? ['markets', instrument.symbol] : ['market']), key];
    checkScaled(special.midPrice ?? market.midPrice, instrument.priceScale, at('midPrice'), report, true);
    checkScaled(special.quantity ?? market.quantity, instrument.quantityScale, at('quantity'), report, true);
  }
  const { '*': _every, ...named } = balances;
  checkAmounts(configuration, named, [...path, 'balances'], report);
}

function checkInstrument(
  configuration: EffectiveConfiguration, instrument: EffectiveInstrument, path: Path, report: Report,
): void {
  const venues = configuration.venues.map((venue) => venue.id);
  const currencies = configuration.currencies.map((currency) => currency.symbol);
  if (!venues.includes(instrument.venue)) {
    report([...path, 'venue'], `found "${instrument.venue}", expected ${listNames(venues)}`);
  }
  for (const key of ['base', 'quote'] as const) {
    if (!currencies.includes(instrument[key])) {
      report([...path, key], `found "${instrument[key]}", expected ${listNames(currencies)}`);
    }
  }
  if (instrument.base === instrument.quote) {
    report([...path, 'quote'], `found "${instrument.quote}", which is the base too`);
  }
  checkScaled(instrument.tickSize, instrument.priceScale, [...path, 'tickSize'], report, true);
  checkScaled(instrument.lotSize, instrument.quantityScale, [...path, 'lotSize'], report, true);
  checkScaled(instrument.minimumQuantity, instrument.quantityScale, [...path, 'minimumQuantity'], report, false);
  checkMultiple(instrument.minimumQuantity, instrument.lotSize, [...path, 'minimumQuantity'], report);
  if (instrument.bookDepth > instrument.bookLevelsMax) {
    report([...path, 'bookLevelsMax'],
      `found ${instrument.bookLevelsMax}, expected at least bookDepth (${instrument.bookDepth})`);
  }
  checkLimits(configuration, instrument, [...path, 'limits'], report);
}

function checkLimits(
  configuration: EffectiveConfiguration, instrument: EffectiveInstrument, path: Path, report: Report,
): void {
  const { limits, quote } = instrument;
  const { allowed } = limits;
  checkScaled(limits.positionMax, instrument.quantityScale, [...path, 'positionMax'], report, allowed);
  checkScaled(limits.orderQuantityMax, instrument.quantityScale, [...path, 'orderQuantityMax'], report, allowed);
  const notional = parseDecimal(limits.orderNotionalMax)!;
  const notionalScale = instrument.priceScale + instrument.quantityScale;
  if (scaleDecimal(notional, notionalScale) === null) {
    report([...path, 'orderNotionalMax'],
      `found "${limits.orderNotionalMax}", expected at most ${notionalScale} decimals`);
  }
  if (!allowed) return;
  const needed = 'expected more than 0: the instrument is allowed';
  if (notional.integer === 0n) report([...path, 'orderNotionalMax'], `found "0", ${needed}`);
  if (limits.openOrdersMax === 0) report([...path, 'openOrdersMax'], `found 0, ${needed}`);
  for (const rule of ['grossExposureMax', 'dailyLossMax'] as const) {
    if (!Object.hasOwn(configuration.risk[rule], quote)) {
      report(['risk', rule],
        `no entry for "${quote}", the quote currency of "${instrument.id}", which is allowed; 0 switches it off`);
    }
  }
}

function checkAmounts(
  { currencies }: EffectiveConfiguration, amounts: Readonly<Record<string, string>>, path: Path, report: Report,
): void {
  for (const [symbol, amount] of Object.entries(amounts)) {
    const currency = currencies.find((candidate) => candidate.symbol === symbol);
    if (currency === undefined) {
      const symbols = currencies.map((candidate) => candidate.symbol);
      report([...path, symbol], `unknown currency, expected ${listNames(symbols)}`);
    } else if (scaleDecimal(parseDecimal(amount)!, currency.scale) === null) {
      report([...path, symbol], `found "${amount}", expected at most ${currency.scale} decimals`);
    }
  }
}

function checkStrategies({ strategies, instruments }: EffectiveConfiguration, report: Report): void {
  const known = instruments.map((instrument) => instrument.id);
  strategies.forEach((strategy, index) => {
    const path: Path = ['strategies', index, 'instruments'];
    if (strategy.instruments.length === 0) report(path, 'found an empty list, expected at least one instrument');
    strategy.instruments.forEach((id, place) => {
      if (!known.includes(id)) report([...path, place], `found "${id}", expected ${listNames(known)}`);
      else if (strategy.instruments.indexOf(id) !== place) report([...path, place], `found "${id}" twice`);
    });
  });
}

function checkScaled(text: string, scale: number, path: Path, report: Report, positive: boolean): void {
  const decimal = parseDecimal(text)!;
  const scaled = scaleDecimal(decimal, scale);
  if (scaled === null) report(path, `found "${text}", expected at most ${scale} decimals`);
  else if (scaled > MAXIMUM) report(path, `found "${text}", expected less than 2^53 × 10^-${scale}`);
  else if (positive && scaled === 0n) report(path, 'found "0", expected more than 0');
}

function checkMultiple(text: string, unit: string, path: Path, report: Report): void {
  const value = parseDecimal(text)!;
  const step = parseDecimal(unit)!;
  const scale = Math.max(value.scale, step.scale);
  const divisor = scaleDecimal(step, scale)!;
  if (divisor !== 0n && scaleDecimal(value, scale)! % divisor !== 0n) {
    report(path, `found "${text}", expected a multiple of lotSize (${unit})`);
  }
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? 'a name, but there is none to choose from' : `one of ${names.join(', ')}`;
}
