// Runs a scenario on the real journal and the real books: every input becomes an Event buffer and a record, every outcome
// is encoded by C++. What a session leaves behind can then be replayed.

import { addon, type NativeBooks, type NativeEvent, type NativeSink, type NativeWriter } from '../binding/addon.ts';
import { coldFields } from '../core/cold-fields.ts';
import type { CoreConfig } from '../core/config.ts';
import type { ColdFields } from '../core/state/derive.ts';
import { EventEncoder } from '../event/encode.ts';
import { Slot } from '../event/generated/view_generated.ts';
import { Kind, SCHEMA_HASH } from '../event/kinds.ts';
import type { ScenarioHost, ScenarioInput } from './core-scenario.ts';

const EPOCH = 1_750_000_000_000_000_000n;
const NO_TIME = { eventTime: 0, captureTime: 0 };
const WHO = { actor: 'test', reason: 'test' };

export class NativeHost implements ScenarioHost {
  readonly memory: NativeEvent = addon.createEvent();
  readonly books: NativeBooks;
  readonly cold: ColdFields;
  readonly writer: NativeWriter;
  private readonly encoder = new EventEncoder();

  constructor(config: CoreConfig, path: string) {
    this.books = addon.createBooks(this.memory, config.instruments.length);
    this.cold = coldFields(() => this.memory.body(), () => config);
    this.writer = addon.createWriter(this.memory, {
      path, extentSize: 1 << 20, durability: 'process', intervalMs: 0, helperCpu: -1,
      schemaHash: SCHEMA_HASH, sessionId: 'scenario', sessionOrdinal: 1, epoch: EPOCH,
    });
  }

  deliver(input: ScenarioInput): void {
    const kind = this.writer.offer(this.encode(input));
    if (kind !== input.kind) throw new Error(`offer: found ${kind}, expected ${Kind[input.kind]}`);
    this.memory.input[Slot.Source] = input.source;
    this.memory.input[Slot.Time] = input.time;
    const position = this.writer.commit();
    if (position < 0) throw new Error(`commit: status ${position}`);
  }

  append(): number {
    const position = (this.writer as NativeSink).appendOutcome();
    this.writer.resetDispatches();
    return position;
  }

  private encode({ kind, fields: f, levels }: ScenarioInput): Uint8Array {
    const e = this.encoder;
    const order = { ...NO_TIME, orderId: f.OrderId ?? 0, venueOrderId: '' };
    const at = { ...NO_TIME, instrument: levels.instrument, sequence: 0, bids: pairs(levels.bids), asks: pairs(levels.asks) };
    switch (kind) {
      case Kind.BookSnapshot: return e.bookSnapshot(at);
      case Kind.BookDelta: return e.bookDelta({ ...at, previous: 0 });
      case Kind.OrderAccepted: return e.orderAccepted(order);
      case Kind.OrderRejected: return e.orderRejected({ ...order, reason: 0, message: '' });
      case Kind.CancelRejected: return e.cancelRejected({ ...order, reason: 0, message: '' });
      case Kind.ReplaceRejected: return e.replaceRejected({ ...order, reason: 0, message: '' });
      case Kind.OrderCancelled: return e.orderCancelled({ ...order, reason: f.Reason ?? 0 });
      case Kind.OrderReplaced: return e.orderReplaced({ ...order, price: f.Price!, quantity: f.Quantity! });
      case Kind.OrderFilled: return e.orderFilled({
        ...order, instrument: 0, side: 0, price: f.Price!, quantity: f.Quantity!, fee: 3, feeCurrency: 0, liquidity: 1,
        executionId: `x${f.ExecutionIdLow}`,
      });
      case Kind.OrderStatusReport: return e.orderStatusReport({
        ...order, status: f.State ?? 0, instrument: 0, side: 0, price: f.Price ?? 0, quantity: f.Quantity ?? 0, filledQuantity: 0,
      });
      default: return this.encodeControl(kind, f);
    }
  }

  private encodeControl(kind: Kind, f: ScenarioInput['fields']): Uint8Array {
    const e = this.encoder;
    switch (kind) {
      case Kind.SessionStarted: return e.sessionStarted({
        sessionId: 'scenario', sessionOrdinal: f.SessionOrdinal!, epoch: EPOCH, schemaHash: SCHEMA_HASH, configuration: '{}',
        configurationHash: 'hash', strategies: [], carried: '', buildVersion: '', buildCommit: '', buildDirty: false,
        nodeVersion: '', v8Version: '', host: '',
      });
      case Kind.SessionEnded: return e.sessionEnded({ end: 0, ...WHO });
      case Kind.SessionResumed: return e.sessionResumed({
        buildVersion: '', buildCommit: '', buildDirty: false, nodeVersion: '', v8Version: '', host: '', discarded: 0,
      });
      case Kind.TradingStateChanged: return e.tradingStateChanged({ state: f.State!, strategy: f.Strategy!, ...WHO });
      case Kind.KillSwitchChanged: return e.killSwitchChanged({ active: f.State === 1, ...WHO });
      case Kind.VenueLinkChanged: return e.venueLinkChanged({ venue: f.Venue!, state: f.State!, reason: '' });
      case Kind.ReconciliationCompleted: return e.reconciliationCompleted({
        venue: f.Venue!, result: f.State!, ordersCompared: 0, mismatches: 0, unknown: 0, detail: '',
      });
      case Kind.OperatorCommand: return e.operatorCommand({ action: f.Action!, venue: f.Venue!, orderId: 0, ...WHO });
      case Kind.ControlTime: return e.controlTime({ reason: f.Reason!, deadline: 0 });
      default: throw new Error(`no encoding of ${Kind[kind]} in this scenario`);
    }
  }
}

function pairs(levels: readonly (readonly [number, number])[]): { price: number; quantity: number }[] {
  return levels.map(([price, quantity]) => ({ price, quantity }));
}
