// The simulated Venue as the gateway host sees it: a VenueSession whose every effect is an entry in one agenda,
// executed in order of time. Pure: the same settings, epoch, calls and times give the same bytes, however often
// `advance` is called in between. It reads no clock and never waits.
//
//   on… ──entry latency──→ request ─┐                        ┌─→ execution reports ──response latency──→ output
//                                   ├─→ Exchange (matching) ─┤
//            background flow step ──┘                        └─→ publish ──market data latency──→ output

import { parseDecimal } from '../../base/decimal.ts';
import { Prng } from '../../base/prng.ts';
import { CancelReason, FeedReason, type InstrumentState } from '../../event/kinds.ts';
import type { DispatchedCommand, VenueOutput, VenueSession, VenueWelcome } from '../../event/venue-session.ts';
import { Agenda } from './agenda.ts';
import { Audit } from './audit.ts';
import { Delivery, type DeliverTask, type ReleaseTask } from './delivery.ts';
import { Exchange } from './exchange.ts';
import { FaultPlan } from './faults.ts';
import { Feed } from './feed.ts';
import { Flow } from './flow.ts';
import type { Market } from './market.ts';
import { OrderEntry } from './order-entry.ts';
import { Reconciliation } from './reconciliation.ts';
import type { SimSettings } from '../../event/simulation-settings.ts';
import { restoreState, saveState, type SimState } from './state.ts';

const DISCONNECT_REASON = 'injected: the connection to the Venue broke';
const STREAM = { latencyIn: 1, latencyOut: 2, faults: 3, firstFlow: 16 };

type Request =
  | { readonly type: 'dispatch'; readonly command: DispatchedCommand; readonly symbol: string }
  | { readonly type: 'status'; readonly orderId: number }
  | { readonly type: 'cancelAll'; readonly reason: CancelReason }
  | { readonly type: 'snapshot'; readonly symbol: string }
  | { readonly type: 'reconcile'; readonly id: number; readonly orderIds: readonly number[] };

export type Task =
  | { readonly what: 'request'; readonly request: Request }
  | { readonly what: 'flow'; readonly symbol: string }
  | { readonly what: 'publish'; readonly symbol: string }
  | { readonly what: 'resync'; readonly symbol: string; readonly connection: number }
  | DeliverTask
  | ReleaseTask;

/** What `restoreState` and `saveState` see of a SimVenue. */
export interface SimParts {
  readonly epoch: bigint;
  readonly exchange: Exchange;
  readonly agenda: Agenda<Task>;
  readonly flows: Map<string, Flow>;
  readonly feed: Feed;
  readonly entry: OrderEntry;
  readonly plan: FaultPlan;
  readonly publishPlanned: Set<string>;
  readonly delivery: Delivery;
  entryPrng: Prng;
  /** When the latest request reaches the engine: later ones do not overtake it. */
  entryDue: number;
  /** Unix ns at which a link was lost that no reconciliation has made up for; 0n: none. */
  linkLostAt: bigint;
  openMarket(market: Market): Flow;
}

export class SimVenue implements VenueSession {
  readonly settings: SimSettings;
  private readonly audits: Audit;
  private readonly delivery: Delivery;
  private readonly reconciliation: Reconciliation;
  private readonly parts: SimParts;
  private readonly markets = new Map<number, Market>();
  private welcome: VenueWelcome | null = null;
  private clock = 0;

