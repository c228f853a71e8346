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
    { seed: 1, ending: 'drain', beyondRepair: false }, { seed: 2, ending: 'kill', beyondRepair: true },
  ] as const)('D1–D4, EC5: replays identical, within limits, without overlap (seed $seed, $ending)', async (session) => {
    const result = await runFaultSession({ ...session, milliseconds: 2000, report: () => undefined });
    expect(result.replay.verdict).toBe('identical');
    expect(result.exposure.requests).toBeGreaterThan(0);
    expect(Math.max(...result.exposure.used)).toBeGreaterThan(0);
    expect(result.audit).toMatchObject({ overlapping: 0, duplicateNews: 0 });
    for (const kind of OPERATED) {
      expect(result.counts.get(kind), Kind[kind]).toBeGreaterThan(0);
    }
    for (const fault of FAULT_KINDS) if (result.struck[fault] > 0) struck.add(fault);
  }, 900_000);

  test('the faults that struck are of every group: requests, answers, fills, feed, status', () => {
    const groups = [
      ['loseRequest', 'disconnect'], ['loseAcknowledgement', 'delayAcknowledgement'], ['duplicateAcknowledgement'],
      ['reorderAcknowledgement'], ['reject'], ['rateLimit'], ['fillBeforeAcceptance', 'fillAfterTerminal'], ['duplicateFill'],
      ['loseFill', 'orphanFill'], ['silentGap'], ['announcedGap'], ['disagreeingStatus', 'orphanStatus'],
    ] as const;
    expect(groups.filter((group) => !group.some((fault) => struck.has(fault)))).toEqual([]);
  });
});
