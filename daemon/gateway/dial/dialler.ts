// All sockets of one Venue: every ConnectionPlan times its copies, in slots that keep themselves alive. Owns which slot
// is which, and the one pace of dialling. What a session asks of its sockets comes here; what they receive goes to the
// listener, in the order it came.

import type { ConnectionPlan } from '../../event/venue-session.ts';
import type { GatewayClock } from '../clock.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { Recorder } from '../recorder.ts';
import type { DialLimits } from './dial-limits.ts';
import { DialPacer } from './dial-pacer.ts';
import { DialSlot, type ConnectionStatistics, type SlotListener } from './dial-slot.ts';
import type { Trust } from './trust.ts';

export interface DiallerOptions {
  readonly trust: Trust;
  readonly limits: DialLimits;
  readonly clock: GatewayClock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly recorder: Recorder;
  readonly log: GatewayLog;
}

/** Never called from inside a call of the dialler but `redial`, `dial` and `stop`, which may close what is open. */
export interface DiallerListener {
  onOpen(connection: number, copy: number): void;
  onFrame(connection: number, copy: number, bytes: Uint8Array, captureTime: bigint): void;
  onClose(connection: number, copy: number, reason: string): void;
}

export class Dialler implements SlotListener {
  /** By the plan's name; kept when the plans change. */
  readonly statistics = new Map<string, ConnectionStatistics>();
  private readonly options: DiallerOptions;
  private readonly listener: DiallerListener;
  private readonly pacer: DialPacer;
  private slots: DialSlot[][] = [];
  private plans: readonly ConnectionPlan[] = [];
  private stopped = false;

  constructor(options: DiallerOptions, listener: DiallerListener) {
    this.options = options;
    this.listener = listener;
    this.pacer = new DialPacer(options.limits.pace);
  }

  /** Sockets open now, by the plan's name: [open, wanted]. */
  sockets(): readonly { readonly name: string; readonly open: number; readonly wanted: number }[] {
    return this.plans.map(({ name, copies }, i) => ({
      name, open: this.slots[i].filter((slot) => slot.isLive).length, wanted: copies,
    }));
  }

  get waitingBytes(): number {
    return this.slots.flat().reduce((sum, slot) => sum + slot.waitingBytes, 0);
  }

  /** Dials these plans. Those that are dialled already stay as they are; other ones are closed first. */
  dial(plans: readonly ConnectionPlan[]): void {
    if (this.stopped || isSame(plans, this.plans)) return;
    this.hangUp('other connections are wanted');
    this.plans = plans.map((plan) => ({ ...plan }));
    this.slots = plans.map((plan, connection) => Array.from({ length: plan.copies }, (_, copy) => (
      this.createSlot(plan, connection, copy))));
    for (const slot of this.slots.flat()) slot.start();
  }

  /** Closes every socket; nothing is dialled until `dial`. */
  hangUp(reason: string): void {
    for (const slot of this.slots.flat()) void slot.stop(reason);
    this.slots = [];
    this.plans = [];
  }

  /** For good. Resolves when no descriptor is left. */
  async stop(reason: string): Promise<void> {
    this.stopped = true;
    await Promise.all(this.slots.flat().map((slot) => slot.stop(reason)));
  }

  transmit(connection: number, copy: number, frame: string, recorded: string): boolean {
    return this.slots[connection]?.[copy]?.transmit(frame, recorded) ?? false;
  }

  redial(connection: number, copy: number, milliseconds: number, reason: string): void {
    this.slots[connection]?.[copy]?.redial(milliseconds, reason);
  }

  // ── from the slots ────────────────────────────────────────────────────────────────────────────
  onOpen({ options }: DialSlot): void {
    this.listener.onOpen(options.connection, options.copy);
  }

  onFrame({ options }: DialSlot, bytes: Uint8Array, captureTime: bigint): void {
    this.listener.onFrame(options.connection, options.copy, bytes, captureTime);
  }

  onClose({ options }: DialSlot, reason: string): void {
    this.listener.onClose(options.connection, options.copy, reason);
  }

  /** One copy at a time, and not the last one standing. */
  mayRenew(slot: DialSlot): boolean {
    const siblings = this.slots[slot.options.connection].filter((candidate) => candidate !== slot);
    if (siblings.some((sibling) => sibling.isRenewing)) return false;
    return siblings.length === 0 || siblings.some((sibling) => sibling.isLive);
  }

  private createSlot(plan: ConnectionPlan, connection: number, copy: number): DialSlot {
    return new DialSlot({ ...this.options, plan, connection, copy, pacer: this.pacer, statistics: this.counts(plan.name) }, this);
  }

  private counts(name: string): ConnectionStatistics {
    const known = this.statistics.get(name);
    if (known !== undefined) return known;
    const counts = {
      dials: 0, dialFailures: 0, opened: 0, closed: 0, renewals: 0, framesIn: 0, framesOut: 0, bytesIn: 0, bytesOut: 0, notSent: 0,
    };
    this.statistics.set(name, counts);
    return counts;
  }
}

function isSame(left: readonly ConnectionPlan[], right: readonly ConnectionPlan[]): boolean {
  return left.length === right.length && left.every((plan, i) => {
    const other = right[i];
    return (Object.keys(plan) as (keyof ConnectionPlan)[]).every((key) => plan[key] === other[key]);
  });
}
