// What the Venues of a rig know, held against what tcx sent and recorded: no order twice, no execution lost, invented or
// applied twice. Reads wire logs, audits and journals; asks nobody.

import { ownOrderId } from '../event/client-order-id.ts';
import { Kind, Source } from '../event/kinds.ts';
import { eachRecord } from './journal-contents.ts';
import { tradeIdOf } from './stand-in/binance/wire.ts';
import { identifier } from './stand-in/kraken/wire.ts';
import type { AuditedExecution } from './stand-in/audit.ts';
import type { StandInVenue } from './stand-in/settings.ts';
import type { StandIn } from './stand-in/stand-in.ts';
import type { VenueRig } from './venue-rig.ts';

const PLACING = /^(add_order|AddOrder|order\.place)$/;
const LIST_MAX = 5;

/** No client order id stands for two orders, none was sent as NEW twice, and no request of an Order came before its NEW. */
export function assertNothingPlacedTwice(rig: VenueRig): void {
  for (const venue of rig.venues) {
    const { orders, requests } = rig.venue(venue).audit();
    const placed = orders.filter(({ status }) => status !== 'rejected').map(({ clientOrderId }) => clientOrderId);
    refuse(`${venue}: placed twice`, placed.filter((id, at) => placed.indexOf(id) < at));
    const sent = Object.entries(requests).filter(([id]) => ownOrderId(id)?.generation === 0);
    refuse(`${venue}: sent twice as NEW`, sent.filter(([, methods]) => methods.filter((method) => PLACING.test(method)).length > 1));
    refuse(`${venue}: NEW after another request`, sent.filter(([, methods]) => methods.findIndex((method) => PLACING.test(method)) > 0));
  }
}

/** Whether the Venue changed an order: in place, or by a new one of a later generation. */
export function hasReplaced({ world: { engine } }: StandIn): boolean {
  return [...engine.orders.values()].some(({ amended, firstName }) => amended || (ownOrderId(firstName)?.generation ?? 0) > 0);
}

/** Every execution of each Venue's audit is in the journals, and nothing else is. Returns how many there are by Venue. */
export function assertEveryExecution(rig: VenueRig, journals: readonly string[]): ReadonlyMap<StandInVenue, number> {
  const recorded = rig.venues.map(() => new Set<string>());
  for (const journal of journals) {
    eachRecord(journal, ({ kind, source, decode }) => {
      if (kind !== Kind.OrderFilled) return;
      const event = decode();
      if (event.kind === Kind.OrderFilled) recorded[source - Source.Venue0]?.add(event.fields.executionId);
    });
  }
  return new Map(rig.venues.map((venue, index) => {
    const found = recorded[index]!;
    const made = new Set(rig.venue(venue).audit().executions.map((execution) => nameOf(rig.venue(venue), execution)));
    refuse(`${venue}: executions that no journal has`, [...made].filter((id) => !found.has(id)));
    refuse(`${venue}: executions that the Venue never made`, [...found].filter((id) => !made.has(id)));
    return [venue, made.size] as const;
  }));
}

/** As the adapter names it in an Event. */
function nameOf({ settings: { venue, seed } }: StandIn, { number, symbol, tradeId, side }: AuditedExecution): string {
  return venue === 'kraken' ? identifier('T', seed, number) : `${symbol}:${tradeIdOf(tradeId)}:${side === 'buy' ? 'B' : 'S'}`;
}

function refuse(what: string, found: readonly unknown[]): void {
  if (found.length > 0) throw new Error(`${what}: ${found.length}, expected none: ${JSON.stringify(found.slice(0, LIST_MAX))}`);
}
