// A fill that slips in while a REPLACE is under way, and is heard of late: after the link to the daemon or the gateway itself
// was gone. The daemon ends with as much of the Order as the Venue has open, and holds no fill for one too many.

import { describe, expect, test } from 'vitest';
import { Anomaly } from '../../core/state/execution/execution.ts';
import { NO_REQUEST } from '../../core/state/execution/order.ts';
import { Action, OrderState, RejectReason } from '../../event/kinds.ts';
import { DeskRig } from './desk-rig.fixture.ts';
import { Exchange, ModelAdapter, NO_FAULT, SECOND, truthOf, type Fault } from './model-venue.fixture.ts';

const UNHEARD: Fault = { ...NO_FAULT, facts: 'areLost' };
const SILENT: Fault = { ...UNHEARD, answer: 'isLost' };
const LATE: Fault = { ...NO_FAULT, factDelay: 2 * SECOND };

/** An accepted Order of 10 at 100. */
function open(replacesByNewOrder: boolean): { exchange: Exchange; rig: DeskRig; adapter: ModelAdapter } {
  const exchange = new Exchange();
  const adapter = new ModelAdapter(exchange);
  adapter.replacesByNewOrder = replacesByNewOrder;
  const rig = DeskRig.open(adapter, { onDaemonLoss: 'keep' });
  rig.send(Action.New, 1);
  return { exchange, rig, adapter };
}

function replace({ rig, adapter }: { rig: DeskRig; adapter: ModelAdapter }, fault: Fault, price: number, quantity: number): void {
  adapter.fault = () => fault;
  rig.send(Action.Replace, 1, price, quantity);
  adapter.fault = () => NO_FAULT;
  rig.wait(1);
}

/** As `open(true)`; `filled` slips in unheard before a REPLACE to `quantity`, to which `fault` happens. */
function slipped(filled: number, quantity: number, fault: Fault = NO_FAULT): ReturnType<typeof open> {
  const opened = open(true);
  opened.adapter.fillUnasked(opened.exchange.orders[0], filled, opened.rig.now, UNHEARD);
  replace(opened, fault, 101, quantity);
  return opened;
}

/** `first`: what becomes of the next gateway's first two requests. `before`: what happens before it is connected. */
function restart(rig: DeskRig, exchange: Exchange, first: Fault = NO_FAULT, before: () => void = () => undefined): ModelAdapter {
  const adapter = new ModelAdapter(exchange);
  adapter.replacesByNewOrder = true;
  let count = 0;
  adapter.fault = () => {
    count += 1;
    return count <= 2 ? first : NO_FAULT;
  };
  rig.restart(adapter);
  before();
  rig.reconcile();
  rig.connect();
  rig.wait(40 * SECOND);
  return adapter;
}

/** The live Order as the daemon has it, which is as the Venue has it. */
function standing(rig: DeskRig, exchange: Exchange): string {
  const order = rig.daemon.order(1)!;
  const { filled, open: atVenue } = truthOf(exchange, 1);
  expect([order.filled, order.quantity - order.filled, order.price]).toEqual([filled, atVenue!.quantity - atVenue!.filled, atVenue!.price]);
  expect(order.inflight).toBe(NO_REQUEST);
  expect(rig.daemon.anomalies.filter((anomaly) => anomaly !== Anomaly.Duplicate)).toEqual([]);
  return `${OrderState[order.state]} ${order.filled}/${order.quantity}@${order.price}`;
}

