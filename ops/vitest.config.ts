// How `vitest run` finds, orders and bounds the tests. Sources only: dist/ holds compiled copies of the same tests. Must never
// let the outcome of a test depend on the machine: bounds here are for what hangs, not for what is slow.
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { defineConfig } from 'vitest/config';

/** Tests of real processes, each file in a process of its own. All others share one process per worker: starting one for each file
 *  and reading the same modules again took as long as the tests. */
const PROCESSES = ['daemon/test/**/*.test.ts', 'daemon/*.test.ts'];

/** What takes longest, first, so that the end of the run is not one file alone; the rest by size. */
const LONGEST = [
  'crash', 'fault-session', 'kraken-orders', 'hostile/venue', 'hostile/strategy', 'hostile/disk', 'secrets', 'scenarios', 'venue-faults',
  'two-venues', 'gateway-crash', 'hostile/journal', 'recorded-window', 'stand-in/recorded/recorded', 'hostile/configuration',
  'binance-orders', 'dialled-gateway', 'hostile/feed',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', 'dist/**', 'build/**'],
    pool: 'forks',
    // Many tests wait for real processes: more at a time than there are cores in the smallest machine that must do.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    setupFiles: ['ops/vitest.seed.ts'],
    // Longer than a test waits for any one condition (daemon/test/until.ts).
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000, interval: 10 } },
    passWithNoTests: false,
    projects: [
      { extends: true, test: { name: 'processes', include: PROCESSES } },
      {
        extends: true,
        test: {
          name: 'units', include: ['daemon/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [...PROCESSES, '**/node_modules/**'], isolate: false,
        },
      },
    ],
  },
});