  /** `epoch`: Unix ns at `now` 0. */
  constructor(settings: SimSettings, epoch: bigint) {
    this.settings = settings;
    const exchange = new Exchange(settings, (epoch / 1_000_000_000n).toString(36));
    const agenda = new Agenda<Task>();
    const plan = new FaultPlan(settings.faults, Prng.seeded(settings.seed, STREAM.faults));
    this.audits = new Audit(settings.wireLogMax);
    this.delivery = new Delivery(
      agenda as Agenda<DeliverTask | ReleaseTask>, settings.latency, Prng.seeded(settings.seed, STREAM.latencyOut),
      this.audits, (executionId) => exchange.executions.delivered(executionId, exchange.time),
    );
    this.reconciliation = new Reconciliation(exchange, this.delivery, plan, this.audits);
    this.parts = {
      epoch, exchange, agenda, plan, delivery: this.delivery,
      flows: new Map(), publishPlanned: new Set(),
      feed: new Feed(exchange, this.delivery, plan, this.audits),
      entry: new OrderEntry(exchange, this.delivery, plan, this.audits),
      entryPrng: Prng.seeded(settings.seed, STREAM.latencyIn), entryDue: 0, linkLostAt: 0n,
      openMarket: (market) => this.openMarket(market),
    };
  }

  // ── VenueSession ──────────────────────────────────────────────────────────────────────────────
  start(welcome: VenueWelcome, output: VenueOutput, now: number): void {
    this.advance(now);
    const { exchange, feed } = this.parts;
    const currencies = new Map(welcome.currencies.map((currency) => [currency.currency, currency]));
    this.markets.clear();
    for (const instrument of welcome.instruments) {
      const base = currencies.get(instrument.base);
      const quote = currencies.get(instrument.quote);
      if (base === undefined || quote === undefined) {
        const { symbol } = instrument;
        throw new RangeError(`simulated Venue: ${symbol} has base currency ${instrument.base} and quote currency `
          + `${instrument.quote}; expected both among the Welcome's currencies ${[...currencies.keys()].join(', ')}`);
      }
      for (const { symbol, scale } of [base, quote]) {
        const { balances } = this.settings;
        exchange.accounts.open(symbol, parseDecimal(balances[symbol] ?? balances['*'] ?? '0', scale));
      }
      const isNew = !exchange.markets.has(instrument.symbol);
      const market = exchange.open(instrument, base, quote);
      this.markets.set(instrument.instrument, market);
      if (isNew) this.openMarket(market).seed();
    }
    this.welcome = welcome;
    feed.reset(welcome.venue);
    this.delivery.connect(output, now);
    for (const market of this.markets.values()) {
      market.prints = [];
      feed.subscribe(market, now);
      this.planFlow(market.symbol, now);
    }
  }

  stop(now: number): void {
    if (this.delivery.output !== null) this.loseLink(now);
    this.advance(now);
  }

  onDispatch(command: DispatchedCommand, now: number): void {
    this.advance(now);
    const symbol = this.markets.get(command.instrument)?.symbol ?? '';
    this.audits.command(command, symbol, this.timeAt(now));
    this.receive({ type: 'dispatch', command, symbol }, now);
  }

  onStatusQuery(orderId: number, _venueOrderId: string, now: number): void {
    this.advance(now);
    this.audits.counters.statusQueries += 1;
    this.receive({ type: 'status', orderId }, now);
  }

  onMassCancel(_reason: string, now: number): void {
    this.advance(now);
    this.audits.counters.massCancels += 1;
    this.audits.log(this.timeAt(now), 'MASS_CANCEL 0 0 0');
    this.receive({ type: 'cancelAll', reason: CancelReason.Requested }, now);
  }

  onSnapshotRequest(instrument: number, now: number): void {
    this.advance(now);
    this.audits.counters.snapshotRequests += 1;
    const symbol = this.markets.get(instrument)?.symbol;
    if (symbol !== undefined) this.receive({ type: 'snapshot', symbol }, now);
  }

  /** Repeats what a lost link may have swallowed, by its own memory of it. */
  onReconcileRequest(id: number, orderIds: readonly number[], _since: bigint, now: number): void {
    this.advance(now);
    this.audits.counters.reconciliations += 1;
    this.receive({ type: 'reconcile', id, orderIds: [...orderIds] }, now);
  }

  advance(now: number): number {
    const { agenda } = this.parts;
    for (let due = agenda.nextDue(); due <= now; due = agenda.nextDue()) {
      const task = agenda.take();
      if (task === undefined) break;
      this.setClock(due);
      this.run(task, now);
    }
    this.setClock(now);
    return agenda.nextDue();
  }

