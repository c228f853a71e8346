// A small fixed State behind the query port, for the tests of the observer.

import type { StatePort, StatusReport } from '../event/operator-port.ts';

/** One Venue, one instrument, one Strategy; with `ready` every gate is open and the link is up. */
export function createState({ ready = false }: { readonly ready?: boolean } = {}): StatePort {
  const gates = [
    { gate: 'journal', open: true, detail: '' },
    { gate: 'kill-switch', open: ready, detail: 'set' },
    { gate: 'reconciliation', open: ready, detail: 'never done' },
  ];
  const status: StatusReport = {
    version: '0.1.0',
    commit: 'abc',
    dirty: true,
    pid: process.pid,
    startedAt: '2026-01-02T03:04:05.000Z',
    sessionId: 's-1',
    sessionOrdinal: 1,
    phase: 'ready',
    trading: 'off',
    killSwitch: !ready,
    egressLatched: false,
    schemaHash: 'f'.repeat(64),
    configurationHash: 'e'.repeat(64),
    configurationVersion: 1,
    position: 42,
    time: 1,
    journalPath: '/dev/null',
    journalBytes: 1,
    syncedPosition: 1,
    durability: 'process',
    idle: 'block',
    openOrders: 0,
    queuedIntents: 0,
    gates,
    venues: [
      {
        venue: 'sim',
        link: 'up',
        gatewayBuild: '0.1.0',
        reconciliation: ready ? 'ok' : 'none',
        framesReceived: 9,
        framesRefused: 0,
        framesShed: 0,
      },
    ],
    strategies: [{ strategy: 'maker', module: 'builtin:x', contentHash: 'd', enabled: true, failures: 0 }],
  };
  return {
    status: () => status,
    orders: () => [],
    positions: () => [
      {
        instrument: 'btc-usd',
        venue: 'sim',
        quantity: '-0.25',
        averagePrice: '1',
        realised: '2.5',
        unrealised: '-1',
        fees: '0.1',
        currency: 'usd',
      },
    ],
    balances: () => [],
    book: () => null,
    feeds: () => [
      { instrument: 'btc-usd', venue: 'sim', state: 'valid', reason: 'Subscribed', ageNs: 1_000_000, dropped: 0 },
    ],
    gates: () => gates,
    configuration: () => '{}',
  };
}
