// Whether the Venue takes a request: the checks of a NEW and of a REPLACE in the order a Venue makes them. Pure; it
// answers with the reason to refuse or null and changes nothing.

import { InstrumentState, OrderType, RejectReason, Side, TimeInForce } from '../../event/kinds.ts';
import type { Accounts } from './accounts.ts';
import { CLIENT } from './accounts.ts';
import type { Market } from './market.ts';
import type { OrderTerms, VenueOrder } from './order-book.ts';
import type { SimSettings } from '../../event/simulation-settings.ts';

export interface Refusal {
  readonly reason: RejectReason;
  readonly message: string;
}

export function refuseNew(
  market: Market, terms: OrderTerms, accounts: Accounts, openCount: number, settings: SimSettings,
): Refusal | null {
  const refusal = refuseState(market, terms.timeInForce) ?? refuseShape(terms) ?? refuseTerms(market, terms);
  if (refusal !== null) return refusal;
  if (openCount >= settings.openOrdersMax) {
    const message = `${openCount} orders open, at most ${settings.openOrdersMax} allowed`;
    return { reason: RejectReason.Other, message };
  }
  if (terms.timeInForce === TimeInForce.PostOnly && market.book.crosses(terms.side, terms.type, terms.price)) {
    return { reason: RejectReason.PostOnlyWouldCross, message: `post-only at ${terms.price} would trade at once` };
  }
  const needed = settings.checkFunds ? fundsNeeded(market, terms, settings) : 0n;
  return refuseFunds(market, terms.side, needed, 0n, accounts, settings);
}

export function refuseReplace(
  market: Market, order: VenueOrder, price: number, quantity: number, accounts: Accounts, settings: SimSettings,
): Refusal | null {
  const terms = { side: order.side, type: order.type, timeInForce: order.timeInForce, price, quantity };
  const refusal = refuseState(market, order.timeInForce) ?? refuseTerms(market, terms);
  if (refusal !== null) return refusal;
  if (quantity <= order.filled) {
    const message = `total quantity ${quantity} is not above the ${order.filled} already filled`;
    return { reason: RejectReason.InvalidQuantity, message };
  }
  if (order.timeInForce === TimeInForce.PostOnly && market.book.crosses(order.side, order.type, price)) {
    return { reason: RejectReason.PostOnlyWouldCross, message: `post-only at ${price} would trade at once` };
  }
  const needed = fundsNeeded(market, { ...terms, quantity: quantity - order.filled }, settings);
  return refuseFunds(market, order.side, needed, order.reserved, accounts, settings);
}

/** What an order sets aside: the quote it may have to pay with fees, or the base it may have to deliver. */
export function fundsNeeded(market: Market, terms: OrderTerms, settings: SimSettings): bigint {
  if (terms.side === Side.Sell) return market.money.baseAmount(terms.quantity);
  const price = terms.type === OrderType.Market ? market.book.reach(terms, CLIENT).price : terms.price;
  return market.money.quoteReserve(price, terms.quantity, Math.max(settings.makerFeePpm, settings.takerFeePpm));
}

export function fundsCurrency(market: Market, side: Side): string {
  return side === Side.Buy ? market.money.quote.symbol : market.money.base.symbol;
}

function refuseState(market: Market, timeInForce: TimeInForce): Refusal | null {
  const { state } = market;
  if (state === InstrumentState.Trading) return null;
  if (state === InstrumentState.PostOnly && timeInForce === TimeInForce.PostOnly) return null;
  return { reason: RejectReason.VenueUnavailable, message: `${market.symbol} is ${InstrumentState[state]}` };
}

function refuseShape(terms: OrderTerms): Refusal | null {
  if (terms.type === OrderType.Market && terms.timeInForce === TimeInForce.PostOnly) {
    return { reason: RejectReason.Other, message: 'a market order cannot be post-only' };
  }
  return null;
}

function refuseTerms(market: Market, terms: OrderTerms): Refusal | null {
  const { tickSize, lotSize, minimumQuantity } = market.instrument;
  const { price, quantity } = terms;
  if (terms.type === OrderType.Limit && !(price > 0 && price % tickSize === 0)) {
    const message = `price ${price}, expected a positive multiple of ${tickSize}`;
    return { reason: RejectReason.InvalidPrice, message };
  }
  if (!(quantity > 0 && quantity >= minimumQuantity && quantity % lotSize === 0)) {
    const message = `quantity ${quantity}, expected a multiple of ${lotSize} and at least ${minimumQuantity}`;
    return { reason: RejectReason.InvalidQuantity, message };
  }
  if (market.money.quoteAmount(price, quantity) > BigInt(Number.MAX_SAFE_INTEGER)) {
    const message = 'price × quantity is beyond what the Venue can account for';
    return { reason: RejectReason.InvalidQuantity, message };
  }
  return null;
}

function refuseFunds(
  market: Market, side: Side, needed: bigint, released: bigint, accounts: Accounts, settings: SimSettings,
): Refusal | null {
  if (!settings.checkFunds) return null;
  const currency = fundsCurrency(market, side);
  const available = accounts.available(currency) + released;
  if (needed <= available) return null;
  const message = `${needed} ${currency} units needed, ${available} available`;
  return { reason: RejectReason.InsufficientFunds, message };
}
