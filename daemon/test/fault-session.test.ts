// Sessions under faults of every kind; fault-session.ts says what is checked. More seeds: node dist/daemon/test/faults.js.

import { describe, expect, test } from 'vitest';
import { Kind } from '../event/kinds.ts';
import { FAULT_KINDS, type FaultKind } from '../event/simulation-settings.ts';
import { runFaultSession } from './fault-session.ts';

/** Traces of the operator and of Risk. */
const OPERATED = [
  Kind.TradingStateChanged, Kind.KillSwitchChanged, Kind.ConfigurationChanged, Kind.OperatorCommand, Kind.IntentDenied,
];
const struck = new Set<FaultKind>();

describe('a session under faults', () => {
  test.concurrent.each([
    { seed: 1, ending: 'drain' }, { seed: 2, ending: 'kill' }, { seed: 3, ending: 'drain' },
  ] as const)('D1–D4, EC5: replays identical, within limits, without overlap (seed $seed, $ending)', async ({ seed, ending }) => {
    const result = await runFaultSession({ seed, milliseconds: 6000, ending, report: () => undefined });
    expect(result.replay.verdict).toBe('identical');
    expect(result.exposure.requests).toBeGreaterThan(0);
    expect(Math.max(...result.exposure.used)).toBeGreaterThan(0);
    expect(result.audit).toMatchObject({ overlapping: 0, duplicateNews: 0 });
    for (const kind of OPERATED) {
      expect(result.counts.get(kind), Kind[kind]).toBeGreaterThan(0);
    }
    for (const fault of FAULT_KINDS) if (result.struck[fault] > 0) struck.add(fault);
  }, 600_000);

  test('the faults that struck are of every group: requests, answers, fills, feed, status', () => {
    const groups = [
      ['loseRequest', 'disconnect'], ['loseAcknowledgement', 'delayAcknowledgement'], ['duplicateAcknowledgement'],
      ['reorderAcknowledgement'], ['reject'], ['rateLimit'], ['fillBeforeAcceptance', 'fillAfterTerminal'], ['duplicateFill'],
      ['loseFill', 'orphanFill'], ['silentGap'], ['announcedGap'], ['disagreeingStatus', 'orphanStatus'],
    ] as const;
    expect(groups.filter((group) => !group.some((fault) => struck.has(fault)))).toEqual([]);
  });
});
