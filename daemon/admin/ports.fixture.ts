// The two ports over a small fixed State, for the tests of the admin server and of tcxctl: everything real except the
// daemon behind them. Records what it was asked.

import type {
  CommandPort,
  CommandResult,
  GateReport,
  OperatorIdentity,
  OperatorRequest,
  OrderReport,
  StatePort,
  StatusReport,
} from '../event/operator-port.ts';

export const ORDER_ID = 2 ** 41 + 64;

const gates: GateReport[] = [
  { gate: 'journal', open: true, detail: '' },
  { gate: 'reconciliation', open: false, detail: 'venue sim was never reconciled; run: tcxctl reconcile' },
  { gate: 'kill-switch', open: false, detail: 'set by uid:root; run: tcxctl unkill' },
];

const order: OrderReport = {
  orderId: ORDER_ID,
  strategy: 'maker',
  venue: 'sim',
  instrument: 'btc-usd',
  side: 'buy',
  state: 'Accepted',
  inflight: 'none',
  queued: 'none',
  price: '50000.10',
  quantity: '0.50000000',
  filledQuantity: '0.00000000',
};

const status: StatusReport = {
  version: '0.1.0',
  commit: 'abc1234',
  dirty: false,
  pid: process.pid,
  startedAt: '2026-01-02T03:04:05.000Z',
  sessionId: '2026-01-02-0001',
  sessionOrdinal: 1,
  phase: 'ready',
  trading: 'off',
  killSwitch: true,
  egressLatched: true,
  schemaHash: 'f'.repeat(64),
  configurationHash: 'e'.repeat(64),
  configurationVersion: 1,
  position: 1234,
  time: 5_000_000_000,
  journalPath: '/var/lib/tcx/sessions/2026-01-02-0001/journal.bin',
  journalBytes: 1_048_576,
  syncedPosition: 1200,
  durability: 'interval 50 ms',
  idle: 'yield',
  openOrders: 1,
  queuedIntents: 0,
  gates,
  venues: [
    {
      venue: 'sim',
      link: 'up',
      gatewayBuild: '0.1.0',
      reconciliation: 'none',
      framesReceived: 99,
      framesRefused: 0,
      framesShed: 0,
    },
  ],
  strategies: [
    { strategy: 'maker', module: 'builtin:market-maker', contentHash: 'd'.repeat(64), enabled: true, failures: 0 },
  ],
};

const state: StatePort = {
  status: () => status,
  orders: ({ all }) => (all ? [order, { ...order, orderId: ORDER_ID + 1, state: 'Filled' }] : [order]),
  positions: () => [
    {
      instrument: 'btc-usd',
      venue: 'sim',
      quantity: '-0.25000000',
      averagePrice: '50000.10',
      realised: '12.50',
      unrealised: '-3.25',
      fees: '0.75',
      currency: 'usd',
    },
  ],
  balances: () => [{ venue: 'sim', currency: 'usd', total: '100000.00', available: '75000.00' }],
  book: (instrument, depth) =>
    instrument !== 'btc-usd'
      ? null
      : {
          instrument,
          valid: true,
          updates: 7,
          bids: (
            [
              ['50000.10', '1.00000000'],
              ['50000.00', '2.00000000'],
            ] as const
          ).slice(0, depth),
          asks: ([['50000.20', '1.50000000']] as const).slice(0, depth),
        },
  feeds: () => [
    { instrument: 'btc-usd', venue: 'sim', state: 'valid', reason: 'Subscribed', ageNs: 2_500_000, dropped: 0 },
  ],
  gates: () => gates,
  configuration: () =>
    JSON.stringify({
      instruments: [{ id: 'btc-usd', limits: { positionMax: '1' } }],
      risk: { openOrdersMax: 100 },
    }),
};

interface AskedCommand {
  readonly request: OperatorRequest;
  readonly identity: OperatorIdentity;
}

export interface PortsFixture {
  readonly state: StatePort;
  readonly commands: CommandPort;
  readonly asked: AskedCommand[];
  /** The next command is answered with what this returns. */
  answer: (request: OperatorRequest) => Promise<CommandResult> | CommandResult;
}

/** Enabling is refused by the closed gates above; everything else is recorded at position 1235. */
export function createPorts(): PortsFixture {
  const asked: AskedCommand[] = [];
  const fixture: PortsFixture = {
    state,
    asked,
    commands: {
      execute: async (request, identity) => {
        asked.push({ request, identity });
        return fixture.answer(request);
      },
    },
    answer: (request) =>
      request.command === 'enable' && request.strategy === undefined
        ? {
            ok: false,
            position: 0,
            message: 'trading stays off: gates are closed',
            closedGates: gates.filter(({ open }) => !open),
          }
        : { ok: true, position: 1235, message: `${request.command} recorded`, closedGates: [] },
  };
  return fixture;
}
