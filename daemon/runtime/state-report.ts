// Answers an operator's questions from State between two Events: every answer is one consistent State, in names and exact
// decimal text. Reads; changes nothing. Cold: it allocates freely and is never called within a step.

import { formatDecimal } from '../base/decimal.ts';
import { Wide } from '../base/wide.ts';
import type { NativeBooks } from '../binding/addon.ts';
import type { Core } from '../core/core.ts';
import { NO_REQUEST } from '../core/state/execution/order.ts';
import type { Order } from '../core/state/execution/order.ts';
import { BookView, WriterStatistic } from '../event/generated/view_generated.ts';
import {
  Action, FeedReason, FeedState, OrderState, ReconciliationResult, SCHEMA_HASH, Side, TradingState,
} from '../event/kinds.ts';
import type {
  BalanceEntry, BookReport, FeedReport, GateReport, OrderReport, PositionReport, SessionPhase, StatePort, StatusReport,
  StrategyReport, VenueReport,
} from '../event/operator-port.ts';
import type { LinkTallies } from '../event/link-port.ts';
import type { BuildInfo } from './build-info.ts';
import { gateReports } from './gates.ts';
import type { RuntimeGates } from './gates.ts';
import type { LoadedStrategy } from './strategy-loader.ts';
import type { Supervision } from './supervision.ts';
import type { Transmitter } from './transmit.ts';

interface StateReportOptions {
  readonly core: Core;
  readonly books: NativeBooks;
  readonly gates: RuntimeGates;
  readonly transmitter: Transmitter;
  readonly supervision: Supervision;
  readonly strategies: readonly LoadedStrategy[];
  readonly build: BuildInfo;
  readonly startedAt: string;
  readonly sessionId: string;
  readonly journalPath: string;
  readonly durability: string;
  readonly idle: 'spin' | 'yield' | 'block';
  readonly linkTallies: LinkTallies;
  readonly phase: () => SessionPhase;
  readonly now: () => number;
  /** Canonical JSON of the Configuration in force, and its hash. */
  readonly configuration: () => { readonly json: string; readonly hash: string };
}

export class StateReport implements StatePort {
  private readonly options: StateReportOptions;
  private readonly core: Core;

  constructor(options: StateReportOptions) {
    this.options = options;
    this.core = options.core;
  }

  status(): StatusReport {
    const { build, gates, startedAt, sessionId, journalPath, durability, idle, phase, configuration } = this.options;
    const { control, execution } = this.core.state;
    const { statistics } = gates;
    return {
      ...build, pid: process.pid, startedAt, sessionId, sessionOrdinal: control.sessionOrdinal, phase: phase(),
      trading: TradingState[control.trading].toLowerCase() as StatusReport['trading'],
      killSwitch: control.killed, egressLatched: this.options.transmitter.isLatched(), schemaHash: SCHEMA_HASH,
      configurationHash: configuration().hash, configurationVersion: control.configurationVersion,
      position: statistics[WriterStatistic.Position], time: statistics[WriterStatistic.Time], journalPath,
      journalBytes: statistics[WriterStatistic.Offset], syncedPosition: statistics[WriterStatistic.SyncedPosition],
      durability, idle, openOrders: execution.orders.liveTotal, queuedIntents: execution.queue.count,
      gates: this.gates(), venues: this.venues(), strategies: this.strategies(),
    };
  }

  orders({ all }: { readonly all: boolean }): readonly OrderReport[] {
    const { orders } = this.core.state.execution;
    const reports: OrderReport[] = [];
    for (let instrument = 0; instrument < orders.live.length; instrument += 1) {
      for (let i = 0; i < orders.liveCount[instrument]; i += 1) reports.push(this.orderReport(orders.liveAt(instrument, i)));
    }
    if (all) for (const order of orders.remembered()) reports.push(this.orderReport(order));
    return reports.sort((a, b) => a.orderId - b.orderId);
  }

  positions(): readonly PositionReport[] {
    const { state } = this.core;
    return state.config.instruments.flatMap((instrument, i) => {
      const position = state.execution.positions.of[i];
      if (position.fillCount === 0 && position.quantity === 0) return [];
      const money = instrument.priceScale + instrument.quantityScale;
      const unrealised = new Wide().setProduct(position.quantity, state.profit.markOf(i)).subtract(position.cost);
      const cost = position.cost.toBigInt();
      return [{
        instrument: instrument.id, venue: state.config.venues[instrument.venue].id,
        quantity: formatDecimal(position.quantity, instrument.quantityScale),
        averagePrice: position.quantity === 0 ? '0' : formatDecimal(cost / BigInt(position.quantity), instrument.priceScale),
        realised: formatDecimal(position.realised.toBigInt(), money), unrealised: formatDecimal(unrealised.toBigInt(), money),
        fees: formatDecimal(state.execution.money.fees[instrument.quote].toBigInt(), state.config.currencies[instrument.quote].scale),
        currency: state.config.currencies[instrument.quote].symbol,
      }];
    });
  }