describe('REPLACE by a new order', () => {
  test('the gateway is killed before it hears of the fill', () => {
    const { rig, exchange } = slipped(1, 9);
    expect(rig.daemon.order(1)!.quantity).toBe(9);
    restart(rig, exchange);
    expect(standing(rig, exchange)).toBe('PartiallyFilled 1/10@101');
  });

  test('the gateway is killed before it hears of the fill and of the REPLACE', () => {
    const { rig, exchange } = slipped(1, 9, SILENT);
    expect(rig.daemon.order(1)!.inflight).toBe(Action.Replace);
    restart(rig, exchange);
    expect(standing(rig, exchange)).toBe('PartiallyFilled 1/10@101');
  });

  for (const [answer, first] of [['whole', NO_FAULT], ['unsure', { ...NO_FAULT, answer: 'isUnsure' }]] as const) {
    test(`what slipped in is as much as the REPLACE left in all; the next gateway's first reconciliation is ${answer}`, () => {
      const { rig, exchange } = slipped(9, 8);
      restart(rig, exchange, first);
      expect(standing(rig, exchange)).toBe('PartiallyFilled 9/17@101');
    });
  }

  test('the new order has filled whole by the time the next gateway asks', () => {
    const { rig, adapter, exchange } = slipped(2, 9);
    adapter.fillUnasked(exchange.orders[1], 9, rig.now, UNHEARD);
    restart(rig, exchange);
    const order = rig.daemon.order(1)!;
    expect([order.state, order.filled, order.quantity]).toEqual([OrderState.Filled, 11, 11]);
    expect(rig.daemon.anomalies.filter((anomaly) => anomaly !== Anomaly.Duplicate)).toEqual([]);
    const id = rig.reconcile();
    rig.wait(SECOND);
    expect(rig.ends.at(-1)).toEqual({ id, complete: true, message: '' });
  });

  const wholeNewOrder = (): { rig: DeskRig; exchange: Exchange } => {
    const { rig, adapter, exchange } = slipped(1, 9);
    adapter.fillUnasked(exchange.orders[1], 9, rig.now, UNHEARD);
    return { rig, exchange };
  };

  test('the new order has filled whole, and the reconciliation that tells its executions is unsure', () => {
    const { rig, exchange } = wholeNewOrder();
    restart(rig, exchange, { ...NO_FAULT, answer: 'isUnsure' });
    const order = rig.daemon.order(1)!;
    expect([order.state, order.filled, order.quantity]).toEqual([OrderState.Filled, 10, 10]);
    expect(rig.daemon.anomalies.filter((anomaly) => anomaly !== Anomaly.Duplicate)).toEqual([]);
  });

  test('its reconciliation is unsure, and the connection is lost before the Order is asked for', () => {
    const { rig, exchange } = wholeNewOrder();
    const adapter = new ModelAdapter(exchange);
    adapter.fault = () => ({ ...NO_FAULT, answer: adapter.requests.at(-1)?.request.what === 'reconcile' ? 'isUnsure' : 'isLost' });
    rig.restart(adapter);
    rig.reconcile();
    rig.connect();
    rig.wait(1);
    rig.drop();
    expect(rig.daemon.order(1)!.filled).toBe(0);
    adapter.fault = () => NO_FAULT;
    rig.connect();
    rig.wait(10 * SECOND);
    const order = rig.daemon.order(1)!;
    expect([order.state, order.filled, order.quantity]).toEqual([OrderState.Filled, 10, 10]);
    expect(rig.daemon.anomalies).toEqual([]);
  });

  test('what waits for the Venue to say how the Order stands is told when it never does', () => {
    const { rig, exchange } = wholeNewOrder();
    const adapter = new ModelAdapter(exchange);
    adapter.fault = () => SILENT;
    rig.restart(adapter);
    rig.reconcile();
    rig.connect();
    for (const { fact } of exchange.executions) adapter.sink.fact(fact);
    rig.wait(60 * SECOND);
    expect(rig.daemon.order(1)!.filled).toBe(0);
    rig.wait(600 * SECOND);
    expect(rig.daemon.order(1)!.filled).toBe(10);
  });

  test('the end of the Order waits for the executions before it', () => {
    const { rig, adapter: first, exchange } = slipped(1, 9);
    first.fillUnasked(exchange.orders[1], 8, rig.now, UNHEARD);
    const adapter = new ModelAdapter(exchange);
    adapter.fault = () => SILENT;
    rig.restart(adapter);
    rig.reconcile();
    rig.connect();
    for (const { fact } of exchange.executions) adapter.sink.fact(fact);
    adapter.cancelUnasked(exchange.orders[1], rig.now, NO_FAULT);
    rig.wait(1);
    expect(rig.daemon.order(1)!.terminal).toBe(false);
    adapter.fault = () => NO_FAULT;
    rig.wait(150 * SECOND);
    const order = rig.daemon.order(1)!;
    expect([order.state, order.filled, order.quantity]).toEqual([OrderState.Cancelled, 9, 10]);
    expect(rig.daemon.anomalies.filter((anomaly) => anomaly !== Anomaly.Duplicate)).toEqual([]);
  });

  for (const [title, pause] of [['', 1], [', and the executions of the new one come with it', 0]] as const) {
    test(`a report of the old order, cut short, is not how the Order stands${title}`, () => {
      const { rig, adapter: first, exchange } = slipped(2, 9);
      first.fillUnasked(exchange.orders[1], 8, rig.now, UNHEARD);
      const adapter = new ModelAdapter(exchange);
      adapter.fault = () => ({ ...NO_FAULT, requestDelay: adapter.requests.at(-1)?.request.what === 'reconcile' ? 2 * SECOND : 0 });
      rig.restart(adapter);
      rig.connect();
      rig.wait(pause);
      rig.desk.onStatusQuery(1, '', rig.now);
      for (let i = 0; i < 4; i += 1) rig.wait(1);
      expect(standing(rig, exchange)).toBe('PartiallyFilled 10/11@101');
      rig.wait(40 * SECOND);
      expect(standing(rig, exchange)).toBe('PartiallyFilled 10/11@101');
    });
  }

  test('the old order, cut short, does not bound what the new one fills', () => {
    const { rig, adapter: first, exchange } = open(true);
    replace({ rig, adapter: first }, SILENT, 101, 12);
    first.fillUnasked(exchange.orders[1], 10, rig.now, UNHEARD);
    const adapter = new ModelAdapter(exchange);
    adapter.fault = () => ({ ...NO_FAULT, requestDelay: adapter.requests.at(-1)?.request.what === 'reconcile' ? 2 * SECOND : 0 });
    rig.restart(adapter);
    rig.connect();
    rig.wait(1);
    rig.desk.onStatusQuery(1, '', rig.now);
    rig.wait(40 * SECOND);
    expect(standing(rig, exchange)).toBe('PartiallyFilled 10/12@101');
  });

  test('no reconciliation comes to its end: what it told waits for the Order alone, and balances for that', () => {
    const { rig, adapter: first, exchange } = open(true);
    first.fillUnasked(exchange.orders[0], 1, rig.now, UNHEARD);
    const adapter = new ModelAdapter(exchange);
    adapter.fault = () => SILENT;
    rig.restart(adapter);
    rig.reconcile();
    rig.connect();
    adapter.sink.fact(exchange.executions[0].fact);
    const balances = [{ currency: 'USD', total: '5', available: '5' }];
    adapter.sink.fact({ what: 'balances', isAsked: false, eventTime: 0n, balances });
    rig.wait(120.5 * SECOND);
    expect(rig.story()).toEqual(['Accepted 1']);
    adapter.fault = () => (adapter.requests.at(-1)?.request.what === 'reconcile' ? SILENT : NO_FAULT);
    rig.wait(60 * SECOND);
    expect(standing(rig, exchange)).toBe('PartiallyFilled 1/10@100');
  });

  test('a REPLACE that nobody heard of, forgotten by a CANCEL that could not leave', () => {
    const { rig, adapter, exchange } = open(true);
    replace({ rig, adapter }, SILENT, 107, 10);
    restart(rig, exchange, NO_FAULT, () => {
      rig.wait(6 * SECOND);
      rig.send(Action.Cancel, 1);
      expect(rig.daemon.order(1)!.inflight).toBe(NO_REQUEST);
    });
    rig.daemon.anomalies.length = 0;
    rig.reconcile();
    rig.wait(SECOND);
    expect(standing(rig, exchange)).toBe('Accepted 0/10@107');
  });

  test('the next gateway learns of the fills and of the end while there is no link', () => {
    const { rig, adapter, exchange } = slipped(3, 8);
    adapter.fillUnasked(exchange.orders[1], 8, rig.now, UNHEARD);
    rig.restart(new ModelAdapter(exchange));
    rig.unlink();
    rig.connect();
    rig.wait(10 * SECOND);
    rig.link();
    rig.reconcile();
    rig.wait(SECOND);
    const order = rig.daemon.order(1)!;
    expect([order.state, order.filled, order.quantity]).toEqual([OrderState.Filled, 11, 11]);
    expect(rig.daemon.anomalies).toEqual([]);
  });

  test('how an Order stood is not told after its end', () => {
    const { rig, adapter, exchange } = open(true);
    adapter.fillUnasked(exchange.orders[0], 1, rig.now);
    rig.wait(1);
    const next = restart(rig, exchange);
    next.cancelUnasked(exchange.orders[0], rig.now);
    rig.wait(1);
    rig.unlink();
    rig.link();
    rig.reconcile();
    rig.wait(SECOND);
    expect(rig.daemon.order(1)!.state).toBe(OrderState.Cancelled);
    expect(rig.story().filter((line) => line.startsWith('Replaced'))).toEqual([]);
    expect(rig.daemon.anomalies.filter((anomaly) => anomaly !== Anomaly.Duplicate)).toEqual([]);
  });

  test('a REPLACE of an earlier process may yet arrive: none leaves beside it', () => {
    const { rig, adapter: first, exchange } = open(true);
    replace({ rig, adapter: first }, { ...NO_FAULT, requestDelay: 9 * SECOND }, 101, 12);
    const adapter = new ModelAdapter(exchange);
    adapter.replacesByNewOrder = true;
    rig.restart(adapter);
    rig.reconcile();
    rig.connect();
    rig.wait(6 * SECOND);
    expect(rig.daemon.order(1)!.inflight).toBe(NO_REQUEST);
    rig.send(Action.Replace, 1, 102, 9);
    expect(adapter.requests.filter(({ request }) => request.what === 'replace')).toEqual([]);
    expect(rig.story().at(-1)).toBe(`ReplaceRejected 1 ${RejectReason.NotTransmitted}`);
    rig.drop();
    rig.connect();
    rig.wait(5 * SECOND);
    rig.send(Action.Replace, 1, 102, 9);
    rig.wait(1);
    expect(standing(rig, exchange)).toBe('Accepted 0/9@102');
  });

  test('to what it stands at: answered when the Venue says so', () => {
    const { rig, adapter, exchange } = open(true);
    replace({ rig, adapter }, NO_FAULT, 100, 10);
    expect(standing(rig, exchange)).toBe('Accepted 0/10@100');
  });

  test('to what it stands at: a report of the old order does not answer it', () => {
    const { rig, adapter, exchange } = open(true);
    replace({ rig, adapter }, { ...NO_FAULT, requestDelay: 6 * SECOND }, 100, 10);
    rig.desk.onStatusQuery(1, '', rig.now);
    rig.wait(SECOND);
    expect(rig.daemon.order(1)!.inflight).toBe(Action.Replace);
    rig.wait(20 * SECOND);
    expect(exchange.orders).toHaveLength(2);
    expect(standing(rig, exchange)).toBe('Accepted 0/10@100');
  });

  test('the fill is heard of while there is no link to the daemon', () => {
    const { rig, adapter, exchange } = open(true);
    adapter.fillUnasked(exchange.orders[0], 1, rig.now, LATE);
    replace({ rig, adapter }, NO_FAULT, 101, 9);
    rig.unlink();
    rig.wait(3 * SECOND);
    rig.link();
    rig.reconcile();
    rig.wait(SECOND);
    expect(standing(rig, exchange)).toBe('PartiallyFilled 1/10@101');
  });

  test('the daemon loses what it was told of the fill', () => {
    const { rig, adapter, exchange } = open(true);
    adapter.fillUnasked(exchange.orders[0], 1, rig.now, LATE);
    replace({ rig, adapter }, NO_FAULT, 101, 9);
    rig.isHearing = false;
    rig.wait(3 * SECOND);
    rig.unlink();
    rig.isHearing = true;
    rig.link();
    rig.reconcile();
    rig.wait(SECOND);
    expect(standing(rig, exchange)).toBe('PartiallyFilled 1/10@101');
  });
});

