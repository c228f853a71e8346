import { describe, expect, it } from 'vitest';
import { coreConfig, instrumentConfig, Scenario, SECOND } from '../../test/core-scenario.ts';
import { Wide } from '../../base/wide.ts';
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

  it('the loss of the day is not forgotten by a restart, and the next day starts anew', () => {
    const risk = { ...coreConfig().risk, dailyLossMax: [100_000_000n, 0n] };
    const config = coreConfig({ risk });
    const before = new Scenario(config).start();
    const id = before.submit(Side.Buy, 10_010, 1_000);
    before.filled(id, 10_010, 1_000).book([[9_890, 1_000]], [[9_910, 1_000]]);
    const carried = exportCarried(before.core.state);
    const next = (days: number): string[] => {
      const after = new Scenario(config);
      importCarried(after.core.state, carried);
      after.advance(days * 86_400 * SECOND).start().book([[9_890, 1_000]], [[9_910, 1_000]]);
      after.submit(Side.Buy, 9_890, 10);
      return after.denied;
    };
    expect(next(0)).toEqual(['DailyLoss']);
    expect(next(1)).toEqual([]);
  });

  it('a position nobody has a price for counts for what it cost', () => {
    const scenario = new Scenario().start();
    scenario.filled(999, 9_990, 60, 11);
    const position = scenario.core.state.execution.positions.of[0]!;
    position.lastPrice = 0;
    scenario.core.state.market.books.clear(0);
    expect(scenario.core.state.profit.total(0, new Wide()).zero).toBe(true);
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
