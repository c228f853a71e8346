// Orders at random through a gateway while faults strike, and the question that ends every such run: was everything told that
// happened, and nothing else?

import { expect } from 'vitest';
import type { Prng } from '../base/prng.ts';
import { Side } from '../event/kinds.ts';
import { openIds, type OrderGateway } from './order-gateway.fixture.ts';
import type { StandIn } from './stand-in/stand-in.ts';

const ORDERS = 40;
const FAULTS = ['loseAnswer', 'eventsFirst', 'disconnectAfter', 'slowAnswer', 'loseRequest'] as const;

/** Scaled draws of one Venue's instrument, and what its requests are called in fault rules. */
export interface RandomTerms {
  readonly methods: readonly string[];
  price(random: Prng): number;
  quantity(random: Prng): number;
  /** How far a replacement moves the price. */
  move(random: Prng): number;
}

export async function tradeAmidFaults(standIn: StandIn, gateway: OrderGateway, random: Prng, terms: RandomTerms): Promise<void> {
  const { methods } = terms;
  const ids: number[] = [];
  for (let id = 1; id <= ORDERS; id += 1) {
    if (random.below(4) === 0) {
      standIn.arm({ on: methods[random.below(methods.length)]!, fault: FAULTS[random.below(FAULTS.length)]!, milliseconds: 30 });
    }
    const price = terms.price(random);
    gateway.submit(id, { price, quantity: terms.quantity(random), side: random.below(2) === 0 ? Side.Buy : Side.Sell });
    ids.push(id);
    const chosen = ids[random.below(ids.length)]!;
    if (random.below(3) === 0) gateway.cancel(chosen);
    else gateway.replace(chosen, price + terms.move(random), terms.quantity(random));
    const heard = gateway.events.length;
    await gateway.until('an answer', () => gateway.events.length > heard);
  }
  await gateway.ready();
  gateway.massCancel();
  await gateway.until('no open order', () => openIds(standIn).length === 0);
  await gateway.until('no Order in doubt', () => gateway.desk.table.live().length === 0);
  expect(await gateway.reconcile(ids)).toEqual({ complete: true, message: '' });
  gateway.checkExecutions();
}