describe('REPLACE in place', () => {
  test('a fill from before a REPLACE to less, heard of after it, is not one too many', () => {
    const { rig, adapter, exchange } = open(false);
    adapter.fillUnasked(exchange.orders[0], 9, rig.now, UNHEARD);
    replace({ rig, adapter }, { ...NO_FAULT, facts: 'areLost' }, 101, 8);
    rig.reconcile();
    rig.wait(10 * SECOND);
    expect(rig.daemon.order(1)!.state).toBe(OrderState.Filled);
    expect(rig.daemon.order(1)!.filled).toBe(9);
    expect(rig.daemon.anomalies.filter((anomaly) => anomaly !== Anomaly.Duplicate)).toEqual([]);
  });

  test('more than an Order ever stood at is one too many', () => {
    const { rig, adapter, exchange } = open(false);
    adapter.fillUnasked(exchange.orders[0], 11, rig.now);
    rig.wait(1);
    expect(rig.daemon.anomalies).toContain(Anomaly.Overfill);
  });

  test('a REPLACE to more that nobody heard of, filled whole by the time the next gateway asks', () => {
    const { rig, adapter, exchange } = open(false);
    replace({ rig, adapter }, SILENT, 103, 11);
    restart(rig, exchange, NO_FAULT, () => {
      rig.wait(6 * SECOND);
      rig.send(Action.Cancel, 1);
      exchange.fill(exchange.orders[0], 11, adapter.sink.unixNs());
    });
    const order = rig.daemon.order(1)!;
    expect([order.state, order.filled, order.quantity]).toEqual([OrderState.Filled, 11, 11]);
    // The CANCEL could not leave: what became of the REPLACE it overtook was for the Venue to say.
    expect(rig.daemon.anomalies).toEqual([Anomaly.StatusDiffers]);
  });

  test('a report of what it stood at before moves nothing', () => {
    const { rig, adapter, exchange } = open(false);
    replace({ rig, adapter }, LATE, 101, 8);
    replace({ rig, adapter }, NO_FAULT, 102, 10);
    adapter.fillUnasked(exchange.orders[0], 9, rig.now, { ...NO_FAULT, factDelay: 3 * SECOND });
    rig.wait(5 * SECOND);
    expect(rig.story().filter((line) => line.startsWith('Replaced'))).toEqual(['Replaced 1 8@101', 'Replaced 1 10@102']);
    expect(standing(rig, exchange)).toBe('PartiallyFilled 9/10@102');
  });
});
