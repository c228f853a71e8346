// Against a Venue that loses, delays, repeats and reorders what it is asked and what it says, over disconnects, lost links
// and restarts of the gateway: what the daemon holds in the end is what the Venue has, every execution once.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Anomaly } from '../../core/state/execution/execution.ts';
import { NO_REQUEST } from '../../core/state/execution/order.ts';
import { Action, Kind, OrderState, VenueOrderStatus } from '../../event/kinds.ts';
import { DeskRig } from './desk-rig.fixture.ts';
import { Exchange, LIFETIME_NS, ModelAdapter, NO_FAULT, SECOND, truthOf, type Fault } from './model-venue.fixture.ts';

const delay = fc.constantFrom(0, 0, 0, 0.2 * SECOND, 2 * SECOND, 6 * SECOND, 9 * SECOND);
const fault: fc.Arbitrary<Fault> = fc.record({
  request: fc.constantFrom('arrives', 'arrives', 'arrives', 'arrives', 'isLost'),
  requestDelay: delay,
  answer: fc.constantFrom('comes', 'comes', 'isLost', 'isUnsure', 'comesTwice'),
  answerDelay: delay,
  refusal: fc.constantFrom('none', 'none', 'none', 'none', 'rejected', 'rateLimited'),
  facts: fc.constantFrom('come', 'come', 'areLost', 'comeTwice'),
  factDelay: delay,
});

type Step =
  | { readonly what: 'new' | 'cancelAll' | 'drop' | 'unlink' | 'link' | 'connect' | 'restart' | 'reconcile' }
  | { readonly what: 'replace' | 'cancel' | 'fill' | 'venueCancel' | 'query'; readonly pick: number; readonly amount: number }
  | { readonly what: 'wait'; readonly amount: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constantFrom('new' as const) }) },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('connect' as const, 'link' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom('cancelAll' as const, 'drop' as const, 'unlink' as const, 'restart' as const, 'reconcile' as const),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      what: fc.constantFrom(
        'replace' as const, 'replace' as const, 'cancel' as const, 'fill' as const, 'fill' as const, 'venueCancel' as const,
        'query' as const,
      ),
      pick: fc.nat(7), amount: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ what: fc.constant('wait' as const), amount: fc.constantFrom(0.01, 0.3, 1, 6, 20) }) },
);

/** One run: the steps, then calm until everything is settled. */
class Run {
  readonly exchange = new Exchange();
  adapter: ModelAdapter;
  readonly rig: DeskRig;
  private readonly faults: readonly Fault[];
  private readonly replacesByNewOrder: boolean;
  private nextFault = 0;
  private nextOrder = 1;
  private isConnected = false;
  private isLinked = true;
  private isCalm = false;

  constructor(faults: readonly Fault[], replacesByNewOrder: boolean) {
    this.faults = faults;
    this.replacesByNewOrder = replacesByNewOrder;
    this.adapter = this.create();
    this.rig = new DeskRig(this.adapter, { onDaemonLoss: 'keep' });
    this.rig.link();
  }

  private create(): ModelAdapter {
    const adapter = new ModelAdapter(this.exchange);
    adapter.replacesByNewOrder = this.replacesByNewOrder;
    adapter.fault = () => {
      if (this.isCalm || this.faults.length === 0) return NO_FAULT;
      this.nextFault += 1;
      return this.faults[this.nextFault % this.faults.length];
    };
    return adapter;
  }

  take(step: Step): void {
    const { rig } = this;
    switch (step.what) {
      case 'new':
        if (!this.isLinked) break;
        rig.send(Action.New, this.nextOrder);
        this.nextOrder += 1;
        break;
      case 'replace': this.change(step.pick, Action.Replace, step.amount); break;
      case 'cancel': this.change(step.pick, Action.Cancel, step.amount); break;
      case 'query': {
        const order = this.pick(step.pick);
        if (order !== undefined && this.isLinked) rig.desk.onStatusQuery(order.id, '', rig.now);
        break;
      }
      case 'fill': case 'venueCancel': this.strike(step.what, step.pick, step.amount); break;
      case 'cancelAll': rig.desk.onMassCancel('test', rig.now); break;
      case 'reconcile': if (this.isLinked) rig.reconcile(); break;
      case 'connect': this.connect(); break;
      case 'drop': if (this.isConnected) rig.drop(); this.isConnected = false; break;
      case 'unlink': rig.unlink(); this.isLinked = false; break;
      case 'link': this.link(); break;
      case 'restart':
        this.adapter = this.create();
        rig.restart(this.adapter);
        this.isConnected = false;
        this.isLinked = true;
        rig.reconcile();
        break;
      case 'wait': rig.wait(step.amount * SECOND); break;
    }
    rig.wait(1);
  }

