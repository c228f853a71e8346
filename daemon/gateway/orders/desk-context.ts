// What the parts of the order desk share: the table, the requests under way, the gate, the way to the adapter and to the
// daemon, and the time of the call being served. Owns no rule.

import type { OrderAdapter, OrderRequest } from '../../event/order-adapter.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { Teller } from './facts.ts';
import type { Gate } from './gate.ts';
import type { DeskOrder, OrderTable } from './order-table.ts';
import type { Outstanding, Requests } from './requests.ts';

export interface OrderDeskSettings {
  /** An unanswered request is ambiguous after this. */
  readonly requestTimeoutNs: number;
  /** Period of the Venue's dead-man switch; 0: not used. */
  readonly deadManSeconds: number;
  /** What becomes of live Orders when the daemon is gone for `daemonLossGraceNs`. */
  readonly onDaemonLoss: 'cancel' | 'keep';
  readonly daemonLossGraceNs: number;
}

export const DEFAULT_ORDER_DESK_SETTINGS: OrderDeskSettings = {
  requestTimeoutNs: 5e9, deadManSeconds: 60, onDaemonLoss: 'cancel', daemonLossGraceNs: 5e9,
};

export interface OrderDeskStatistics {
  submits: number;
  replaces: number;
  cancels: number;
  /** Cancellations of everything, by whoever's wish; one that is tried again counts once. */
  massCancels: number;
  /** Refused here: nothing left for the Venue. */
  refused: number;
  rejected: number;
  rateLimited: number;
  /** Requests whose outcome was unknown at some time. */
  ambiguous: number;
  timeouts: number;
  queries: number;
  reconciliations: number;
  fills: number;
  /** Reports of Orders that tcx did not send. */
  foreign: number;
  problems: number;
}

export interface DeskContext {
  readonly adapter: OrderAdapter;
  readonly table: OrderTable;
  readonly requests: Requests;
  readonly teller: Teller;
  readonly gate: Gate;
  readonly settings: OrderDeskSettings;
  readonly statistics: OrderDeskStatistics;
  readonly log: GatewayLog;
  /** ns on the host's clock, of the call being served. */
  readonly now: number;
  unixNs(): bigint;
  /** `begun` is told before anything leaves, because an adapter may answer at once. False: nothing left. */
  send(request: OrderRequest, order: DeskOrder | null, timeoutNs: number, begun: (sent: Outstanding) => void): boolean;
  /** Counted, told once per kind. */
  note(kind: string, sample: string): void;
  /** The Order's truth has to be asked for, no sooner than after `delayNs`. */
  doubt(order: DeskOrder, delayNs: number): void;
  /** The Venue's whole truth has to be asked for. */
  reconcileSoon(): void;
}
