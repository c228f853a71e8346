// Once a second: publishes what counters cannot follow Event by Event, lets the reconciler look at its clock, notices that
// a simulated session may turn trading on by itself. Off the path; reads State between two Events.

import { formatDecimal } from '../base/decimal.ts';
import { Wide } from '../base/wide.ts';
import type { Core } from '../core/core.ts';
import { Counter, SESSION_PHASES } from '../event/counters.ts';
import { WriterStatistic } from '../event/generated/view_generated.ts';
import { FeedState, TradingState } from '../event/kinds.ts';
import type { SessionPhase } from '../event/operator-port.ts';
import { closedGates } from './gates.ts';
import type { RuntimeGates } from './gates.ts';
import type { StatusFacts } from './status-line.ts';

export interface LifeFlags {
  warming: boolean;
  draining: boolean;
  closed: boolean;
  halted: boolean;
}

export function phaseOf(flags: LifeFlags, trading: number): SessionPhase {
  if (flags.halted) return 'halted';
  if (flags.closed) return 'closed';
  if (flags.draining || trading === TradingState.Draining) return 'draining';
  if (flags.warming) return 'warming';
  if (trading === TradingState.On) return 'trading';
  return trading === TradingState.Paused ? 'paused' : 'ready';
}

export function publishGauges(core: Core, gates: RuntimeGates, counters: Float64Array, phase: SessionPhase): void {
  const { control, execution, market, config } = core.state;
  const { statistics } = gates;
  const memory = process.memoryUsage();
  counters[Counter.BeatUnixMs] = Date.now();
  counters[Counter.Phase] = SESSION_PHASES.indexOf(phase);
  counters[Counter.TradingState] = control.trading;
  counters[Counter.KillSwitch] = control.killed ? 1 : 0;
  counters[Counter.GatesClosed] = closedGates(gates).length;
  counters[Counter.OpenOrders] = execution.orders.liveTotal;
  counters[Counter.QueuedIntents] = execution.queue.count;
  counters[Counter.InflightRequests] = execution.orders.inflightTotal;
  counters[Counter.FeedsRequired] = config.instruments.filter((instrument) => instrument.feedRequired).length;
  counters[Counter.FeedsValid] = market.feeds
    .filter((feed, i) => config.instruments[i].feedRequired && feed.state === FeedState.Valid).length;
  counters[Counter.JournalOffset] = statistics[WriterStatistic.Offset];
  counters[Counter.JournalSyncedPosition] = statistics[WriterStatistic.SyncedPosition];
  counters[Counter.JournalSyncs] = statistics[WriterStatistic.SyncCount];
  counters[Counter.JournalSyncNsMax] = statistics[WriterStatistic.SyncTimeMax];
  counters[Counter.JournalSyncNsLast] = statistics[WriterStatistic.SyncTimeLast];
  counters[Counter.JournalAppendStalls] = statistics[WriterStatistic.AppendStalls];
  counters[Counter.JournalFailure] = statistics[WriterStatistic.Failure];
  counters[Counter.RssBytes] = memory.rss;
  counters[Counter.HeapUsedBytes] = memory.heapUsed;
  publishInputs(counters);
}

const FIRST_EXECUTION = 5;
const FIRST_CONTROL = 15;
const CONTROL_TIME = 28;

/** Sums by category, from the counts by kind. */
function publishInputs(counters: Float64Array): void {
  let market = 0;
  let execution = 0;
  let control = 0;
  for (let kind = 1; kind < CONTROL_TIME; kind += 1) {
    const count = counters[Counter.InputKind0 + kind];
    if (kind < FIRST_EXECUTION) market += count;
    else if (kind < FIRST_CONTROL) execution += count;
    else control += count;
  }
  counters[Counter.InputsMarket] = market;
  counters[Counter.InputsExecution] = execution;
  counters[Counter.InputsControl] = control;
  counters[Counter.InputsControlTime] = counters[Counter.InputKind0 + CONTROL_TIME];
}

export function statusFacts(core: Core, gates: RuntimeGates, counters: Float64Array, session: string, phase: SessionPhase): StatusFacts {
  const { state } = core;
  const steps = counters[Counter.Steps];
  return {
    session, phase, position: gates.statistics[WriterStatistic.Position], openOrders: state.execution.orders.liveTotal,
    queued: state.execution.queue.count, fills: counters[Counter.Fills], denied: counters[Counter.IntentsDenied],
    tops: state.config.instruments.map(({ id, priceScale }, i) => {
      const { bidPrice, askPrice } = state.market.tops[i];
      return `${id} ${formatDecimal(bidPrice, priceScale)}/${formatDecimal(askPrice, priceScale)}`;
    }),
    profit: profitTexts(core), closedGates: closedGates(gates).map(({ gate }) => gate),
    stepNsMean: steps > 0 ? counters[Counter.StepNsTotal] / steps : 0,
  };
}

/** `pnl +12.34 USD`, for every currency something is quoted in. */
function profitTexts(core: Core): string[] {
  const { state } = core;
  const quotes = new Set(state.config.instruments.map((instrument) => instrument.quote));
  return [...quotes].map((currency) => {
    const exponent = state.execution.money.exponents[currency];
    const total = state.profit.total(currency, new Wide()).toBigInt();
    const cents = exponent > 2 ? total / 10n ** BigInt(exponent - 2) : total;
    return `pnl ${cents >= 0n ? '+' : ''}${formatDecimal(cents, Math.min(exponent, 2))} ${state.config.currencies[currency].symbol}`;
  });
}
