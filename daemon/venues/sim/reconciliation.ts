// The Venue's whole truth on request: executions the asker may have missed, every Order asked for, every open one,
// the balances, the positions, the end. Reads only. The faults of status reports strike here and at status queries.

import { Kind, Side, VenueOrderStatus } from '../../event/kinds.ts';
import type { VenueWelcome } from '../../event/venue-session.ts';
import type { Audit } from './audit.ts';
import type { Delivery } from './delivery.ts';
import type { Exchange } from './exchange.ts';
import type { FaultPlan } from './faults.ts';
import type { StatusMessage } from './outbound.ts';

const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export class Reconciliation {
  private readonly exchange: Exchange;
  private readonly delivery: Delivery;
  private readonly plan: FaultPlan;
  private readonly audit: Audit;

  constructor(exchange: Exchange, delivery: Delivery, plan: FaultPlan, audit: Audit) {
    this.exchange = exchange;
    this.delivery = delivery;
    this.plan = plan;
    this.audit = audit;
  }

  /** `since`, Unix ns: executions delivered later are reported again; those never delivered always are. */
  answer(id: number, orderIds: readonly number[], since: bigint, welcome: VenueWelcome, now: number): void {
    const { exchange, delivery } = this;
    // An instrument that the configuration no longer has cannot be spoken of: it has no index.
    const named = new Set(welcome.instruments.map(({ symbol }) => symbol));
    for (const { report, symbol } of exchange.executions.recent(since)) {
      const market = exchange.markets.get(symbol);
      if (market === undefined || !named.has(symbol)) continue;
      const { instrument } = market.instrument;
      const feeCurrency = market.money.quote.currency;
      delivery.execution({ kind: Kind.OrderFilled, fields: { ...report.fields, instrument, feeCurrency } }, now);
    }
    const asked = new Set(orderIds);
    for (const orderId of asked) this.status(exchange.statusOf(orderId), now);
    for (const order of exchange.orders.listOpen()) {
      if (!asked.has(order.orderId) && named.has(order.symbol)) this.status(exchange.statusReport(order), now);
    }
    this.account(welcome, now);
    const { lost } = exchange.executions;
    const message = lost === 0 ? '' : `${lost} executions were forgotten before they could be reported`;
    delivery.reconcileEnd({ id, complete: lost === 0, message }, now);
  }

  status(report: StatusMessage, now: number): void {
    const faults = this.plan.atStatus();
    for (const fault of faults) this.audit.struck(fault);
    if (faults.includes('orphanStatus')) this.delivery.execution(this.orphan(), now);
    if (faults.includes('disagreeingStatus')) this.delivery.execution(disagreeing(report), now);
    else this.delivery.execution(report, now);
  }

  private account(welcome: VenueWelcome, now: number): void {
    const { accounts, time } = this.exchange;
    const { venue } = welcome;
    const balances = welcome.currencies.filter(({ symbol }) => accounts.has(symbol)).map(({ currency, symbol }) => ({
      currency, total: wire(accounts.total(symbol, 0)), available: wire(accounts.available(symbol)),
    }));
    const positions = welcome.instruments.map(({ instrument, symbol }) => ({
      instrument, quantity: accounts.position(symbol),
    }));
    this.delivery.execution({ kind: Kind.BalanceReport, fields: { venue, eventTime: time, balances } }, now);
    this.delivery.execution({ kind: Kind.PositionReport, fields: { venue, eventTime: time, positions } }, now);
  }

  /** An open order that nobody on the other side knows. */
  private orphan(): StatusMessage {
    const market = [...this.exchange.markets.values()][0];
    return {
      kind: Kind.OrderStatusReport,
      fields: {
        orderId: 0, status: VenueOrderStatus.Open, instrument: market?.instrument.instrument ?? 0, side: Side.Buy,
        price: market?.instrument.tickSize ?? 1, quantity: market?.instrument.lotSize ?? 1, filledQuantity: 0,
        eventTime: this.exchange.time, venueOrderId: `${this.exchange.instance}-orphan`,
      },
    };
  }
}

/** Says an open Order is cancelled, and any other that it is open. */
function disagreeing(report: StatusMessage): StatusMessage {
  const open = report.fields.status === VenueOrderStatus.Open;
  return {
    kind: Kind.OrderStatusReport,
    fields: { ...report.fields, status: open ? VenueOrderStatus.Cancelled : VenueOrderStatus.Open },
  };
}

/** What the wire can carry: a larger amount is reported as the largest one. */
function wire(amount: bigint): number {
  return Number(amount > SAFE_MAX ? SAFE_MAX : amount < -SAFE_MAX ? -SAFE_MAX : amount);
}
