// Does a REPLACE add exposure? Shared by Queue Processing's validity rule and, through State, by what the kill switch
// means: more quantity or a more aggressive price is more exposure.

import { Side } from '../../../event/kinds.ts';
import type { Order } from './order.ts';

export function increasesExposure(order: Order, price: number, quantity: number): boolean {
  if (quantity > order.quantity) return true;
  return order.side === Side.Buy ? price > order.price : price < order.price;
}