  balances(): readonly BalanceEntry[] {
    const { config, execution } = this.core.state;
    const entries: BalanceEntry[] = [];
    for (let venue = 0; venue < config.venues.length; venue += 1) {
      for (let currency = 0; currency < config.currencies.length; currency += 1) {
        const balance = execution.money.balances[venue][currency];
        if (!balance.known) continue;
        const { symbol, scale } = config.currencies[currency];
        const exponent = execution.money.exponents[currency];
        const total = BigInt(balance.reportedTotal) * 10n ** BigInt(exponent - scale) + balance.change.toBigInt();
        entries.push({
          venue: config.venues[venue].id, currency: symbol, total: formatDecimal(total, exponent),
          available: formatDecimal(balance.reportedAvailable, scale),
        });
      }
    }
    return entries;
  }

  book(id: string, depth: number): BookReport | null {
    const { config, market } = this.core.state;
    const instrument = config.instruments.findIndex((candidate) => candidate.id === id);
    if (instrument < 0) return null;
    return {
      instrument: id, valid: market.feeds[instrument].state === FeedState.Valid,
      updates: this.options.books.view[instrument * BookView.Stride + BookView.Updates],
      bids: this.levels(instrument, Side.Buy, depth), asks: this.levels(instrument, Side.Sell, depth),
    };
  }

  feeds(): readonly FeedReport[] {
    const { config, market } = this.core.state;
    const now = this.options.now();
    return config.instruments.map((instrument, i) => {
      const feed = market.feeds[i];
      return {
        instrument: instrument.id, venue: config.venues[instrument.venue].id,
        state: FeedState[feed.state].toLowerCase() as FeedReport['state'], reason: FeedReason[feed.reason],
        ageNs: feed.lastTime < 0 ? -1 : Math.max(0, now - feed.lastTime), dropped: this.options.linkTallies.shedByInstrument[i],
      };
    });
  }

  gates(): readonly GateReport[] {
    return gateReports(this.options.gates);
  }

  configuration(): string {
    return this.options.configuration().json;
  }

  private orderReport(order: Order): OrderReport {
    const { config, execution } = this.core.state;
    const { id, priceScale, quantityScale } = config.instruments[order.instrument];
    const queued = execution.queue.get(order.id);
    return {
      orderId: order.id, strategy: order.strategy < 0 ? 'operator' : config.strategies[order.strategy].id,
      venue: config.venues[order.venue].id, instrument: id, side: order.side === Side.Buy ? 'buy' : 'sell',
      state: OrderState[order.state], inflight: order.inflight === NO_REQUEST ? 'none' : Action[order.inflight].toLowerCase(),
      queued: queued === undefined ? 'none' : Action[queued.action].toLowerCase(),
      price: formatDecimal(order.price, priceScale), quantity: formatDecimal(order.quantity, quantityScale),
      filledQuantity: formatDecimal(order.filled, quantityScale),
    };
  }

  private levels(instrument: number, side: number, depth: number): (readonly [string, string])[] {
    const { books } = this.options;
    const { priceScale, quantityScale } = this.core.state.config.instruments[instrument];
    const count = books.load(instrument, side, Math.min(depth, books.levels.length / 2));
    const levels: (readonly [string, string])[] = [];
    for (let i = 0; i < count; i += 1) {
      levels.push([formatDecimal(books.levels[2 * i], priceScale), formatDecimal(books.levels[2 * i + 1], quantityScale)]);
    }
    return levels;
  }

  private venues(): VenueReport[] {
    const { control, config } = this.core.state;
    return config.venues.map((venue, index) => {
      const link = this.options.transmitter.links[index];
      const { linked, reconciled, result } = control.venues[index];
      const { received, refused, shed } = this.options.linkTallies;
      const reconciliation = reconciled || linked ? ReconciliationResult[result].toLowerCase() : 'none';
      return {
        venue: venue.id, link: link === null ? 'down' : 'up', gatewayBuild: link?.gatewayBuild ?? '',
        reconciliation: reconciliation as VenueReport['reconciliation'],
        framesReceived: received[index], framesRefused: refused[index], framesShed: shed[index],
      };
    });
  }

  private strategies(): StrategyReport[] {
    const { control, config } = this.core.state;
    return config.strategies.map((strategy, index) => ({
      strategy: strategy.id, module: strategy.module, contentHash: this.options.strategies[index].contentHash,
      enabled: control.strategies[index].enabled, failures: this.options.supervision.failures[index],
    }));
  }
}