  /** No more faults; the daemon reconciles, again if need be, as its Runtime does. */
  settle(): void {
    const { rig } = this;
    this.isCalm = true;
    this.link();
    this.connect();
    rig.wait(2 * LIFETIME_NS);
    for (let round = 0; round < 8; round += 1) {
      const id = rig.reconcile();
      rig.wait(40 * SECOND);
      if (rig.ends.some((end) => end.id === id && end.complete) && round > 1) break;
    }
    rig.wait(120 * SECOND);
  }

  private link(): void {
    if (this.isLinked) return;
    this.isLinked = true;
    this.rig.link();
    this.rig.reconcile();
  }

  private connect(): void {
    if (this.isConnected) return;
    this.isConnected = true;
    this.rig.connect();
  }

  private pick(index: number): { id: number } | undefined {
    const live = this.rig.daemon.live();
    return live.length === 0 ? undefined : live[index % live.length];
  }

  private change(index: number, action: Action, amount: number): void {
    const order = this.rig.daemon.live()[index % Math.max(1, this.rig.daemon.live().length)];
    if (order === undefined || !this.isLinked) return;
    const isOld = this.rig.now - order.inflightSince > SECOND && order.inflight !== Action.Cancel;
    const isFree = order.inflight === NO_REQUEST || (action === Action.Cancel && isOld);
    if (isFree) this.rig.send(action, order.id, 100 + amount, Math.max(order.filled + 1, 10 + (amount % 5) - 2));
  }

  private strike(what: 'fill' | 'venueCancel', index: number, amount: number): void {
    const open = this.exchange.orders.filter(({ status }) => status === VenueOrderStatus.Open);
    if (open.length === 0) return;
    const order = open[index % open.length];
    if (what === 'venueCancel') this.adapter.cancelUnasked(order, this.rig.now);
    else this.adapter.fillUnasked(order, Math.min(amount, order.quantity - order.filled), this.rig.now);
  }

  /** What does not agree, in words. */
  differences(): string[] {
    const { rig, exchange } = this;
    const wrong: string[] = [];
    for (let id = 1; id < this.nextOrder; id += 1) {
      const order = rig.daemon.order(id);
      const truth = truthOf(exchange, id);
      if (order === undefined) continue;
      const isLive = truth.open !== undefined;
      const says = `Order ${id}: ${OrderState[order.state]} ${order.filled}/${order.quantity}@${order.price}`;
      const has = `the Venue ${truth.open?.status ?? 'closed'} ${truth.filled}`;
      if (order.filled !== truth.filled || order.terminal === isLive) wrong.push(`${says}; ${has}`);
      if (order.inflight !== NO_REQUEST) wrong.push(`${says}: ${Action[order.inflight]} unanswered`);
      if (truth.open !== undefined && order.price !== truth.open.price) wrong.push(`${says}: the price is ${truth.open.price}`);
      const remaining = truth.open === undefined ? 0 : truth.open.quantity - truth.open.filled;
      if (isLive && order.quantity - order.filled !== remaining) wrong.push(`${says}: ${remaining} remain`);
      if (truth.has && order.state === OrderState.Rejected) wrong.push(`${says}; the Venue has it`);
    }
    const position = exchange.executions.reduce((sum, { fact }) => sum + Number(fact.quantity), 0);
    const held = rig.daemon.state.positions.of[0].quantity;
    if (position !== held) wrong.push(`position: found ${held}, executed ${position}`);
    return wrong;
  }

  /** Orders said to be nowhere that the Venue has. */
  falselyNotFound(): number[] {
    return this.rig.events.flatMap((event) => {
      if (event.kind !== Kind.OrderStatusReport || event.fields.status !== VenueOrderStatus.NotFound) return [];
      const id = Number(event.fields.orderId);
      return truthOf(this.exchange, id).has ? [id] : [];
    });
  }
}

function play(steps: readonly Step[], faults: readonly Fault[], replacesByNewOrder: boolean): Run {
  const run = new Run(faults, replacesByNewOrder);
  run.take({ what: 'connect' });
  for (const each of steps) run.take(each);
  run.settle();
  return run;
}

describe('a Venue that tells badly', () => {
  for (const replacesByNewOrder of [false, true]) {
    test(`the daemon ends with the Venue's truth, REPLACE ${replacesByNewOrder ? 'by a new order' : 'in place'}`, () => {
      fc.assert(fc.property(
        fc.array(step, { minLength: 3, maxLength: 40, size: 'max' }), fc.array(fault, { maxLength: 12, size: 'max' }),
        (steps, faults) => {
          const run = play(steps, faults, replacesByNewOrder);
          expect(run.differences()).toEqual([]);
          expect(run.falselyNotFound()).toEqual([]);
          expect(run.rig.daemon.anomalies.filter((anomaly) => anomaly === Anomaly.Overfill)).toEqual([]);
          expect(run.rig.ends.at(-1)?.complete).toBe(true);
        },
      ), { numRuns: Number(process.env['TCX_RUNS'] ?? 300) });
    });
  }
});
