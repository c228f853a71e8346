// The recovery table over its whole input space, and the few rows whose consequences matter most by name.

import { describe, expect, test } from 'vitest';
import { describePlan, matchingRows, recoveryPlan, RECOVERY_TABLE } from './recovery-plan.ts';
import type { ConfigurationFact, ContentFact, JournalFact, RecoveryFacts } from './recovery-plan.ts';

const journals: JournalFact[] = ['none', 'unstarted', 'foreign', 'format', 'schema', 'corrupt', 'torn', 'whole'];
const contents: ContentFact[] = ['same', 'build', 'strategy'];
const configurations: ConfigurationFact[] = ['same', 'changeable', 'structural'];
const booleans = [false, true];

function* everyFact(): Generator<RecoveryFacts> {
  for (const journal of journals) for (const ended of booleans) for (const content of contents) {
    for (const configuration of configurations) for (const newSession of booleans) for (const allow of booleans) {
      yield { journal, ended, content, configuration, newSession, allowDifferentBuild: allow };
    }
  }
}

const open: RecoveryFacts = {
  journal: 'whole', ended: false, content: 'same', configuration: 'same', newSession: false, allowDifferentBuild: false,
};

describe('recovery plan', () => {
  test('exactly one row matches every combination of facts, and every row is reachable', () => {
    const reached = new Set<string>();
    let count = 0;
    for (const facts of everyFact()) {
      const rows = matchingRows(facts);
      expect(rows.map((row) => row.label), JSON.stringify(facts)).toHaveLength(1);
      reached.add(rows[0].label);
      count += 1;
    }
    expect(count).toBe(8 * 2 * 3 * 3 * 2 * 2);
    expect([...reached].sort()).toEqual(RECOVERY_TABLE.map((row) => row.label).sort());
  });

  test('an open session is never resumed unless its journal is readable and its structure the same', () => {
    for (const facts of everyFact()) {
      if (recoveryPlan(facts).action !== 'resume') continue;
      expect(['torn', 'whole']).toContain(facts.journal);
      expect(facts.ended).toBe(false);
      expect(facts.configuration).not.toBe('structural');
      expect(facts.content === 'same' || facts.allowDifferentBuild).toBe(true);
    }
  });

  test('an open readable session is left behind only when the operator says so', () => {
    for (const facts of everyFact()) {
      const { action } = recoveryPlan(facts);
      if (action !== 'abandon') continue;
      expect(facts.newSession).toBe(true);
    }
  });

  test('crash and clean stop of an open session differ only in the cut of the torn tail', () => {
    const clean = recoveryPlan(open);
    const crashed = recoveryPlan({ ...open, journal: 'torn' });
    expect({ ...crashed, cutTornTail: false }).toEqual(clean);
    expect(crashed.cutTornTail).toBe(true);
  });

  test('only a resumed session records a changed Configuration', () => {
    expect(recoveryPlan({ ...open, configuration: 'changeable' }).changeConfiguration).toBe(true);
    expect(recoveryPlan({ ...open, configuration: 'changeable', ended: true }).changeConfiguration).toBe(false);
  });

  test('a refusal says what the operator can do', () => {
    for (const facts of everyFact()) {
      const plan = recoveryPlan(facts);
      if (plan.action === 'refuse') expect(plan.prose).toMatch(/--new-session/);
    }
  });

  test('the plan is printed before it is acted on', () => {
    const lines = describePlan(recoveryPlan({ ...open, journal: 'torn' }), '/data/sessions/000001-x');
    expect(lines.join('\n')).toContain('/data/sessions/000001-x');
    expect(lines.join('\n')).toContain('will be cut');
  });
});
