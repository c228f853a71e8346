import { describe, expect, it } from 'vitest';
import { coreConfig, instrumentConfig, Scenario } from '../../test/core-scenario.ts';
import { Side } from '../../event/kinds.ts';
import { exportCarried, importCarried } from './carry.ts';

function traded(): Scenario {
  const scenario = new Scenario().start();
  const id = scenario.submit(Side.Buy, 9_990, 100);
  return scenario.filled(id, 9_990, 60, 11).filled(id, 9_990, 40, 12).kill(true);
}

describe('what a session hands to the next', () => {
  it('LIV-6: kill switch, positions and cost come back as they were', () => {
    const before = traded();
    const after = new Scenario();
    importCarried(after.core.state, exportCarried(before.core.state));
    expect(after.core.state.control.killed).toBe(true);
    expect(after.core.state.execution.positions.of[0]!.quantity).toBe(100);
    expect(after.core.state.execution.positions.of[0]!.cost.toBigInt()).toBe(999_000n);
    expect(exportCarried(after.core.state)).toBe(exportCarried(before.core.state));
  });

  it('a fill the Venue repeats in the next session is not applied again; a missed one is', () => {
    const after = new Scenario();
    importCarried(after.core.state, exportCarried(traded().core.state));
    after.start().filled(999, 9_990, 60, 11).filled(999, 9_990, 40, 12);
    expect(after.core.state.execution.positions.of[0]!.quantity).toBe(100);
    after.filled(999, 9_990, 5, 13);
    expect(after.core.state.execution.positions.of[0]!.quantity).toBe(105);
  });

  it('a position the new Configuration does not list is refused by name', () => {
    const config = coreConfig({ instruments: [instrumentConfig({ id: 'OTHER' })] });
    const carried = exportCarried(traded().core.state);
    expect(() => importCarried(new Scenario(config).core.state, carried)).toThrow(/BTC-USD.*add the instrument/);
  });
});