  // ── For the host and for tests ────────────────────────────────────────────────────────────────
  /** Moves whenever the account, an order or an execution has changed: the time to save a snapshot. */
  get revision(): number {
    return this.parts.exchange.revision;
  }

  /** Plain JSON: everything a restarted Venue needs to go on. */
  snapshot(): SimState {
    return saveState(this.parts);
  }

  /** Takes up a snapshot. Only before the first `start`. */
  restore(state: SimState, now: number): void {
    if (this.welcome !== null) throw new Error('simulated Venue: restore comes before the first start');
    restoreState(this.parts, state);
    this.setClock(now);
  }

  audit(): Audit {
    return this.audits;
  }

  exchange(): Exchange {
    return this.parts.exchange;
  }

  /** Halts an instrument, or lets it trade again. */
  setInstrumentState(symbol: string, state: InstrumentState, now: number): void {
    this.advance(now);
    const market = this.parts.exchange.markets.get(symbol);
    if (market === undefined) return;
    market.state = state;
    this.parts.feed.state(market, now);
  }

  // ── What the agenda holds ─────────────────────────────────────────────────────────────────────
  private run(task: Task, now: number): void {
    const { time } = this.parts.exchange;
    switch (task.what) {
      case 'request': this.serve(task.request); break;
      case 'flow': this.stepFlow(task.symbol, now); break;
      case 'publish': this.publish(task.symbol); break;
      case 'resync': this.resync(task.symbol, task.connection); break;
      case 'deliver': this.delivery.deliver(task, this.clock, time, this.settings.faults.reorderNs); break;
      case 'release': this.delivery.release(task, time); break;
    }
  }

  private serve(request: Request): void {
    const { exchange, feed, entry } = this.parts;
    switch (request.type) {
      case 'dispatch': this.serveDispatch(request.command, request.symbol); break;
      case 'status': this.reconciliation.status(exchange.statusOf(request.orderId), this.clock); break;
      case 'cancelAll': {
        exchange.cancelAll(request.reason);
        entry.sendUnsolicited(this.clock);
        for (const symbol of exchange.markets.keys()) this.changed(symbol);
        break;
      }
      case 'snapshot': {
        const market = exchange.markets.get(request.symbol);
        if (market !== undefined) feed.snapshot(market, FeedReason.Resync, this.clock);
        break;
      }
      case 'reconcile': this.reconcile(request.id, request.orderIds); break;
    }
  }

  private serveDispatch(command: DispatchedCommand, symbol: string): void {
    const { exchange, plan, entry } = this.parts;
    const faults = plan.atRequest(command.action);
    if (faults.includes('loseRequest')) {
      this.audits.struck('loseRequest');
      this.audits.answerFaulted(command.orderId);
      return;
    }
    // The link goes first: the request takes effect, and nobody is told. The host learns of it when all is done,
    // because it may call back at once.
    const output = faults.includes('disconnect') ? this.breakLink() : null;
    entry.arrive(command, exchange.markets.get(symbol), faults, this.clock);
    const order = exchange.orders.find(command.orderId);
    this.changed(order?.symbol ?? symbol);
    output?.disconnect(this.settings.faults.disconnectMs, DISCONNECT_REASON);
  }

  private reconcile(id: number, orderIds: readonly number[]): void {
    const { exchange, linkLostAt } = this.parts;
    if (this.welcome === null) return;
    const reference = linkLostAt === 0n ? exchange.time : linkLostAt;
    this.reconciliation.answer(id, orderIds, reference - BigInt(this.settings.resendNs), this.welcome, this.clock);
    if (this.delivery.output !== null) this.parts.linkLostAt = 0n;
  }

  private stepFlow(symbol: string, now: number): void {
    const flow = this.parts.flows.get(symbol);
    if (flow === undefined) return;
    if (this.clock < now - this.settings.catchUpNs) {
      this.parts.agenda.add(now - this.settings.catchUpNs, { what: 'flow', symbol });
      return;
    }
    flow.step();
    this.parts.agenda.add(this.clock + flow.nextInterval(), { what: 'flow', symbol });
    this.parts.entry.sendUnsolicited(this.clock);
    this.changed(symbol);
  }

  /** The market may have changed: publish now, or at the end of the publication interval. */
  private changed(symbol: string): void {
    const { publishIntervalNs } = this.settings;
    const { publishPlanned, agenda } = this.parts;
    if (publishIntervalNs === 0) {
      this.publish(symbol);
    } else if (!publishPlanned.has(symbol)) {
      publishPlanned.add(symbol);
      agenda.add((Math.floor(this.clock / publishIntervalNs) + 1) * publishIntervalNs, { what: 'publish', symbol });
    }
  }

  private publish(symbol: string): void {
    const { publishPlanned, exchange, feed, agenda } = this.parts;
    publishPlanned.delete(symbol);
    const market = exchange.markets.get(symbol);
    if (market === undefined) return;
    const faults = feed.publish(market, this.clock);
    if (faults.includes('announcedGap')) {
      const { connection } = this.delivery;
      agenda.add(this.clock + this.settings.faults.resyncNs, { what: 'resync', symbol, connection });
    }
    const output = faults.includes('disconnect') ? this.breakLink() : null;
    output?.disconnect(this.settings.faults.disconnectMs, DISCONNECT_REASON);
  }

  private resync(symbol: string, connection: number): void {
    const market = this.parts.exchange.markets.get(symbol);
    if (market === undefined || connection !== this.delivery.connection || !this.parts.feed.isBroken(market)) return;
    this.parts.feed.snapshot(market, FeedReason.Resync, this.clock);
  }

  // ── Links ─────────────────────────────────────────────────────────────────────────────────────
  /** Returns whom to tell; null when there was no link. */
  private breakLink(): VenueOutput | null {
    const { output } = this.delivery;
    if (output === null) return null;
    this.audits.struck('disconnect');
    this.loseLink(this.clock);
    return output;
  }

  private loseLink(now: number): void {
    this.delivery.drop();
    this.audits.linkLost();
    this.parts.linkLostAt = this.timeAt(now);
    if (this.settings.cancelOnDisconnect) this.receive({ type: 'cancelAll', reason: CancelReason.Venue }, now);
  }

  /** Commands travel in order, each with its own delay. */
  private receive(request: Request, now: number): void {
    const { entryNs, entryJitterNs } = this.settings.latency;
    const jitter = entryJitterNs === 0 ? 0 : this.parts.entryPrng.below(entryJitterNs + 1);
    this.parts.entryDue = Math.max(this.parts.entryDue, now + entryNs + jitter);
    this.parts.agenda.add(this.parts.entryDue, { what: 'request', request });
    if (this.parts.entryDue <= now) this.advance(now);
  }

  private openMarket(market: Market): Flow {
    const { flows, exchange, feed } = this.parts;
    const settings = { ...this.settings.market, ...this.settings.markets[market.symbol] };
    const flow = new Flow(exchange, market, settings, Prng.seeded(this.settings.seed, STREAM.firstFlow + flows.size));
    flows.set(market.symbol, flow);
    feed.open(market);
    return flow;
  }

  private planFlow(symbol: string, now: number): void {
    const { agenda, flows } = this.parts;
    const flow = flows.get(symbol);
    if (flow === undefined || agenda.list().some(({ task }) => task.what === 'flow' && task.symbol === symbol)) return;
    const interval = flow.nextInterval();
    if (interval !== Infinity) agenda.add(now + interval, { what: 'flow', symbol });
  }

  private setClock(now: number): void {
    this.clock = Math.max(this.clock, now);
    this.parts.exchange.time = this.timeAt(this.clock);
  }

  private timeAt(now: number): bigint {
    return this.parts.epoch + BigInt(Math.floor(now));
  }
}
